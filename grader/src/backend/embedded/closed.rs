//! The end of a closed shard. On AWS the page that reaches this end has no next iterator
//! (Kinesis API, GetRecords). The emulator compares times instead. If the shard was closed
//! after its last record, an iterator after this record is older than the end of the shard.
//! So the emulator returns an empty page and a next iterator. The page of this next iterator
//! is the right answer, so the code here requests it immediately.

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use hyper::body::Bytes;
use serde_json::{Value, json};

/// The limit for requests and answers, in bytes. A page has up to 10 MiB, in base64.
const LONGEST: usize = 32 << 20;

/// A page with more bytes is not empty.
const EMPTY_PAGE: usize = 2 << 10;

/// Answers a GetRecords call at the end of a closed shard as AWS does.
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

/// Whether a request calls this operation, given with the dot before its name.
pub fn asks_for(request: &Request, operation: &[u8]) -> bool {
    let target = request.headers().get("x-amz-target");
    target.is_some_and(|target| target.as_bytes().ends_with(operation))
}

/// The complete body of a request or an answer.
pub async fn whole(body: Body) -> Result<Bytes, StatusCode> {
    let whole = to_bytes(body, LONGEST).await;
    whole.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)
}

/// The request for the next page, if this page is empty and has a next iterator.
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
