//! What Lambda reads from the input stream, and what the grader finds on the output.

use std::fmt::Display;

use aws_sdk_kinesis::error::DisplayErrorContext;
use aws_sdk_kinesis::types::ShardIteratorType;
use contract::aws::Clients;
use serde_json::{Value, json};

use super::{Mapping, Record, Shard};
use crate::problem::{Problem, Result};
use crate::seed;

/// Every shard of a stream with all its records, for a mapping to go through.
pub async fn shards(clients: &Clients, stream: &str, mapping: Mapping) -> Result<Vec<Shard>> {
    let mut shards = Vec::new();
    for id in seed::shard_ids(clients, stream).await? {
        let mut iterator = from_the_start(clients, stream, &id).await?;
        let mut records = drain(clients, &mut iterator).await?;
        // Nothing says that these times always increase (Kinesis API, Record).
        for (number, record) in records.iter_mut().enumerate() {
            record.arrived -= (number % 3) as f64;
        }
        shards.push(Shard::new(stream, &id, records, mapping));
    }
    Ok(shards)
}

/// What a function put on its output stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Put {
    pub key: String,
    /// The data, as text where it is no JSON.
    pub data: Value,
}

/// The end of an output stream of one shard: each put is taken from it once.
pub struct Outlet<'a> {
    clients: &'a Clients,
    iterator: Option<String>,
}

impl<'a> Outlet<'a> {
    pub async fn open(clients: &'a Clients, stream: &str) -> Result<Self> {
        let shard = seed::shard_ids(clients, stream).await?.swap_remove(0);
        Ok(Self {
            clients,
            iterator: from_the_start(clients, stream, &shard).await?,
        })
    }

    /// What has been put since the last time.
    pub async fn take(&mut self) -> Result<Vec<Put>> {
        let records = drain(self.clients, &mut self.iterator).await?;
        let put = |record: Record| Put {
            key: record.partition_key,
            data: serde_json::from_slice(&record.data)
                .unwrap_or_else(|_| json!(String::from_utf8_lossy(&record.data))),
        };
        Ok(records.into_iter().map(put).collect())
    }
}

async fn from_the_start(clients: &Clients, stream: &str, shard: &str) -> Result<Option<String>> {
    let iterator = clients
        .kinesis
        .get_shard_iterator()
        .stream_name(stream)
        .shard_id(shard)
        .shard_iterator_type(ShardIteratorType::TrimHorizon)
        .send()
        .await;
    Ok(iterator.map_err(unreadable)?.shard_iterator)
}

/// Reads up to an empty page, and leaves the iterator behind it.
async fn drain(clients: &Clients, iterator: &mut Option<String>) -> Result<Vec<Record>> {
    let mut records = Vec::new();
    while let Some(at) = iterator.take() {
        let page = clients
            .kinesis
            .get_records()
            .shard_iterator(at)
            .send()
            .await;
        let page = page.map_err(unreadable)?;
        *iterator = page.next_shard_iterator;
        if page.records.is_empty() {
            break;
        }
        records.extend(page.records.into_iter().map(|record| {
            let arrived = record.approximate_arrival_timestamp;
            Record {
                arrived: arrived.map_or(0.0, |at| at.as_secs_f64()),
                sequence_number: record.sequence_number,
                partition_key: record.partition_key.unwrap_or_default(),
                data: record.data.into_inner(),
            }
        }));
    }
    Ok(records)
}

fn unreadable<E: std::error::Error>(e: E) -> Problem {
    cannot_read(&DisplayErrorContext(e))
}

fn cannot_read(why: &dyn Display) -> Problem {
    Problem::machine(
        format!("the backend would not read a stream: {why}"),
        "Try again; if it stays so, `cargo grade doctor` looks at the backend.",
    )
}
