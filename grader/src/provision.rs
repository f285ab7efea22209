//! Prepares streams and tables for a scenario, with the same AWS calls on every backend. A
//! failure here is a problem of the machine, never of the submission.

mod made;

use std::collections::HashMap;
use std::fmt::Display;
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, PutRequest,
    ScalarAttributeType, TableStatus, WriteRequest,
};
use aws_sdk_kinesis::error::DisplayErrorContext;
use aws_sdk_kinesis::primitives::Blob;
use aws_sdk_kinesis::types::{
    PutRecordsRequestEntry, Record as KinesisRecord, Shard, ShardIteratorType,
    StreamDescriptionSummary, StreamStatus,
};
use contract::User;
use contract::aws::Clients;

use crate::fixture::{Record, Stream};
use crate::problem::{Problem, Result};

pub use made::{Made, Register};

/// An item of a table: its attributes by name.
pub type Item = HashMap<String, AttributeValue>;

/// How long a stream or a table may take to become ready or to be deleted.
const PATIENCE: Duration = Duration::from_secs(60);

/// The most records that PutRecords takes in one call.
const PUT_RECORDS_LIMIT: usize = 500;

/// The most items that BatchWriteItem takes in one call.
const BATCH_WRITE_LIMIT: usize = 25;

/// The middle of the hash key space, 2^127, where the only shard is split.
pub const MIDDLE_HASH_KEY: &str = "170141183460469231731687303715884105728";

/// Creates a stream with the shards and records of the fixture, including split and merge.
pub async fn stream(made: &Made, name: &str, fixture: &Stream) -> Result<()> {
    empty_stream(made, name, fixture.shards).await?;
    let clients = &made.clients;
    put_to(
        clients,
        name,
        &fixture.records,
        fixture.in_turn.then_some(fixture.shards),
    )
    .await?;
    if !fixture.after_split.is_empty() {
        let parent = shard_ids(clients, name).await?.swap_remove(0);
        split(clients, name, &parent, MIDDLE_HASH_KEY).await?;
        put(clients, name, &fixture.after_split).await?;
    }
    if !fixture.after_merge.is_empty() {
        let shards = shard_ids(clients, name).await?;
        merge(clients, name, &shards[1], &shards[2]).await?;
        put(clients, name, &fixture.after_merge).await?;
    }
    Ok(())
}

/// Creates a stream and waits until it is ACTIVE.
pub async fn empty_stream(made: &Made, name: &str, shards: i32) -> Result<()> {
    made.note_stream(name);
    let clients = &made.clients;
    let create = clients
        .kinesis
        .create_stream()
        .stream_name(name)
        .shard_count(shards);
    let mut pause = Pause::new();
    loop {
        match create.clone().send().await {
            Ok(_) => break,
            // Too many streams are being created at the same time.
            Err(e)
                if e.as_service_error()
                    .is_some_and(|e| e.is_limit_exceeded_exception()) =>
            {
                pause.wait("the stream cannot be created").await?;
            }
            Err(e) => return Err(cannot("create a stream")(e)),
        }
    }
    wait_for_stream(clients, name).await?;
    Ok(())
}

/// Waits until a stream is ACTIVE.
pub async fn wait_for_stream(clients: &Clients, name: &str) -> Result<StreamDescriptionSummary> {
    let mut pause = Pause::new();
    loop {
        let summary = describe_stream(clients, name).await?;
        match summary {
            Some(summary) if summary.stream_status == StreamStatus::Active => return Ok(summary),
            _ => pause.wait("the stream does not become ACTIVE").await?,
        }
    }
}

/// Waits until a stream is ACTIVE. Returns false if a submission has deleted it.
pub async fn stream_is_there(clients: &Clients, name: &str) -> Result<bool> {
    let mut pause = Pause::new();
    while let Some(summary) = describe_stream(clients, name).await? {
        if summary.stream_status == StreamStatus::Active {
            return Ok(true);
        }
        pause.wait("the stream does not become ACTIVE").await?;
    }
    Ok(false)
}

/// The description of a stream; `None` if the stream does not exist.
pub async fn describe_stream(
    clients: &Clients,
    name: &str,
) -> Result<Option<StreamDescriptionSummary>> {
    let describe = clients.kinesis.describe_stream_summary().stream_name(name);
    match describe.send().await {
        Ok(description) => Ok(description.stream_description_summary),
        Err(e)
            if e.as_service_error()
                .is_some_and(|e| e.is_resource_not_found_exception()) =>
        {
            Ok(None)
        }
        Err(e) => Err(cannot("describe a stream")(e)),
    }
}

/// Puts records in order.
pub async fn put(clients: &Clients, stream: &str, records: &[Record]) -> Result<()> {
    put_to(clients, stream, records, None).await
}

