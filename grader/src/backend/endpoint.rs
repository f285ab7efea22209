//! An endpoint that is already up, and the question whether one still is.

use std::time::Duration;

use super::Endpoints;
use crate::problem::{Problem, Result};

/// How long an answer may take before an endpoint counts as silent.
const PATIENCE: Duration = Duration::from_secs(10);

/// One URL for both services, if they answer there.
pub async fn check(url: &str) -> Result<Endpoints> {
    let endpoints = Endpoints {
        kinesis: url.into(),
        dynamodb: url.into(),
    };
    if answers(&endpoints).await {
        return Ok(endpoints);
    }
    Err(Problem::machine(
        format!("nothing at {url} answers as both Kinesis and DynamoDB"),
        "Start it, or leave out --backend to use the embedded one.",
    ))
}

/// Whether both services answer a harmless question.
pub async fn answers(endpoints: &Endpoints) -> bool {
    let clients = endpoints.clients();
    let both = async {
        let (streams, tables) = tokio::join!(
            clients.kinesis.list_streams().limit(1).send(),
            clients.dynamodb.list_tables().limit(1).send(),
        );
        streams.is_ok() && tables.is_ok()
    };
    tokio::time::timeout(PATIENCE, both).await.unwrap_or(false)
}
