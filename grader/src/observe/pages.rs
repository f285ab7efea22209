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
        let state = Upstream { url: upstream.to_owned(), client };
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
    let body = body.collect().await.map_err(|_| StatusCode::BAD_REQUEST)?.to_bytes();
    let body = match is_get_records(&parts.headers) {
        true => with_small_page(&body).unwrap_or(body.to_vec()),
        false => body.to_vec(),
    };
    parts.headers.remove(header::CONTENT_LENGTH);
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    parts.uri = Uri::try_from(format!("{}{path}", upstream.url))
        .map_err(|_| StatusCode::BAD_REQUEST)?;
    let request = Request::from_parts(parts, Body::from(body));
    let answer = upstream.client.request(request).await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    Ok(answer.map(Body::new))
}

fn is_get_records(headers: &HeaderMap) -> bool {
    let target = headers.get("x-amz-target").and_then(|value| value.to_str().ok());
    target.is_some_and(|target| target.ends_with(".GetRecords"))
}

/// The request with its limit lowered; `None` if it is not a JSON object.
fn with_small_page(body: &[u8]) -> Option<Vec<u8>> {
    let mut request: Value = serde_json::from_slice(body).ok()?;
    let asked = request.get("Limit").and_then(Value::as_u64).unwrap_or(PAGE_LIMIT);
    if asked > PAGE_LIMIT || request.get("Limit").is_none() {
        request.as_object_mut()?.insert("Limit".into(), json!(PAGE_LIMIT));
    }
    serde_json::to_vec(&request).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(body: &Value) -> Value {
        let small = with_small_page(&serde_json::to_vec(body).unwrap()).unwrap();
        serde_json::from_slice::<Value>(&small).unwrap()["Limit"].clone()
    }

    #[test]
    fn pages_get_smaller_but_never_larger() {
        assert_eq!(limit(&json!({ "ShardIterator": "i" })), PAGE_LIMIT);
        assert_eq!(limit(&json!({ "Limit": 10_000 })), PAGE_LIMIT);
        assert_eq!(limit(&json!({ "Limit": 25 })), 25);
        assert_eq!(with_small_page(b"not JSON"), None);
    }

    #[test]
    fn a_limit_that_aws_refuses_is_left_for_aws_to_refuse() {
        assert_eq!(limit(&json!({ "Limit": 0 })), 0);
        assert_eq!(limit(&json!({ "Limit": "ten" })), "ten");
    }
}
