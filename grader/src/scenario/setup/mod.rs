//! Step 1: what exists in Kinesis and DynamoDB after the setup.

pub mod send;
pub mod stream;
pub mod table;

use std::time::Duration;

use aws_sdk_kinesis::types::Record;
use contract::aws::{Clients, PAUSES_COUNT};
use protocol::Call;
use serde_json::{Map, Value, json};
use tokio::time::timeout;

use crate::problem::{Problem, Result};
use crate::provision;
use crate::scenario::{Context, End, Fault, Harm};

/// How long the grader watches a submission that waits in its own code.
const WATCHED_FOR: Duration = Duration::from_millis(600);

/// The results for a stream or a table that never becomes ACTIVE, for several answers of AWS. It
/// is right to continue to wait, and also to return an error.
async fn never_active(context: &mut Context<'_>, call: Call) -> Result<Map<String, Value>, End> {
    let harms = [
        (
            "while it stays CREATING",
            Harm::Status("CREATING".to_owned()),
        ),
        ("while it is DELETING", Harm::Status("DELETING".to_owned())),
        (
            "while AWS returns an error",
            Harm::Error("AccessDeniedException".to_owned()),
        ),
    ];
    let mut returned = Map::new();
    let mut is_waiting = true;
    for (when, harm) in harms {
        context.proxy.set_faults(&[described_with(harm, None)]);
        if is_waiting {
            context
                .restart(vec![(PAUSES_COUNT, "1".to_owned())])
                .await?;
        }
        let attempt = timeout(WATCHED_FOR, context.attempt(call.clone())).await;
        is_waiting = !matches!(attempt, Ok(Ok(_)));
        let is_ok = matches!(attempt, Ok(Ok(Some(_))));
        let said = if is_ok { "Ok" } else { NOT_READY };
        returned.insert(when.to_owned(), json!(said));
    }
    Ok(returned)
}

/// From now on, AWS says the given number of times that the stream or the table is CREATING.
fn still_creating(context: &Context<'_>, times: Option<usize>) {
    let creating = Harm::Status("CREATING".to_owned());
    context.proxy.set_faults(&[described_with(creating, times)]);
}

fn described_with(harm: Harm, times: Option<usize>) -> Fault {
    Fault::at_once(&DESCRIBES, times, harm)
}

/// The operations that return a status.
const DESCRIBES: [&str; 4] = [
    "DescribeStream",
    "DescribeStreamSummary",
    "DescribeTable",
    "ListStreams",
];

/// How often AWS says CREATING before it says ACTIVE.
const TOLD: usize = 3;

const NOT_READY: &str = "waits, or returns an error";

/// The last status that the submission got, after the first `before` calls.
fn told(context: &Context<'_>, before: usize) -> Value {
    let mut journal = context.proxy.journal();
    journal.calls.drain(..before);
    json!(journal.last_status().unwrap_or("(your code did not ask)"))
}

/// Every record of the stream, shard by shard; empty if the submission deleted the stream.
pub async fn read_all(clients: &Clients, stream: &str) -> Result<Vec<Record>> {
    if !provision::stream_is_there(clients, stream).await? {
        return Ok(Vec::new());
    }
    let mut records = Vec::new();
    for shard in provision::shard_ids(clients, stream).await? {
        records.extend(provision::records(clients, stream, &shard).await?);
    }
    Ok(records)
}

fn unreadable<E: std::error::Error>(e: E) -> Problem {
    Problem::machine(
        format!(
            "the backend could not return what the submission created: {}",
            aws_sdk_kinesis::error::DisplayErrorContext(e)
        ),
        "Try again. If it fails again, run `cargo grade doctor`.",
    )
}
