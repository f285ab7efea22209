//! The smallest generated input for which a submission is wrong, stage by stage.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::scenario::Reference;

/// A generated input for which the submission and the reference differ.
#[derive(Clone, Debug, PartialEq)]
pub struct Counterexample {
    /// How many records it has.
    pub records: usize,
    /// The record for which they differ, stage by stage; empty if no record is followed through
    /// the stages.
    pub trace: Vec<Row>,
}

/// A stage, and the record after it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Row {
    pub stage: String,
    /// Left out if the record should not reach this stage.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "crate::evidence::there"
    )]
    pub expected: Option<Value>,
    /// Left out if the record did not reach this stage.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "crate::evidence::there"
    )]
    pub actual: Option<Value>,
}

impl Counterexample {
    pub fn new(reference: &Reference, actual: &Value) -> Self {
        Self {
            records: reference.records,
            trace: trace(&reference.expected, actual).unwrap_or_default(),
        }
    }
}

/// The rows of the one record that both sides followed through the stages.
fn trace(expected: &Value, actual: &Value) -> Option<Vec<Row>> {
    let (record, expected) = expected.as_object()?.iter().next()?;
    let (expected, actual) = (expected.as_object()?, actual.get(record)?.as_object()?);
    expected.get("filter")?;
    let mut stages: Vec<_> = expected.keys().collect();
    stages.extend(actual.keys().filter(|stage| !expected.contains_key(*stage)));
    stages.sort_by_key(|stage| ORDER.iter().position(|at| at == stage));
    let rows = stages.into_iter().map(|stage| Row {
        stage: stage.clone(),
        expected: expected.get(stage).cloned(),
        actual: actual.get(stage).cloned(),
    });
    Some(rows.collect())
}

/// The stages in the order of the flow.
const ORDER: [&str; 7] = [
    "filter",
    "transform",
    "enrich",
    "classify",
    "returned",
    "statistics",
    "total",
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rows(expected: Value, actual: Value) -> Vec<Row> {
        let reference = Reference {
            facet: "generated",
            expected: json!({ "zoe $3000.00": expected }),
            records: 1,
        };
        Counterexample::new(&reference, &json!({ "zoe $3000.00": actual })).trace
    }

    #[test]
    fn stages_come_in_the_order_of_the_flow_with_what_each_side_has_there() {
        let kept = json!({ "classify": "LOW_RISK", "filter": "keep" });
        let trace = rows(kept, json!({ "filter": "drop" }));
        let row = |stage: &str, expected: &str, actual: Option<&str>| Row {
            stage: stage.into(),
            expected: Some(json!(expected)),
            actual: actual.map(Value::from),
        };
        assert_eq!(
            trace,
            [
                row("filter", "keep", Some("drop")),
                row("classify", "LOW_RISK", None),
            ]
        );
    }

    #[test]
    fn what_was_not_followed_through_the_stages_has_no_trace() {
        assert!(rows(json!("keep"), json!("drop")).is_empty());
    }
}
