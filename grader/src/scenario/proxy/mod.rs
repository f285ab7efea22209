//! The proxy between a submission and the backend, one for each scenario. It keeps a journal of
//! the AWS calls, hides the streams and tables of others, makes pages as small as on AWS, and
//! injects the scenario's faults.

mod faults;
mod journal;
mod listing;
mod namespace;
mod pages;

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, Uri, header, response};
use axum::serve::ListenerExt as _;
use http_body_util::{BodyExt, Limited};
use hyper::body::{Bytes, Incoming};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::backend::Endpoints;
use crate::child::Polling;
use crate::problem::{Problem, Result};
use crate::provision::Made;
use crate::scenario::Fault;

use faults::Strike;
pub use journal::{Asked, AwsCall, Journal, POLLS_WITHOUT_END};
use listing::Listing;
use namespace::Namespace;

/// The longest request that is read, in bytes: BatchWriteItem may have 16 MB (DynamoDB API).
const LONGEST_REQUEST: usize = 17 << 20;

/// How much a submission may send through one proxy, in bytes. The journal keeps all of it.
const MOST_SENT: u64 = 64 << 20;

/// How much of it a call takes besides its body: its answer is also kept. So a submission that
/// calls AWS without end is refused after some 16,000 calls.
const OF_A_CALL: u64 = 4 << 10;

/// The parts that the proxies of one grading share.
#[derive(Clone)]
pub struct Upstream {
    endpoints: Endpoints,
    client: Client<HttpConnector, Body>,
    /// The streams and tables that the submission creates, with names of its choice.
    made: Arc<Made>,
}

impl Upstream {
    pub fn new(endpoints: &Endpoints, made: &Arc<Made>) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self {
            endpoints: endpoints.clone(),
            client: Client::builder(TokioExecutor::new()).build(connector),
            made: made.clone(),
        }
    }

    /// Notes what a call may create, before the call reaches the backend.
    fn note(&self, operation: &str, request: &Value) {
        let named = |field: &str| request[field].as_str();
        match (operation, named("StreamName"), named("TableName")) {
            ("CreateStream", Some(stream), _) => self.made.note_stream(stream),
            ("CreateTable", _, Some(table)) => self.made.note_table(table),
            _ => {}
        }
    }

    /// The URL for an operation: one proxy serves both services.
    fn url(&self, target: &str) -> &str {
        if target.starts_with("DynamoDB") {
            &self.endpoints.dynamodb
        } else {
            &self.endpoints.kinesis
        }
    }
}

/// A proxy, which runs until this value is dropped.
pub struct Proxy {
    /// The URL for both services.
    url: String,
    journal: Arc<journal::Recorder>,
    pages: Arc<pages::Pages>,
    faults: Arc<faults::Injector>,
    server: JoinHandle<()>,
}

impl Proxy {
    /// Starts a proxy that shows only names that contain `namespace`, or all names if it is
    /// `None`. It injects `faults`, and makes pages of at most `page_limits` records, one after
    /// the other. If `page_limits` is empty, the pages have the usual sizes.
    pub async fn start(
        upstream: &Upstream,
        namespace: Option<&str>,
        faults: &[Fault],
        page_limits: &[u64],
    ) -> Result<Self> {
        let bind = async {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            let url = format!("http://{}", listener.local_addr()?);
            Ok((listener, url))
        };
        let (listener, url) = bind.await.map_err(|e: std::io::Error| {
            Problem::machine(
                format!("cannot listen on loopback: {e}"),
                "Check that loopback networking works (`cargo grade doctor`).",
            )
        })?;
        let journal = Arc::<journal::Recorder>::default();
        let pages = Arc::new(pages::Pages::new(page_limits));
        let faults = Arc::new(faults::Injector::new(faults));
        let forwarder = Forwarder {
            upstream: upstream.clone(),
            namespace: Arc::new(Namespace::new(namespace)),
            pages: pages.clone(),
            faults: faults.clone(),
            journal: journal.clone(),
            sent: Arc::default(),
        };
        let app = Router::new().fallback(forward).with_state(forwarder);
        let server = tokio::spawn(async move {
            let listener = listener.tap_io(|stream| {
                stream.set_nodelay(true).ok();
            });
            axum::serve(listener, app).await.ok();
        });
        Ok(Self {
            url,
            journal,
            pages,
            faults,
            server,
        })
    }

