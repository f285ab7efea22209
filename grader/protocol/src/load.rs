//! What `cargo grade load` measures in a submission's process: records read raw, and the
//! memory that a run takes.

use aws_sdk_kinesis::types::ShardIteratorType;
use contract::Result;
use futures::future::try_join_all;
use serde::{Deserialize, Serialize};

/// A number of records that no shard has.
pub const WITHOUT_END: usize = i32::MAX as usize;

/// What a run over a whole stream took.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Load {
    /// Users, or records where they are read raw.
    pub counted: usize,
    pub seconds: f64,
    /// By how much the process grew, where the system tells.
    pub bytes: Option<u64>,
}

/// Reads every shard to its end, side by side; how many records there were.
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

/// What this process has in memory, in bytes; `None` where there is no /proc.
pub fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib * 1024)
}
