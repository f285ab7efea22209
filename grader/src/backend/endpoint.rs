//! An endpoint that already runs, and the check whether it still answers.

use std::time::Duration;

use super::Endpoints;
use crate::problem::{Problem, Result};

/// How long an answer may take. After that the endpoint counts as down.
const PATIENCE: Duration = Duration::from_secs(10);

/// Uses one URL for both services, if both answer there.
pub async fn check(url: &str) -> Result<Endpoints> {
    let endpoints = Endpoints {
        kinesis: url.into(),
        dynamodb: url.into(),
    };
    if answers(&endpoints).await {
        return Ok(endpoints);
    }
    Err(Problem::machine(
        format!("no server at {url} answers as both Kinesis and DynamoDB"),
        "Start the server, or leave out --backend to use the embedded backend.",
    ))
}

/// Whether both services answer a call that changes nothing.
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
