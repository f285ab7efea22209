//! The smallest generated input on which a submission is wrong, stage by stage.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::observe::Reference;

/// A generated input on which the submission and the reference part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Counterexample {
    /// How many records it takes.
    pub records: usize,
    /// What becomes of the record on which they part, stage by stage; empty where
    /// it is not followed.
    pub trace: Vec<Row>,
}

/// A stage, and what the record is after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    pub stage: String,
    pub expected: String,
    pub actual: String,
}

impl Counterexample {
    pub fn new(reference: &Reference, actual: &Value) -> Self {
        Self {
            records: reference.records,
            trace: trace(&reference.expected, actual).unwrap_or_default(),
        }
    }

    /// The first stage at which they part.
    pub fn parting(&self) -> Option<&Row> {
        self.trace.iter().find(|row| row.expected != row.actual)
    }
}

/// Rows for the one record that both sides followed through the stages.
fn trace(expected: &Value, actual: &Value) -> Option<Vec<Row>> {
    let (record, expected) = expected.as_object()?.iter().next()?;
    let (expected, actual) = (expected.as_object()?, actual.get(record)?.as_object()?);
    expected.get("filter")?;
    let mut stages: Vec<_> = expected.keys().collect();
    stages.extend(actual.keys().filter(|stage| !expected.contains_key(*stage)));
    stages.sort_by_key(|stage| ORDER.iter().position(|at| at == stage));
    let rows = stages.into_iter().map(|stage| {
        let (expected, actual) = told_apart(expected.get(stage), actual.get(stage));
        Row {
            stage: stage.clone(),
            expected,
            actual,
        }
    });
    Some(rows.collect())
}

/// Both sides as text; of two objects just the fields in which they differ.
fn told_apart(expected: Option<&Value>, actual: Option<&Value>) -> (String, String) {
    if let (Some(Value::Object(wanted)), Some(Value::Object(given))) = (expected, actual) {
        let differing = |(name, value): &(&String, &Value)| given.get(*name) != Some(*value);
        let fields: Vec<_> = wanted
            .iter()
            .filter(differing)
            .map(|(name, _)| name)
            .collect();
        if fields.is_empty() {
            return (SAME.to_owned(), SAME.to_owned());
        }
        let list = |side: &Map<String, Value>| {
            let fields = fields
                .iter()
                .map(|name| format!("{name} {}", text(side.get(*name))));
            fields.collect::<Vec<_>>().join(", ")
        };
        return (list(wanted), list(given));
    }
    match (expected, actual) {
        (None, Some(_)) => ("not reached".to_owned(), "reached".to_owned()),
        (Some(_), None) => ("reached".to_owned(), "not reached".to_owned()),
        _ => (text(expected), text(actual)),
    }
}

fn text(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "–".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// What is said of two objects that do not differ.
const SAME: &str = "as expected";

/// The stages in the order of the flow.
const ORDER: [&str; 6] = [
    "filter",
    "transform",
    "enrich",
    "classify",
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
    fn the_first_stage_that_differs_is_where_they_part() {
        let stages = |risk, high| {
            json!({
                "statistics": { "enriched": "+1", "high_value": high },
                "filter": "keep",
                "classify": risk,
            })
        };
        let trace = rows(stages("MEDIUM_RISK", "+0"), stages("HIGH_RISK", "+1"));
        let texts: Vec<_> = trace
            .iter()
            .map(|row| [row.stage.as_str(), &row.expected, &row.actual])
            .collect();
        assert_eq!(
            texts,
            [
                ["filter", "keep", "keep"],
                ["classify", "MEDIUM_RISK", "HIGH_RISK"],
                ["statistics", "high_value +0", "high_value +1"],
            ]
        );
        let counterexample = Counterexample { records: 1, trace };
        assert_eq!(counterexample.parting().unwrap().stage, "classify");
    }

    #[test]
    fn stages_that_only_one_side_reached_are_rows_too() {
        let kept = json!({ "filter": "keep", "classify": "LOW_RISK" });
        let trace = rows(kept, json!({ "filter": "drop" }));
        assert_eq!(
            (trace[1].expected.as_str(), trace[1].actual.as_str()),
            ("reached", "not reached")
        );
    }

    #[test]
    fn what_was_not_followed_through_the_stages_has_no_trace() {
        assert!(rows(json!("keep"), json!("drop")).is_empty());
    }
}
