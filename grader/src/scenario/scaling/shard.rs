//! Step 7: one shard, read in calls that continue from a checkpoint.

use contract::scaling::Checkpoint;
use protocol::load::WITHOUT_END;
use serde::Deserialize;
use serde_json::{Map, json};

use super::{Numbers, dollars};
use crate::call;
use crate::fixture::{self, Fixture, Stream};
use crate::problem::Result;
use crate::provision;
use crate::scenario::{Context, End, Facet, Facets, Kind};

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShardInTurns {
    stream: String,
    at_most: Vec<usize>,
    /// Whether to count the GetRecords calls after the end of the shard.
    #[serde(default)]
    counts_polls: bool,
}

impl Kind for ShardInTurns {
    fn fixtures(&self) -> Vec<Fixture> {
        vec![Fixture::Stream(self.stream.clone())]
    }

    fn facets(&self) -> &'static [Facet] {
        &["position", "totals", "through"]
    }

    async fn run(&self, context: &mut Context<'_>) -> Result<Facets, End> {
        let Self {
            stream,
            at_most,
            counts_polls,
        } = self;
        let fixture = fixture::stream(context.course, stream)?;
        let shard = first_shard(context, &fixture).await?;
        let numbers = Numbers::read(context, &context.stream, std::slice::from_ref(&shard)).await?;
        let mut at = Checkpoint::start(&shard);
        let (mut positions, mut totals) = (Map::new(), Map::new());
        for (turn, at_most) in at_most.iter().enumerate() {
            if turn > 0 {
                context.crash().await?;
            }
            at = process_shard(context, at, *at_most).await?;
            let call = format!("call {}, at most {at_most}", turn + 1);
            positions.insert(call.clone(), numbers.position(&at));
            totals.insert(call, dollars(&at.totals));
        }
        if *counts_polls {
            let polls = context.proxy.journal().polls_after_the_end();
            positions.insert(
                "GetRecords after the end of a shard".to_owned(),
                json!(polls),
            );
        }
        let through = if numbers.is_last(&at) { "yes" } else { "no" };
        Ok(Facets::default()
            .with("position", positions)
            .with("totals", totals)
            .with("through", json!({ "all records are read": through })))
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShardAgain {
    stream: String,
}

impl Kind for ShardAgain {
    fn fixtures(&self) -> Vec<Fixture> {
        vec![Fixture::Stream(self.stream.clone())]
    }

    fn facets(&self) -> &'static [Facet] {
        &["totals"]
    }

    async fn run(&self, context: &mut Context<'_>) -> Result<Facets, End> {
        let Self { stream } = self;
        let fixture = fixture::stream(context.course, stream)?;
        let shard = first_shard(context, &fixture).await?;
        let mut totals = Map::new();
        for turn in ["the first call", "the second call"] {
            let at = process_shard(context, Checkpoint::start(&shard), WITHOUT_END).await?;
            totals.insert(turn.to_owned(), dollars(&at.totals));
        }
        let part = process_shard(context, Checkpoint::start(&shard), 2).await?;
        for turn in ["2 records from a checkpoint", "the same call again"] {
            let at = process_shard(context, part.clone(), 2).await?;
            totals.insert(turn.to_owned(), dollars(&at.totals));
        }
        Ok(Facets::default().with("totals", totals))
    }
}

/// More records than each shard has.
const REST: usize = 1000;

/// The last page of the parent has records, as can happen on AWS. One call ends in the middle of
/// this page.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClosedShard {
    stream: String,
}

impl Kind for ClosedShard {
    fn fixtures(&self) -> Vec<Fixture> {
        vec![Fixture::Stream(self.stream.clone())]
    }

    fn facets(&self) -> &'static [Facet] {
        &["finished"]
    }

    async fn run(&self, context: &mut Context<'_>) -> Result<Facets, End> {
        let Self { stream } = self;
        let fixture = fixture::stream(context.course, stream)?;
        first_shard(context, &fixture).await?;
        let shards = provision::shard_ids(context.clients, &context.stream).await?;
        let numbers = Numbers::read(context, &context.stream, &shards[..2]).await?;
        let said = |at: &Checkpoint| {
            let said = if at.finished { "finished" } else { "open" };
            let position = numbers.position(at);
            json!(format!("{said}, {}", position.as_str().unwrap_or_default()))
        };
        context.proxy.set_closed(true);
        let cut = process_shard(context, Checkpoint::start(&shards[0]), 1).await?;
        let mut parent = cut.clone();
        // A submission may find the end of the shard only in the next call.
        for _ in 0..2 {
            parent = process_shard(context, parent, REST).await?;
        }
        context.proxy.set_closed(false);
        let child = process_shard(context, Checkpoint::start(&shards[1]), REST).await?;
        let finished = json!({
            "the parent, after one record": said(&cut),
            "the parent, after the rest": said(&parent),
            "a child": said(&child),
        });
        Ok(Facets::default().with("finished", finished))
    }
}

async fn process_shard(
    context: &mut Context<'_>,
    from: Checkpoint,
    at_most: usize,
) -> Result<Checkpoint, End> {
    let call = call::scale_shard(&context.stream, &from, at_most);
    Ok(context.call_for(call).await?)
}

/// Creates the context's stream with its records. Returns its first shard.
async fn first_shard(context: &Context<'_>, fixture: &Stream) -> Result<String> {
    provision::stream(&context.made, &context.stream, fixture).await?;
    let mut shards = provision::shard_ids(context.clients, &context.stream).await?;
    Ok(shards.swap_remove(0))
}
