//! Evidence that a check did not pass, as values that can be compared between submissions. The
//! records of known mistakes consist of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::child::TroubleKind;

/// The mark in a record for a value that differs from run to run.
const VARIES: &str = "[varies]";

/// The evidence of a check that did not pass.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// It waits for another check.
    Blocked,
    /// There was nothing to compare.
    Trouble(TroubleKind),
    /// The number of differences, and the first of them.
    Differences {
        count: usize,
        first: Vec<Difference>,
    },
}

/// The checks that did not pass, each with its evidence.
pub type Findings = BTreeMap<String, Evidence>;

/// One place in which a facet is not as expected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Difference {
    /// The path to it; empty for the whole value. If a list or a text has extra entries, the
    /// last place counts in the actual value, otherwise in the expected value.
    pub path: Vec<Segment>,
    /// Left out if no value is expected here. For a list in a different order, this is the
    /// whole list. For a text, it is the lines in a different order.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "there"
    )]
    pub expected: Option<Value>,
    /// Left out if there is no value here.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "there"
    )]
    pub actual: Option<Value>,
}

/// How much of a difference is kept.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// Characters of a text.
    pub text: usize,
    /// Entries of a list.
    pub list: usize,
    /// Fields of an object.
    pub fields: usize,
}

impl Difference {
    /// Whether this is a note of the grader about data that it could not read. Such a note
    /// explains why other values are missing.
    pub fn is_note(&self) -> bool {
        let named =
            |segment: &Segment| matches!(segment, Segment::Field(name) if name.starts_with('('));
        self.expected.is_none() && self.path.last().is_some_and(named)
    }

    /// The same difference, with only the start of long values.
    pub fn cut(&self, room: Room) -> Self {
        let path = self.path.iter().map(|segment| match segment {
            Segment::Field(name) => Segment::Field(room.start(name)),
            other => other.clone(),
        });
        Self {
            path: path.collect(),
            expected: self.expected.as_ref().map(|value| room.cut(value)),
            actual: self.actual.as_ref().map(|value| room.cut(value)),
        }
    }
}

impl Room {
    fn cut(self, value: &Value) -> Value {
        match value {
            Value::String(text) => self.start(text).into(),
            Value::Array(values) => {
                let values = values.iter().take(self.list);
                values.map(|value| self.cut(value)).collect()
            }
            Value::Object(fields) => {
                let fields = fields.iter().take(self.fields);
                let fields = fields.map(|(name, value)| (self.start(name), self.cut(value)));
                fields.collect()
            }
            other => other.clone(),
        }
    }

    fn start(self, text: &str) -> String {
        match text.char_indices().nth(self.text) {
            Some((at, _)) => format!("{}…", &text[..at]),
            None => text.to_owned(),
        }
    }
}

/// A part of a path into a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Segment {
    /// The field of an object: a record, a user, a property.
    Field(String),
    /// The place in a list, from 0.
    Place(usize),
    /// The line of a text, from 1.
    Line { line: usize },
}

/// Reads a `null` in the text as a value, not as a missing field.
pub(crate) fn there<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(value).map(Some)
}

/// The findings of the first run, with a mark for each value that differs in the second run.
/// `None` if more than values differs.
pub fn steady(first: Findings, second: &Findings) -> Option<Findings> {
    if !first.keys().eq(second.keys()) {
        return None;
    }
    let pairs = first.into_iter().zip(second.values());
    let marked = pairs.map(|((check, once), again)| Some((check, once.marked(again)?)));
    marked.collect()
}

/// Findings with the marks of an earlier record: a race has several results, and a few runs may
/// all give the same one.
pub fn with_marks_of(mut found: Findings, earlier: &Findings) -> Findings {
    for (check, evidence) in &mut found {
        let (
            Evidence::Differences { first, .. },
            Some(Evidence::Differences { first: earlier, .. }),
        ) = (evidence, earlier.get(check))
        else {
            continue;
        };
        // The expected value may have changed since then.
        let varied = |path: &_| earlier.iter().any(|it| it.varies() && it.path == *path);
        for difference in first {
            if difference.actual.is_some() && varied(&difference.path) {
                difference.actual = Some(VARIES.into());
            }
        }
    }
    found
}

impl Evidence {
    fn marked(mut self, again: &Self) -> Option<Self> {
        if let Self::Differences { count, first } = &mut self
            && let Self::Differences {
                count: count_again,
                first: again,
            } = again
        {
            for (difference, again) in first.iter_mut().zip(again) {
                difference.mark_if_it_varies(again)?;
            }
            return (count == count_again).then_some(self);
        }
        (self == *again).then_some(self)
    }
}

impl Difference {
    fn mark_if_it_varies(&mut self, again: &Self) -> Option<()> {
        let same_place = self.path == again.path && self.expected == again.expected;
        if !same_place || self.actual.is_some() != again.actual.is_some() {
            return None;
        }
        if self.actual != again.actual {
            self.actual = Some(VARIES.into());
        }
        Some(())
    }

    /// Whether the value differed between the runs when it was recorded.
    fn varies(&self) -> bool {
        self.actual.as_ref().is_some_and(|actual| actual == VARIES)
    }

    /// Whether this difference matches the recorded one.
    pub fn is_like(&self, recorded: &Self) -> bool {
        let made_up = |it: &Self| {
            it.expected == Some(Value::Null) && matches!(it.actual, Some(Value::String(_)))
        };
        self.path == recorded.path
            && self.expected == recorded.expected
            && (self.actual == recorded.actual
                || recorded.varies() && self.actual.is_some()
                // Where `null` is expected, any two texts count as the same.
                || made_up(self) && made_up(recorded))
    }
}
