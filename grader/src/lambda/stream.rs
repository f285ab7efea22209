//! The records that Lambda reads from the input stream, and the events on the output stream.

use std::fmt::Display;

use aws_sdk_kinesis::error::DisplayErrorContext;
use aws_sdk_kinesis::types::ShardIteratorType;
use contract::aws::Clients;
use serde_json::{Value, json};

use super::{Mapping, Record, Shard};
use crate::problem::{Problem, Result};
use crate::provision;

/// Every shard of a stream with all its records, for a mapping.
pub async fn shards(clients: &Clients, stream: &str, mapping: Mapping) -> Result<Vec<Shard>> {
    let mut shards = Vec::new();
    for id in provision::shard_ids(clients, stream).await? {
        let mut iterator = from_the_start(clients, stream, &id).await?;
        let mut records = drain(clients, &mut iterator).await?;
        // Kinesis does not guarantee that these times increase (Kinesis API, Record).
        for (number, record) in records.iter_mut().enumerate() {
            record.arrived -= (number % 3) as f64;
        }
        shards.push(Shard::new(stream, &id, records, mapping));
    }
    Ok(shards)
}

/// A put of a function on its output stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Put {
    pub key: String,
    /// The data; as text if it is not JSON.
    pub data: Value,
}

/// Reads an output stream of one shard. Each put is returned once.
pub struct Outlet<'a> {
    clients: &'a Clients,
    iterator: Option<String>,
}

impl<'a> Outlet<'a> {
    pub async fn open(clients: &'a Clients, stream: &str) -> Result<Self> {
        let shard = provision::shard_ids(clients, stream).await?.swap_remove(0);
        Ok(Self {
            clients,
            iterator: from_the_start(clients, stream, &shard).await?,
        })
    }

    /// The puts since the last call.
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

/// Reads to the first empty page. The iterator then continues after this page.
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
        format!("the backend could not read a stream: {why}"),
        "Try again. If it fails again, run `cargo grade doctor`.",
    )
}
