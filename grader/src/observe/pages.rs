//! A proxy before Kinesis that makes pages what they are on AWS, on every backend.
//!
//! GetRecords may always return fewer records than there are (Kinesis API,
//! GetRecords), but emulators hand out ten thousand at once, and code that reads one
//! page only would never be found out. ListShards goes on from page to page by a
//! token alone (Kinesis API, ListShards), which the embedded backend cannot follow.

use std::net::Ipv4Addr;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Response, StatusCode, Uri, header};
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::problem::{Problem, Result};

/// The most records in one answer of GetRecords.
pub const PAGE_LIMIT: u64 = 100;

/// Between stream and shard in a token; no name of a stream has it.
const TOKEN_SEPARATOR: char = '/';

/// The proxy; it ends with this value.
pub struct Proxy {
    pub url: String,
    server: JoinHandle<()>,
}

#[derive(Clone)]
struct Upstream {
    url: String,
    client: Client<HttpConnector, Body>,
}

impl Proxy {
    /// Starts a proxy for the Kinesis endpoint at `upstream`.
    pub async fn start(upstream: &str) -> Result<Self> {
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
        let client = Client::builder(TokioExecutor::new()).build_http();
        let state = Upstream {
            url: upstream.to_owned(),
            client,
        };
        let app = Router::new().fallback(forward).with_state(state);
        let server = tokio::spawn(async move {
            axum::serve(listener, app).await.ok();
        });
        Ok(Self { url, server })
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn forward(
    State(upstream): State<Upstream>,
    request: Request,
) -> Result<Response<Body>, StatusCode> {
    let (mut parts, body) = request.into_parts();
    let body = body.collect().await.map_err(|_| StatusCode::BAD_REQUEST)?;
    let (body, mend) = adapt(&parts.headers, &body.to_bytes());
    parts.headers.remove(header::CONTENT_LENGTH);
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    parts.uri =
        Uri::try_from(format!("{}{path}", upstream.url)).map_err(|_| StatusCode::BAD_REQUEST)?;
    let request = Request::from_parts(parts, Body::from(body));
    let answer = upstream.client.request(request).await;
    let answer = answer.map_err(|_| StatusCode::BAD_GATEWAY)?;
    let Some(mend) = mend else {
        return Ok(answer.map(Body::new));
    };
    let (mut parts, page) = answer.into_parts();
    let page = page.collect().await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    parts.headers.remove(header::CONTENT_LENGTH);
    Ok(Response::from_parts(
        parts,
        Body::from(mend.apply(&page.to_bytes())),
    ))
}

/// What the answer to a request needs.
#[derive(Debug, PartialEq)]
enum Mend {
    /// A page of at most so many records.
    Records { limit: u64 },
    /// A page of the shards of a stream.
    Shards { stream: String },
}

/// The request as it goes upstream, and what its answer needs. Whatever is not as
/// AWS would have it goes on unchanged, for the backend to refuse.
fn adapt(headers: &HeaderMap, body: &[u8]) -> (Vec<u8>, Option<Mend>) {
    let target = headers
        .get("x-amz-target")
        .and_then(|value| value.to_str().ok());
    let operation = target.and_then(|target| target.rsplit('.').next());
    let adapted = || {
        let mut request: Value = serde_json::from_slice(body).ok()?;
        let mend = match operation? {
            "GetRecords" => smaller_page(request.as_object_mut()?),
            "ListShards" => by_name(request.as_object_mut()?),
            _ => None,
        };
        Some((serde_json::to_vec(&request).ok()?, mend?))
    };
    match adapted() {
        Some((request, mend)) => (request, Some(mend)),
        None => (body.to_vec(), None),
    }
}

/// GetRecords with its limit lowered.
fn smaller_page(request: &mut Map<String, Value>) -> Option<Mend> {
    let limit = match request.get("Limit") {
        None => PAGE_LIMIT,
        Some(asked) => asked.as_u64().filter(|asked| *asked > 0)?.min(PAGE_LIMIT),
    };
    request.insert("Limit".into(), json!(limit));
    Some(Mend::Records { limit })
}

/// ListShards by the name of the stream and the shard to go on after, which our own
/// token holds: the embedded backend forgets the stream from one page to the next.
fn by_name(request: &mut Map<String, Value>) -> Option<Mend> {
    if let Some(token) = request.get("NextToken") {
        let (stream, shard) = token.as_str()?.split_once(TOKEN_SEPARATOR)?;
        let (stream, shard) = (json!(stream), json!(shard));
        request.remove("NextToken");
        request.insert("StreamName".into(), stream);
        request.insert("ExclusiveStartShardId".into(), shard);
    }
    let stream = request.get("StreamName")?.as_str()?.to_owned();
    Some(Mend::Shards { stream })
}

impl Mend {
    fn apply(&self, answer: &[u8]) -> Vec<u8> {
        let mended = || {
            let mut page: Value = serde_json::from_slice(answer).ok()?;
            match self {
                Self::Records { limit } => not_up_to_date(page.as_object_mut()?, *limit),
                Self::Shards { stream } => own_token(page.as_object_mut()?, stream),
            }?;
            serde_json::to_vec(&page).ok()
        };
        mended().unwrap_or_else(|| answer.to_vec())
    }
}

/// MillisBehindLatest above zero if the page is full: emulators say zero on every
/// page, and code may rightly stop there.
fn not_up_to_date(page: &mut Map<String, Value>, limit: u64) -> Option<()> {
    let full = page.get("Records")?.as_array()?.len() as u64 >= limit;
    let behind = page.get("MillisBehindLatest").and_then(Value::as_u64);
    if full && behind.unwrap_or_default() == 0 {
        page.insert("MillisBehindLatest".into(), json!(1));
    }
    Some(())
}

/// A token of our own in place of the backend's.
fn own_token(page: &mut Map<String, Value>, stream: &str) -> Option<()> {
    page.get("NextToken")?.as_str()?;
    let last = page
        .get("Shards")?
        .as_array()?
        .last()?
        .get("ShardId")?
        .as_str()?;
    let token = format!("{stream}{TOKEN_SEPARATOR}{last}");
    page.insert("NextToken".into(), json!(token));
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn adapted(operation: &str, request: Value) -> (Value, Option<Mend>) {
        let target = format!("Kinesis_20131202.{operation}").parse().unwrap();
        let headers = HeaderMap::from_iter([("x-amz-target".parse().unwrap(), target)]);
        let (body, mend) = adapt(&headers, &serde_json::to_vec(&request).unwrap());
        (serde_json::from_slice(&body).unwrap(), mend)
    }

    fn mended(mend: &Mend, answer: Value) -> Value {
        let mended = mend.apply(&serde_json::to_vec(&answer).unwrap());
        serde_json::from_slice(&mended).unwrap()
    }

    fn limit(request: Value) -> Value {
        adapted("GetRecords", request).0["Limit"].clone()
    }

    #[test]
    fn pages_get_smaller_but_never_larger() {
        assert_eq!(limit(json!({ "ShardIterator": "i" })), PAGE_LIMIT);
        assert_eq!(limit(json!({ "Limit": 10_000 })), PAGE_LIMIT);
        assert_eq!(limit(json!({ "Limit": 25 })), 25);
    }

    #[test]
    fn what_aws_refuses_is_left_for_the_backend_to_refuse() {
        for request in [json!({ "Limit": 0 }), json!({ "Limit": "ten" }), json!([])] {
            assert_eq!(adapted("GetRecords", request.clone()), (request, None));
        }
        let request = json!({ "NextToken": "made up" });
        assert_eq!(adapted("ListShards", request.clone()), (request, None));
    }

    #[test]
    fn other_operations_pass_unchanged() {
        let request = json!({ "StreamName": "s", "Limit": 10_000 });
        assert_eq!(adapted("DescribeStream", request.clone()), (request, None));
    }

    #[test]
    fn only_a_full_page_has_more_behind_it() {
        let behind = |records: usize| {
            let page = json!({ "Records": vec![0; records], "MillisBehindLatest": 0 });
            mended(&Mend::Records { limit: 3 }, page)["MillisBehindLatest"].clone()
        };
        assert_eq!((behind(2), behind(3)), (json!(0), json!(1)));
    }

    #[test]
    fn shards_are_listed_page_by_page() {
        let (_, mend) = adapted("ListShards", json!({ "StreamName": "s", "MaxResults": 1 }));
        let page = json!({ "Shards": [{ "ShardId": "shard-0" }], "NextToken": "theirs" });
        let token = mended(&mend.unwrap(), page)["NextToken"].clone();
        let (next, _) = adapted("ListShards", json!({ "NextToken": token, "MaxResults": 1 }));
        assert_eq!(
            next,
            json!({ "StreamName": "s", "ExclusiveStartShardId": "shard-0", "MaxResults": 1 })
        );
        let last = json!({ "Shards": [{ "ShardId": "shard-1" }] });
        assert_eq!(
            mended(&Mend::Shards { stream: "s".into() }, last.clone()),
            last
        );
    }
}
