//! Finds where two values differ, down to the smallest parts.

use std::time::Duration;

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use super::Expected;
use crate::evidence::{Difference, Segment};

/// The time limit of the search for the smallest difference of two texts.
const DIFF_WITHIN: Duration = Duration::from_secs(1);

/// All differences: first the data that could not be read, then the others in the order of the
/// expectation.
pub fn compare(expected: &Expected, actual: &Value) -> Vec<Difference> {
    let mut found = Found::default();
    match (expected, actual) {
        (Expected::Json(expected), actual) => found.walk(Some(expected), Some(actual)),
        (Expected::Text(expected), Value::String(actual)) => found.lines(expected, actual),
        (Expected::Text(expected), actual) => {
            found.add(Some(&Value::from(expected.as_str())), Some(actual));
        }
    }
    let mut differences = found.differences;
    differences.sort_by_key(|it| !it.is_note());
    differences
}

/// The differences that were found so far in two values.
#[derive(Default)]
struct Found {
    /// The path to the current place.
    path: Vec<Segment>,
    differences: Vec<Difference>,
}

impl Found {
    fn add(&mut self, expected: Option<&Value>, actual: Option<&Value>) {
        self.differences.push(Difference {
            path: self.path.clone(),
            expected: expected.cloned(),
            actual: actual.cloned(),
        });
    }

    fn walk(&mut self, expected: Option<&Value>, actual: Option<&Value>) {
        match (expected, actual) {
            (Some(Value::Object(expected)), Some(Value::Object(actual))) => {
                for (key, value) in expected {
                    self.at(Segment::Field(key.clone()), Some(value), actual.get(key));
                }
                let added = |key: &String| !expected.contains_key(key);
                for (key, value) in actual.iter().filter(|(key, _)| added(key)) {
                    self.at(Segment::Field(key.clone()), None, Some(value));
                }
            }
            (Some(Value::Array(expected)), Some(Value::Array(actual))) => {
                self.list(expected, actual);
            }
            (expected, actual) if expected == actual => {}
            (expected, actual) => self.add(expected, actual),
        }
    }

    fn at(&mut self, segment: Segment, expected: Option<&Value>, actual: Option<&Value>) {
        self.path.push(segment);
        self.walk(expected, actual);
        self.path.pop();
    }

    /// The same entries in a different order are one difference. Lists of texts are diffed, so
    /// one missing entry is also one difference. Other lists are compared place by place.
    fn list(&mut self, expected: &[Value], actual: &[Value]) {
        if expected != actual && same_entries(expected, actual) {
            self.add(Some(&expected.into()), Some(&actual.into()));
            return;
        }
        let (Some(wanted), Some(given)) = (texts(expected), texts(actual)) else {
            for place in 0..expected.len().max(actual.len()) {
                self.at(
                    Segment::Place(place),
                    expected.get(place),
                    actual.get(place),
                );
            }
            return;
        };
        self.diff(&wanted, &given, Segment::Place);
    }

    fn lines(&mut self, expected: &str, actual: &str) {
        let (wanted, given): (Vec<_>, Vec<_>) =
            (expected.lines().collect(), actual.lines().collect());
        if let Some((first, last)) = disordered(&wanted, &given) {
            self.path.push(Segment::Line { line: first + 1 });
            let between = |lines: &[&str]| Value::from(&lines[first..=last]);
            self.add(Some(&between(&wanted)), Some(&between(&given)));
            self.path.pop();
            return;
        }
        self.diff(&wanted, &given, |line| Segment::Line { line: line + 1 });
    }

    /// Pairs each missing text with the text in its place.
    fn diff(&mut self, wanted: &[&str], given: &[&str], segment: fn(usize) -> Segment) {
        // For a text of millions of lines the result is less exact, but the search ends.
        let mut config = TextDiff::configure();
        let diff = config.timeout(DIFF_WITHIN).diff_slices(wanted, given);
        let (mut missing, mut extra) = (Vec::new(), Vec::new());
        for change in diff.iter_all_changes() {
            match change.tag() {
                ChangeTag::Delete => missing.push((change.old_index(), change.value())),
                ChangeTag::Insert => extra.push((change.new_index(), change.value())),
                ChangeTag::Equal => self.pair(&mut missing, &mut extra, segment),
            }
        }
        self.pair(&mut missing, &mut extra, segment);
    }

