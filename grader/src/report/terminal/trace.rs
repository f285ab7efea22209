//! One record on its way through the stages.

use console::{measure_text_width, truncate_str};
use serde_json::{Map, Value};

use super::findings::where_they_part;
use super::page::{Look, Page};
use crate::check::Row;
use crate::evidence::Segment;
use crate::report::words::told_apart;
use crate::report::{CheckReport, CounterexampleReport};

/// What is said of two objects that do not differ.
const SAME: &str = "as expected";

/// The record at each stage, with the first one where the submission parts from the
/// reference.
pub fn trace(page: &mut Page, indent: usize, example: &CounterexampleReport, check: &CheckReport) {
    let record = check.differences.first().and_then(|one| one.path.first());
    let record = match record {
        Some(Segment::Field(name)) => name.as_str(),
        _ => "",
    };
    let before = match example.records {
        0 | 1 => String::new(),
        more => format!(", after {} more", more - 1),
    };
    let simplest = format!("the simplest record that shows it: {record}{before}");
    page.wrapped(indent, Look::Dimmed, &simplest);
    let told: Vec<_> = example.trace.iter().map(Told::of).collect();
    let parting = told.iter().position(Told::parts);
    for (at, told) in told.iter().enumerate() {
        let mark = match Some(at) == parting {
            true => page.paint(Look::Red, "▸"),
            false => " ".to_owned(),
        };
        told.show(page, indent, &mark);
    }
}

/// A stage in words.
struct Told<'a> {
    stage: &'a str,
    expected: String,
    actual: String,
}

impl<'a> Told<'a> {
    fn of(row: &'a Row) -> Self {
        let (expected, actual) = sides(row);
        let stage = &row.stage;
        Self {
            stage,
            expected,
            actual,
        }
    }

    fn parts(&self) -> bool {
        self.expected != self.actual
    }

    fn show(&self, page: &mut Page, indent: usize, mark: &str) {
        let start = format!("{:indent$}{mark} ", "");
        let stage = format!("{:<11}", self.stage);
        let room = page.columns.saturating_sub(indent + 2 + stage.len());
        let cut = |text: &str, room: usize| truncate_str(text, room, "…").into_owned();
        if !self.parts() {
            let same = format!("{stage}{}", cut(&self.actual, room));
            let same = page.paint(Look::Dimmed, &same);
            page.line(&format!("{start}{same}"));
            return;
        }
        let room_for_one = room.saturating_sub("expected ".len());
        let (expected, actual) = where_they_part(&self.expected, &self.actual, room_for_one);
        let expected = page.paint(Look::Green, &cut(&expected, room_for_one));
        let actual = page.paint(Look::Red, &cut(&actual, room_for_one));
        let wanted = format!("expected {expected}");
        let given = format!("yours {actual}");
        if measure_text_width(&wanted) + measure_text_width(&given) + 2 <= room {
            page.line(&format!("{start}{stage}{wanted}  {given}"));
        } else {
            page.line(&format!("{start}{stage}{wanted}"));
            page.line(&format!("{:indent$}  {:11}yours    {actual}", "", ""));
        }
    }
}

/// Both sides of a stage as text; of two objects just the fields in which they differ.
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
