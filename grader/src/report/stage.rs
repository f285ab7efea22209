//! A stage of the pipeline in words: the record after it, for both sides.

use serde_json::{Map, Value};

use super::words::told_apart;
use crate::check::Row;

/// The text for two objects that do not differ.
const SAME: &str = "as expected";

/// A stage, and the record after it.
pub struct Stage<'a> {
    pub name: &'a str,
    pub expected: String,
    pub actual: String,
}

impl<'a> Stage<'a> {
    pub fn of(row: &'a Row) -> Self {
        let (expected, actual) = sides(row);
        Self {
            name: &row.stage,
            expected,
            actual,
        }
    }

    /// Whether the submission differs from the reference here.
    pub fn differs(&self) -> bool {
        self.expected != self.actual
    }
}

/// Both sides of a stage as text; for two objects, only the fields that differ.
fn sides(row: &Row) -> (String, String) {
    match [row.expected.as_ref(), row.actual.as_ref()] {
        [Some(Value::Object(wanted)), Some(Value::Object(given))] => fields(wanted, given),
        [None, Some(_)] => ("not reached".to_owned(), "reached".to_owned()),
        [Some(_), None] => ("reached".to_owned(), "not reached".to_owned()),
        sides => told_apart(sides, text),
    }
}

fn fields(wanted: &Map<String, Value>, given: &Map<String, Value>) -> (String, String) {
    let differing = wanted
        .iter()
        .filter(|(name, value)| given.get(*name) != Some(*value));
    let told = differing.map(|(name, value)| {
        let (expected, actual) = told_apart([Some(value), given.get(name)], text);
        (format!("{name} {expected}"), format!("{name} {actual}"))
    });
    let (wanted, given): (Vec<_>, Vec<_>) = told.unzip();
    match wanted.is_empty() {
        true => (SAME.to_owned(), SAME.to_owned()),
        false => (wanted.join(", "), given.join(", ")),
    }
}

fn text(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "–".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(expected: Option<Value>, actual: Option<Value>) -> [String; 2] {
        let (expected, actual) = sides(&Row {
            stage: "classify".into(),
            expected,
            actual,
        });
        [expected, actual]
    }

    #[test]
    fn of_objects_the_fields_are_told_that_differ() {
        let statistics = |high: &str| Some(json!({ "enriched": "+1", "high_value": high }));
        assert_eq!(
            told(statistics("+0"), statistics("+1")),
            ["high_value +0", "high_value +1"]
        );
        assert_eq!(told(statistics("+0"), statistics("+0")), [SAME, SAME]);
    }

    #[test]
    fn stages_that_only_one_side_reached_are_told_as_such() {
        assert_eq!(
            told(Some(json!("LOW_RISK")), None),
            ["reached", "not reached"]
        );
        assert_eq!(
            told(None, Some(json!("LOW_RISK"))),
            ["not reached", "reached"]
        );
    }

    #[test]
    fn what_reads_the_same_is_told_with_its_type() {
        assert_eq!(
            told(Some(json!(1)), Some(json!("1"))),
            ["1 (a number)", "\"1\" (a text)"]
        );
    }
}