    fn pair(
        &mut self,
        missing: &mut Changed<'_>,
        extra: &mut Changed<'_>,
        segment: fn(usize) -> Segment,
    ) {
        for index in 0..missing.len().max(extra.len()) {
            let (wanted, given) = (missing.get(index), extra.get(index));
            let at = wanted.or(given).and_then(|(at, _)| *at);
            let text = |side: Option<&(_, &str)>| side.map(|(_, text)| Value::from(*text));
            self.path.push(segment(at.unwrap_or_default()));
            self.add(text(wanted).as_ref(), text(given).as_ref());
            self.path.pop();
        }
        missing.clear();
        extra.clear();
    }
}

/// Texts that are on one side only, with their places there.
type Changed<'a> = Vec<(Option<usize>, &'a str)>;

/// The entries of a list that contains only texts.
fn texts(values: &[Value]) -> Option<Vec<&str>> {
    values.iter().map(Value::as_str).collect()
}

fn same_entries<T: ToString>(one: &[T], other: &[T]) -> bool {
    let sorted = |entries: &[T]| {
        let mut texts: Vec<_> = entries.iter().map(T::to_string).collect();
        texts.sort_unstable();
        texts
    };
    one.len() == other.len() && sorted(one) == sorted(other)
}

/// The first and the last line in a different place, if both texts have the same lines in a
/// different order.
fn disordered(wanted: &[&str], given: &[&str]) -> Option<(usize, usize)> {
    if !same_entries(wanted, given) {
        return None;
    }
    let parts = |at: &usize| wanted[*at] != given[*at];
    let first = (0..wanted.len()).find(parts)?;
    Some((first, (0..wanted.len()).rfind(parts)?))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::collection::{btree_map, vec};
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn differences(expected: &Value, actual: &Value) -> Vec<Difference> {
        compare(&Expected::Json(expected.clone()), actual)
    }

    fn field(name: &str) -> Segment {
        Segment::Field(name.to_owned())
    }

    #[test]
    fn one_missing_entry_is_one_difference() {
        let found = differences(&json!(["a", "b", "c"]), &json!(["a", "c"]));
        assert_eq!(
            found,
            [Difference {
                path: vec![Segment::Place(1)],
                expected: Some(json!("b")),
                actual: None,
            }]
        );
    }

    #[test]
    fn another_order_is_one_difference() {
        let found = differences(
            &json!({ "bob": ["a", "b", "c"] }),
            &json!({ "bob": ["b", "c", "a"] }),
        );
        assert_eq!(
            found,
            [Difference {
                path: vec![field("bob")],
                expected: Some(json!(["a", "b", "c"])),
                actual: Some(json!(["b", "c", "a"])),
            }]
        );
    }

    #[test]
    fn another_order_of_lines_is_one_difference_from_the_first_to_the_last_of_them() {
        let found = compare(
            &Expected::Text("Totals:\na\nb\nc\nend".into()),
            &json!("Totals:\nb\na\nc\nend"),
        );
        assert_eq!(
            found,
            [Difference {
                path: vec![Segment::Line { line: 2 }],
                expected: Some(json!(["a", "b"])),
                actual: Some(json!(["b", "a"])),
            }]
        );
    }

    #[test]
    fn another_order_of_objects_is_one_difference() {
        let (a, b) = (json!({ "id": "a" }), json!({ "id": "b" }));
        let found = differences(&json!([a, b]), &json!([b, a]));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].expected, Some(json!([a, b])));
    }

    #[test]
    fn what_could_not_be_read_comes_before_what_is_missing_for_it() {
        let found = differences(
            &json!({ "alice": ["a"], "bob": ["b"] }),
            &json!({ "(not a transaction)": "missing field `userId`: {}" }),
        );
        let paths: Vec<_> = found.iter().map(|it| it.path[0].clone()).collect();
        assert_eq!(paths, ["(not a transaction)", "alice", "bob"].map(field));
    }

    #[test]
    fn what_is_absent_is_told_from_what_is_null() {
        let found = differences(&json!({ "a": null }), &json!({ "b": null }));
        let as_json = serde_json::to_value(&found).unwrap();
        assert_eq!(
            as_json,
            json!([
                { "path": ["a"], "expected": null },
                { "path": ["b"], "actual": null },
            ])
        );
        let read: Vec<Difference> = serde_json::from_value(as_json).unwrap();
        assert_eq!(read, found);
    }

    #[test]
    fn texts_are_compared_by_line_with_their_blanks() {
        let found = compare(&Expected::Text("a\n  b\nc".into()), &json!("a\nb\nc"));
        assert_eq!(
            found,
            [Difference {
                path: vec![Segment::Line { line: 2 }],
                expected: Some(json!("  b")),
                actual: Some(json!("b")),
            }]
        );
    }

    /// Values that are small and similar, so that they often have parts in common.
    fn values() -> impl Strategy<Value = Value> {
        let text = "[ab]{0,2}".prop_map(Value::from);
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (0..3).prop_map(Value::from),
            text.clone(),
            vec(text, 0..6).prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                vec(inner.clone(), 0..4).prop_map(Value::from),
                btree_map("[abc]", inner, 0..4).prop_map(|fields| json!(fields)),
            ]
        })
    }

    fn follow<'a>(value: &'a Value, path: &[Segment]) -> Option<&'a Value> {
        path.iter().try_fold(value, |value, segment| match segment {
            Segment::Field(name) => value.get(name),
            Segment::Place(place) => value.get(place),
            Segment::Line { .. } => None,
        })
    }

    /// A difference, with the rest of its path.
    type Ahead<'a> = (&'a [Segment], &'a Difference);

    /// The value after these differences are applied.
    fn applied(value: Option<&Value>, all: &[Ahead<'_>]) -> Option<Value> {
        if let Some((_, whole)) = all.iter().find(|(path, _)| path.is_empty()) {
            return whole.actual.clone();
        }
        let is_added = |(path, found): &&Ahead<'_>| path.len() == 1 && found.expected.is_none();
        let (added, changed): (Vec<_>, Vec<_>) = all.iter().partition(is_added);
        let mut value = value?.clone();
        for first in changed
            .iter()
            .map(|(path, _)| &path[0])
            .collect::<BTreeSet<_>>()
        {
            let below = changed.iter().filter(|(path, _)| path[0] == *first);
            let below: Vec<Ahead<'_>> = below.map(|(path, found)| (&path[1..], *found)).collect();
            let part = match first {
                Segment::Field(name) => &mut value[name],
                Segment::Place(place) => &mut value[place],
                Segment::Line { .. } => panic!("a line in {value}"),
            };
            *part = applied(Some(part), &below).unwrap_or_else(gone);
        }
        match &mut value {
            Value::Object(fields) => fields.retain(|_, field| *field != gone()),
            Value::Array(entries) => entries.retain(|entry| *entry != gone()),
            _ => {}
        }
        for (path, found) in added {
            let new = found.actual.clone().unwrap();
            match (&mut value, &path[0]) {
                (Value::Object(fields), Segment::Field(name)) => {
                    fields.insert(name.clone(), new);
                }
                (Value::Array(entries), Segment::Place(place)) => entries.insert(*place, new),
                (value, segment) => panic!("{segment:?} in {value}"),
            }
        }
        Some(value)
    }

    /// The mark for a removed value. No generated value is equal to it.
    fn gone() -> Value {
        json!("gone")
    }

    proptest! {
        #[test]
        fn equal_values_have_no_difference_and_others_have_some(
            expected in values(),
            actual in values(),
        ) {
            prop_assert!(differences(&expected, &expected).is_empty());
            prop_assert_eq!(differences(&expected, &actual).is_empty(), expected == actual);
        }

        #[test]
        fn paths_lead_to_what_is_said_to_be_there(expected in values(), actual in values()) {
            for found in differences(&expected, &actual) {
                prop_assert_ne!(&found.expected, &found.actual);
                match &found.expected {
                    Some(value) => prop_assert_eq!(follow(&expected, &found.path), Some(value)),
                    None => {
                        let value = found.actual.as_ref();
                        prop_assert_eq!(follow(&actual, &found.path), value);
                    }
                }
            }
        }

        #[test]
        fn the_differences_make_one_value_the_other(expected in values(), actual in values()) {
            let found = differences(&expected, &actual);
            let all: Vec<_> = found.iter().map(|one| (&one.path[..], one)).collect();
            prop_assert_eq!(applied(Some(&expected), &all), Some(actual));
        }
    }
}
