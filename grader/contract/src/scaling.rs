//! Step 7: a state that is partitioned like its stream (module 12, discussion 3).

use std::collections::BTreeMap;

use aws_sdk_kinesis::types::ShardIteratorType;
use futures::future::try_join_all;
use serde::{Deserialize, Serialize};

use crate::Result;

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

/// A number of records that no shard has.
pub const WITHOUT_END: usize = i32::MAX as usize;

/// One of the functions of step 7, with its arguments.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scaling {
    ProcessShard {
        stream: String,
        from: Checkpoint,
        at_most: usize,
    },
    ProcessAll {
        stream: String,
        from: Vec<Checkpoint>,
        at_most: usize,
    },
    Merge(Vec<Checkpoint>),
    /// All of them over a whole stream, with the clock running.
    Load {
        stream: String,
    },
    /// Not the submission's: every record of a stream, read and thrown away.
    ReadRaw {
        stream: String,
    },
}

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

impl Scaling {
    /// The name of the function as the student knows it.
    pub fn function(&self) -> &'static str {
        match self {
            Self::ProcessShard { .. } => "process_shard",
            Self::ProcessAll { .. } => "process_all",
            Self::Merge(_) => "merge",
            Self::Load { .. } => "process_all",
            Self::ReadRaw { .. } => "the raw read",
        }
    }
}
