//! Step 8: the results when Lambda delivers a stream to the submission's handler.

use std::collections::BTreeMap;

use contract::{Classified, Transaction};
use serde::Deserialize;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::context::Stopped;
use super::proxy::Journal;
use crate::fixture::{self, Fixture, Stream};
use crate::lambda::{self, Mapping, Outcome, Outlet, Played, Put, Record, Shard};
use crate::problem::Result;
use crate::provision;
use crate::scenario::{Context, End, Facet, Facets, Kind, facet};

/// The name of the function as students see it.
const HANDLE: &str = "handle";

/// A complete stream.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lambda {
    stream: String,
    mapping: Mapping,
    /// The number of batches after which the faults end; `None`: they never end.
    faults_end_after: Option<usize>,
}

impl Kind for Lambda {
    fn fixtures(&self) -> Vec<Fixture> {
        vec![Fixture::Stream(self.stream.clone())]
    }

    fn facets(&self) -> &'static [Facet] {
        &[
            "outputs",
            "processed_at",
            "filtered_lookups",
            "keys",
            "order",
            "twice",
            "batches",
            "given_up",
            "ends",
            "kept",
        ]
    }

    async fn run(&self, context: &mut Context<'_>) -> Result<Facets, End> {
        let Self {
            stream,
            mapping,
            faults_end_after,
        } = self;
        let fixture = fixture::stream(context.course, stream)?;
        let shards = seeded(context, &fixture, *mapping).await?;
        let lambda = start(context).await?;
        let proxy = &context.proxy;
        let answered = |batches| {
            if Some(batches) == *faults_end_after {
                proxy.set_faults(&[]);
            }
        };
        let played = lambda.play(&mut context.child, shards, answered).await;
        let played = played.map_err(stopped)?;
        let puts = Outlet::open(context.clients, &context.output)
            .await?
            .take()
            .await?;
        let journal = context.proxy.journal();
        Ok(Facets::default()
            .with("outputs", outputs(&puts))
            .with("processed_at", processed_at(&puts, &played, context.began))
            .with(
                "filtered_lookups",
                filtered_lookups(&puts, &fixture, &played, &journal),
            )
            .with("keys", keys(&puts))
            .with("order", order(&puts))
            .with("twice", twice(&puts))
            .with("batches", batches(&played))
            .with("given_up", left(&played))
            .with("ends", ends(&puts, &played))
            .with("kept", kept(&puts, &journal)))
    }
}

/// A batch without records, like the last batch of a tumbling window (Lambda developer guide,
/// "Implementing stateful processing in Kinesis Data Streams").
pub struct LambdaEmptyBatch;

impl Kind for LambdaEmptyBatch {
    fn facets(&self) -> &'static [Facet] {
        &["answer"]
    }

    async fn run(&self, context: &mut Context<'_>) -> Result<Facets, End> {
        provision::empty_stream(&context.made, &context.output, 1).await?;
        let lambda = start(context).await?;
        let event = json!({ "Records": [] });
        let answer = lambda.invoke(&mut context.child, &event).await;
        let answer = answer.map_err(stopped)?;
        let answer = match Outcome::of(&answer, &[]) {
            Outcome::All(why) => why,
            Outcome::Done | Outcome::From(_) => "done".into(),
        };
        Ok(Facets::default().with("answer", json!({ "no records": answer })))
    }
}

/// Creates the streams and the table. Returns the shards of the input as Lambda reads them.
async fn seeded(context: &Context<'_>, fixture: &Stream, mapping: Mapping) -> Result<Vec<Shard>> {
    let users = fixture::users(context.course, &fixture.users)?;
    tokio::try_join!(
        provision::stream(&context.made, &context.stream, fixture),
        provision::table(&context.made, &context.table, &users),
        provision::empty_stream(&context.made, &context.output, 1),
    )?;
    lambda::shards(context.clients, &context.stream, mapping).await
}

/// Replaces the process that waits for calls with the function's process.
async fn start(context: &mut Context<'_>) -> Result<lambda::Lambda> {
    let timeout = context.observer.time_limit();
    let lambda = lambda::Lambda::start(&context.table, &context.output, timeout).await?;
    context.child = context
        .observer
        .start_function(&context.proxy, lambda.environment())?;
    Ok(lambda)
}

pub fn stopped(trouble: crate::child::Trouble) -> Stopped {
    Stopped {
        function: HANDLE.to_owned(),
        on: None,
        trouble,
    }
}

/// Events by id, without the time of processing. Data that is not an event does not change.
pub fn outputs(puts: &[Put]) -> Value {
    let (mut by_id, mut nameless) = (BTreeMap::new(), Vec::new());
    for put in puts {
        match (classified(&put.data), put.data["id"].as_str()) {
            (Ok(seen), Some(id)) => {
                by_id.entry(id).or_insert(seen);
            }
            (Err(why), Some(id)) => {
                by_id
                    .entry(id)
                    .or_insert(json!(format!("not an event: {why}")));
            }
            (Err(why), None) => nameless.push(why),
            (Ok(_), None) => unreachable!("an event has an id"),
        }
    }
    let mut outputs = json!(by_id);
    if let Some((name, note)) = facet::note("not an event", &nameless) {
        outputs[name] = note;
    }
    outputs
}

