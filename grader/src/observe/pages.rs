//! A proxy before Kinesis that makes pages what they are on AWS, on every backend.
//!
//! GetRecords may always return fewer records than there are (Kinesis API,
//! GetRecords), but emulators hand out ten thousand at once, and code that reads one
//! page only would never be found out. ListShards goes on from page to page by a
//! token alone (Kinesis API, ListShards), which the embedded backend cannot follow.

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

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

/// The most records on the first, second and third page of a shard, and so on from
/// the start: a page that is shorter than the last one is not the last page.
pub const PAGE_LIMITS: [u64; 3] = [100, 60, 80];

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
    /// Which page an iterator stands for; the first where it is not known.
    pages: Arc<Mutex<HashMap<String, usize>>>,
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
            pages: Arc::default(),
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
    let (body, mend) = upstream.adapt(&parts.headers, &body.to_bytes());
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
    let page = upstream.mend(&mend, &page.to_bytes());
    Ok(Response::from_parts(parts, Body::from(page)))
}

/// What the answer to a request needs.
#[derive(Debug, PartialEq)]
enum Mend {
    /// A page of at most so many records; which one of its shard.
    Records { limit: u64, number: usize },
    /// A page of the shards of a stream.
    Shards { stream: String },
}

impl Upstream {
    /// The request as it goes upstream, and what its answer needs. Whatever is not
    /// as AWS would have it goes on unchanged, for the backend to refuse.
    fn adapt(&self, headers: &HeaderMap, body: &[u8]) -> (Vec<u8>, Option<Mend>) {
        let target = headers
            .get("x-amz-target")
            .and_then(|value| value.to_str().ok());
        let operation = target.and_then(|target| target.rsplit('.').next());
        let adapted = || {
            let mut request: Value = serde_json::from_slice(body).ok()?;
            let mend = match operation? {
                "GetRecords" => self.smaller_page(request.as_object_mut()?),
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
    fn smaller_page(&self, request: &mut Map<String, Value>) -> Option<Mend> {
        let iterator = request.get("ShardIterator")?.as_str()?;
        let number = self.pages().get(iterator).copied().unwrap_or_default();
        let most = PAGE_LIMITS[number % PAGE_LIMITS.len()];
        let limit = match request.get("Limit") {
            None => most,
            Some(asked) => asked.as_u64().filter(|asked| *asked > 0)?.min(most),
        };
        request.insert("Limit".into(), json!(limit));
        Some(Mend::Records { limit, number })
    }

    fn mend(&self, mend: &Mend, answer: &[u8]) -> Vec<u8> {
        let mended = || {
            let mut page: Value = serde_json::from_slice(answer).ok()?;
            let fields = page.as_object_mut()?;
            match mend {
                Mend::Records { limit, number } => {
                    if let Some(next) = fields.get("NextShardIterator").and_then(Value::as_str) {
                        self.pages().insert(next.to_owned(), number + 1);
                    }
                    not_up_to_date(fields, *limit)
                }
                Mend::Shards { stream } => own_token(fields, stream),
            }?;
            serde_json::to_vec(&page).ok()
        };
        mended().unwrap_or_else(|| answer.to_vec())
    }

    fn pages(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
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

    fn upstream() -> Upstream {
        Upstream {
            url: String::new(),
            client: Client::builder(TokioExecutor::new()).build_http(),
            pages: Arc::default(),
        }
    }

    fn adapted(operation: &str, request: Value) -> (Value, Option<Mend>) {
        let target = format!("Kinesis_20131202.{operation}").parse().unwrap();
        let headers = HeaderMap::from_iter([("x-amz-target".parse().unwrap(), target)]);
        let (body, mend) = upstream().adapt(&headers, &serde_json::to_vec(&request).unwrap());
        (serde_json::from_slice(&body).unwrap(), mend)
    }

    fn mended(upstream: &Upstream, mend: &Mend, answer: Value) -> Value {
        let mended = upstream.mend(mend, &serde_json::to_vec(&answer).unwrap());
        serde_json::from_slice(&mended).unwrap()
    }

    fn limit(limit: Value) -> Value {
        let request = json!({ "ShardIterator": "i", "Limit": limit });
        adapted("GetRecords", request).0["Limit"].clone()
    }

    #[test]
    fn pages_get_smaller_but_never_larger() {
        let (request, _) = adapted("GetRecords", json!({ "ShardIterator": "i" }));
        assert_eq!(request["Limit"], PAGE_LIMITS[0]);
        assert_eq!(limit(json!(10_000)), PAGE_LIMITS[0]);
        assert_eq!(limit(json!(25)), 25);
    }

    #[test]
    fn pages_of_one_shard_differ_in_size() {
        let upstream = upstream();
        let mut request = Map::from_iter([("ShardIterator".into(), json!("first"))]);
        let mend = upstream.smaller_page(&mut request).unwrap();
        mended(
            &upstream,
            &mend,
            json!({ "Records": [], "NextShardIterator": "second" }),
        );
        let mut request = Map::from_iter([("ShardIterator".into(), json!("second"))]);
        upstream.smaller_page(&mut request).unwrap();
        assert_eq!(request["Limit"], PAGE_LIMITS[1]);
    }

    #[test]
    fn what_aws_refuses_is_left_for_the_backend_to_refuse() {
        let iterator = json!("i");
        for request in [
            json!({ "ShardIterator": iterator, "Limit": 0 }),
            json!({ "ShardIterator": iterator, "Limit": "ten" }),
            json!({ "Limit": 10 }),
            json!([]),
        ] {
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
            let mend = Mend::Records {
                limit: 3,
                number: 0,
            };
            mended(&upstream(), &mend, page)["MillisBehindLatest"].clone()
        };
        assert_eq!((behind(2), behind(3)), (json!(0), json!(1)));
    }

    #[test]
    fn shards_are_listed_page_by_page() {
        let (_, mend) = adapted("ListShards", json!({ "StreamName": "s", "MaxResults": 1 }));
        let page = json!({ "Shards": [{ "ShardId": "shard-0" }], "NextToken": "theirs" });
        let token = mended(&upstream(), &mend.unwrap(), page)["NextToken"].clone();
        let (next, _) = adapted("ListShards", json!({ "NextToken": token, "MaxResults": 1 }));
        assert_eq!(
            next,
            json!({ "StreamName": "s", "ExclusiveStartShardId": "shard-0", "MaxResults": 1 })
        );
        let last = json!({ "Shards": [{ "ShardId": "shard-1" }] });
        let mend = Mend::Shards { stream: "s".into() };
        assert_eq!(mended(&upstream(), &mend, last.clone()), last);
    }
}
