//! The list of streams with a summary of each, as AWS returns it (Kinesis API, ListStreams).
//! The emulator lists only the names, so the code here describes each stream.

use axum::body::Body;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::closed::{asks_for, whole};

const DESCRIBE: HeaderValue = HeaderValue::from_static("Kinesis_20131202.DescribeStreamSummary");

/// The fields of a stream's summary.
const FIELDS: [&str; 5] = [
    "StreamName",
    "StreamARN",
    "StreamStatus",
    "StreamModeDetails",
    "StreamCreationTimestamp",
];

/// Adds the summaries to a list of streams.
pub async fn add(request: Request, next: Next) -> Result<Response, StatusCode> {
    if !asks_for(&request, b".ListStreams") {
        return Ok(next.run(request).await);
    }
    let (parts, body) = request.into_parts();
    let list = next.clone().run(Request::from_parts(parts.clone(), body));
    let (mut head, list) = list.await.into_parts();
    let list = whole(list).await?;
    let Ok(mut list) = serde_json::from_slice::<Value>(&list) else {
        return Ok(Response::from_parts(head, list.into()));
    };
    if let Some(names) = list["StreamNames"].as_array().cloned() {
        let mut summaries = Vec::new();
        for name in &names {
            summaries.extend(summary(name, &parts, &next).await);
        }
        list["StreamSummaries"] = json!(summaries);
    }
    head.headers.remove(header::CONTENT_LENGTH);
    Ok(Response::from_parts(head, Body::from(list.to_string())))
}

/// The summary of a stream; `None` if the stream was deleted in the meantime.
async fn summary(name: &Value, parts: &Parts, next: &Next) -> Option<Value> {
    let body = json!({ "StreamName": name }).to_string();
    let mut parts = parts.clone();
    parts.headers.insert("x-amz-target", DESCRIBE);
    parts.headers.remove(header::CONTENT_LENGTH);
    let request = Request::from_parts(parts, body.into());
    let answer = next.clone().run(request).await;
    let answer: Value = serde_json::from_slice(&whole(answer.into_body()).await.ok()?).ok()?;
    of_description(&answer["StreamDescriptionSummary"])
}

fn of_description(description: &Value) -> Option<Value> {
    let fields = description.as_object()?;
    let wanted = FIELDS.iter().filter_map(|field| {
        let value = fields.get(*field)?;
        Some(((*field).to_owned(), value.clone()))
    });
    Some(Value::Object(wanted.collect::<Map<_, _>>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_has_the_fields_that_aws_gives_and_no_others() {
        let description =
            json!({ "StreamName": "s", "StreamStatus": "ACTIVE", "OpenShardCount": 1 });
        let expected = json!({ "StreamName": "s", "StreamStatus": "ACTIVE" });
        assert_eq!(of_description(&description), Some(expected));
        assert_eq!(of_description(&Value::Null), None);
    }
}
