//! Step 7: processors with a state for each shard, which crash and go on.

use std::collections::BTreeMap;

use contract::Transaction;
use contract::scaling::Checkpoint;
use protocol::Call;
use protocol::load::WITHOUT_END;
use serde_json::{Map, Value, json};

use super::{Act, Scene, Seen, Stopped, facet, proceed};
use crate::call;
use crate::fixture::{self, Record, Stream};
use crate::generate::Generator;
use crate::problem::{Problem, Result};
use crate::seed;

/// How many users a crowd has, with how many transactions each.
const USERS: usize = 500;
const EACH: usize = 2;

/// How many there are where a stream is split and merged.
const FEW_USERS: usize = 60;

/// A call of so many records stops in the middle of a shard.
const PART: usize = 20;

/// More calls than draining a stream takes: one that never ends is stopped.
const MOST_CALLS: usize = 16;

pub async fn in_turns(scene: &mut Scene<'_>, stream: &str, at_most: &[usize]) -> Act {
    let fixture = fixture::stream(scene.course, stream)?;
    let shard = first_shard(scene, &fixture).await?;
    let numbers = Numbers::read(scene, std::slice::from_ref(&shard)).await?;
    let mut at = Checkpoint::start(&shard);
    let (mut positions, mut totals) = (Map::new(), Map::new());
    for (turn, at_most) in at_most.iter().enumerate() {
        if turn > 0 {
            scene.crash().await?;
        }
        at = proceed!(process_shard(scene, at, *at_most).await?);
        let call = format!("call {}, at most {at_most}", turn + 1);
        positions.insert(call.clone(), numbers.position(&at));
        totals.insert(call, dollars(&at.totals));
    }
    Ok(Ok(Seen::default()
        .with("position", positions)
        .with("totals", totals)))
}

pub async fn again(scene: &mut Scene<'_>, stream: &str) -> Act {
    let fixture = fixture::stream(scene.course, stream)?;
    let shard = first_shard(scene, &fixture).await?;
    let mut totals = Map::new();
    for turn in ["first", "second"] {
        let at = Checkpoint::start(&shard);
        let at = proceed!(process_shard(scene, at, WITHOUT_END).await?);
        totals.insert(format!("the {turn} call"), dollars(&at.totals));
    }
    Ok(Ok(Seen::default().with("totals", totals)))
}

pub async fn closed(scene: &mut Scene<'_>, stream: &str) -> Act {
    let fixture = fixture::stream(scene.course, stream)?;
    first_shard(scene, &fixture).await?;
    let shards = seed::shard_ids(scene.clients, &scene.stream).await?;
    let mut finished = Map::new();
    for (shard, name) in shards.iter().zip(["the parent", "a child"]) {
        let at = proceed!(process_shard(scene, Checkpoint::start(shard), 1000).await?);
        let said = if at.finished { "finished" } else { "open" };
        finished.insert(name.to_owned(), json!(said));
    }
    Ok(Ok(Seen::default().with("finished", finished)))
}

pub async fn merge(scene: &mut Scene<'_>, cases: &str) -> Act {
    let mut merged = Map::new();
    for (about, checkpoints) in fixture::checkpoints(scene.course, cases)? {
        let totals = proceed!(scene.call_on(&about, call::merge(&checkpoints)).await);
        merged.insert(about, dollars(&parse(totals)?));
    }
    Ok(Ok(Seen::default().with("merged", merged)))
}

pub async fn crowd(scene: &mut Scene<'_>, shards: &[i32]) -> Act {
    let crowd = Generator::new(0, "crowd").crowd(USERS, EACH);
    let (mut totals, mut own) = (Map::new(), Map::new());
    for shards in shards {
        let on = match shards {
            1 => "1 shard".to_owned(),
            many => format!("{many} shards"),
        };
        let stream = seeded(scene, *shards, &crowd).await?;
        let mut run = Run::new(stream);
        proceed!(run.drain(scene, 1000).await?);
        totals.insert(on.clone(), proceed!(run.totals(scene, &crowd).await?));
        own.insert(on, run.users_in_several().into());
        seed::drop_stream(scene.clients, &run.stream).await;
    }
    let most = scene.proxy.journal().most_at_once;
    let most = most.get("GetRecords").copied().unwrap_or_default();
    let together = if most > 1 { "yes" } else { "no" };
    Ok(Ok(Seen::default()
        .with("totals", totals)
        .with("users_in_several", own)
        .with(
            "together",
            json!({ "shards are read side by side": together }),
        )))
}

pub async fn crowd_or_fail(scene: &mut Scene<'_>) -> Act {
    let crowd = Generator::new(0, "crowd").crowd(FEW_USERS, EACH);
    let stream = seeded(scene, 2, &crowd).await?;
    let mut run = Run::new(stream);
    run.forgives = true;
    proceed!(run.drain(scene, PART).await?);
    let totals = proceed!(run.totals(scene, &crowd).await?);
    seed::drop_stream(scene.clients, &run.stream).await;
    Ok(Ok(Seen::default().with("totals", totals)))
}