    /// The endpoints of both services for a submission.
    pub fn endpoints(&self) -> Endpoints {
        Endpoints {
            kinesis: self.url.clone(),
            dynamodb: self.url.clone(),
        }
    }

    /// From now on, pages have these sizes, or the usual sizes if none are given.
    pub fn set_page_limits(&self, page_limits: &[u64]) {
        self.pages.set_limits(page_limits);
    }

    /// From now on, only these faults are injected.
    pub fn set_faults(&self, faults: &[Fault]) {
        self.faults.set(faults);
    }

    /// From now on, the last page with records of a shard has no next iterator, like the last page
    /// of a closed shard. With `false`, it has one again.
    pub fn set_closed(&self, closed: bool) {
        self.pages.set_closed(closed);
    }

    /// Waits until the submission has polled a shard too often after its end.
    pub async fn polled_on(&self) {
        self.journal.polled_on().await;
    }

    /// The operation that the submission called repeatedly in the last half of its time limit, if
    /// there is one.
    pub fn polling(&self, limit: Duration) -> Option<Polling> {
        self.journal.polling(limit / 2)
    }

    /// The faults that have hit no call yet.
    pub fn idle_faults(&self) -> Vec<Fault> {
        self.faults.idle()
    }

    /// The calls that were answered so far.
    pub fn journal(&self) -> Journal {
        self.journal.read()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// The state of a proxy.
#[derive(Clone)]
struct Forwarder {
    upstream: Upstream,
    namespace: Arc<Namespace>,
    pages: Arc<pages::Pages>,
    faults: Arc<faults::Injector>,
    journal: Arc<journal::Recorder>,
    /// How much was sent so far, in bytes.
    sent: Arc<AtomicU64>,
}

async fn forward(
    State(forwarder): State<Forwarder>,
    request: Request,
) -> Result<Response<Body>, StatusCode> {
    let (parts, body) = request.into_parts();
    let body = Limited::new(body, LONGEST_REQUEST).collect().await;
    let body = body.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?.to_bytes();
    let before = forwarder
        .sent
        .fetch_add(body.len() as u64 + OF_A_CALL, Ordering::Relaxed);
    if before > MOST_SENT {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    let target = target(&parts.headers);
    let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
    let Ok(request) = serde_json::from_slice::<Value>(&body) else {
        // This is not an AWS call: the backend refuses it.
        let answer = forwarder.upstream.send(parts, &target, body).await?;
        return Ok(answer.map(Body::new));
    };
    let strike = forwarder.faults.strike(&operation);
    let in_flight = forwarder.journal.begin(&operation);
    strike
        .hold(|operation| forwarder.journal.most_at_once(operation))
        .await;
    if strike.gets_no_answer() {
        drop(in_flight);
        forwarder.journal.note(Asked {
            operation,
            request,
            ..Asked::default()
        });
        return Ok(Response::new(broken_off()));
    }
    let hidden = forwarder.namespace.refusal(&operation, &request);
    let (head, answer, body) = match hidden.or_else(|| strike.refusal()) {
        Some((status, refusal)) => {
            let body = to_bytes(&refusal);
            (refused(status), refusal, body)
        }
        None => {
            forwarder.upstream.note(&operation, &request);
            forwarder
                .pass(parts, &target, &operation, &request, body, &strike)
                .await?
        }
    };
    drop(in_flight);
    forwarder.journal.note(Asked {
        operation,
        request,
        succeeded: head.status.is_success(),
        answer,
        ..Asked::default()
    });
    Ok(Response::from_parts(head, Body::from(body)))
}

impl Forwarder {
    /// Passes a call to the backend, and changes the request and the answer where necessary. A body
    /// without changes passes byte for byte.
    async fn pass(
        &self,
        parts: Parts,
        target: &str,
        operation: &str,
        request: &Value,
        body: Bytes,
        strike: &Strike,
    ) -> Result<(response::Parts, Value, Bytes), StatusCode> {
        let mut adapted = request.clone();
        let correction = self.pages.adapt(operation, &mut adapted);
        let listing = Listing::asked_for(operation, &mut adapted);
        let listing = listing.map(|listing| (listing, parts.clone()));
        let held_back = strike.hold_back(&mut adapted);
        let body = if adapted == *request {
            body
        } else {
            to_bytes(&adapted)
        };
        let (mut head, body) = self.upstream.ask(parts, target, body).await?;
        // Many answers have an empty body, which becomes null here.
        let received: Value = serde_json::from_slice(&body).unwrap_or_default();
        let mut answer = received.clone();
        if head.status.is_success() {
            if let Some(correction) = correction {
                self.pages.correct(&correction, &mut answer);
            }
            if let Some((listing, parts)) = listing {
                self.list(listing, parts, target, &mut answer).await?;
            }
            strike.change(&mut answer, &held_back);
        }
        for outdated in ["content-length", "x-amz-crc32"] {
            head.headers.remove(outdated);
        }
        let body = if answer == received {
            body
        } else {
            to_bytes(&answer)
        };
        Ok((head, answer, body))
    }

    /// Changes a page of a list to a page with only the submission's own names. For this it may
    /// read further pages.
    async fn list(
        &self,
        mut listing: Listing,
        parts: Parts,
        target: &str,
        page: &mut Value,
    ) -> Result<(), StatusCode> {
        let is_own = |name: &str| self.namespace.has(name);
        let mut next = listing.take(page, is_own);
        while let Some(request) = next {
            let body = to_bytes(&request);
            let (_, body) = self.upstream.ask(parts.clone(), target, body).await?;
            let page = serde_json::from_slice(&body).unwrap_or_default();
            next = listing.take(&page, is_own);
        }
        listing.answer(page);
        Ok(())
    }
}

impl Upstream {
    /// The answer, with its complete body.
    async fn ask(
        &self,
        parts: Parts,
        target: &str,
        body: Bytes,
    ) -> Result<(response::Parts, Bytes), StatusCode> {
        let (head, body) = self.send(parts, target, body).await?.into_parts();
        let body = body.collect().await.map_err(|_| StatusCode::BAD_GATEWAY)?;
        Ok((head, body.to_bytes()))
    }

    async fn send(
        &self,
        mut parts: Parts,
        target: &str,
        body: Bytes,
    ) -> Result<Response<Incoming>, StatusCode> {
        parts.headers.remove(header::CONTENT_LENGTH);
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        parts.uri = Uri::try_from(format!("{}{path}", self.url(target)))
            .map_err(|_| StatusCode::BAD_REQUEST)?;
        let request = Request::from_parts(parts, Body::from(body));
        let answer = self.client.request(request).await;
        answer.map_err(|_| StatusCode::BAD_GATEWAY)
    }
}

/// A body that fails before its end, with which the server closes the connection.
fn broken_off() -> Body {
    let failed = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
    Body::from_stream(futures::stream::iter([Err::<Bytes, _>(failed)]))
}

fn to_bytes(value: &Value) -> Bytes {
    serde_json::to_vec(value).expect("a value is JSON").into()
}

/// The service and the operation, such as `Kinesis_20131202.GetRecords`.
fn target(headers: &HeaderMap) -> String {
    let target = headers.get("x-amz-target");
    let target = target.and_then(|value| value.to_str().ok());
    target.unwrap_or_default().to_owned()
}

fn refused(status: StatusCode) -> response::Parts {
    let (mut head, ()) = Response::new(()).into_parts();
    head.status = status;
    let json = HeaderValue::from_static("application/x-amz-json-1.1");
    head.headers.insert(header::CONTENT_TYPE, json);
    head
}

#[cfg(test)]
mod tests;
