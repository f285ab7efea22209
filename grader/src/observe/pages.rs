//! A proxy before Kinesis that makes pages small. GetRecords may always return
//! fewer records than there are (Kinesis API, GetRecords), but emulators hand out
//! ten thousand at once, and code that reads one page only would never be found out.

use std::net::Ipv4Addr;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Response, StatusCode, Uri, header};
use http_body_util::BodyExt;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::problem::{Problem, Result};

/// The most records in one answer of GetRecords.
pub const PAGE_LIMIT: u64 = 100;

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
    let body = body
        .collect()
        .await
        .map_err(|_| StatusCode::BAD_REQUEST)?
        .to_bytes();
    let small = is_get_records(&parts.headers)
        .then(|| with_small_page(&body))
        .flatten();
    let (body, limit) = match small {
        Some((body, limit)) => (body, Some(limit)),
        None => (body.to_vec(), None),
    };
    parts.headers.remove(header::CONTENT_LENGTH);
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    parts.uri =
        Uri::try_from(format!("{}{path}", upstream.url)).map_err(|_| StatusCode::BAD_REQUEST)?;
    let request = Request::from_parts(parts, Body::from(body));
    let answer = upstream
        .client
        .request(request)
        .await
        .map_err(|_| StatusCode::BAD_GATEWAY)?;
    let Some(limit) = limit else {
        return Ok(answer.map(Body::new));
    };
    let (mut parts, body) = answer.into_parts();
    let page = body
        .collect()
        .await
        .map_err(|_| StatusCode::BAD_GATEWAY)?
        .to_bytes();
    parts.headers.remove(header::CONTENT_LENGTH);
    Ok(Response::from_parts(
        parts,
        Body::from(not_up_to_date(&page, limit).unwrap_or(page.to_vec())),
    ))
}

fn is_get_records(headers: &HeaderMap) -> bool {
    let target = headers
        .get("x-amz-target")
        .and_then(|value| value.to_str().ok());
    target.is_some_and(|target| target.ends_with(".GetRecords"))
}

/// The request with its limit lowered, and that limit; `None` where there is no
/// sound limit to lower.
fn with_small_page(body: &[u8]) -> Option<(Vec<u8>, u64)> {
    let mut request: Value = serde_json::from_slice(body).ok()?;
    let limit = match request.get("Limit") {
        None => PAGE_LIMIT,
        Some(asked) => asked.as_u64().filter(|asked| *asked > 0)?.min(PAGE_LIMIT),
    };
    request
        .as_object_mut()?
        .insert("Limit".into(), json!(limit));
    Some((serde_json::to_vec(&request).ok()?, limit))
}

/// The answer with MillisBehindLatest above zero if the page is full: emulators say
/// zero on every page, and code may rightly stop there.
fn not_up_to_date(page: &[u8], limit: u64) -> Option<Vec<u8>> {
    let mut page: Value = serde_json::from_slice(page).ok()?;
    let full = page.get("Records")?.as_array()?.len() as u64 >= limit;
    let behind = page
        .get("MillisBehindLatest")
        .and_then(Value::as_u64)
        .unwrap_or_default();
    if full && behind == 0 {
        page.as_object_mut()?
            .insert("MillisBehindLatest".into(), json!(1));
    }
    serde_json::to_vec(&page).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(body: &Value) -> Option<u64> {
        let (small, limit) = with_small_page(&serde_json::to_vec(body).unwrap())?;
        let sent: Value = serde_json::from_slice(&small).unwrap();
        assert_eq!(sent["Limit"], limit);
        Some(limit)
    }

    #[test]
    fn pages_get_smaller_but_never_larger() {
        assert_eq!(limit(&json!({ "ShardIterator": "i" })), Some(PAGE_LIMIT));
        assert_eq!(limit(&json!({ "Limit": 10_000 })), Some(PAGE_LIMIT));
        assert_eq!(limit(&json!({ "Limit": 25 })), Some(25));
        assert_eq!(with_small_page(b"not JSON"), None);
    }

    #[test]
    fn a_limit_that_aws_refuses_is_left_for_aws_to_refuse() {
        assert_eq!(limit(&json!({ "Limit": 0 })), None);
        assert_eq!(limit(&json!({ "Limit": "ten" })), None);
    }

    #[test]
    fn only_a_full_page_has_more_behind_it() {
        let behind = |records: usize| {
            let page = json!({ "Records": vec![0; records], "MillisBehindLatest": 0 });
            let page = not_up_to_date(&serde_json::to_vec(&page).unwrap(), 3).unwrap();
            serde_json::from_slice::<Value>(&page).unwrap()["MillisBehindLatest"].clone()
        };
        assert_eq!((behind(2), behind(3)), (json!(0), json!(1)));
    }
}
