//! The measurements of `cargo grade load` in a submission's process: reading records without
//! processing them, and the memory of a run.

use aws_sdk_kinesis::types::ShardIteratorType;
use contract::Result;
use futures::future::try_join_all;
use serde::{Deserialize, Serialize};

/// More records than any shard has.
pub const WITHOUT_END: usize = i32::MAX as usize;

/// The measurements of a run over a complete stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Load {
    /// The number of users, or of records if the run only reads them.
    pub counted: usize,
    pub seconds: f64,
    /// By how many bytes the process grew, if the system says so.
    pub bytes: Option<u64>,
}

/// Reads all shards to their ends, in parallel, and returns the number of records.
pub async fn read_raw(kinesis: &aws_sdk_kinesis::Client, stream: &str) -> Result<usize> {
    let listed = kinesis.list_shards().stream_name(stream).send().await?;
    let shards = listed.shards.unwrap_or_default().into_iter();
    let counts = try_join_all(shards.map(|shard| read_shard(kinesis, stream, shard.shard_id)));
    Ok(counts.await?.into_iter().sum())
}

async fn read_shard(
    kinesis: &aws_sdk_kinesis::Client,
    stream: &str,
    shard_id: String,
) -> Result<usize> {
    let start = kinesis
        .get_shard_iterator()
        .stream_name(stream)
        .shard_id(shard_id)
        .shard_iterator_type(ShardIteratorType::TrimHorizon);
    let mut iterator = start.send().await?.shard_iterator;
    let mut records = 0;
    while let Some(at) = iterator {
        let page = kinesis.get_records().shard_iterator(at).send().await?;
        if page.records.is_empty() {
            break;
        }
        records += page.records.len();
        iterator = page.next_shard_iterator;
    }
    Ok(records)
}

/// The memory of this process, in bytes; `None` on systems without /proc.
pub fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib * 1024)
}
