//! The end of a closed shard. Who has read all of it gets no next iterator (Kinesis API,
//! GetRecords). The emulator goes by time: an iterator behind the last record is older than
//! the end of a shard that was closed later, so it gives an empty page and a next iterator.
//! That one is new enough, so it is asked for at once.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use hyper::body::Bytes;
use serde_json::{Value, json};

/// More than any request or answer has, in bytes: a page is 10 MiB, in base64.
const LONGEST: usize = 32 << 20;

/// More than an empty page has, in bytes.
const EMPTY_PAGE: usize = 2 << 10;

/// Answers a call as AWS does where a shard has come to its end.
pub async fn end(request: Request, next: Next) -> Result<Response, StatusCode> {
    if !asks_for(&request, b".GetRecords") {
        return Ok(next.run(request).await);
    }
    let (parts, body) = request.into_parts();
    let asked = whole(body).await?;
    let again = parts.clone();
    let page = next
        .clone()
        .run(Request::from_parts(parts, asked.clone().into()));
    let (head, page) = page.await.into_parts();
    let page = whole(page).await?;
    match beyond(&asked, &page) {
        Some(asked) => Ok(next.run(Request::from_parts(again, asked.into())).await),
        None => Ok(Response::from_parts(head, page.into())),
    }
}

/// Whether a request is for the operation whose name follows the service's.
pub fn asks_for(request: &Request, operation: &[u8]) -> bool {
    let target = request.headers().get("x-amz-target");
    target.is_some_and(|target| target.as_bytes().ends_with(operation))
}

/// All of a request or an answer.
pub async fn whole(body: Body) -> Result<Bytes, StatusCode> {
    let whole = to_bytes(body, LONGEST).await;
    whole.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)
}

/// The request for the page after one that is empty.
fn beyond(asked: &[u8], page: &[u8]) -> Option<Vec<u8>> {
    if page.len() > EMPTY_PAGE {
        return None;
    }
    let page: Value = serde_json::from_slice(page).ok()?;
    page["Records"]
        .as_array()
        .filter(|records| records.is_empty())?;
    let next = page["NextShardIterator"].as_str()?;
    let mut asked: Value = serde_json::from_slice(asked).ok()?;
    asked["ShardIterator"] = json!(next);
    serde_json::to_vec(&asked).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_empty_page_that_goes_on_is_looked_beyond() {
        let asked = br#"{"ShardIterator":"a","Limit":7}"#;
        let beyond = |page: &str| {
            let asked = beyond(asked, page.as_bytes())?;
            Some(String::from_utf8(asked).unwrap())
        };
        let next = r#"{"ShardIterator":"b","Limit":7}"#;
        let empty = r#"{"Records":[],"NextShardIterator":"b"}"#;
        assert_eq!(beyond(empty).as_deref(), Some(next));
        assert_eq!(beyond(r#"{"Records":[]}"#), None);
        assert_eq!(beyond(r#"{"Records":[{}],"NextShardIterator":"b"}"#), None);
        assert_eq!(beyond(r#"{"__type":"ExpiredIteratorException"}"#), None);
        assert_eq!(beyond("no JSON"), None);
    }
}