/// Puts records in order: if `in_turn` gives a number of shards, on these shards in turn,
/// otherwise by partition key.
async fn put_to(
    clients: &Clients,
    stream: &str,
    records: &[Record],
    in_turn: Option<i32>,
) -> Result<()> {
    let mut number = 0;
    for chunk in records.chunks(PUT_RECORDS_LIMIT) {
        let mut put = clients.kinesis.put_records().stream_name(stream);
        for record in chunk {
            let entry = PutRecordsRequestEntry::builder()
                .partition_key(record.partition_key())
                .set_explicit_hash_key(in_turn.map(|shards| hash_key(number, shards)))
                .data(Blob::new(record.data()));
            number += 1;
            put = put.records(entry.build().expect("key and data are set"));
        }
        let done = put.send().await.map_err(cannot("put records"))?;
        if done.failed_record_count.unwrap_or_default() > 0 {
            return Err(cannot("put records")(
                aws_sdk_kinesis::error::BuildError::other("some records were throttled"),
            ));
        }
    }
    Ok(())
}

/// The shards of a stream, open and closed.
pub async fn shards(clients: &Clients, stream: &str) -> Result<Vec<Shard>> {
    let mut shards = Vec::new();
    let mut list = clients.kinesis.list_shards().stream_name(stream);
    loop {
        let page = list.send().await.map_err(cannot("list shards"))?;
        shards.extend(page.shards.unwrap_or_default());
        // A token replaces the name (Kinesis API, ListShards).
        let Some(token) = page.next_token else {
            return Ok(shards);
        };
        list = clients.kinesis.list_shards().next_token(token);
    }
}

/// The ids of the shards.
pub async fn shard_ids(clients: &Clients, stream: &str) -> Result<Vec<String>> {
    let shards = shards(clients, stream).await?.into_iter();
    Ok(shards.map(|shard| shard.shard_id).collect())
}

/// A hash key in the middle of the next shard in turn, starting with the last shard. The
/// shards divide the key space evenly.
fn hash_key(number: u128, shards: i32) -> String {
    let shards = u128::from(shards.max(1).unsigned_abs());
    let share = u128::MAX / shards;
    let shard = shards - 1 - number % shards;
    (share * shard + share / 2).to_string()
}

/// Splits a shard in two. Hash keys from `start` on belong to the second child.
pub async fn split(clients: &Clients, stream: &str, parent: &str, start: &str) -> Result<()> {
    let split = clients
        .kinesis
        .split_shard()
        .stream_name(stream)
        .shard_to_split(parent)
        .new_starting_hash_key(start);
    split.send().await.map_err(cannot("split a shard"))?;
    wait_for_stream(clients, stream).await?;
    Ok(())
}

/// Merges two adjacent shards.
pub async fn merge(clients: &Clients, stream: &str, shard: &str, adjacent: &str) -> Result<()> {
    let merge = clients
        .kinesis
        .merge_shards()
        .stream_name(stream)
        .shard_to_merge(shard)
        .adjacent_shard_to_merge(adjacent);
    merge.send().await.map_err(cannot("merge two shards"))?;
    wait_for_stream(clients, stream).await?;
    Ok(())
}

/// Every record of a shard, oldest first.
pub async fn records(clients: &Clients, stream: &str, shard: &str) -> Result<Vec<KinesisRecord>> {
    let mut records = Vec::new();
    let start = clients
        .kinesis
        .get_shard_iterator()
        .stream_name(stream)
        .shard_id(shard)
        .shard_iterator_type(ShardIteratorType::TrimHorizon);
    let start = start.send().await.map_err(cannot("read a shard"))?;
    let mut next = start.shard_iterator;
    while let Some(at) = next {
        let page = clients.kinesis.get_records().shard_iterator(at);
        let page = page.send().await.map_err(cannot("read a shard"))?;
        next = page
            .next_shard_iterator
            .filter(|_| !page.records.is_empty());
        records.extend(page.records);
    }
    Ok(records)
}

/// Creates the table of users and fills it.
pub async fn table(made: &Made, name: &str, users: &[User]) -> Result<()> {
    made.note_table(name);
    let clients = &made.clients;
    let user_id = AttributeDefinition::builder()
        .attribute_name("userId")
        .attribute_type(ScalarAttributeType::S);
    let key = KeySchemaElement::builder()
        .attribute_name("userId")
        .key_type(KeyType::Hash);
    let create = clients
        .dynamodb
        .create_table()
        .table_name(name)
        .attribute_definitions(user_id.build().expect("name and type are set"))
        .key_schema(key.build().expect("name and type are set"))
        .billing_mode(BillingMode::PayPerRequest);
    create.send().await.map_err(cannot("create a table"))?;
    wait_for_table(clients, name).await?;
    for chunk in users.chunks(BATCH_WRITE_LIMIT) {
        put_items(clients, name, chunk.iter().map(put_request).collect()).await?;
    }
    Ok(())
}

