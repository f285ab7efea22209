//! Step 1: what the setup leaves in Kinesis and DynamoDB.

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
use crate::scenario::{End, Fault, Harm, Scene};
use crate::seed;

/// How long a submission that waits by itself is watched.
const WATCHED_FOR: Duration = Duration::from_millis(600);

/// What is returned for a stream or a table that never becomes ACTIVE, as AWS tells it in
/// different ways. Who waits on is right, and who returns an error is, too.
async fn never_active(scene: &mut Scene<'_>, call: Call) -> Result<Map<String, Value>, End> {
    let harms = [
        (
            "while it stays CREATING",
            Harm::Status("CREATING".to_owned()),
        ),
        ("while it is DELETING", Harm::Status("DELETING".to_owned())),
        (
            "while AWS does not tell",
            Harm::Error("AccessDeniedException".to_owned()),
        ),
    ];
    let mut returned = Map::new();
    let mut is_waiting = true;
    for (when, harm) in harms {
        scene.proxy.set_faults(&[described_with(harm, None)]);
        if is_waiting {
            scene.restart(vec![(PAUSES_COUNT, "1".to_owned())]).await?;
        }
        let attempt = timeout(WATCHED_FOR, scene.attempt(call.clone())).await;
        is_waiting = !matches!(attempt, Ok(Ok(_)));
        let is_ok = matches!(attempt, Ok(Ok(Some(_))));
        let said = if is_ok { "Ok" } else { NOT_READY };
        returned.insert(when.to_owned(), json!(said));
    }
    Ok(returned)
}

/// From now on AWS says, so many times, that what is asked for is still CREATING.
fn still_creating(scene: &Scene<'_>, times: Option<usize>) {
    let creating = Harm::Status("CREATING".to_owned());
    scene.proxy.set_faults(&[described_with(creating, times)]);
}

fn described_with(harm: Harm, times: Option<usize>) -> Fault {
    Fault::at_once(&DESCRIBES, times, harm)
}

/// The operations that tell a status.
const DESCRIBES: [&str; 4] = [
    "DescribeStream",
    "DescribeStreamSummary",
    "DescribeTable",
    "ListStreams",
];

/// How often it says so of what becomes ACTIVE in the end.
const TOLD: usize = 3;

const NOT_READY: &str = "waits, or returns an error";

/// The last status that the submission was told, after so many calls.
fn told(scene: &Scene<'_>, before: usize) -> Value {
    let mut journal = scene.proxy.journal();
    journal.calls.drain(..before);
    json!(journal.last_status().unwrap_or("(never asked)"))
}

/// Every record of the stream, shard by shard; none if the submission deleted it.
pub async fn read_all(clients: &Clients, stream: &str) -> Result<Vec<Record>> {
    if !seed::stream_is_there(clients, stream).await? {
        return Ok(Vec::new());
    }
    let mut records = Vec::new();
    for shard in seed::shard_ids(clients, stream).await? {
        records.extend(seed::records(clients, stream, &shard).await?);
    }
    Ok(records)
}

fn unreadable<E: std::error::Error>(e: E) -> Problem {
    Problem::machine(
        format!(
            "the backend would not show what the submission left in it: {}",
            aws_sdk_kinesis::error::DisplayErrorContext(e)
        ),
        "Try again; if it stays so, `cargo grade doctor` looks at the backend.",
    )
}
