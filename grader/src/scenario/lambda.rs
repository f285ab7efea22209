//! Step 8: what comes out when Lambda takes a stream to the submission's handler.

use std::collections::BTreeMap;

use contract::{Classified, Transaction};
use serde::Deserialize;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::proxy::Journal;
use super::scene::Stopped;
use crate::fixture::{self, Fixture, Stream};
use crate::lambda::{self, Mapping, Outcome, Outlet, Played, Put, Record, Shard};
use crate::problem::Result;
use crate::scenario::{End, Facet, Kind, Scene, Seen, facet};
use crate::seed;

/// The name of the function as the student knows it.
const HANDLE: &str = "handle";

/// A stream from its start to its end.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lambda {
    stream: String,
    mapping: Mapping,
    /// After so many batches the faults are over; they never are unless given.
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

    async fn run(&self, scene: &mut Scene<'_>) -> Result<Seen, End> {
        let Self {
            stream,
            mapping,
            faults_end_after,
        } = self;
        let fixture = fixture::stream(scene.course, stream)?;
        let shards = seeded(scene, &fixture, *mapping).await?;
        let lambda = start(scene).await?;
        let proxy = &scene.proxy;
        let answered = |batches| {
            if Some(batches) == *faults_end_after {
                proxy.set_faults(&[]);
            }
        };
        let played = lambda.play(&mut scene.child, shards, answered).await;
        let played = played.map_err(stopped)?;
        let puts = Outlet::open(scene.clients, &scene.output)
            .await?
            .take()
            .await?;
        let journal = scene.proxy.journal();
        Ok(Seen::default()
            .with("outputs", outputs(&puts))
            .with("processed_at", processed_at(&puts, &played, scene.began))
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

/// A batch without records, as tumbling windows end with one (Lambda developer guide,
/// "Implementing stateful processing in Kinesis Data Streams").
pub struct LambdaEmptyBatch;

impl Kind for LambdaEmptyBatch {
    fn facets(&self) -> &'static [Facet] {
        &["answer"]
    }

    async fn run(&self, scene: &mut Scene<'_>) -> Result<Seen, End> {
        seed::empty_stream(&scene.made, &scene.output, 1).await?;
        let lambda = start(scene).await?;
        let event = json!({ "Records": [] });
        let answer = lambda.invoke(&mut scene.child, &event).await;
        let answer = answer.map_err(stopped)?;
        let answer = match Outcome::of(&answer, &[]) {
            Outcome::All(why) => why,
            Outcome::Done | Outcome::From(_) => "done".into(),
        };
        Ok(Seen::default().with("answer", json!({ "no records": answer })))
    }
}

/// Makes streams and the table; the shards of the input as Lambda reads them.
async fn seeded(scene: &Scene<'_>, fixture: &Stream, mapping: Mapping) -> Result<Vec<Shard>> {
    let users = fixture::users(scene.course, &fixture.users)?;
    tokio::try_join!(
        seed::stream(&scene.made, &scene.stream, fixture),
        seed::table(&scene.made, &scene.table, &users),
        seed::empty_stream(&scene.made, &scene.output, 1),
    )?;
    lambda::shards(scene.clients, &scene.stream, mapping).await
}

/// Puts the function's process in the place of the one that waits for calls.
async fn start(scene: &mut Scene<'_>) -> Result<lambda::Lambda> {
    let timeout = scene.observer.time_limit();
    let lambda = lambda::Lambda::start(&scene.table, &scene.output, timeout).await?;
    scene.child = scene
        .observer
        .start_function(&scene.proxy, lambda.environment())?;
    Ok(lambda)
}

pub fn stopped(trouble: crate::child::Trouble) -> Stopped {
    Stopped {
        function: HANDLE.to_owned(),
        on: None,
        trouble,
    }
}

/// Events by id, all but the time of processing; what is no event as it is.
pub fn outputs(puts: &[Put]) -> Value {
    let (mut by_id, mut nameless) = (BTreeMap::new(), Vec::new());
    for put in puts {
        match (classified(&put.data), put.data["id"].as_str()) {
            (Ok(seen), Some(id)) => {
                by_id.entry(id).or_insert(seen);
            }
            (Err(why), Some(id)) => {
                by_id.entry(id).or_insert(json!(format!("no event: {why}")));
            }
            (Err(why), None) => nameless.push(why),
            (Ok(_), None) => unreachable!("an event has an id"),
        }
    }
    let mut outputs = json!(by_id);
    if let Some((name, note)) = facet::note("no event", &nameless) {
        outputs[name] = note;
    }
    outputs
}

/// A classified event as it is compared, or why it is none.
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
            seen[field] = json!(format!("none: the key is written {other}"));
        }
    }
    Ok(seen)
}

/// The key that stands for a field which may be left out, where that is not there.
fn spelt_otherwise<'a>(data: &'a Value, field: &str) -> Option<&'a str> {
    let plain = |key: &str| key.replace('_', "").to_lowercase();
    let mut filled = data
        .as_object()?
        .iter()
        .filter(|(_, value)| !value.is_null());
    let (other, _) = filled.find(|(key, _)| plain(key) == plain(field))?;
    data.get(field).is_none().then_some(other.as_str())
}

