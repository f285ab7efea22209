//! The Lambda Runtime API for a function's process (Lambda developer guide,
//! "Using the Lambda runtime API for custom runtimes").

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{Response, StatusCode};
use axum::routing::{get, post};
use axum::serve::ListenerExt as _;
use parking_lot::Mutex;
use protocol::HANDLER_PANICKED;
use protocol::Panic;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::backend::REGION;
use crate::problem::{Problem, Result};

/// The answer of a function to an event.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    Response(Value),
    /// The function returned an error.
    Failed(String),
    Panicked(Panic),
}

impl Answer {
    /// The answer in the body of an error report.
    fn of_error(report: &Value) -> Self {
        let text = |field: &str| report[field].as_str().unwrap_or_default();
        let message = text("errorMessage");
        match serde_json::from_str(message) {
            Ok(panic) if text("errorType") == HANDLER_PANICKED => Self::Panicked(panic),
            _ => Self::Failed(message.to_owned()),
        }
    }
}

/// A server of the Runtime API for one process. It runs until this value is dropped.
pub struct RuntimeApi {
    address: String,
    events: mpsc::Sender<Invocation>,
    api: Arc<Api>,
    server: JoinHandle<()>,
}

struct Invocation {
    id: String,
    event: String,
}

struct Api {
    timeout: Duration,
    events: tokio::sync::Mutex<mpsc::Receiver<Invocation>>,
    /// The current invocation, and the sender for its answer.
    pending: Mutex<Option<(String, oneshot::Sender<Answer>)>>,
}

impl RuntimeApi {
    /// Starts a server with this time limit for each invocation.
    pub async fn start(timeout: Duration) -> Result<Self> {
        let bind = async {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            let address = listener.local_addr()?.to_string();
            Ok((listener, address))
        };
        let (listener, address) = bind.await.map_err(|e: std::io::Error| {
            Problem::machine(
                format!("cannot listen on loopback: {e}"),
                "Check that loopback networking works (`cargo grade doctor`).",
            )
        })?;
        let (sender, receiver) = mpsc::channel(1);
        let api = Arc::new(Api {
            timeout,
            events: tokio::sync::Mutex::new(receiver),
            pending: Mutex::default(),
        });
        let app = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route(
                "/2018-06-01/runtime/invocation/{id}/response",
                post(response),
            )
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .route("/2018-06-01/runtime/init/error", post(init_error))
            .with_state(api.clone());
        let server = tokio::spawn(async move {
            let listener = listener.tap_io(|stream| {
                stream.set_nodelay(true).ok();
            });
            axum::serve(listener, app).await.ok();
        });
        Ok(Self {
            address,
            events: sender,
            api,
            server,
        })
    }

    /// The host and the port.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Delivers an event and waits for the answer, without a time limit.
    pub async fn invoke(&self, event: &Value) -> Answer {
        let (sender, receiver) = oneshot::channel();
        let invocation = Invocation {
            id: Uuid::new_v4().to_string(),
            event: event.to_string(),
        };
        self.api.expect(Some((invocation.id.clone(), sender)));
        self.events.send(invocation).await.ok();
        match receiver.await {
            Ok(answer) => answer,
            // Another invocation has replaced this one.
            Err(_) => std::future::pending().await,
        }
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Api {
    fn expect(&self, pending: Option<(String, oneshot::Sender<Answer>)>) {
        *self.pending.lock() = pending;
    }

    /// Sends an answer to the waiting invocation. If `id` is given, the invocation must have it.
    fn answer(&self, id: Option<&str>, answer: Answer) -> StatusCode {
        let mut pending = self.pending.lock();
        let wanted = pending.take_if(|(waiting, _)| id.is_none_or(|id| id == waiting));
        match wanted {
            Some((_, waiting)) => {
                waiting.send(answer).ok();
                StatusCode::ACCEPTED
            }
            None => StatusCode::BAD_REQUEST,
        }
    }
}

/// Waits for the next event.
async fn next(State(api): State<Arc<Api>>) -> Result<Response<Body>, StatusCode> {
    let invocation = api.events.lock().await.recv().await;
    let Invocation { id, event } = invocation.ok_or(StatusCode::INTERNAL_SERVER_ERROR)?;
    let deadline = SystemTime::now() + api.timeout;
    let deadline = deadline.duration_since(UNIX_EPOCH).unwrap_or_default();
    let arn = format!("arn:aws:lambda:{REGION}:000000000000:function:stream-processor");
    let trace = format!("Root=1-00000000-{:.24};Sampled=0", Uuid::new_v4().simple());
    Response::builder()
        .header("Content-Type", "application/json")
        .header("Lambda-Runtime-Aws-Request-Id", id)
        .header(
            "Lambda-Runtime-Deadline-Ms",
            deadline.as_millis().to_string(),
        )
        .header("Lambda-Runtime-Invoked-Function-Arn", arn)
        .header("Lambda-Runtime-Trace-Id", trace)
        .body(Body::from(event))
        .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

async fn response(State(api): State<Arc<Api>>, Path(id): Path<String>, body: Bytes) -> StatusCode {
    let response = serde_json::from_slice(&body);
    let answer = response.map_or_else(
        |e| Answer::Failed(format!("the response is not JSON: {e}")),
        Answer::Response,
    );
    api.answer(Some(&id), answer)
}

async fn error(State(api): State<Arc<Api>>, Path(id): Path<String>, body: Bytes) -> StatusCode {
    let report = serde_json::from_slice(&body).unwrap_or_default();
    api.answer(Some(&id), Answer::of_error(&report))
}

/// The function could not start.
async fn init_error(State(api): State<Arc<Api>>, body: Bytes) -> StatusCode {
    let report = serde_json::from_slice(&body).unwrap_or_default();
    api.answer(None, Answer::of_error(&report))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_panic_is_told_from_an_error() {
        let panic = Panic {
            message: "index out of bounds".into(),
            file: "src/lambda.rs".into(),
            line: 7,
        };
        let report = |kind: &str, message: String| {
            Answer::of_error(&json!({ "errorType": kind, "errorMessage": message }))
        };
        let message = serde_json::to_string(&panic).unwrap();
        assert_eq!(
            report(HANDLER_PANICKED, message.clone()),
            Answer::Panicked(panic)
        );
        assert_eq!(report("Error", message.clone()), Answer::Failed(message));
    }

    #[tokio::test]
    async fn an_answer_goes_to_the_invocation_it_names() {
        let api = RuntimeApi::start(Duration::from_secs(1)).await.unwrap();
        let answered = async {
            let invocation = api.api.events.lock().await.recv().await.unwrap();
            let answer = |id: &str, value| api.api.answer(Some(id), Answer::Response(value));
            assert_eq!(answer("another", json!(1)), StatusCode::BAD_REQUEST);
            assert_eq!(answer(&invocation.id, json!(2)), StatusCode::ACCEPTED);
            assert_eq!(answer(&invocation.id, json!(3)), StatusCode::BAD_REQUEST);
        };
        let event = json!({});
        let (answer, ()) = tokio::join!(api.invoke(&event), answered);
        assert_eq!(answer, Answer::Response(json!(2)));
    }
}
