//! What is made for a grading, and what the submission makes, is gone afterwards.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::Uri;
use axum::response::Response;
use contract::aws::Clients;
use grader::backend::{self, Backend, Choice};
use grader::commands;
use grader::engine::{Job, Session};
use grader::submission::Submission;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio_util::sync::CancellationToken;

use crate::project::Project;
use crate::session::open;

/// How often the backend is asked before something counts as left.
const TRIES: usize = 50;

/// The embedded backend as a server that is already up, with one URL for both services.
struct Server {
    backend: Backend,
    client: Client<HttpConnector, Body>,
}

async fn forward(State(server): State<Arc<Server>>, mut request: Request) -> Response {
    let target = request.headers().get("x-amz-target");
    let of_dynamodb = target.is_some_and(|target| target.as_bytes().starts_with(b"DynamoDB"));
    let endpoints = &server.backend.endpoints;
    let url = match of_dynamodb {
        true => &endpoints.dynamodb,
        false => &endpoints.kinesis,
    };
    *request.uri_mut() = Uri::try_from(url).unwrap();
    let answer = server.client.request(request).await.unwrap();
    answer.map(Body::new)
}

impl Server {
    /// The clients that see what is left there, and the URL to grade on.
    async fn start() -> (Clients, String) {
        let backend = backend::start_embedded(backend::Ports::default())
            .await
            .unwrap();
        let clients = backend.endpoints.clients();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let client = Client::builder(TokioExecutor::new()).build_http();
        let server = Arc::new(Self { backend, client });
        let app = Router::new().fallback(forward).with_state(server);
        tokio::spawn(async move { axum::serve(listener, app).await });
        (clients, url)
    }
}

/// The names of all streams and tables.
async fn all(clients: &Clients) -> Vec<String> {
    let streams = clients.kinesis.list_streams().send().await.unwrap();
    let tables = clients.dynamodb.list_tables().send().await.unwrap();
    [streams.stream_names, tables.table_names.unwrap_or_default()].concat()
}

/// What is left when nothing is on its way out any more: what is DELETING is listed for
/// some milliseconds.
async fn left(clients: &Clients) -> Vec<String> {
    for _ in 0..TRIES {
        if all(clients).await.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    all(clients).await
}

fn job(session: &Session, project: &Project, steps: &[&str]) -> Job {
    let wanted: Vec<_> = steps.iter().map(|step| (*step).to_owned()).collect();
    Job {
        submission: Submission::read(&session.course, &project.dir()).unwrap(),
        steps: commands::select(session.steps.clone(), &wanted).unwrap(),
        seed: Some(1),
        secret_seed: None,
        time_limit: None,
    }
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
    let session = open(Choice::Embedded, None, &CancellationToken::new()).await;
    let job = job(&session, &project, &["setup", "cleanup", "scaling"]);
    session.grade(&job).await.unwrap();
    let clients = session.backend().await.unwrap().endpoints.clients();
    assert_eq!(left(&clients).await, Vec::<String>::new());
    session.close().await.unwrap();
}

#[tokio::test]
async fn an_interrupted_grading_leaves_nothing_on_a_server() {
    let (clients, url) = Server::start().await;
    let cancellation = CancellationToken::new();
    let session = open(Choice::Endpoint(url), None, &cancellation).await;
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
