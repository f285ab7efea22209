//! Step 1: what the setup leaves in Kinesis and DynamoDB.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_dynamodb::types::{AttributeValue, TableDescription};
use aws_sdk_kinesis::types::Record;
use contract::aws::Clients;
use contract::{Purchase, Transaction, User};
use protocol::Call;
use serde_json::{Value, json};

use super::{Act, Scene, Seen, facet, proceed};
use crate::problem::{Problem, Result};
use crate::{call, fixture, seed};

pub async fn stream(scene: &mut Scene<'_>, shards: i32) -> Act {
    let stream = scene.stream.clone();
    proceed!(scene.call(call::setup_stream(&stream, shards)).await);
    let seen = seed::describe_stream(scene.clients, &stream).await?;
    let Some(seen) = seen else {
        let none = json!({ "stream": "there is none" });
        return Ok(Ok(Seen::default()
            .with("status", none.clone())
            .with("shards", none)));
    };
    // On a slow machine a stream may become ACTIVE unseen: CREATING is what it was for
    // code that was never told otherwise.
    let journal = scene.proxy.journal();
    let status = match journal.last_status() {
        Some("ACTIVE") => seen.stream_status.as_str(),
        _ => "CREATING",
    };
    let status = json!({ "status": status });
    let ready = seed::wait_for_stream(scene.clients, &stream).await?;
    let open = json!({ "open shards": ready.open_shard_count });
    Ok(Ok(Seen::default()
        .with("status", status)
        .with("shards", open)))
}

pub async fn stream_again(scene: &mut Scene<'_>, shards: i32) -> Act {
    let stream = scene.stream.clone();
    seed::empty_stream(scene.clients, &stream, shards).await?;
    let record = fixture::Record::Raw {
        key: "alice".into(),
        data: "kept".into(),
    };
    seed::put(scene.clients, &stream, &[record]).await?;
    proceed!(scene.call(call::setup_stream(&stream, shards)).await);
    let kept = read_all(scene.clients, &stream).await?.len();
    Ok(Ok(Seen::default()
        .with("kept", json!({ "records kept": kept }))
        .with("told", told(scene))))
}

pub async fn stream_refused(scene: &mut Scene<'_>) -> Act {
    let stream = scene.stream.clone();
    // What is refused is there all the same: an error taken for good news stays unheard.
    seed::empty_stream(scene.clients, &stream, 1).await?;
    let call = call::setup_stream(&stream, 1);
    refused(scene, call, "CreateStream").await
}

/// A call whose `operation` AWS refuses. Who has looked first and does not ask for it is
/// refused nothing.
async fn refused(scene: &mut Scene<'_>, call: Call, operation: &str) -> Act {
    let function = call.name().to_owned();
    let seen = proceed!(scene.refused(call).await);
    if scene.proxy.journal().asked(operation) {
        return Ok(Ok(seen));
    }
    Ok(Ok(Seen::default().with(
        "returned",
        json!({ format!("{function} returns"): "an error" }),
    )))
}

pub async fn table(scene: &mut Scene<'_>, users: &str) -> Act {
    let users = fixture::users(scene.course, users)?;
    let call = call::setup_reference_data(&scene.table, &users);
    proceed!(scene.call(call).await);
    describe_table(scene).await
}

pub async fn table_again(scene: &mut Scene<'_>, users: &str) -> Act {
    let users = fixture::users(scene.course, users)?;
    let zoe = User {
        user_id: "zoe".into(),
        name: "Was There Before".into(),
        tier: "gold".into(),
        country: "FR".into(),
    };
    seed::table(scene.clients, &scene.table, &[zoe]).await?;
    let call = call::setup_reference_data(&scene.table, &users);
    proceed!(scene.call(call).await);
    let told = told(scene);
    let seen = proceed!(describe_table(scene).await?);
    Ok(Ok(seen.with("told", told)))
}

/// The last status that the submission was told.
fn told(scene: &Scene<'_>) -> Value {
    let journal = scene.proxy.journal();
    let told = journal.last_status().unwrap_or("(never asked)");
    json!({ "status when it returns": told })
}

pub async fn table_refused(scene: &mut Scene<'_>) -> Act {
    let table = scene.table.clone();
    seed::table(scene.clients, &table, &[]).await?;
    let call = call::setup_reference_data(&table, &[]);
    refused(scene, call, "CreateTable").await
}

