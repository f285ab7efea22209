//! Step 7: a processor for each shard, with its own state, and the merge of these states.

use std::collections::BTreeMap;

use aws_sdk_kinesis::types::{Shard, ShardIteratorType};
use contract::scaling::Checkpoint;
use contract::{Result, Transaction};
use futures::future::try_join_all;

/// The most records that GetRecords returns (Kinesis API, GetRecords).
const PAGE: usize = 10_000;

/// Processes one shard from a checkpoint on, at most `at_most` records.
pub async fn process_shard(
    kinesis: &aws_sdk_kinesis::Client,
    stream_name: &str,
    from: Checkpoint,
    at_most: usize,
) -> Result<Checkpoint> {
    let mut at = from;
    if at.finished {
        return Ok(at);
    }
    let start = kinesis
        .get_shard_iterator()
        .stream_name(stream_name)
        .shard_id(&at.shard_id);
    let start = match &at.sequence_number {
        Some(last) => start
            .shard_iterator_type(ShardIteratorType::AfterSequenceNumber)
            .starting_sequence_number(last),
        None => start.shard_iterator_type(ShardIteratorType::TrimHorizon),
    };
    let mut iterator = start.send().await?.shard_iterator;
    let mut left = at_most;
    while left > 0 {
        let Some(next) = iterator else {
            at.finished = true;
            break;
        };
        let page = kinesis
            .get_records()
            .shard_iterator(next)
            .limit(left.min(PAGE) as i32)
            .send()
            .await?;
        for record in &page.records {
            if let Ok(event) = Transaction::parse(record.data.as_ref()) {
                *at.totals.entry(event.user_id).or_default() += event.amount;
            }
            at.sequence_number = Some(record.sequence_number.clone());
        }
        left -= page.records.len();
        iterator = page.next_shard_iterator;
        // On AWS more records may follow a page without records.
        let is_behind = page.millis_behind_latest.unwrap_or_default() > 0;
        if page.records.is_empty() && iterator.is_some() && !is_behind {
            break;
        }
    }
    Ok(at)
}

/// Processes every shard of the stream, at most `at_most` records of each.
pub async fn process_all(
    kinesis: &aws_sdk_kinesis::Client,
    stream_name: &str,
    checkpoints: Vec<Checkpoint>,
    at_most: usize,
) -> Result<Vec<Checkpoint>> {
    let mut waiting = list_shards(kinesis, stream_name).await?;
    let listed: Vec<_> = waiting.iter().map(|shard| shard.shard_id.clone()).collect();
    let by_shard = |checkpoint: Checkpoint| (checkpoint.shard_id.clone(), checkpoint);
    let mut known: BTreeMap<_, _> = checkpoints.into_iter().map(by_shard).collect();
    let mut reached: BTreeMap<String, Checkpoint> = BTreeMap::new();
    loop {
        // A parent that is no longer listed is over: its records have expired.
        let is_over = |parent: &String| {
            !listed.contains(parent) || reached.get(parent).is_some_and(|at| at.finished)
        };
        let parents = |shard: &Shard| {
            [&shard.parent_shard_id, &shard.adjacent_parent_shard_id]
                .into_iter()
                .flatten()
                .all(is_over)
        };
        let (ready, later): (Vec<_>, Vec<_>) = waiting.into_iter().partition(parents);
        if ready.is_empty() {
            break;
        }
        waiting = later;
        let work = ready.into_iter().map(|shard| {
            let from = known.remove(&shard.shard_id);
            let from = from.unwrap_or_else(|| Checkpoint::start(&shard.shard_id));
            process_shard(kinesis, stream_name, from, at_most)
        });
        reached.extend(try_join_all(work).await?.into_iter().map(by_shard));
    }
    // What is known of shards that are listed no more stays known.
    reached.extend(known);
    Ok(reached.into_values().collect())
}

/// The totals of all users, over all shards.
pub fn merge(checkpoints: &[Checkpoint]) -> BTreeMap<String, f64> {
    let mut totals = BTreeMap::new();
    for (user, total) in checkpoints.iter().flat_map(|at| &at.totals) {
        *totals.entry(user.clone()).or_default() += total;
    }
    totals
}

async fn list_shards(kinesis: &aws_sdk_kinesis::Client, stream_name: &str) -> Result<Vec<Shard>> {
    let mut shards = Vec::new();
    let mut page = kinesis
        .list_shards()
        .stream_name(stream_name)
        .send()
        .await?;
    loop {
        shards.extend(page.shards.unwrap_or_default());
        let Some(token) = page.next_token else {
            return Ok(shards);
        };
        page = kinesis.list_shards().next_token(token).send().await?;
    }
}
