//! After a grading, no stream or table is left: neither the grader's nor the submission's.

use std::time::Duration;

use contract::aws::Clients;
use grader::backend::Choice;
use grader::sandbox::Level;
use tokio_util::sync::CancellationToken;

use crate::project::Project;
use crate::server::Server;
use crate::session::{job, open};

/// How often to ask the backend before a stream or table counts as left.
const TRIES: usize = 50;

/// The names of all streams and tables.
async fn all(clients: &Clients) -> Vec<String> {
    let streams = clients.kinesis.list_streams().send().await.unwrap();
    let tables = clients.dynamodb.list_tables().send().await.unwrap();
    [streams.stream_names, tables.table_names.unwrap_or_default()].concat()
}

/// The names that are left. A stream or table that is DELETING stays listed for some
/// milliseconds, so this asks several times.
async fn left(clients: &Clients) -> Vec<String> {
    for _ in 0..TRIES {
        if all(clients).await.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    all(clients).await
}

#[tokio::test]
async fn a_submission_that_stops_early_or_makes_more_leaves_nothing() {
    let create =
        "    let created = kinesis\n        .create_stream()\n        .stream_name(stream_name)\n";
    let more = format!(
        "    let more = kinesis.create_stream().stream_name(format!(\"{{stream_name}}-more\"));\n    more.shard_count(1).send().await.ok();\n{create}"
    );
    let listed = "let mut waiting = list_shards(kinesis, stream_name).await?;";
    let panics = format!("{listed}\n    assert!(waiting.is_empty(), \"stops early\");");
    let project =
        Project::solution()
            .edit("setup.rs", create, &more)
            .edit("scaling.rs", listed, &panics);
    let session = open(Choice::Embedded, &Level::ALL, &CancellationToken::new()).await;
    let job = job(&session, &project, &["setup", "cleanup", "scaling"]);
    session.grade(&job).await.unwrap();
    let clients = session.backend().await.unwrap().endpoints.clients();
    assert_eq!(left(&clients).await, Vec::<String>::new());
    session.close().await.unwrap();
}

#[tokio::test]
async fn an_interrupted_grading_leaves_nothing_on_a_server() {
    let (server, url) = Server::start().await;
    let clients = server.clients();
    let cancellation = CancellationToken::new();
    let session = open(Choice::Endpoint(url), &Level::ALL, &cancellation).await;
    let job = job(&session, &Project::solution(), &["setup", "scaling"]);
    let interrupt = async {
        while all(&clients).await.len() < 3 {
            tokio::task::yield_now().await;
        }
        cancellation.cancel();
    };
    let (graded, ()) = tokio::join!(session.grade(&job), interrupt);
    assert!(graded.is_err());
    assert_ne!(all(&clients).await, Vec::<String>::new());
    session.close().await.unwrap();
    assert_eq!(left(&clients).await, Vec::<String>::new());
}