/// Where AWS fails, an error is an answer; saying nothing of who was lost is none.
pub async fn table_or_fail(scene: &mut Scene<'_>, users: &str) -> Act {
    let users = fixture::users(scene.course, users)?;
    let many = users.len();
    let call = call::setup_reference_data(&scene.table, &users);
    let done = proceed!(scene.attempt(call).await).is_some();
    let lost = match done {
        true => many.saturating_sub(items(scene).await?.len()),
        false => 0,
    };
    let lost = json!({ "users lost without an error": lost });
    Ok(Ok(Seen::default().with("lost", lost)))
}

async fn describe_table(scene: &Scene<'_>) -> Act {
    let describe = scene
        .clients
        .dynamodb
        .describe_table()
        .table_name(&scene.table);
    let table = match describe.send().await {
        Ok(described) => described
            .table
            .unwrap_or_else(|| TableDescription::builder().build()),
        Err(e)
            if e.as_service_error()
                .is_some_and(|e| e.is_resource_not_found_exception()) =>
        {
            let none = json!({ "table": "there is none" });
            let seen = Seen::default()
                .with("key", none.clone())
                .with("billing", none.clone());
            return Ok(Ok(seen.with("items", none)));
        }
        Err(e) => return Err(unreadable(e)),
    };
    let items = items(scene).await?;
    Ok(Ok(Seen::default()
        .with("key", key(&table))
        .with("billing", billing(&table))
        .with("items", by_user(&items))))
}

/// What is in the table; nothing if there is none.
async fn items(scene: &Scene<'_>) -> Result<Vec<HashMap<String, AttributeValue>>> {
    let scan = scene.clients.dynamodb.scan().table_name(&scene.table);
    match scan.consistent_read(true).send().await {
        Ok(scanned) => Ok(scanned.items.unwrap_or_default()),
        Err(e)
            if e.as_service_error()
                .is_some_and(|e| e.is_resource_not_found_exception()) =>
        {
            Ok(Vec::new())
        }
        Err(e) => Err(unreadable(e)),
    }
}

/// The key attributes with their roles and types.
fn key(table: &TableDescription) -> Value {
    let attributes = table.attribute_definitions();
    let of_type: BTreeMap<_, _> = attributes
        .iter()
        .map(|a| (a.attribute_name(), a.attribute_type().as_str()))
        .collect();
    let key: BTreeMap<_, _> = table
        .key_schema()
        .iter()
        .map(|k| {
            let of_type = of_type
                .get(k.attribute_name())
                .copied()
                .unwrap_or("undefined");
            (
                k.attribute_name(),
                format!("{} {of_type}", k.key_type().as_str()),
            )
        })
        .collect();
    json!(key)
}

/// DynamoDB leaves the summary out for a provisioned table.
fn billing(table: &TableDescription) -> Value {
    let mode = table
        .billing_mode_summary()
        .and_then(|summary| summary.billing_mode());
    json!({ "billing mode": mode.map_or("PROVISIONED", |mode| mode.as_str()) })
}

fn by_user(items: &[HashMap<String, AttributeValue>]) -> Value {
    let mut users = BTreeMap::new();
    for item in items {
        let attributes: BTreeMap<_, _> = item
            .iter()
            .map(|(name, value)| (name.as_str(), attribute(value)))
            .collect();
        let user = attributes.get("userId").cloned().unwrap_or_default();
        users.insert(user, json!(attributes));
    }
    json!(users)
}

fn attribute(value: &AttributeValue) -> String {
    match value {
        AttributeValue::S(text) => text.clone(),
        other => format!("{other:?}, which is not of type S"),
    }
}

/// An empty stream, and the call that sends purchases to it.
async fn sending(scene: &Scene<'_>, purchases: Vec<Purchase>) -> Result<Call> {
    let stream = scene.stream.clone();
    seed::empty_stream(scene.clients, &stream, 1).await?;
    Ok(call::send_transactions(&stream, &purchases))
}

pub async fn send(scene: &mut Scene<'_>, purchases: &str) -> Act {
    let call = sending(scene, fixture::purchases(scene.course, purchases)?).await?;
    proceed!(scene.call(call).await);
    let records = read_all(scene.clients, &scene.stream).await?;
    Ok(Ok(sent(&records).with_text("printed")))
}

/// The ids of two runs of the program.
pub async fn send_twice(scene: &mut Scene<'_>, purchases: &str) -> Act {
    let call = sending(scene, fixture::purchases(scene.course, purchases)?).await?;
    proceed!(scene.call(call.clone()).await);
    let first = read_all(scene.clients, &scene.stream).await?;
    scene.crash().await?;
    proceed!(scene.call(call).await);
    let both = read_all(scene.clients, &scene.stream).await?;
    let ids = json!({
        "of two runs": facet::distinct(&ids(&both)),
        "of the first": facet::distinct(&ids(&first)),
    });
    Ok(Ok(Seen::default().with("transaction_ids", ids)))
}

