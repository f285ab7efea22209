//! One record on its way through the stages.

use console::measure_text_width;
use serde_json::{Map, Value};

use super::findings::both;
use super::page::{Look, Page};
use crate::check::Row;
use crate::evidence::Segment;
use crate::report::words::told_apart;
use crate::report::{CheckReport, CounterexampleReport};

/// The text for two objects that do not differ.
const SAME: &str = "as expected";

/// The record at each stage, with a mark at the first stage where the submission differs from
/// the reference. `whole`: nothing is cut.
pub fn trace(
    page: &mut Page,
    indent: usize,
    example: &CounterexampleReport,
    check: &CheckReport,
    whole: bool,
) {
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
        page.block();
        told.show(page, indent, &mark, whole);
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

    fn show(&self, page: &mut Page, indent: usize, mark: &str, whole: bool) {
        let start = format!("{:indent$}{mark} ", "");
        let stage = format!("{:<11}", self.stage);
        let at = indent + 2 + stage.len();
        let sides = if self.parts() {
            let expected = page.paint(Look::Green, &self.expected);
            let actual = page.paint(Look::Red, &self.actual);
            format!("expected {expected}  yours {actual}")
        } else {
            page.paint(Look::Dimmed, &self.actual)
        };
        if at + measure_text_width(&sides) <= page.columns {
            page.line(&format!("{start}{stage}{sides}"));
            return;
        }
        // Below the name of the stage, as far as there is room.
        let mut below = page.another();
        match (self.parts(), whole) {
            (true, _) => both(&mut below, at, (&self.expected, &self.actual), whole),
            (false, true) => below.headed(at, "", Look::Dimmed, &self.actual),
            (false, false) => below.cut(at, &sides),
        }
        let head = " ".repeat(at);
        let first = below.lines[0].replacen(&head, &format!("{start}{stage}"), 1);
        page.line(&first);
        page.lines.extend(below.lines.drain(1..));
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
