//! A difference in words.

use serde_json::Value;

use crate::evidence::{Difference, Segment};

/// The text for a missing value.
const NOTHING: &str = "(nothing)";

/// Where two values differ, and both sides as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// Which record, field or line; empty for the whole value.
    pub at: String,
    pub expected: String,
    pub actual: String,
}

impl Words {
    pub fn of(difference: &Difference) -> Self {
        let sides = [&difference.expected, &difference.actual].map(Option::as_ref);
        let mut path: Vec<_> = difference.path.iter().map(name).collect();
        let (expected, actual) = match sides {
            // Lists are compared as a whole if only their order differs.
            [Some(Value::Array(wanted)), Some(Value::Array(given))] => {
                path.push(order(difference.path.last(), wanted, given));
                (in_a_row(wanted), in_a_row(given))
            }
            _ => told_apart(sides, show),
        };
        Self {
            at: path.join(" · "),
            expected,
            actual,
        }
    }

    pub fn sentence(&self) -> String {
        let Self {
            at,
            expected,
            actual,
        } = self;
        let place = match at.as_str() {
            "" => String::new(),
            at => format!("{at}: "),
        };
        format!("{place}expected {expected}, yours {actual}")
    }

    /// The same with control characters, such as line breaks, written as in Rust.
    pub fn on_a_line(self) -> Self {
        Self {
            at: visible(&self.at),
            expected: visible(&self.expected),
            actual: visible(&self.actual),
        }
    }
}

/// Both sides as `show` writes them, with their types if they would look the same.
pub fn told_apart(
    sides: [Option<&Value>; 2],
    show: impl Fn(Option<&Value>) -> String,
) -> (String, String) {
    let [expected, actual] = sides.map(show);
    if let [Some(Value::String(one)), Some(Value::String(other))] = sides
        && one != other
        && without_repeats(one) == without_repeats(other)
        && [one, other]
            .iter()
            .any(|text| runs(text).any(|(_, many)| many > LONG_RUN))
    {
        return (counted(one), counted(other));
    }
    if sides[0] != sides[1] && visible(&expected) == visible(&actual) {
        return (with_type(sides[0]), with_type(sides[1]));
    }
    (expected, actual)
}

/// Longer runs of one character are hard to count by eye.
const LONG_RUN: usize = 8;

/// Each character, with how often it is repeated in a row.
fn runs(text: &str) -> impl Iterator<Item = (char, usize)> {
    let mut rest = text.chars().peekable();
    std::iter::from_fn(move || {
        let first = rest.next()?;
        let mut many = 1;
        while rest.next_if_eq(&first).is_some() {
            many += 1;
        }
        Some((first, many))
    })
}

fn without_repeats(text: &str) -> String {
    runs(text).map(|(one, _)| one).collect()
}

/// A text with its long runs counted, such as `[60 × =]`.
fn counted(text: &str) -> String {
    let told = runs(text).map(|(one, many)| match one {
        ' ' if many > LONG_RUN => format!("[{many} spaces]"),
        _ if many > LONG_RUN => format!("[{many} × {one}]"),
        _ => one.to_string().repeat(many),
    });
    told.collect()
}

fn name(segment: &Segment) -> String {
    match segment {
        Segment::Field(name) => name.clone(),
        Segment::Place(place) => format!("entry {}", place + 1),
        Segment::Line { line } => format!("line {line}"),
    }
}

/// Where the order begins to differ: lists of lines begin with the first line that differs.
fn order(last: Option<&Segment>, wanted: &[Value], given: &[Value]) -> String {
    if let Some(Segment::Line { .. }) = last {
        return "the order of the lines from here on differs".into();
    }
    let first = wanted.iter().zip(given).position(|(a, b)| a != b);
    match first {
        Some(first) => format!("the order differs, first at entry {}", first + 1),
        None => "the order differs".into(),
    }
}

fn in_a_row(texts: &[Value]) -> String {
    let texts = texts.iter().map(|text| match text {
        // Lines of a text may be indented.
        Value::String(text) => text.trim().to_owned(),
        other => other.to_string(),
    });
    texts.collect::<Vec<_>>().join(", ")
}

fn show(value: Option<&Value>) -> String {
    match value {
        None => NOTHING.into(),
        Some(Value::Null) => "null".into(),
        Some(Value::String(text)) => quote(text),
        Some(other) => other.to_string(),
    }
}