/// Puts items, and puts the unprocessed items again.
async fn put_items(clients: &Clients, table: &str, puts: Vec<WriteRequest>) -> Result<()> {
    let mut left = HashMap::from([(table.to_owned(), puts)]);
    let mut pause = Pause::new();
    loop {
        let put = clients.dynamodb.batch_write_item();
        let done = put.set_request_items(Some(left)).send().await;
        left = done
            .map_err(cannot("put items"))?
            .unprocessed_items
            .unwrap_or_default();
        if left.is_empty() {
            return Ok(());
        }
        pause
            .wait("the table does not accept all its items")
            .await?;
    }
}

/// The items of a table; empty if the table does not exist.
pub async fn items(clients: &Clients, table: &str) -> Result<Vec<Item>> {
    let scan = clients
        .dynamodb
        .scan()
        .table_name(table)
        .consistent_read(true);
    let mut pages = scan.into_paginator().items().send();
    let mut items = Vec::new();
    while let Some(item) = pages.next().await {
        match item {
            Ok(item) => items.push(item),
            Err(e)
                if e.as_service_error()
                    .is_some_and(|e| e.is_resource_not_found_exception()) =>
            {
                return Ok(Vec::new());
            }
            Err(e) => return Err(cannot("read the items of a table")(e)),
        }
    }
    Ok(items)
}

/// The request that puts a user. An empty attribute is left out of the item.
/// The value in a fixture of an attribute that the item lacks.
const MISSING: &str = "(missing)";

/// The start of a value in a fixture of an attribute that is not of type S.
const NUMBER: &str = "(number) ";

/// Whether the item of a user in a fixture has all attributes, as texts.
pub fn is_complete(user: &User) -> bool {
    let attributes = [&user.name, &user.tier, &user.country];
    let mut attributes = attributes.into_iter();
    attributes.all(|it| it != MISSING && !it.starts_with(NUMBER))
}

fn put_request(user: &User) -> WriteRequest {
    let attributes = [
        ("userId", &user.user_id),
        ("name", &user.name),
        ("tier", &user.tier),
        ("country", &user.country),
    ];
    let filled = attributes
        .into_iter()
        .filter(|(_, value)| *value != MISSING);
    let put = filled.fold(PutRequest::builder(), |put, (name, value)| {
        let number = value.strip_prefix(NUMBER);
        let text = || AttributeValue::S(value.clone());
        put.item(
            name,
            number.map_or_else(text, |it| AttributeValue::N(it.into())),
        )
    });
    WriteRequest::builder()
        .put_request(put.build().expect("the item is set"))
        .build()
}

async fn wait_for_table(clients: &Clients, name: &str) -> Result<()> {
    let mut pause = Pause::new();
    while table_status(clients, name).await? != Some(TableStatus::Active) {
        pause.wait("the table does not become ACTIVE").await?;
    }
    Ok(())
}

/// The status of a table; `None` if the table does not exist.
pub async fn table_status(clients: &Clients, name: &str) -> Result<Option<TableStatus>> {
    match clients
        .dynamodb
        .describe_table()
        .table_name(name)
        .send()
        .await
    {
        Ok(description) => Ok(description.table.and_then(|table| table.table_status)),
        Err(e)
            if e.as_service_error()
                .is_some_and(|e| e.is_resource_not_found_exception()) =>
        {
            Ok(None)
        }
        Err(e) => Err(cannot("describe a table")(e)),
    }
}

/// Whether the stream does not exist or is being deleted: a DELETING stream cannot come back.
pub async fn stream_is_going(clients: &Clients, name: &str) -> Result<bool> {
    let summary = describe_stream(clients, name).await?;
    Ok(summary.is_none_or(|s| s.stream_status == StreamStatus::Deleting))
}

/// Whether the table does not exist or is being deleted.
pub async fn table_is_going(clients: &Clients, name: &str) -> Result<bool> {
    let status = table_status(clients, name).await?;
    Ok(status.is_none_or(|status| status == TableStatus::Deleting))
}

fn cannot<E: std::error::Error>(what: &str) -> impl FnOnce(E) -> Problem {
    move |e| cannot_because(what, &DisplayErrorContext(e))
}

fn cannot_because(what: &str, why: &dyn Display) -> Problem {
    Problem::machine(
        format!("the backend could not {what}: {why}"),
        "Try again. If it fails again, run `cargo grade doctor`.",
    )
}

/// Waits between polls, longer each time, and returns an error after [`PATIENCE`].
struct Pause {
    since: Instant,
    next: Duration,
}

impl Pause {
    fn new() -> Self {
        Self {
            since: Instant::now(),
            next: Duration::from_millis(8),
        }
    }

    async fn wait(&mut self, trouble: &str) -> Result<()> {
        if self.since.elapsed() > PATIENCE {
            return Err(Problem::machine(
                format!("{trouble} within {} s", PATIENCE.as_secs()),
                "Try again. If it fails again, restart the backend.",
            ));
        }
        tokio::time::sleep(self.next).await;
        self.next = (self.next * 2).min(Duration::from_millis(100));
        Ok(())
    }
}

#[cfg(test)]
mod tests;
