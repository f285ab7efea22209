//! What a verdict shows, as evidence: no more of it than is worth keeping.

use super::{Status, Verdict};
use crate::evidence::{Evidence, Room};

/// Many differences say no more than the first ones do.
const MOST_DIFFERENCES: usize = 8;

/// What is longer is cut.
const ROOM: Room = Room {
    text: 160,
    list: 12,
    fields: usize::MAX,
};

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
            first: first.map(|difference| difference.cut(ROOM)).collect(),
        })
    }
}
