//! Step 1: what the setup leaves in Kinesis and DynamoDB.

pub mod send;
pub mod stream;
pub mod table;

use std::time::Duration;

use aws_sdk_kinesis::types::Record;
use contract::aws::{Clients, PAUSES_COUNT};
use protocol::Call;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::problem::{Problem, Result};
use crate::scenario::{End, Fault, Harm, Scene};
use crate::seed;

/// How long a submission that waits by itself is watched.
const WATCHED_FOR: Duration = Duration::from_millis(600);

/// What is returned for a stream or a table that never becomes ACTIVE. Who waits on is right,
/// and who returns an error is, too.
async fn never_active(scene: &mut Scene<'_>, call: Call) -> Result<Value, End> {
    still_creating(scene, None);
    scene.restart(vec![(PAUSES_COUNT, "1".to_owned())]).await?;
    let Ok(attempt) = timeout(WATCHED_FOR, scene.attempt(call)).await else {
        return Ok(json!(NOT_READY));
    };
    let said = if attempt?.is_some() { "Ok" } else { NOT_READY };
    Ok(json!(said))
}

/// From now on AWS says, so many times, that what is asked for is still CREATING.
fn still_creating(scene: &Scene<'_>, times: Option<usize>) {
    scene.proxy.set_faults(&[Fault {
        on: ["DescribeStream", "DescribeStreamSummary", "DescribeTable"]
            .map(str::to_owned)
            .to_vec(),
        after: 0,
        times,
        harm: Harm::Status("CREATING".to_owned()),
    }]);
}

/// How often it says so of what becomes ACTIVE in the end.
const TOLD: usize = 3;

const NOT_READY: &str = "waits, or returns an error";

/// A name that comes before all others in a list.
fn first_in_a_list(name: &str) -> String {
    format!("archive-{name}")
}

/// The last status that the submission was told.
fn told(scene: &Scene<'_>) -> Value {
    let journal = scene.proxy.journal();
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
