//! What shows that a check did not pass, as values that can be compared from one
//! submission to another: what the records of known mistakes are made of.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::child::TroubleKind;

/// Stands in a record for a value that is another one each time.
const VARIES: &str = "[varies]";

/// What shows how a check came out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evidence {
    /// It waits for another check.
    Blocked,
    /// There was nothing to compare.
    Trouble(TroubleKind),
    /// So many, the first of them.
    Differences {
        count: usize,
        first: Vec<Difference>,
    },
}

/// The checks that did not pass, each with what shows it.
pub type Findings = BTreeMap<String, Evidence>;

/// One place in which a facet is not as expected.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Difference {
    /// What leads there; nothing for the whole. Where a list or a text has more than it
    /// should, the last place is one in what was given, else one in what was expected.
    pub path: Vec<Segment>,
    /// Left out if nothing should be there. Of a list in another order all of it, of a text
    /// the lines that are.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "there"
    )]
    pub expected: Option<Value>,
    /// Left out if nothing is there.
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
    /// Entries of a list …
    pub list: usize,
    /// … and fields of an object.
    pub fields: usize,
}

impl Difference {
    /// Whether the grader says here what it could not read: the cause of what is missing.
    pub fn is_note(&self) -> bool {
        let named =
            |segment: &Segment| matches!(segment, Segment::Field(name) if name.starts_with('('));
        self.expected.is_none() && self.path.last().is_some_and(named)
    }

    /// The start of what is long in it.
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

/// A step of a path into a value.
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

/// A null that is written down is a value.
pub(crate) fn there<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(value).map(Some)
}

/// Findings with what a second run has shown to vary marked as such; none if that is more
/// than values.
pub fn steady(first: Findings, second: &Findings) -> Option<Findings> {
    if !first.keys().eq(second.keys()) {
        return None;
    }
    let pairs = first.into_iter().zip(second.values());
    let marked = pairs.map(|((check, once), again)| Some((check, once.marked(again)?)));
    marked.collect()
}

/// Findings with the marks that an earlier record has: a race has several ends, and a few
/// runs may all come to the same one.
pub fn with_marks_of(mut found: Findings, earlier: &Findings) -> Findings {
    for (check, evidence) in &mut found {
        let (
            Evidence::Differences { first, .. },
            Some(Evidence::Differences { first: earlier, .. }),
        ) = (evidence, earlier.get(check))
        else {
            continue;
        };
        // What is expected there may have changed since.
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

    /// Whether it was another value each time when it was recorded.
    fn varies(&self) -> bool {
        self.actual.as_ref().is_some_and(|actual| actual == VARIES)
    }

    /// Whether this is what was recorded.
    pub fn is_like(&self, recorded: &Self) -> bool {
        let made_up = |it: &Self| {
            it.expected == Some(Value::Null) && matches!(it.actual, Some(Value::String(_)))
        };
        self.path == recorded.path
            && self.expected == recorded.expected
            && (self.actual == recorded.actual
                || recorded.varies() && self.actual.is_some()
                // Words where there should be none can be any.
                || made_up(self) && made_up(recorded))
    }
}
