//! Step 1: what the setup leaves in Kinesis and DynamoDB.

pub mod send;
pub mod stream;
pub mod table;

use aws_sdk_kinesis::types::Record;
use contract::aws::Clients;
use protocol::Call;
use serde_json::{Value, json};

use crate::problem::{Problem, Result};
use crate::scenario::{End, Scene, Seen};
use crate::seed;

/// A call whose `operation` AWS refuses. Who has looked first and does not ask for it is
/// refused nothing.
async fn refused(scene: &mut Scene<'_>, call: Call, operation: &str) -> Result<Seen, End> {
    let function = call.name().to_owned();
    let seen = scene.refused(call).await?;
    if scene.proxy.journal().asked(operation) {
        return Ok(seen);
    }
    Ok(Seen::default().with(
        "returned",
        json!({ format!("{function} returns"): "an error" }),
    ))
}

/// The last status that the submission was told.
fn told(scene: &Scene<'_>) -> Value {
    let journal = scene.proxy.journal();
    let told = journal.last_status().unwrap_or("(never asked)");
    json!({ "status when it returns": told })
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
