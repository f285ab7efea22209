//! Step 7, scaling: partition the stream and the state by the same key (module 12,
//! discussion 3).
//!
//! One processor reads one shard, and keeps the totals of the users of that shard only.
//! Processors share nothing, so ten shards need ten processors and nothing else. A
//! processor keeps everything that it must not lose in its [`Checkpoint`]: the state
//! and the position together. After a crash another processor takes the checkpoint and
//! continues from there.
//!
//! Remember nothing outside the checkpoint: each call may run in a different process.

use std::collections::BTreeMap;

use contract::Result;
use contract::scaling::Checkpoint;

/// Processes one shard, starting from a checkpoint.
///
/// Reads at most `at_most` records and adds the amount of each transaction to the total
/// of its user. If `from` has no sequence number, the function reads the shard from its
/// oldest record. Otherwise it starts with the record after that sequence number. A
/// record that is not a transaction counts as read and changes no total.
///
/// As in step 3, a page without records is the end of an open shard. A closed shard
/// ends when there is no `NextShardIterator`, after the records of that page. On AWS
/// more records may follow a page without records: then `MillisBehindLatest` is above 0
/// (Kinesis API, GetRecords). You may stop at such a page, as the module's program
/// does. To continue there is a bonus.
///
/// Returns the checkpoint after the last record that was read.
pub async fn process_shard(
    kinesis: &aws_sdk_kinesis::Client,
    stream_name: &str,
    from: Checkpoint,
    at_most: usize,
) -> Result<Checkpoint> {
    todo!()
}

/// Processes every shard of the stream, at most `at_most` records of each.
///
/// A shard that is in `checkpoints` continues from its checkpoint. Any other shard
/// starts at its beginning. A split or a merge closes the parent shards and opens child
/// shards. A child holds the later events of the same users. So your code reads a child
/// only after each of its parents that ListShards still returns is finished. A parent
/// may finish in this call or in an earlier call.
///
/// Returns one checkpoint for each shard that was started, in this call or earlier,
/// even if ListShards no longer returns this shard. Returns an `Err` if the shards
/// cannot be listed, or if one of them cannot be read. The caller then still has the
/// old checkpoints and tries again from there.
pub async fn process_all(
    kinesis: &aws_sdk_kinesis::Client,
    stream_name: &str,
    checkpoints: Vec<Checkpoint>,
    at_most: usize,
) -> Result<Vec<Checkpoint>> {
    todo!()
}

/// Returns the totals of all users, over all shards.
///
/// After a split or a merge, the same user is in the totals of more than one shard.
pub fn merge(checkpoints: &[Checkpoint]) -> BTreeMap<String, f64> {
    todo!()
}
