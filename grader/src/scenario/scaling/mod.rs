//! Step 7: processors with a state for each shard, which crash and continue.

pub mod crowd;
pub mod merge;
pub mod reshard;
pub mod shard;

use std::collections::BTreeMap;

use contract::Transaction;
use contract::scaling::Checkpoint;
use protocol::Call;
use serde_json::{Map, Value, json};

use crate::call;
use crate::fixture::{Record, Stream};
use crate::problem::Result;
use crate::provision;
use crate::scenario::{Context, End, facet};

/// The number of transactions of each user in a crowd.
const EACH: usize = 2;

/// The number of users in the scenarios that need fewer than a crowd.
const FEW_USERS: usize = 60;

/// A call for this number of records stops in the middle of a shard.
const PART: usize = 20;

/// More calls than a stream needs: code that never ends is stopped.
const MOST_CALLS: usize = 16;

/// The processing of a stream. After a crash only the checkpoints are left.
pub struct Run {
    pub stream: String,
    pub checkpoints: Vec<Checkpoint>,
    /// Whether an error is accepted: the next call then starts from the old checkpoints.
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

    /// One call for all shards.
    pub async fn on(&mut self, context: &mut Context<'_>, at_most: usize) -> Result<(), End> {
        let call = self.call(at_most);
        let reached = match self.forgives {
            true => context.attempt_for(call).await?,
            false => Some(context.call_for(call).await?),
        };
        if let Some(reached) = reached {
            self.checkpoints = reached;
        }
        Ok(())
    }

    /// One call for all shards, repeated while it fails.
    pub async fn until_it_is_read(
        &mut self,
        context: &mut Context<'_>,
        at_most: usize,
    ) -> Result<(), End> {
        for _ in 0..MOST_CALLS {
            let call = self.call(at_most);
            if let Some(reached) = context.attempt_for(call).await? {
                self.checkpoints = reached;
                break;
            }
        }
        Ok(())
    }

    /// The checkpoints, sorted by shard.
    fn by_shard(&self) -> Vec<Checkpoint> {
        let mut checkpoints = self.checkpoints.clone();
        checkpoints.sort_by(|one, other| one.shard_id.cmp(&other.shard_id));
        checkpoints
    }

    /// Calls until nothing changes.
    async fn drain(&mut self, context: &mut Context<'_>, at_most: usize) -> Result<(), End> {
        let mut still = 0;
        for _ in 0..MOST_CALLS {
            let before = self.checkpoints.clone();
            self.on(context, at_most).await?;
            let has_moved = self.checkpoints != before;
            // A failed call changes nothing, so the run ends only after three such calls.
            still = if has_moved { 0 } else { still + 1 };
            if still > if self.forgives { 2 } else { 0 } {
                break;
            }
        }
        Ok(())
    }

    /// Whether all of these events are read from a shard that is not finished yet: a
    /// submission may find the end of a closed shard only in the next call.
    fn has_read_an_open_shard(&self, events: &[Transaction]) -> bool {
        let spent = dollars(&spent(events));
        let mut open = self.checkpoints.iter().filter(|at| !at.finished);
        open.any(|at| dollars(&at.totals) == spent)
    }

    /// The merged totals, compared with what the users have spent.
    async fn totals(&self, context: &mut Context<'_>, crowd: &[Transaction]) -> Result<Value, End> {
        let call = call::merge(&self.checkpoints);
        let totals: BTreeMap<String, f64> = context.call_for(call).await?;
        Ok(against(&totals, crowd))
    }

    /// The number of users in the states of more than one shard.
    fn users_in_several(&self) -> usize {
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for user in self.checkpoints.iter().flat_map(|at| at.totals.keys()) {
            *seen.entry(user).or_default() += 1;
        }
        seen.values().filter(|shards| **shards > 1).count()
    }
}

/// The amount that each user has spent.
fn spent(events: &[Transaction]) -> BTreeMap<String, f64> {
    let mut spent = BTreeMap::new();
    for event in events {
        *spent.entry(event.user_id.clone()).or_default() += event.amount;
    }
    spent
}

/// A summary of a crowd's totals, because there are too many to show.
fn against(totals: &BTreeMap<String, f64>, crowd: &[Transaction]) -> Value {
    let spent = spent(crowd);
    // Less than a cent is not a difference.
    let missing = spent.iter().map(|(user, spent)| {
        let total = totals.get(user).copied().unwrap_or_default();
        match facet::dollars(total) == facet::dollars(*spent) {
            true => 0.0,
            false => spent - total,
        }
    });
    let missing: Vec<_> = missing.collect();
    json!({
        "users": totals.len(),
        "sum of the totals": facet::dollars(totals.values().sum()),
        "users with a total that is too small": missing.iter().filter(|it| **it > 0.0).count(),
        "users with a total that is too large": missing.iter().filter(|it| **it < 0.0).count(),
    })
}

pub fn dollars(totals: &BTreeMap<String, f64>) -> Value {
    let dollars = |(user, total): (&String, &f64)| (user.clone(), json!(facet::dollars(*total)));
    totals.iter().map(dollars).collect::<Map<_, _>>().into()
}

/// Creates a new stream with these events. Returns its name.
async fn seeded(context: &Context<'_>, shards: i32, events: &[Transaction]) -> Result<String> {
    let name = format!("{}-on-{shards}", context.stream);
    provision::stream(&context.made, &name, &Stream::new(shards, records(events))).await?;
    Ok(name)
}

fn records(events: &[Transaction]) -> Vec<Record> {
    events.iter().cloned().map(Record::Transaction).collect()
}

/// The sequence numbers of shards, to find the position of a checkpoint.
pub struct Numbers(BTreeMap<String, Vec<String>>);

impl Numbers {
    pub async fn read(context: &Context<'_>, stream: &str, shards: &[String]) -> Result<Self> {
        let mut numbers = BTreeMap::new();
        for shard in shards {
            let records = provision::records(context.clients, stream, shard).await?;
            let of_shard = records.into_iter().map(|record| record.sequence_number);
            numbers.insert(shard.clone(), of_shard.collect());
        }
        Ok(Self(numbers))
    }

    /// Whether the shard is read to its end.
    pub fn is_last(&self, at: &Checkpoint) -> bool {
        let last = self.0.get(&at.shard_id).and_then(|numbers| numbers.last());
        last == at.sequence_number.as_ref()
    }

    /// The position of a checkpoint, such as `record 4 of 11`.
    pub fn position(&self, at: &Checkpoint) -> Value {
        let none = Vec::new();
        let numbers = self.0.get(&at.shard_id).unwrap_or(&none);
        let Some(last) = &at.sequence_number else {
            return json!("before the first record");
        };
        match numbers.iter().position(|number| number == last) {
            Some(place) => json!(format!("record {} of {}", place + 1, numbers.len())),
            None => json!("not a record of this shard"),
        }
    }
}