/// An error is heard. A call that returns none must have read everything.
pub async fn read_or_fail(scene: &mut Scene<'_>, shards: i32) -> Act {
    let crowd = Generator::new(0, "crowd").crowd(FEW_USERS, EACH);
    let mut run = Run::new(seeded(scene, shards, &crowd).await?);
    for _ in 0..MOST_CALLS {
        let call = run.call(WITHOUT_END);
        if let Some(reached) = proceed!(scene.attempt(call).await) {
            run.checkpoints = parse(reached)?;
            break;
        }
        scene.crash().await?;
    }
    let totals = proceed!(run.totals(scene, &crowd).await?);
    seed::drop_stream(scene.clients, &run.stream).await;
    Ok(Ok(Seen::default().with("totals", totals)))
}

/// A shard that is gone, with a part of the events in its checkpoint. The others are on
/// the children of another one; it is empty, so that it does not matter who reads it.
pub async fn expired(scene: &mut Scene<'_>) -> Act {
    let crowd = Generator::new(0, "expired").crowd(FEW_USERS, EACH);
    let (earlier, later) = crowd.split_at(PART);
    let mut run = Run::new(seeded(scene, 1, &[]).await?);
    let (clients, stream) = (scene.clients, run.stream.clone());
    let parent = seed::shard_ids(clients, &stream).await?.swap_remove(0);
    seed::split(clients, &stream, &parent, seed::MIDDLE_HASH_KEY).await?;
    seed::put(clients, &stream, &records(later)).await?;
    run.checkpoints.push(Checkpoint {
        sequence_number: Some("1".into()),
        totals: spent(earlier),
        finished: true,
        ..Checkpoint::start("shardId-000000000999")
    });
    proceed!(run.drain(scene, PART).await?);
    let totals = proceed!(run.totals(scene, &crowd).await?);
    seed::drop_stream(clients, &stream).await;
    Ok(Ok(Seen::default().with("totals", totals)))
}

/// Two shards; the first is split, and its second child is merged with the other one.
/// Events come before, between and after, and part of them is read each time.
pub async fn reshard(scene: &mut Scene<'_>) -> Act {
    let crowd = Generator::new(0, "reshard").crowd(FEW_USERS, 3 * EACH);
    let thirds: Vec<_> = crowd.chunks(FEW_USERS * EACH).collect();
    let mut run = Run::new(seeded(scene, 2, thirds[0]).await?);
    let (clients, stream) = (scene.clients, run.stream.clone());

    proceed!(run.on(scene, PART).await?);
    let shards = seed::shard_ids(clients, &stream).await?;
    seed::split(clients, &stream, &shards[0], FIRST_QUARTER).await?;
    seed::put(clients, &stream, &records(thirds[1])).await?;

    scene.crash().await?;
    proceed!(run.on(scene, PART).await?);
    let shards = seed::shard_ids(clients, &stream).await?;
    seed::merge(clients, &stream, &shards[3], &shards[1]).await?;
    seed::put(clients, &stream, &records(thirds[2])).await?;

    scene.crash().await?;
    proceed!(run.drain(scene, PART).await?);
    let totals = proceed!(run.totals(scene, &crowd).await?);
    let parents = parents(scene, &stream).await?;
    let journal = scene.proxy.journal();
    let early = journal.read_before_parents(&parents).len();
    seed::drop_stream(clients, &stream).await;
    Ok(Ok(Seen::default().with("totals", totals).with(
        "early",
        json!({ "children read before their parents' end": early }),
    )))
}

/// A quarter of the hash key space, 2^126: the middle of the first of two shards.
const FIRST_QUARTER: &str = "85070591730234615865843651857942052864";

/// A stream under work: the checkpoints are what is left of it after a crash.
pub struct Run {
    pub stream: String,
    pub checkpoints: Vec<Checkpoint>,
    /// An error leaves the old checkpoints, from which it is tried again.
    forgives: bool,
}

impl Run {
    pub fn new(stream: String) -> Self {
        Self {
            stream,
            checkpoints: Vec::new(),
            forgives: false,
        }
    }

    fn call(&self, at_most: usize) -> Call {
        call::scale_all(&self.stream, &self.checkpoints, at_most)
    }

    /// One call over all shards.
    pub async fn on(
        &mut self,
        scene: &mut Scene<'_>,
        at_most: usize,
    ) -> Result<Result<(), Stopped>> {
        let call = self.call(at_most);
        let reached = match self.forgives {
            true => proceed!(scene.attempt(call).await),
            false => Some(proceed!(scene.call(call).await)),
        };
        if let Some(reached) = reached {
            self.checkpoints = parse(reached)?;
        }
        Ok(Ok(()))
    }

