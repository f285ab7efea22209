//! Where two values part, said in terms of the smallest parts that differ.

use serde::Serialize;
use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use super::Expected;

/// One place in which a facet is not as expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Which record, field or line; empty for the whole.
    pub at: String,
    pub expected: String,
    pub actual: String,
}

/// What stands for a value that is not there.
const NOTHING: &str = "(nothing)";

impl Difference {
    pub fn sentence(&self) -> String {
        let Self {
            at,
            expected,
            actual,
        } = self;
        let place = if at.is_empty() {
            String::new()
        } else {
            format!("{at}: ")
        };
        format!("{place}expected {expected}, yours {actual}")
    }
}

/// All differences, in the order of the expectation.
pub fn compare(expected: &Expected, actual: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    match (expected, actual) {
        (Expected::Json(expected), actual) => walk("", Some(expected), Some(actual), &mut found),
        (Expected::Text(expected), Value::String(actual)) => lines(expected, actual, &mut found),
        (Expected::Text(expected), actual) => found.push(Difference {
            at: String::new(),
            expected: expected.clone(),
            actual: show(Some(actual)),
        }),
    }
    found
}

fn walk(at: &str, expected: Option<&Value>, actual: Option<&Value>, found: &mut Vec<Difference>) {
    match (expected, actual) {
        (Some(Value::Object(expected)), Some(Value::Object(actual))) => {
            for (key, value) in expected {
                walk(&join(at, key), Some(value), actual.get(key), found);
            }
            for (key, value) in actual
                .iter()
                .filter(|(key, _)| !expected.contains_key(*key))
            {
                walk(&join(at, key), None, Some(value), found);
            }
        }
        (Some(Value::Array(expected)), Some(Value::Array(actual))) => {
            list(at, expected, actual, found);
        }
        (expected, actual) if expected == actual => {}
        (expected, actual) => found.push(Difference {
            at: at.to_owned(),
            expected: show(expected),
            actual: show(actual),
        }),
    }
}

/// Lists of texts are diffed, so that one missing entry is one difference, and another
/// order of the same entries is one, too; other lists are compared place by place.
fn list(at: &str, expected: &[Value], actual: &[Value], found: &mut Vec<Difference>) {
    let texts = |values: &[Value]| -> Option<Vec<String>> {
        values
            .iter()
            .map(|v| v.as_str().map(str::to_owned))
            .collect()
    };
    let (Some(wanted), Some(given)) = (texts(expected), texts(actual)) else {
        for index in 0..expected.len().max(actual.len()) {
            let place = join(at, &format!("#{}", index + 1));
            walk(&place, expected.get(index), actual.get(index), found);
        }
        return;
    };
    if wanted != given && sorted(&wanted) == sorted(&given) {
        found.push(Difference {
            at: join(at, "order"),
            expected: wanted.join(", "),
            actual: given.join(", "),
        });
        return;
    }
    let place = |number| join(at, &format!("#{number}"));
    diff(&wanted, &given, place, found);
}

fn sorted(texts: &[String]) -> Vec<&String> {
    let mut sorted: Vec<_> = texts.iter().collect();
    sorted.sort();
    sorted
}

fn lines(expected: &str, actual: &str, found: &mut Vec<Difference>) {
    let split = |text: &str| -> Vec<String> { text.lines().map(str::to_owned).collect() };
    diff(
        &split(expected),
        &split(actual),
        |number| format!("line {number}"),
        found,
    );
}

/// Pairs what was taken away with what stands in its place.
fn diff(
    expected: &[String],
    actual: &[String],
    place: impl Fn(usize) -> String,
    found: &mut Vec<Difference>,
) {
    let wanted: Vec<&str> = expected.iter().map(String::as_str).collect();
    let given: Vec<&str> = actual.iter().map(String::as_str).collect();
    let diff = TextDiff::from_slices(&wanted, &given);
    let (mut missing, mut extra) = (Vec::new(), Vec::new());
    for change in diff.iter_all_changes() {
        match change.tag() {
            ChangeTag::Delete => missing.push((change.old_index(), change.value())),
            ChangeTag::Insert => extra.push((change.new_index(), change.value())),
            ChangeTag::Equal => pair(&mut missing, &mut extra, &place, found),
        }
    }
    pair(&mut missing, &mut extra, &place, found);
}

type Changed<'a> = Vec<(Option<usize>, &'a str)>;

fn pair(
    missing: &mut Changed<'_>,
    extra: &mut Changed<'_>,
    place: &impl Fn(usize) -> String,
    found: &mut Vec<Difference>,
) {
    for index in 0..missing.len().max(extra.len()) {
        let (wanted, given) = (missing.get(index), extra.get(index));
        let number = wanted.or(given).and_then(|(at, _)| *at).unwrap_or_default() + 1;
        let text = |side: Option<&(_, &str)>| side.map_or(NOTHING.into(), |(_, text)| quote(text));
        found.push(Difference {
            at: place(number),
            expected: text(wanted),
            actual: text(given),
        });
    }
    missing.clear();
    extra.clear();
}

fn join(at: &str, key: &str) -> String {
    if at.is_empty() {
        key.to_owned()
    } else {
        format!("{at} · {key}")
    }
}

fn show(value: Option<&Value>) -> String {
    match value {
        None => NOTHING.into(),
        Some(Value::Null) => "none".into(),
        Some(Value::String(text)) => quote(text),
        Some(other) => other.to_string(),
    }
}

/// Blanks at the ends would be invisible without quotes.
fn quote(text: &str) -> String {
    if text.is_empty() || text.trim() != text {
        format!("{text:?}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sentences(expected: Value, actual: Value) -> Vec<String> {
        let found = compare(&Expected::Json(expected), &actual);
        found.iter().map(Difference::sentence).collect()
    }

    #[test]
    fn equal_values_have_no_difference() {
        let value = json!({ "a": [1, { "b": null }], "c": "d" });
        assert!(sentences(value.clone(), value).is_empty());
    }

    #[test]
    fn a_difference_names_the_record_and_both_sides() {
        assert_eq!(
            sentences(
                json!({ "alice $3000.00": "MEDIUM_RISK" }),
                json!({ "alice $3000.00": "HIGH_RISK" })
            ),
            ["alice $3000.00: expected MEDIUM_RISK, yours HIGH_RISK"]
        );
    }

    #[test]
    fn one_missing_entry_is_one_difference() {
        assert_eq!(
            sentences(json!(["a", "b", "c"]), json!(["a", "c"])),
            ["#2: expected b, yours (nothing)"]
        );
    }

    #[test]
    fn another_order_is_one_difference() {
        assert_eq!(
            sentences(
                json!({ "bob": ["a", "b", "c"] }),
                json!({ "bob": ["b", "c", "a"] })
            ),
            ["bob · order: expected a, b, c, yours b, c, a"]
        );
    }

    #[test]
    fn additions_and_other_types_are_differences_too() {
        assert_eq!(
            sentences(json!({ "a": 1 }), json!({ "a": "1", "b": null })),
            [
                "a: expected 1, yours 1",
                "b: expected (nothing), yours none"
            ]
        );
    }

    #[test]
    fn texts_are_compared_by_line_with_their_blanks() {
        let found = compare(&Expected::Text("a\n  b\nc".into()), &json!("a\nb\nc"));
        assert_eq!(found[0].sentence(), "line 2: expected \"  b\", yours b");
        assert_eq!(found.len(), 1);
    }
}
