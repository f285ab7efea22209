//! Step 7: a state that is partitioned like its stream (module 12, discussion 3).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How far a shard was processed, and the state that belongs to its records up to
/// there. It is all that is left after a crash.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Checkpoint {
    pub shard_id: String,
    /// Of the last record that was read; `None` before the first.
    pub sequence_number: Option<String>,
    /// What each user has spent, in US dollars, by the records of this shard alone.
    pub totals: BTreeMap<String, f64>,
    /// The shard is closed and was read to its end: nothing more comes from it.
    pub finished: bool,
}

impl Checkpoint {
    /// Before the first record of a shard.
    pub fn start(shard_id: &str) -> Self {
        Self {
            shard_id: shard_id.to_owned(),
            ..Self::default()
        }
    }
}
