//! Step 7: very many users on several shards.

use protocol::load::WITHOUT_END;
use serde::Deserialize;
use serde_json::{Map, json};

use super::{EACH, FEW_USERS, PART, Run, records, seeded};
use crate::generate::Generator;
use crate::problem::Result;
use crate::provision;
use crate::scenario::refusal::for_each_error;
use crate::scenario::{Context, End, Facet, Facets, Fault, Harm, Kind};

/// The number of users in a crowd.
const USERS: usize = 200;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Crowd {
    shards: Vec<i32>,
}

impl Kind for Crowd {
    fn facets(&self) -> &'static [Facet] {
        &["totals", "users_in_several", "together"]
    }

    async fn run(&self, context: &mut Context<'_>) -> Result<Facets, End> {
        let Self { shards } = self;
        let crowd = Generator::new(0, "crowd").crowd(USERS, EACH);
        let (mut totals, mut own) = (Map::new(), Map::new());
        for shards in shards {
            let on = match shards {
                1 => "1 shard".to_owned(),
                many => format!("{many} shards"),
            };
            let stream = seeded(context, *shards, &crowd).await?;
            let mut run = Run::new(stream);
            run.drain(context, 1000).await?;
            totals.insert(on.clone(), run.totals(context, &crowd).await?);
            let several = run.users_in_several();
            own.insert(on, json!({ "users in more than one checkpoint": several }));
        }
        let most = context.proxy.journal().most_at_once;
        let most = most.get("GetRecords").copied().unwrap_or_default();
        let together = if most > 1 { "yes" } else { "no" };
        Ok(Facets::default()
            .with("totals", totals)
            .with("users_in_several", own)
            .with(
                "together",
                json!({ "shards are read in parallel": together }),
            ))
    }
}

/// One shard, so that the same calls fail for every submission. One call reads three pages.
pub struct CrowdOrFail;

impl Kind for CrowdOrFail {
    fn facets(&self) -> &'static [Facet] {
        &["totals"]
    }

    async fn run(&self, context: &mut Context<'_>) -> Result<Facets, End> {
        let crowd = Generator::new(0, "crowd").crowd(FEW_USERS, EACH);
        let stream = seeded(context, 1, &crowd).await?;
        let mut run = Run::new(stream);
        run.forgives = true;
        run.drain(context, PART).await?;
        let totals = run.totals(context, &crowd).await?;
        Ok(Facets::default().with("totals", totals))
    }
}

/// The submission may return an error. A call that returns no error must have read everything:
/// first a part of each shard, then all of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadOrFail {
    shards: i32,
    /// Whether the first shard is split in the middle of the events.
    #[serde(default)]
    is_split: bool,
    /// The errors that the scenario's faults return, one after the other.
    errors: Vec<String>,
}

impl Kind for ReadOrFail {
    fn facets(&self) -> &'static [Facet] {
        &["totals"]
    }

    async fn run(&self, context: &mut Context<'_>) -> Result<Facets, End> {
        let Self {
            shards,
            is_split,
            ref errors,
        } = *self;
        let crowd = Generator::new(0, "crowd").crowd(FEW_USERS, EACH);
        let (earlier, later) = crowd.split_at(if is_split { FEW_USERS } else { crowd.len() });
        let stream = seeded(context, shards, earlier).await?;
        if is_split {
            let clients = context.clients;
            let parent = provision::shard_ids(clients, &stream).await?.swap_remove(0);
            provision::split(clients, &stream, &parent, provision::MIDDLE_HASH_KEY).await?;
            provision::put(clients, &stream, &records(later)).await?;
        }
        let totals = for_each_error(context, errors, async |context, _| {
            let mut run = Run::new(stream.clone());
            for at_most in [PART, WITHOUT_END] {
                run.until_it_is_read(context, at_most).await?;
            }
            if is_split && run.has_read_an_open_shard(earlier) {
                run.until_it_is_read(context, WITHOUT_END).await?;
            }
            run.totals(context, &crowd).await
        });
        let mut totals = totals.await?;
        if shards > 2 {
            for (what, fault) in faults_of_one_shard() {
                context.proxy.set_faults(&[fault]);
                let mut run = Run::new(stream.clone());
                run.until_it_is_read(context, WITHOUT_END).await?;
                totals[what] = run.totals(context, &crowd).await?;
            }
        }
        Ok(Facets::default().with("totals", totals))
    }
}

/// Faults that strike one of several shards.
fn faults_of_one_shard() -> [(&'static str, Fault); 2] {
    let strikes = |on: &str, after, error: &str| Fault {
        after,
        ..Fault::at_once(&[on], Some(1), Harm::Error(error.to_owned()))
    };
    [
        (
            "one of the shards gets no iterator",
            strikes("GetShardIterator", 1, "AccessDeniedException"),
        ),
        (
            "an iterator expires before its first page",
            strikes("GetRecords", 0, "ExpiredIteratorException"),
        ),
    ]
}
