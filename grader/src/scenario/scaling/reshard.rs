//! Step 7: shards that are split, merged or expired.

use contract::Transaction;
use contract::scaling::Checkpoint;
use protocol::load::WITHOUT_END;
use serde_json::{Value, json};

use super::{EACH, FEW_USERS, Numbers, PART, Run, records, seeded, spent};
use crate::fixture::Stream;
use crate::generate::Generator;
use crate::problem::Result;
use crate::provision;
use crate::scenario::proxy::Journal;
use crate::scenario::{Context, End, Facet, Facets, Kind};

/// Two shards are no longer listed, and their checkpoints have a part of the events. One was
/// read to its end, and one was not. The other events are on the children of the second shard.
/// The second shard is empty, so code that still reads it gets no records.
pub struct ExpiredShards;

impl Kind for ExpiredShards {
    fn facets(&self) -> &'static [Facet] {
        &["totals"]
    }

    async fn run(&self, context: &mut Context<'_>) -> Result<Facets, End> {
        let crowd = Generator::new(0, "expired").crowd(FEW_USERS, EACH);
        let (earlier, later) = crowd.split_at(PART);
        let (finished, unfinished) = earlier.split_at(PART / 2);
        let mut run = Run::new(seeded(context, 1, &[]).await?);
        let (clients, stream) = (context.clients, run.stream.clone());
        let parent = provision::shard_ids(clients, &stream).await?.swap_remove(0);
        provision::split(clients, &stream, &parent, provision::MIDDLE_HASH_KEY).await?;
        provision::put(clients, &stream, &records(later)).await?;
        let gone = |shard: &str, events: &[Transaction], finished| Checkpoint {
            sequence_number: Some("1".into()),
            totals: spent(events),
            finished,
            ..Checkpoint::start(shard)
        };
        run.checkpoints = vec![
            gone("shardId-000000000999", finished, true),
            gone(&parent, unfinished, false),
        ];
        let before = run.checkpoints.clone();
        run.drain(context, PART).await?;
        let is_kept = |before: &&Checkpoint| run.checkpoints.contains(before);
        let kept = before.iter().filter(is_kept).count();
        let mut totals = run.totals(context, &crowd).await?;
        totals["checkpoints of expired shards that stay the same"] = json!(kept);
        Ok(Facets::default().with("totals", totals))
    }
}

/// Two shards: the first is split, then its second child is merged with the other shard. Events
/// arrive before, between and after. Each time a part of them is read, by the same process before
/// and after the merge. At the end everything is read again, without checkpoints.
pub struct Reshard;

impl Kind for Reshard {
    fn facets(&self) -> &'static [Facet] {
        &["totals", "early"]
    }

    async fn run(&self, context: &mut Context<'_>) -> Result<Facets, End> {
        let crowd = Generator::new(0, "reshard").crowd(FEW_USERS, 3 * EACH);
        let thirds: Vec<_> = crowd.chunks(FEW_USERS * EACH).collect();
        let mut run = Run::new(seeded(context, 2, thirds[0]).await?);
        let (clients, stream) = (context.clients, run.stream.clone());

        let shards = provision::shard_ids(clients, &stream).await?;
        let numbers = Numbers::read(context, &stream, &shards).await?;
        run.on(context, PART).await?;
        let before = run.by_shard();
        let read: Vec<_> = before.iter().map(|at| numbers.position(at)).collect();
        provision::split(clients, &stream, &shards[0], FIRST_QUARTER).await?;
        provision::put(clients, &stream, &records(thirds[1])).await?;

        run.on(context, 0).await?;
        let is_still = before.iter().all(|at| run.checkpoints.contains(at));

        context.crash().await?;
        run.on(context, PART).await?;
        let shards = provision::shard_ids(clients, &stream).await?;
        let waiting = run.checkpoints.iter();
        let waiting = waiting.filter(|at| shards[2..].contains(&at.shard_id));
        let waiting = waiting.count();
        provision::merge(clients, &stream, &shards[3], &shards[1]).await?;
        provision::put(clients, &stream, &records(thirds[2])).await?;

        run.drain(context, PART).await?;
        let totals = run.totals(context, &crowd).await?;

        let before = context.proxy.journal().calls.len();
        context.crash().await?;
        let mut anew = Run::new(run.stream);
        anew.drain(context, WITHOUT_END).await?;
        let from_the_start = anew.totals(context, &crowd).await?;

        let parents = parents(context, &stream).await?;
        let mut earlier = context.proxy.journal();
        let later = earlier.calls.split_off(before);
        let early = |journal: &Journal| journal.read_before_parents(&parents).len();
        let generations = generations(context).await?;
        Ok(Facets::default()
            .with(
                "totals",
                json!({
                    format!("the first call, at most {PART} records of each shard"): read,
                    "with checkpoints": totals,
                    "from the start": from_the_start,
                    "a call for 0 records changes":
                        if is_still { "nothing" } else { "checkpoints" },
                    format!("a call for at most {PART} records of each shard, while another shard ends"):
                        generations.open,
                }),
            )
            .with(
                "early",
                json!({
                    "children read before the end of their parents": early(&earlier),
                    "checkpoints of children that must wait": waiting,
                    "from the start: children read too early":
                        early(&Journal { calls: later, ..earlier.clone() }),
                    "grandchildren read before the end of their parents": generations.early,
                }),
            ))
    }
}