/// Without quotes, spaces at the ends would be invisible.
fn quote(text: &str) -> String {
    if text.is_empty() || text.trim() != text {
        format!("{text:?}")
    } else {
        text.to_owned()
    }
}

fn with_type(value: Option<&Value>) -> String {
    let kind = match value {
        None => return NOTHING.into(),
        Some(Value::Null) => return "null (no value)".into(),
        Some(Value::String(text)) => return format!("{text:?} (a text)"),
        Some(Value::Bool(_)) => "a boolean",
        Some(Value::Number(_)) => "a number",
        Some(Value::Array(_)) => "a list",
        Some(Value::Object(_)) => "an object",
    };
    format!("{} ({kind})", show(value))
}

fn visible(text: &str) -> String {
    let shown = |c: char| match c.is_control() {
        true => c.escape_default().to_string(),
        false => c.to_string(),
    };
    text.chars().map(shown).collect()
}

/// A number of things, such as `1 check` and `2 checks`.
pub fn number_of(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

/// A number with its thousands separated.
pub fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::check::{Expected, compare};

    fn sentences(expected: Value, actual: Value) -> Vec<String> {
        let found = compare(&Expected::Json(expected), &actual);
        let sentence = |difference| Words::of(difference).sentence();
        found.iter().map(sentence).collect()
    }

    #[test]
    fn a_difference_names_the_record_and_both_sides() {
        assert_eq!(
            sentences(
                json!({ "alice $3000.00": { "risk": "MEDIUM_RISK" } }),
                json!({ "alice $3000.00": { "risk": "HIGH_RISK" } })
            ),
            ["alice $3000.00 · risk: expected MEDIUM_RISK, yours HIGH_RISK"]
        );
        assert_eq!(sentences(json!(1), json!(2)), ["expected 1, yours 2"]);
    }

    #[test]
    fn places_are_counted_from_one() {
        assert_eq!(
            sentences(json!(["a", "b", "c"]), json!(["a", "c"])),
            ["entry 2: expected b, yours (nothing)"]
        );
        let found = compare(&Expected::Text("a\n  b\nc".into()), &json!("a\nb\nc"));
        let sentence = Words::of(&found[0]).sentence();
        assert_eq!(sentence, "line 2: expected \"  b\", yours b");
    }

    #[test]
    fn another_order_is_told_as_one() {
        assert_eq!(
            sentences(
                json!({ "bob": ["a", "b", "c"] }),
                json!({ "bob": ["b", "c", "a"] })
            ),
            ["bob · the order differs, first at entry 1: expected a, b, c, yours b, c, a"]
        );
        let found = compare(&Expected::Text("a\nb\nc".into()), &json!("a\nc\nb"));
        assert_eq!(
            Words::of(&found[0]).sentence(),
            "line 2 · the order of the lines from here on differs: expected b, c, yours c, b"
        );
    }

    #[test]
    fn what_differs_in_how_often_a_character_stands_there_is_counted() {
        assert_eq!(
            sentences(json!("=".repeat(60)), json!("=".repeat(61))),
            ["expected [60 × =], yours [61 × =]"]
        );
        let column = |blanks| json!(format!("alice{}| Zoo", " ".repeat(blanks)));
        assert_eq!(
            sentences(column(9), column(3)),
            ["expected alice[9 spaces]| Zoo, yours alice   | Zoo"]
        );
        assert_eq!(
            sentences(json!("aab"), json!("ab")),
            ["expected aab, yours ab"]
        );
    }

    #[test]
    fn what_reads_the_same_is_told_with_its_type() {
        assert_eq!(
            sentences(
                json!({ "a": 1, "b": "null", "c": "two\nlines", "d": [1] }),
                json!({ "a": "1", "b": null, "c": "two\\nlines", "d": "[1]", "e": null }),
            ),
            [
                "a: expected 1 (a number), yours \"1\" (a text)",
                "b: expected \"null\" (a text), yours null (no value)",
                "c: expected \"two\\nlines\" (a text), yours \"two\\\\nlines\" (a text)",
                "d: expected [1] (a list), yours \"[1]\" (a text)",
                "e: expected (nothing), yours null",
            ]
        );
        assert_eq!(sentences(json!("1"), json!(2)), ["expected 1, yours 2"]);
    }
}