/// The values of a classified event that are compared, or why the data is not an event.
fn classified(data: &Value) -> Result<Value, String> {
    if !data.is_object() {
        let text = data
            .as_str()
            .map_or_else(|| data.to_string(), str::to_owned);
        return Err(format!("not a JSON object: {text}"));
    }
    let read = serde_json::from_value::<Classified>(data.clone());
    let read = read.map_err(|why| facet::unreadable(&why, &data.to_string()));
    let Classified { event, risk } = read?;
    let mut seen = facet::event(&event);
    seen["risk"] = json!(risk);
    for field in ["userName", "userTier", "userCountry"] {
        if let Some(other) = spelt_otherwise(data, field) {
            seen[field] = json!(format!("missing: the key is written {other}"));
        }
    }
    Ok(seen)
}

/// If an optional field is missing, the key of the same name in a different spelling.
fn spelt_otherwise<'a>(data: &'a Value, field: &str) -> Option<&'a str> {
    let plain = |key: &str| key.replace('_', "").to_lowercase();
    let mut filled = data
        .as_object()?
        .iter()
        .filter(|(_, value)| !value.is_null());
    let (other, _) = filled.find(|(key, _)| plain(key) == plain(field))?;
    data.get(field).is_none().then_some(other.as_str())
}

/// Whether each event has the time of its transformation, which is after its record was delivered.
fn processed_at(puts: &[Put], played: &Played, since: OffsetDateTime) -> Value {
    let delivered = delivered(played);
    let times = puts.iter().map(|put| {
        let (id, time) = (text(put, "id"), text(put, "processed_at"));
        let said = facet::now(&time, since);
        let is_early = delivered
            .get(&id)
            .is_some_and(|at| facet::is_before(&time, *at));
        let said = match said == facet::NOW && is_early {
            true => "now, but before its record was delivered".into(),
            false => said,
        };
        (id, said)
    });
    json!(times.collect::<BTreeMap<_, _>>())
}

/// The time of the first delivery of each record.
fn delivered(played: &Played) -> BTreeMap<String, OffsetDateTime> {
    let batches = played.batches.iter();
    let records = batches.flat_map(|batch| {
        let records = batch.records.iter();
        records.map(|record| (label(record), batch.delivered))
    });
    records.collect()
}

/// The lookups of users without any event that was put or should be put. (If an event should be
/// put and its output cannot be read, the event was not filtered.) Also, for users with an event
/// that was put, the lookups beyond the number of their delivered events.
fn filtered_lookups(puts: &[Put], stream: &Stream, played: &Played, journal: &Journal) -> Value {
    let to_keep = |user: &str| stream.to_keep().any(|event| event.user_id == user);
    let comes_out = |user: &str| puts.iter().any(|put| text(put, "user") == user);
    let delivered = |user: &str| {
        let records = played.batches.iter().flat_map(|batch| &batch.records);
        let events = records.filter_map(|record| Transaction::parse(&record.data).ok());
        events.filter(|event| event.user_id == user).count()
    };
    let (mut filtered, mut again) = (0, 0);
    for (user, lookups) in journal.lookups() {
        if comes_out(&user) {
            again += lookups.saturating_sub(delivered(&user));
        } else if !to_keep(&user) {
            filtered += lookups;
        }
    }
    json!({ "lookups for filtered events": filtered, "second lookups of kept events": again })
}

/// The partition key of each event.
fn keys(puts: &[Put]) -> Value {
    let keys = puts.iter().map(|put| (text(put, "id"), &put.key));
    json!(keys.collect::<BTreeMap<_, _>>())
}