/// Whether each event says when it was transformed: after its record was delivered.
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

/// When each record was delivered first.
fn delivered(played: &Played) -> BTreeMap<String, OffsetDateTime> {
    let batches = played.batches.iter();
    let records = batches.flat_map(|batch| {
        let records = batch.records.iter();
        records.map(|record| (label(record), batch.delivered))
    });
    records.collect()
}

/// Lookups of users none of whose events came out or should have: what nobody can read was
/// not filtered. And those of a user that are more than the user's records that were
/// delivered.
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

/// The ids of each user in the order in which they came first.
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

/// The events that came more than once, and how often.
pub fn twice(puts: &[Put]) -> Value {
    let mut times: BTreeMap<_, usize> = BTreeMap::new();
    // What has no id is no event, and so none that comes again.
    for id in puts.iter().filter_map(|put| put.data["id"].as_str()) {
        *times.entry(id).or_default() += 1;
    }
    times.retain(|_, times| *times > 1);
    json!({ "events put more than once": times })
}

fn text(put: &Put, field: &str) -> String {
    put.data[field].as_str().unwrap_or("(no event)").to_owned()
}

/// What followed from the first delivery of each batch, by its first record.
fn batches(played: &Played) -> Value {
    let batches = played.batches.iter().map(|batch| {
        let first = batch.records.first().map(label).unwrap_or_default();
        let again = again(&batch.outcome, &batch.records);
        (format!("batch from {first}"), again)
    });
    json!(batches.collect::<BTreeMap<_, _>>())
}

/// Where a batch is delivered again from. To fail at its first record and to fail as
/// a whole comes to the same.
fn again(outcome: &Outcome, batch: &[Record]) -> String {
    let from = outcome.first_to_come_again(batch).map(label);
    let from = from.unwrap_or_default();
    match outcome {
        Outcome::Done => "done".into(),
        Outcome::From(_) => format!("again from {from}"),
        Outcome::All(why) => {
            // Sequence numbers are others in each run.
            let numbers = batch.iter().map(|record| &record.sequence_number);
            let why = numbers.fold(why.clone(), |why, number| {
                why.replace(number, "[sequence number]")
            });
            format!("again from {from}: {why}")
        }
    }
}

/// How a record is called in a finding.
fn label(record: &Record) -> String {
    match Transaction::parse(&record.data) {
        Ok(transaction) => transaction.transaction_id,
        Err(_) => format!("no transaction: {}", facet::readable(&record.data)),
    }
}

/// Where each event ended. One that is in neither place is lost.
fn ends(puts: &[Put], played: &Played) -> Value {
    let put = puts.iter().map(|put| (text(put, "id"), "put"));
    let left = played.given_up.iter();
    let left = left.map(|record| (label(record), "left for the on-failure destination"));
    json!(put.chain(left).collect::<BTreeMap<_, _>>())
}

/// The events that were put, and which of them again though they were done.
fn kept(puts: &[Put], journal: &Journal) -> Value {
    let again = journal.put_again();
    let put = puts.iter().map(|put| {
        let id = text(put, "id");
        let is_again = again.contains(&id);
        let said = if is_again {
            "put again, though it was done"
        } else {
            "put"
        };
        (id, said)
    });
    json!(put.collect::<BTreeMap<_, _>>())
}

/// What is left for the on-failure destination; and what should be and is not, with how often
/// it had failed before.
fn left(played: &Played) -> Value {
    let records = played.batches.iter().flat_map(|batch| &batch.records);
    let poison = records.filter(|record| Transaction::parse(&record.data).is_err());
    let dropped = poison.filter(|record| !played.given_up.contains(record));
    let dropped = dropped.map(|record| {
        let failed = played.failed.iter().filter(|it| *it == record).count();
        let said = match failed {
            0 => "without a word",
            1 => "after it failed once",
            _ => "after it failed several times",
        };
        (label(record), said)
    });
    let mut left = given_up(played);
    left["dropped"] = json!(dropped.collect::<BTreeMap<_, _>>());
    left
}

/// What is left for the on-failure destination, shard by shard.
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
        assert!(said.starts_with("no event: missing field `amount_usd`: {\"id\":\"txn_1\""));
        let seen = outputs(&[put(json!("alice, 150")), put(without("id"))]);
        let said = seen["(no event)"].as_str().unwrap();
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
            "none: the key is written user_name"
        );
        let seen = outputs(&[put(without("userName"))]);
        assert_eq!(seen["txn_1"]["userName"], Value::Null);
        let mut unknown = without("userName");
        unknown["user_name"] = Value::Null;
        assert_eq!(outputs(&[put(unknown)])["txn_1"]["userName"], Value::Null);
        assert_eq!(outputs(&[put(event())])["txn_1"]["userName"], "Alice");
    }
}
