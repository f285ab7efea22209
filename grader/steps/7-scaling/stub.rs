//! Step 7, scaling: partition the stream and the state by the same key (module 12,
//! discussion 3).
//!
//! One processor reads one shard, and keeps the totals of the users of that shard and
//! of no others. Nothing is shared, so ten shards need ten processors and nothing
//! else. What a processor must not lose goes into its [`Checkpoint`], state and
//! position together: after a crash another one takes the checkpoint and goes on.
//!
//! Remember nothing anywhere else: each call may be in a process of its own.

use std::collections::BTreeMap;

use contract::Result;
use contract::scaling::Checkpoint;

/// Processes one shard from a checkpoint on.
///
/// Reads at most `at_most` records and adds the amount of each transaction to the total
/// of its user. Without a sequence number in `from`, the shard is read from its oldest
/// record; else from the record after that one. A record that is no transaction counts
/// as read and changes no total. As in step 3, a page without records is the end of an
/// open shard; a closed shard ends where there is no `NextShardIterator`, after the
/// records of that page. On AWS a page without records may have some behind it: then
/// `MillisBehindLatest` is above 0 (Kinesis API, GetRecords). You may stop there, as the
/// module's program does; to read on is a bonus.
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
/// A shard that is among the checkpoints goes on there, any other begins at its start.
/// A split or a merge closes its parents and opens children. A child holds the later
/// events of the same users, so it is not read before each parent that ListShards still
/// names is finished: in this call, or in an earlier one.
///
/// Returns one checkpoint for each shard that was begun, now or earlier, whether or not
/// ListShards still names it. Returns an `Err` if the shards cannot be listed or one of
/// them cannot be read; the caller still has the old checkpoints and tries again from
/// there.
pub async fn process_all(
    kinesis: &aws_sdk_kinesis::Client,
    stream_name: &str,
    checkpoints: Vec<Checkpoint>,
    at_most: usize,
) -> Result<Vec<Checkpoint>> {
    todo!()
}

/// The totals of all users, over all shards.
///
/// After a split or a merge of shards the same user is in the totals of more than one.
pub fn merge(checkpoints: &[Checkpoint]) -> BTreeMap<String, f64> {
    todo!()
}