/// The ids of each user in the order of their first puts.
pub fn order(puts: &[Put]) -> Value {
    let mut by_user: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for put in puts {
        let ids = by_user.entry(text(put, "user")).or_default();
        let id = text(put, "id");
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    json!(by_user)
}

/// The events that were put more than once, and how often.
pub fn twice(puts: &[Put]) -> Value {
    let mut times: BTreeMap<_, usize> = BTreeMap::new();
    // Data without an id is not an event, so it is not a repeated event.
    for id in puts.iter().filter_map(|put| put.data["id"].as_str()) {
        *times.entry(id).or_default() += 1;
    }
    times.retain(|_, times| *times > 1);
    json!({ "events put more than once": times })
}

fn text(put: &Put, field: &str) -> String {
    put.data[field]
        .as_str()
        .unwrap_or("(not an event)")
        .to_owned()
}

/// The outcome of the first delivery of each batch, by the first record of the batch.
fn batches(played: &Played) -> Value {
    let batches = played.batches.iter().map(|batch| {
        let first = batch.records.first().map(label).unwrap_or_default();
        let again = again(&batch.outcome, &batch.records);
        (format!("batch from {first}"), again)
    });
    json!(batches.collect::<BTreeMap<_, _>>())
}

/// The record from which a batch is delivered again. A failure at the first record and a failure
/// of the complete batch have the same effect.
fn again(outcome: &Outcome, batch: &[Record]) -> String {
    let from = outcome.first_to_come_again(batch).map(label);
    let from = from.unwrap_or_default();
    match outcome {
        Outcome::Done => "done".into(),
        Outcome::From(_) => format!("delivered again from {from}"),
        Outcome::All(why) => {
            // Sequence numbers differ from run to run.
            let numbers = batch.iter().map(|record| &record.sequence_number);
            let why = numbers.fold(why.clone(), |why, number| {
                why.replace(number, "[sequence number]")
            });
            format!("delivered again from {from}: {why}")
        }
    }
}

/// The label of a record in a finding.
fn label(record: &Record) -> String {
    match Transaction::parse(&record.data) {
        Ok(transaction) => transaction.transaction_id,
        Err(_) => format!("not a transaction: {}", facet::readable(&record.data)),
    }
}

/// Where each event ended. An event that is in neither place is lost.
fn ends(puts: &[Put], played: &Played) -> Value {
    let put = puts.iter().map(|put| (text(put, "id"), "put"));
    let left = played.given_up.iter();
    let left = left.map(|record| (label(record), "sent to the on-failure destination"));
    json!(put.chain(left).collect::<BTreeMap<_, _>>())
}

/// The events that were put, and which of them were put again although they were done.
fn kept(puts: &[Put], journal: &Journal) -> Value {
    let again = journal.put_again();
    let put = puts.iter().map(|put| {
        let id = text(put, "id");
        let is_again = again.contains(&id);
        let said = if is_again {
            "put again, although it was done"
        } else {
            "put"
        };
        (id, said)
    });
    json!(put.collect::<BTreeMap<_, _>>())
}

/// The records that went to the on-failure destination. Also the poison records that did not,
/// with how often they had failed before.
fn left(played: &Played) -> Value {
    let records = played.batches.iter().flat_map(|batch| &batch.records);
    let poison = records.filter(|record| Transaction::parse(&record.data).is_err());
    let dropped = poison.filter(|record| !played.given_up.contains(record));
    let dropped = dropped.map(|record| {
        let failed = played.failed.iter().filter(|it| *it == record).count();
        let said = match failed {
            0 => "without an error",
            1 => "after it failed once",
            _ => "after it failed several times",
        };
        (label(record), said)
    });
    let mut left = given_up(played);
    left["dropped"] = json!(dropped.collect::<BTreeMap<_, _>>());
    left
}

/// The records that went to the on-failure destination, shard by shard.
pub fn given_up(played: &Played) -> Value {
    let given_up = played.given_up.iter().map(label);
    json!({ "given up": given_up.collect::<Vec<_>>() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(data: Value) -> Put {
        let key = "alice".into();
        Put { key, data }
    }

    fn event() -> Value {
        json!({
            "id": "txn_1", "user": "alice", "amount_usd": 150.0, "merchant": "Zoo",
            "timestamp": "2026-03-01T12:00:00Z", "processed_at": "2026-03-01T12:00:01Z",
            "userName": "Alice", "userTier": "gold", "userCountry": "US", "risk": "LOW_RISK",
        })
    }

    fn without(field: &str) -> Value {
        let mut event = event();
        event.as_object_mut().unwrap().shift_remove(field);
        event
    }

    #[test]
    fn what_is_no_event_is_shown_with_what_it_lacks() {
        let seen = outputs(&[put(without("amount_usd"))]);
        let said = seen["txn_1"].as_str().unwrap();
        assert!(said.starts_with("not an event: missing field `amount_usd`: {\"id\":\"txn_1\""));
        let seen = outputs(&[put(json!("alice, 150")), put(without("id"))]);
        let said = seen["(not an event)"].as_str().unwrap();
        assert!(
            said.contains("alice, 150") && said.ends_with(" … and 1 more"),
            "{said}"
        );
    }

    #[test]
    fn what_is_no_event_does_not_come_again() {
        let again = twice(&[put(without("id")), put(without("id"))]);
        assert_eq!(again["events put more than once"], json!({}));
    }

    #[test]
    fn a_key_that_is_spelt_otherwise_is_told_from_one_that_is_not_there() {
        let mut other = without("userName");
        other["user_name"] = json!("Alice");
        let seen = outputs(&[put(other)]);
        assert_eq!(
            seen["txn_1"]["userName"],
            "missing: the key is written user_name"
        );
        let seen = outputs(&[put(without("userName"))]);
        assert_eq!(seen["txn_1"]["userName"], Value::Null);
        let mut unknown = without("userName");
        unknown["user_name"] = Value::Null;
        assert_eq!(outputs(&[put(unknown)])["txn_1"]["userName"], Value::Null);
        assert_eq!(outputs(&[put(event())])["txn_1"]["userName"], "Alice");
    }
}