    /// Calls until nothing changes any more.
    async fn drain(
        &mut self,
        scene: &mut Scene<'_>,
        at_most: usize,
    ) -> Result<Result<(), Stopped>> {
        let mut still = 0;
        for _ in 0..MOST_CALLS {
            let before = self.checkpoints.clone();
            proceed!(self.on(scene, at_most).await?);
            let has_moved = self.checkpoints != before;
            // A call that failed leaves all as it was: three of them are given up.
            still = if has_moved { 0 } else { still + 1 };
            if still > if self.forgives { 2 } else { 0 } {
                break;
            }
        }
        Ok(Ok(()))
    }

    /// The merged totals, held against what the users have spent.
    async fn totals(
        &self,
        scene: &mut Scene<'_>,
        crowd: &[Transaction],
    ) -> Result<Result<Value, Stopped>> {
        let call = call::merge(&self.checkpoints);
        let totals: BTreeMap<String, f64> = parse(proceed!(scene.call(call).await))?;
        Ok(Ok(against(&totals, crowd)))
    }

    /// How many users are in the state of more than one shard.
    fn users_in_several(&self) -> usize {
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for user in self.checkpoints.iter().flat_map(|at| at.totals.keys()) {
            *seen.entry(user).or_default() += 1;
        }
        seen.values().filter(|shards| **shards > 1).count()
    }
}

/// What each user has spent.
fn spent(events: &[Transaction]) -> BTreeMap<String, f64> {
    let mut spent = BTreeMap::new();
    for event in events {
        *spent.entry(event.user_id.clone()).or_default() += event.amount;
    }
    spent
}

/// Totals of a crowd in short: they are too many to be shown.
fn against(totals: &BTreeMap<String, f64>, crowd: &[Transaction]) -> Value {
    let spent = spent(crowd);
    let is_wrong = |(user, total): &(&String, &f64)| {
        totals.get(*user).copied().map(facet::dollars) != Some(facet::dollars(**total))
    };
    let wrong = spent.iter().filter(is_wrong).count();
    json!({
        "users": totals.len(),
        "all together": facet::dollars(totals.values().sum()),
        "users with a wrong total": wrong,
    })
}

pub fn dollars(totals: &BTreeMap<String, f64>) -> Value {
    let dollars = |(user, total): (&String, &f64)| (user.clone(), json!(facet::dollars(*total)));
    totals.iter().map(dollars).collect::<Map<_, _>>().into()
}

async fn process_shard(
    scene: &mut Scene<'_>,
    from: Checkpoint,
    at_most: usize,
) -> Result<Result<Checkpoint, Stopped>> {
    let call = call::scale_shard(&scene.stream, &from, at_most);
    Ok(Ok(parse(proceed!(scene.call(call).await))?))
}

/// Seeds the scene's stream; its first shard.
async fn first_shard(scene: &Scene<'_>, fixture: &Stream) -> Result<String> {
    seed::stream(scene.clients, &scene.stream, fixture).await?;
    let mut shards = seed::shard_ids(scene.clients, &scene.stream).await?;
    Ok(shards.swap_remove(0))
}

/// Seeds a stream of its own.
async fn seeded(scene: &Scene<'_>, shards: i32, events: &[Transaction]) -> Result<String> {
    let name = format!("{}-on-{shards}", scene.stream);
    seed::stream(scene.clients, &name, &Stream::new(shards, records(events))).await?;
    Ok(name)
}

fn records(events: &[Transaction]) -> Vec<Record> {
    events.iter().cloned().map(Record::Transaction).collect()
}

/// Each shard with each of its parents.
async fn parents(scene: &Scene<'_>, stream: &str) -> Result<Vec<(String, String)>> {
    let shards = seed::shards(scene.clients, stream).await?;
    let pairs = shards.into_iter().flat_map(|shard| {
        let parents = [shard.parent_shard_id, shard.adjacent_parent_shard_id];
        let child = shard.shard_id;
        let of = move |parent| (child.clone(), parent);
        parents.into_iter().flatten().map(of)
    });
    Ok(pairs.collect())
}

/// The sequence numbers of shards, to say where a checkpoint is.
pub struct Numbers(BTreeMap<String, Vec<String>>);

impl Numbers {
    pub async fn read(scene: &Scene<'_>, shards: &[String]) -> Result<Self> {
        let mut numbers = BTreeMap::new();
        for shard in shards {
            let records = seed::records(scene.clients, &scene.stream, shard).await?;
            let of_shard = records.into_iter().map(|record| record.sequence_number);
            numbers.insert(shard.clone(), of_shard.collect());
        }
        Ok(Self(numbers))
    }

    /// Such as `record 4 of 11`.
    pub fn position(&self, at: &Checkpoint) -> Value {
        let none = Vec::new();
        let numbers = self.0.get(&at.shard_id).unwrap_or(&none);
        let Some(last) = &at.sequence_number else {
            return json!("before the first record");
        };
        match numbers.iter().position(|number| number == last) {
            Some(place) => json!(format!("record {} of {}", place + 1, numbers.len())),
            None => json!("no record of this shard"),
        }
    }
}

fn parse<T: serde::de::DeserializeOwned>(value: Value) -> Result<T> {
    serde_json::from_value(value)
        .map_err(|e| Problem::bug(format!("a reply is none of step 7: {e}")))
}
