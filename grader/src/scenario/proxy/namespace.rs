//! The streams and tables that exist for a submission: those of its own scenario, and those that
//! it created itself. Others on the same backend, such as the reference's, are not listed and not
//! found.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use parking_lot::Mutex;
use serde_json::{Value, json};

/// The names that a submission can see.
pub struct Namespace {
    /// A part of every name that is created for the scenario; `None` if all names are visible.
    id: Option<String>,
    /// The names that the submission asked to create. A different scenario may have created them
    /// first.
    own: Mutex<BTreeSet<String>>,
    /// The number of shards and tables that it asked for.
    asked_for: Mutex<u64>,
}

/// The default number of shards of an account, which is smaller in most regions (Kinesis quotas).
/// The same number of tables may be created at the same time (DynamoDB quotas).
const MOST: u64 = 500;

impl Namespace {
    pub fn new(id: Option<&str>) -> Self {
        Self {
            id: id.map(str::to_owned),
            own: Mutex::default(),
            asked_for: Mutex::default(),
        }
    }

    /// The error for a call that names something outside the namespace: AWS returns it for names
    /// that do not exist.
    pub fn refusal(&self, operation: &str, request: &Value) -> Option<(StatusCode, Value)> {
        if let Some(more) = asked_for(operation, request) {
            let mut asked_for = self.asked_for.lock();
            if asked_for.saturating_add(more) > MOST {
                let why = format!("This would exceed the limit of {MOST} for the account");
                return Some(refused("LimitExceededException", &why));
            }
            *asked_for += more;
        }
        if operation == "CreateStream" || operation == "CreateTable" {
            self.own.lock().extend(names(request));
            return None;
        }
        let outside = names(request).into_iter().find(|name| !self.has(name));
        let outside = outside.or_else(|| self.other_statement(request))?;
        let why = format!("Requested resource not found: {outside}");
        Some(refused("ResourceNotFoundException", &why))
    }

    /// Whether the name exists for the submission.
    pub fn has(&self, name: &str) -> bool {
        let of_scenario = self.id.as_ref().is_none_or(|id| name.contains(id));
        of_scenario || self.own.lock().contains(name)
    }

    /// A PartiQL statement that names no table of the submission.
    fn other_statement(&self, request: &Value) -> Option<String> {
        let all = ["Statements", "TransactStatements"];
        let many = all.iter().filter_map(|field| request[*field].as_array());
        let statements = many.flatten().chain([request]);
        let statements = statements.filter_map(|it| it["Statement"].as_str());
        let own = self.own.lock();
        let is_outside = |statement: &&str| {
            let of_scenario = self.id.as_ref().is_none_or(|id| statement.contains(id));
            !of_scenario && !own.iter().any(|name| statement.contains(name))
        };
        let mut outside = statements.filter(is_outside);
        outside.next().map(str::to_owned)
    }
}

fn refused(code: &str, message: &str) -> (StatusCode, Value) {
    let refusal = json!({ "__type": code, "message": message });
    (StatusCode::BAD_REQUEST, refusal)
}

/// The number of shards or tables that a call asks for.
fn asked_for(operation: &str, request: &Value) -> Option<u64> {
    let shards = |field: &str| request[field].as_u64().unwrap_or(1);
    match operation {
        "CreateStream" => Some(shards("ShardCount")),
        "UpdateShardCount" => Some(shards("TargetShardCount")),
        "CreateTable" => Some(1),
        _ => None,
    }
}

/// The streams and tables that a request names, at any depth.
fn names(request: &Value) -> Vec<String> {
    let mut found = Vec::new();
    collect(request, &mut found);
    found
}