/// What was seen of three generations of shards.
struct Generations {
    /// The position on an open shard, in a call in which another shard ends.
    open: Value,
    /// How many shards were read before the end of their parents.
    early: usize,
}

/// A shard is split into a small and a large one, and the small one is split again. One call
/// reads all of the small shard. Then the large shard is split, and its first child too.
async fn generations(context: &mut Context<'_>) -> Result<Generations, End> {
    let crowd = Generator::new(0, "generations").crowd(2 * FEW_USERS, EACH);
    let (first, later) = crowd.split_at(PART / 2);
    let (second, third) = later.split_at(later.len() / 2);
    let stream = format!("{}-generations", context.stream);
    provision::stream(&context.made, &stream, &Stream::new(1, records(first))).await?;
    let clients = context.clients;
    let first = provision::shard_ids(clients, &stream).await?.swap_remove(0);
    provision::split(clients, &stream, &first, SIXTEENTH).await?;
    provision::put(clients, &stream, &records(second)).await?;
    let shards = provision::shard_ids(clients, &stream).await?;
    let (small, large) = (&shards[1], &shards[2]);
    provision::split(clients, &stream, small, THIRTY_SECOND).await?;
    provision::put(clients, &stream, &records(third)).await?;
    let numbers = Numbers::read(context, &stream, &shards).await?;
    let before = context.proxy.journal().calls.len();
    let mut run = Run::new(stream.clone());
    let mut open = None;
    // Code may find the end of a closed shard only in the next call, and then read its children.
    for _ in 0..2 {
        run.on(context, PART).await?;
        let mut read = run
            .checkpoints
            .iter()
            .filter(|at| at.sequence_number.is_some());
        open = read.find(|at| at.shard_id == *large).cloned();
        if open.is_some() {
            break;
        }
    }
    let open = open.map_or(Value::Null, |at| numbers.position(&at));

    provision::split(clients, &stream, large, provision::MIDDLE_HASH_KEY).await?;
    let child = provision::shard_ids(clients, &stream).await?.swap_remove(5);
    provision::split(clients, &stream, &child, FIRST_QUARTER).await?;
    run.on(context, PART).await?;
    let parents = parents(context, &stream).await?;
    let mut journal = context.proxy.journal();
    journal.calls.drain(..before);
    let early = journal.read_before_parents(&parents).len();
    Ok(Generations { open, early })
}

/// The parts of the hash key space that a shard of few users gets, 2^124 and 2^123.
const SIXTEENTH: &str = "21267647932558653966460912964485513216";
const THIRTY_SECOND: &str = "10633823966279326983230456482242756608";

/// A quarter of the hash key space, 2^126: the middle of the first of two shards.
const FIRST_QUARTER: &str = "85070591730234615865843651857942052864";

/// The pairs of a shard and one of its parents.
async fn parents(context: &Context<'_>, stream: &str) -> Result<Vec<(String, String)>> {
    let shards = provision::shards(context.clients, stream).await?;
    let pairs = shards.into_iter().flat_map(|shard| {
        let parents = [shard.parent_shard_id, shard.adjacent_parent_shard_id];
        let child = shard.shard_id;
        let of = move |parent| (child.clone(), parent);
        parents.into_iter().flatten().map(of)
    });
    Ok(pairs.collect())
}
