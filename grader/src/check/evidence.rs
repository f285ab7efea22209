//! What shows that a check did not pass, as values that can be compared from one
//! submission to another.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Difference, Status, Verdict};
use crate::child::TroubleKind;

/// Many differences say no more than the first ones do.
const MOST_DIFFERENCES: usize = 8;

/// Longer texts are cut.
const LONGEST_TEXT: usize = 160;

/// Longer lists are cut.
const LONGEST_LIST: usize = 12;

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

impl Evidence {
    /// What a verdict shows, unless the check passed.
    pub fn of(verdict: &Verdict) -> Option<Self> {
        if verdict.passed() {
            return None;
        }
        if verdict.status == Status::Blocked {
            return Some(Self::Blocked);
        }
        if let Some(trouble) = &verdict.trouble {
            return Some(Self::Trouble(trouble.trouble.kind()));
        }
        let first = verdict.differences.iter().take(MOST_DIFFERENCES);
        Some(Self::Differences {
            count: verdict.differences.len(),
            first: first.map(cut).collect(),
        })
    }
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
        for difference in first {
            if earlier
                .iter()
                .any(|it| it.varies() && difference.is_like(it))
            {
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

fn cut(difference: &Difference) -> Difference {
    Difference {
        path: difference.path.clone(),
        expected: difference.expected.clone().map(shortened),
        actual: difference.actual.clone().map(shortened),
    }
}

/// The start of what is long.
fn shortened(value: Value) -> Value {
    match value {
        Value::String(text) => match text.char_indices().nth(LONGEST_TEXT) {
            Some((at, _)) => format!("{}…", &text[..at]).into(),
            None => text.into(),
        },
        Value::Array(values) => values
            .into_iter()
            .take(LONGEST_LIST)
            .map(shortened)
            .collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| (name, shortened(value)))
            .collect(),
        other => other,
    }
}
