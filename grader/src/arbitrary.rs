//! Arbitrary JSON for tests, with the names of the fields that the grader looks for.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

const NAMES: [&str; 24] = [
    "BatchItemFailures",
    "EndingSequenceNumber",
    "HasMoreStreams",
    "Limit",
    "MaxResults",
    "MillisBehindLatest",
    "NextShardIterator",
    "NextToken",
    "Parameters",
    "Records",
    "S",
    "SequenceNumberRange",
    "ShardId",
    "ShardIterator",
    "Shards",
    "StreamARN",
    "StreamDescription",
    "StreamName",
    "StreamNames",
    "StreamStatus",
    "Table",
    "batchItemFailures",
    "itemIdentifier",
    "userId",
];

/// JSON of any shape.
pub fn json() -> impl Strategy<Value = Value> {
    let value = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    value.prop_recursive(4, 24, 4, |inner| {
        let field = (select(NAMES.to_vec()), inner.clone());
        prop_oneof![
            1 => vec(inner, 0..4).prop_map(Value::from),
            3 => vec(field, 0..6).prop_map(|fields| fields.into_iter().collect()),
        ]
    })
}

/// A list of any JSON.
pub fn list() -> impl Strategy<Value = Value> {
    vec(json(), 0..6).prop_map(Value::from)
}

/// A request or an answer: any JSON. It usually has this field, and the field may have any
/// value.
pub fn with_field(
    name: &'static str,
    field: impl Strategy<Value = Value> + 'static,
) -> impl Strategy<Value = Value> {
    let field = prop_oneof![1 => json(), 3 => field];
    prop_oneof![
        1 => json(),
        3 => (json(), field).prop_map(move |(mut other, field)| {
            if !other.is_object() {
                other = json!({});
            }
            other[name] = field;
            other
        }),
    ]
}