fn ids(records: &[Record]) -> Vec<String> {
    let sent = transactions(records);
    sent.map(|transaction| transaction.transaction_id).collect()
}

/// Those records that are transactions.
fn transactions(records: &[Record]) -> impl Iterator<Item = Transaction> {
    let parsed = |record: &Record| Transaction::parse(record.data.as_ref()).ok();
    records.iter().filter_map(parsed)
}

/// Where AWS fails, an error is an answer; saying nothing of what was lost is none.
pub async fn send_or_fail(scene: &mut Scene<'_>, purchases: &str) -> Act {
    let purchases = fixture::purchases(scene.course, purchases)?;
    let many = purchases.len();
    let merchants = purchases.iter().map(|p| p.merchant.clone());
    let wanted = in_order(purchases.iter().map(|p| p.user_id.clone()).zip(merchants));
    let call = sending(scene, purchases).await?;
    if proceed!(scene.attempt(call).await).is_none() {
        return Ok(Ok(loss(0, 0, 0)));
    }
    let records = read_all(scene.clients, &scene.stream).await?;
    let mut known = BTreeSet::new();
    // Each purchase is a transaction of its own, so one id is one purchase.
    let sent: Vec<_> = transactions(&records)
        .filter(|sent| known.insert(sent.transaction_id.clone()))
        .collect();
    let (lost, again) = (many.saturating_sub(sent.len()), records.len() - sent.len());
    let given = in_order(sent.into_iter().map(|sent| (sent.user_id, sent.merchant)));
    let disordered = |user: &&String| lost == 0 && given.get(*user) != wanted.get(*user);
    Ok(Ok(loss(
        lost,
        again,
        wanted.keys().filter(disordered).count(),
    )))
}

fn loss(lost: usize, again: usize, disordered: usize) -> Seen {
    let lost = json!({
        "transactions lost without an error": lost,
        "records sent again": again,
        "users whose records are out of order": disordered,
    });
    Seen::default().with("lost", lost)
}

/// What was bought, by user.
fn in_order(bought: impl Iterator<Item = (String, String)>) -> BTreeMap<String, Vec<String>> {
    let mut by_user = BTreeMap::<_, Vec<_>>::new();
    for (user, merchant) in bought {
        by_user.entry(user).or_default().push(merchant);
    }
    by_user
}

/// The facets of sent records: what they say, by user in order, and apart from
/// that their keys, ids and times.
pub fn sent(records: &[Record]) -> Seen {
    let (mut by_user, mut keys) = (BTreeMap::<_, Vec<_>>::new(), BTreeMap::<_, Vec<_>>::new());
    let mut times = Vec::new();
    for record in records {
        let data = record.data.as_ref();
        let Ok(sent) = serde_json::from_slice::<Transaction>(data) else {
            let text = String::from_utf8_lossy(data).into_owned();
            by_user
                .entry("(not a transaction)".to_owned())
                .or_default()
                .push(json!(text));
            continue;
        };
        let is_id = record.partition_key.as_ref() == Some(&sent.transaction_id);
        let key = match is_id {
            true => Some("[the transactionId]".to_owned()),
            false => record.partition_key.clone(),
        };
        keys.entry(sent.user_id.clone()).or_default().push(key);
        by_user.entry(sent.user_id).or_default().push(json!({
            "amount": facet::dollars(sent.amount),
            "merchant": sent.merchant,
        }));
        times.push(facet::now(&sent.timestamp));
    }
    Seen::default()
        .with("records", json!(by_user))
        .with("partition_keys", json!(keys))
        .with("timestamps", json!(times))
}

/// Every record of the stream, shard by shard; none if the submission deleted it.
pub async fn read_all(clients: &Clients, stream: &str) -> Result<Vec<Record>> {
    if !seed::stream_is_there(clients, stream).await? {
        return Ok(Vec::new());
    }
    let mut records = Vec::new();
    for shard in seed::shard_ids(clients, stream).await? {
        records.extend(seed::records(clients, stream, &shard).await?);
    }
    Ok(records)
}

fn unreadable<E: std::error::Error>(e: E) -> Problem {
    Problem::machine(
        format!(
            "the backend would not show what the submission left in it: {}",
            aws_sdk_kinesis::error::DisplayErrorContext(e)
        ),
        "Try again; if it stays so, `cargo grade doctor` looks at the backend.",
    )
}
