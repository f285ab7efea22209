//! The calls of a journal in short form, to draw them over time.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Asked, Journal, array};

/// One AWS call of a submission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct AwsCall {
    /// When it was answered, in milliseconds after the answer to the first call.
    pub at: u64,
    pub operation: String,
    /// The shard that it reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<String>,
    /// How many records or items it read or wrote.
    pub records: usize,
    /// The error code, or which part of the request was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// The same request was refused before.
    pub again: bool,
}

impl Journal {
    /// The calls in the order of their answers.
    pub fn timeline(&self) -> Vec<AwsCall> {
        let first = self.calls.first().map(|call| call.at).unwrap_or_default();
        let mut refused_before = HashSet::new();
        let calls = self.with_shards().into_iter();
        let calls = calls.map(|(shard, call)| {
            let mut again = false;
            if !call.succeeded || !refused_before.is_empty() {
                let request = (&call.operation, call.request.to_string());
                again = refused_before.contains(&request);
                if !call.succeeded {
                    refused_before.insert(request);
                }
            }
            AwsCall {
                at: u64::try_from(call.at.saturating_sub(first).as_millis()).unwrap_or(u64::MAX),
                operation: call.operation.clone(),
                shard: shard.map(str::to_owned),
                records: records(call),
                refused: refused(call),
                again,
            }
        });
        calls.collect()
    }
}

/// How many records or items a call read or wrote.
fn records(call: &Asked) -> usize {
    let lists = |tables: &Value| -> usize {
        let tables = tables.as_object().into_iter().flatten();
        tables.map(|(_, items)| array(items).len()).sum()
    };
    let failed = |field: &str| call.answer[field].as_u64().unwrap_or_default() as usize;
    if !call.succeeded {
        return 0;
    }
    match call.operation.as_str() {
        "GetRecords" => array(&call.answer["Records"]).len(),
        "PutRecord" | "PutItem" | "UpdateItem" | "DeleteItem" => 1,
        "PutRecords" => array(&call.request["Records"])
            .len()
            .saturating_sub(failed("FailedRecordCount")),
        "GetItem" => usize::from(call.answer["Item"].is_object()),
        "BatchGetItem" => lists(&call.answer["Responses"]),
        "BatchWriteItem" => lists(&call.request["RequestItems"])
            .saturating_sub(lists(&call.answer["UnprocessedItems"])),
        "TransactWriteItems" => array(&call.request["TransactItems"]).len(),
        "TransactGetItems" => array(&call.answer["Responses"]).len(),
        "Query" | "Scan" => array(&call.answer["Items"]).len(),
        _ => 0,
    }
}

/// Why a call was refused, or how many of its entries were.
fn refused(call: &Asked) -> Option<String> {
    if call.succeeded {
        let failed = call.answer["FailedRecordCount"].as_u64();
        let failed = failed.filter(|failed| *failed > 0);
        return failed.map(|failed| format!("{failed} of its records"));
    }
    let code = call.answer["__type"].as_str().unwrap_or("no answer");
    Some(code.rsplit('#').next().unwrap_or(code).to_owned())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;

    fn call(operation: &str, request: Value, answer: Value) -> Asked {
        Asked {
            at: Duration::from_millis(7),
            operation: operation.into(),
            succeeded: answer["__type"].is_null() && !answer.is_null(),
            request,
            answer,
        }
    }

    fn told(calls: Vec<Asked>) -> Vec<String> {
        let journal = Journal {
            calls,
            ..Journal::default()
        };
        let tell = |call: AwsCall| {
            let shard = call.shard.unwrap_or_default();
            let refused = call.refused.unwrap_or_default();
            let again = if call.again { "again" } else { "" };
            let AwsCall {
                at,
                operation,
                records,
                ..
            } = call;
            format!("{at} {operation} {shard} {records} {refused} {again}")
        };
        journal.timeline().into_iter().map(tell).collect()
    }

    #[test]
    fn a_page_belongs_to_the_shard_of_its_iterator() {
        let error = json!({ "__type": "com.amazonaws#ExpiredIteratorException" });
        let page = json!({ "Records": [{}, {}], "NextShardIterator": "b" });
        let calls = vec![
            call(
                "GetShardIterator",
                json!({ "ShardId": "s" }),
                json!({ "ShardIterator": "a" }),
            ),
            call("GetRecords", json!({ "ShardIterator": "a" }), error),
            call("GetRecords", json!({ "ShardIterator": "a" }), page),
            call("GetRecords", json!({ "ShardIterator": "b" }), Value::Null),
        ];
        assert_eq!(
            told(calls),
            [
                "0 GetShardIterator s 0  ",
                "0 GetRecords s 0 ExpiredIteratorException ",
                "0 GetRecords s 2  again",
                "0 GetRecords s 0 no answer ",
            ]
        );
    }

    #[test]
    fn entries_that_were_not_written_do_not_count() {
        let calls = vec![
            call(
                "PutRecords",
                json!({ "Records": [{}, {}, {}] }),
                json!({ "FailedRecordCount": 1 }),
            ),
            call(
                "BatchWriteItem",
                json!({ "RequestItems": { "t": [{}, {}] } }),
                json!({ "UnprocessedItems": { "t": [{}] } }),
            ),
            call(
                "BatchGetItem",
                json!({}),
                json!({ "Responses": { "t": [{}, {}] } }),
            ),
            call("GetItem", json!({}), json!({})),
        ];
        assert_eq!(
            told(calls),
            [
                "0 PutRecords  2 1 of its records ",
                "0 BatchWriteItem  1  ",
                "0 BatchGetItem  2  ",
                "0 GetItem  0  ",
            ]
        );
    }
}
