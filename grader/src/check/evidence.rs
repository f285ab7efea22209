//! What a verdict shows, as evidence: no more of it than is worth keeping.

use serde_json::Value;

use super::{Status, Verdict};
use crate::evidence::{Difference, Evidence};

/// Many differences say no more than the first ones do.
const MOST_DIFFERENCES: usize = 8;

/// Longer texts are cut.
const LONGEST_TEXT: usize = 160;

/// Longer lists are cut.
const LONGEST_LIST: usize = 12;

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
