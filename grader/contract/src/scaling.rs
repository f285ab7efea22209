//! Step 7: a state that is partitioned like its stream (module 12, discussion 3).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The position up to which a shard was processed, and the totals of its records up to this
/// position. After a crash only the checkpoint is left.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Checkpoint {
    pub shard_id: String,
    /// The sequence number of the last record that was read; `None` before the first record.
    pub sequence_number: Option<String>,
    /// What each user has spent, in US dollars, counting only the records of this shard.
    pub totals: BTreeMap<String, f64>,
    /// The shard is closed and was read to its end: no more records come from it.
    pub finished: bool,
}

impl Checkpoint {
    /// The checkpoint before the first record of a shard.
    pub fn start(shard_id: &str) -> Self {
        Self {
            shard_id: shard_id.to_owned(),
            ..Self::default()
        }
    }
}
