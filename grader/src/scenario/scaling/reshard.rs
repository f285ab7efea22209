//! Step 7: shards that are split, merged or expired.

use contract::Transaction;
use contract::scaling::Checkpoint;
use protocol::load::WITHOUT_END;
use serde_json::json;

use super::{EACH, FEW_USERS, Numbers, PART, Run, records, seeded, spent};
use crate::generate::Generator;
use crate::problem::Result;
use crate::scenario::proxy::Journal;
use crate::scenario::{End, Facet, Kind, Scene, Seen};
use crate::seed;

/// Two shards are no longer listed, and their checkpoints have a part of the events. One was
/// read to its end, and one was not. The other events are on the children of the second shard.
/// The second shard is empty, so code that still reads it gets no records.
pub struct ExpiredShards;

impl Kind for ExpiredShards {
    fn facets(&self) -> &'static [Facet] {
        &["totals"]
    }

    async fn run(&self, scene: &mut Scene<'_>) -> Result<Seen, End> {
        let crowd = Generator::new(0, "expired").crowd(FEW_USERS, EACH);
        let (earlier, later) = crowd.split_at(PART);
        let (finished, unfinished) = earlier.split_at(PART / 2);
        let mut run = Run::new(seeded(scene, 1, &[]).await?);
        let (clients, stream) = (scene.clients, run.stream.clone());
        let parent = seed::shard_ids(clients, &stream).await?.swap_remove(0);
        seed::split(clients, &stream, &parent, seed::MIDDLE_HASH_KEY).await?;
        seed::put(clients, &stream, &records(later)).await?;
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
        run.drain(scene, PART).await?;
        let is_kept = |before: &&Checkpoint| run.checkpoints.contains(before);
        let kept = before.iter().filter(is_kept).count();
        let mut totals = run.totals(scene, &crowd).await?;
        totals["checkpoints of expired shards that stay the same"] = json!(kept);
        Ok(Seen::default().with("totals", totals))
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

    async fn run(&self, scene: &mut Scene<'_>) -> Result<Seen, End> {
        let crowd = Generator::new(0, "reshard").crowd(FEW_USERS, 3 * EACH);
        let thirds: Vec<_> = crowd.chunks(FEW_USERS * EACH).collect();
        let mut run = Run::new(seeded(scene, 2, thirds[0]).await?);
        let (clients, stream) = (scene.clients, run.stream.clone());

        let shards = seed::shard_ids(clients, &stream).await?;
        let numbers = Numbers::read(scene, &stream, &shards).await?;
        run.on(scene, PART).await?;
        let before = run.by_shard();
        let read: Vec<_> = before.iter().map(|at| numbers.position(at)).collect();
        seed::split(clients, &stream, &shards[0], FIRST_QUARTER).await?;
        seed::put(clients, &stream, &records(thirds[1])).await?;

        run.on(scene, 0).await?;
        let is_still = before.iter().all(|at| run.checkpoints.contains(at));

        scene.crash().await?;
        run.on(scene, PART).await?;
        let shards = seed::shard_ids(clients, &stream).await?;
        let waiting = run.checkpoints.iter();
        let waiting = waiting.filter(|at| shards[2..].contains(&at.shard_id));
        let waiting = waiting.count();
        seed::merge(clients, &stream, &shards[3], &shards[1]).await?;
        seed::put(clients, &stream, &records(thirds[2])).await?;

        run.drain(scene, PART).await?;
        let totals = run.totals(scene, &crowd).await?;

        let before = scene.proxy.journal().calls.len();
        scene.crash().await?;
        let mut anew = Run::new(run.stream);
        anew.drain(scene, WITHOUT_END).await?;
        let from_the_start = anew.totals(scene, &crowd).await?;

        let parents = parents(scene, &stream).await?;
        let mut earlier = scene.proxy.journal();
        let later = earlier.calls.split_off(before);
        let early = |journal: &Journal| journal.read_before_parents(&parents).len();
        Ok(Seen::default()
            .with(
                "totals",
                json!({
                    format!("the first call, at most {PART} records of each shard"): read,
                    "with checkpoints": totals,
                    "from the start": from_the_start,
                    "a call for 0 records changes":
                        if is_still { "nothing" } else { "checkpoints" },
                }),
            )
            .with(
                "early",
                json!({
                    "children read before the end of their parents": early(&earlier),
                    "checkpoints of children that must wait": waiting,
                    "from the start: children read too early":
                        early(&Journal { calls: later, ..earlier.clone() }),
                }),
            ))
    }
}

/// A quarter of the hash key space, 2^126: the middle of the first of two shards.
const FIRST_QUARTER: &str = "85070591730234615865843651857942052864";

/// The pairs of a shard and one of its parents.
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