fn collect(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| collect(value, found)),
        Value::Object(fields) => {
            for (field, value) in fields {
                match (field.as_str(), value) {
                    ("StreamName" | "TableName", Value::String(name)) => {
                        found.push(of_arn(name).unwrap_or(name).to_owned());
                    }
                    // `StreamARN`, `ResourceArn` and so on.
                    (field, Value::String(arn)) if field.to_lowercase().ends_with("arn") => {
                        found.extend(of_arn(arn).map(str::to_owned));
                    }
                    ("RequestItems", Value::Object(tables)) => {
                        let tables = tables.keys().map(|table| of_arn(table).unwrap_or(table));
                        found.extend(tables.map(str::to_owned));
                    }
                    (_, value) => collect(value, found),
                }
            }
        }
        _ => {}
    }
}

/// The name in the ARN of a stream or a table, or of something that belongs to one.
fn of_arn(arn: &str) -> Option<&str> {
    let (_, after) = arn
        .split_once(":stream/")
        .or_else(|| arn.split_once(":table/"))?;
    after.split('/').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refuses(namespace: &Namespace, operation: &str, request: Value) -> bool {
        namespace.refusal(operation, &request).is_some()
    }

    #[test]
    fn what_is_named_outside_is_refused_however_it_is_named() {
        let namespace = Namespace::new(Some("77"));
        for (operation, request) in [
            (
                "GetRecords",
                json!({ "StreamARN": "arn:aws:kinesis:x:0:stream/s-77", "ShardIterator": "i" }),
            ),
            ("PutRecord", json!({ "StreamName": "s-77" })),
            (
                "GetItem",
                json!({ "TableName": "t-77", "Key": { "TableName": { "S": "t-78" } } }),
            ),
            ("BatchGetItem", json!({ "RequestItems": { "t-77": {} } })),
            (
                "ExecuteStatement",
                json!({ "Statement": "SELECT * FROM \"t-77\"" }),
            ),
            ("ListStreams", json!({ "ExclusiveStartStreamName": "s-78" })),
        ] {
            assert!(!refuses(&namespace, operation, request), "{operation}");
        }
        for (operation, request) in [
            (
                "DescribeStream",
                json!({ "StreamARN": "arn:aws:kinesis:x:0:stream/s-78" }),
            ),
            (
                "DescribeStreamConsumer",
                json!({ "ConsumerARN": "arn:aws:kinesis:x:0:stream/s-78/consumer/c:1" }),
            ),
            (
                "GetItem",
                json!({ "TableName": "arn:aws:dynamodb:x:0:table/t-78" }),
            ),
            (
                "BatchWriteItem",
                json!({ "RequestItems": { "t-77": [], "t-78": [] } }),
            ),
            (
                "TransactGetItems",
                json!({ "TransactItems": [{ "Get": { "TableName": "t-78" } }] }),
            ),
            (
                "ExecuteStatement",
                json!({ "Statement": "SELECT * FROM \"t-78\"" }),
            ),
            (
                "BatchExecuteStatement",
                json!({ "Statements": [{ "Statement": "SELECT * FROM \"t-78\"" }] }),
            ),
        ] {
            assert!(refuses(&namespace, operation, request), "{operation}");
        }
    }

    #[test]
    fn what_a_submission_makes_is_its_own() {
        let namespace = Namespace::new(Some("77"));
        let own = json!({ "StreamName": "mine" });
        assert!(refuses(&namespace, "DescribeStream", own.clone()));
        assert!(!refuses(&namespace, "CreateStream", own.clone()));
        assert!(!refuses(&namespace, "DescribeStream", own));
    }

    #[test]
    fn an_account_has_so_many_shards_and_tables_and_no_more() {
        let namespace = Namespace::new(Some("77"));
        let stream = |shards: u64| json!({ "StreamName": "s-77", "ShardCount": shards });
        assert!(!refuses(&namespace, "CreateStream", stream(MOST - 1)));
        assert!(refuses(&namespace, "CreateStream", stream(2)));
        assert!(refuses(&namespace, "CreateStream", stream(u64::MAX)));
        assert!(!refuses(
            &namespace,
            "CreateTable",
            json!({ "TableName": "t-77" })
        ));
        assert!(refuses(
            &namespace,
            "CreateTable",
            json!({ "TableName": "t-77" })
        ));
    }
}
