//! The evidence of a verdict, cut to a useful size.

use super::{Status, Verdict};
use crate::evidence::{Evidence, Room};

/// Further differences add nothing to the first ones.
const MOST_DIFFERENCES: usize = 8;

/// Longer values are cut.
const ROOM: Room = Room {
    text: 160,
    list: 12,
    fields: usize::MAX,
};

impl Evidence {
    /// The evidence of a verdict, unless the check passed.
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
