//! Steps 3 and 4: the results of a processor for events and for complete streams.

use protocol::{Call, Run};
use serde::Deserialize;
use serde_json::json;

use crate::call::Processor;
use crate::fixture::{Fixture, Stream};
use crate::problem::Problem;
use crate::scenario::refusal::for_each_error;
use crate::scenario::{Context, End, Facet, Facets, Kind, facet};
use crate::{call, fixture, provision};

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProcessEvents {
    processor: Processor,
    events: String,
    users: String,
}

impl Kind for ProcessEvents {
    fn fixtures(&self) -> Vec<Fixture> {
        vec![
            Fixture::Events(self.events.clone()),
            Fixture::Users(self.users.clone()),
        ]
    }

    fn facets(&self) -> &'static [Facet] {
        &["run", "totals"]
    }

    async fn run(&self, context: &mut Context<'_>) -> Result<Facets, End> {
        let Self {
            processor,
            events,
            users,
        } = self;
        let events = fixture::transactions(context.course, events)?;
        let users = fixture::users(context.course, users)?;
        provision::table(&context.made, &context.table, &users).await?;
        let call = call::process_events(*processor, &context.table, &events);
        // Two calls in one process: the second processor must not have the state of the first.
        context.proxy.set_faults(&[]);
        context.call(call.clone()).await?;
        context.strike_again();
        let run: Run = context.call_for(call).await?;
        let outputs: serde_json::Map<_, _> = events
            .iter()
            .zip(&run.outputs)
            .map(|(event, output)| {
                let label = facet::label(&event.user_id, event.amount);
                let output = output.as_ref().map_or("nothing".to_owned(), |output| {
                    let name = output.event.user_name.as_deref();
                    format!(
                        "{}, {}",
                        output.risk,
                        name.unwrap_or("a user without a name")
                    )
                });
                (label, json!(output))
            })
            .collect();
        let returned = json!({ "returned": outputs, "statistics": run.stats });
        Ok(Facets::default()
            .with("run", returned)
            .with("totals", facet::totals(&run)))
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProcessStream {
    processor: Processor,
    stream: String,
    /// Whether the last page of each shard has no next iterator, like the last page of a closed
    /// shard on AWS.
    #[serde(default)]
    ends_with_its_records: bool,
}

impl Kind for ProcessStream {
    fn fixtures(&self) -> Vec<Fixture> {
        vec![Fixture::Stream(self.stream.clone())]
    }

    fn facets(&self) -> &'static [Facet] {
        &[
            "outputs",
            "ids",
            "order",
            "statistics",
            "rejected",
            "totals",
            "totals_order",
            "filtered_lookups",
            "wasted_lookups",
            "polls",
            "counted_twice",
            "report",
        ]
    }

    async fn run(&self, context: &mut Context<'_>) -> Result<Facets, End> {
        let Self {
            processor,
            stream,
            ends_with_its_records,
        } = self;
        let fixture = fixture::stream(context.course, stream)?;
        let call = process_stream(context, *processor, &fixture).await?;
        context.proxy.set_closed(*ends_with_its_records);
        let run: Run = context.call_for(call).await?;
        let journal = context.proxy.journal();
        let lookups = facet::Lookups::new(&run, &fixture, &journal);
        Ok(Facets::default()
            .with("outputs", facet::outputs(&run))
            .with("ids", facet::ids(&run))
            .with("order", facet::order(&run))
            .with("statistics", json!(run.stats))
            .with("rejected", facet::rejected_in_place(&run, &journal))
            .with("totals", facet::totals(&run))
            .with("totals_order", facet::totals_order(&run))
            .with("filtered_lookups", lookups.filtered())
            .with("wasted_lookups", lookups.wasted())
            .with("polls", facet::polls(&journal))
            .with("counted_twice", facet::counted_twice(&run, &fixture))
            .with_text("report"))
    }
}

/// AWS fails: the processor may return an error, but may not lose events without an error.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProcessStreamOrFail {
    processor: Processor,
    stream: String,
    /// The errors that the scenario's faults return, one after the other.
    #[serde(default)]
    errors: Vec<String>,
}

impl Kind for ProcessStreamOrFail {
    fn fixtures(&self) -> Vec<Fixture> {
        vec![Fixture::Stream(self.stream.clone())]
    }

    fn facets(&self) -> &'static [Facet] {
        &["lost", "through"]
    }

    async fn run(&self, context: &mut Context<'_>) -> Result<Facets, End> {
        let Self {
            processor,
            stream,
            errors,
        } = self;
        let fixture = fixture::stream(context.course, stream)?;
        let call = process_stream(context, *processor, &fixture).await?;
        let sent = fixture.transactions().count() as u64;
        let invalid = fixture.all_records().count() - sent as usize;
        let mut through = None;
        let lost = for_each_error(context, errors, async |context, _| {
            let run: Option<Run> = context.attempt_for(call.clone()).await?;
            let rejected = run.as_ref().map(|run| run.rejected.len());
            let processed = run.map(|run| run.stats.total_processed);
            // It is enough if all events come through with the first error.
            through.get_or_insert(processed == Some(sent));
            // After an error nothing is lost: the caller knows about it.
            let processed = processed.unwrap_or(sent);
            let rejected = rejected.unwrap_or(invalid);
            Ok(json!({
                "events lost without an error": sent.saturating_sub(processed),
                "events processed twice": processed.saturating_sub(sent),
                "records rejected twice": rejected.saturating_sub(invalid),
            }))
        });
        let lost = lost.await?;
        let through = if through == Some(true) { "yes" } else { "no" };
        let through = json!({ "all events come through": through });
        Ok(Facets::default()
            .with("lost", lost)
            .with("through", through))
    }
}

async fn process_stream(
    context: &Context<'_>,
    processor: Processor,
    fixture: &Stream,
) -> Result<Call, Problem> {
    let (stream, table) = seeded(context, fixture).await?;
    Ok(call::process_stream(processor, &table, &stream))
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProcessShard {
    processor: Processor,
    stream: String,
    /// The number of the shard, in the order of Kinesis's list, from 0.
    shard: usize,
}

impl Kind for ProcessShard {
    fn fixtures(&self) -> Vec<Fixture> {
        vec![Fixture::Stream(self.stream.clone())]
    }

    fn facets(&self) -> &'static [Facet] {
        &["ids"]
    }

    async fn run(&self, context: &mut Context<'_>) -> Result<Facets, End> {
        let Self {
            processor,
            stream,
            shard,
        } = self;
        let fixture = fixture::stream(context.course, stream)?;
        let (stream, table) = seeded(context, &fixture).await?;
        let shard_id = provision::shard_ids(context.clients, &stream)
            .await?
            .swap_remove(*shard);
        let call = call::process_shard(*processor, &table, &stream, &shard_id);
        let run: Run = context.call_for(call).await?;
        Ok(Facets::default().with("ids", facet::ids(&run)))
    }
}

/// Creates a stream and a table with their data. Returns their names.
async fn seeded(context: &Context<'_>, fixture: &Stream) -> Result<(String, String), Problem> {
    let users = fixture::users(context.course, &fixture.users)?;
    let (stream, table) = (context.stream.clone(), context.table.clone());
    tokio::try_join!(
        provision::stream(&context.made, &stream, fixture),
        provision::table(&context.made, &table, &users),
    )?;
    Ok((stream, table))
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProcessMissingStream {
    processor: Processor,
}

impl Kind for ProcessMissingStream {
    fn facets(&self) -> &'static [Facet] {
        &["returned"]
    }

    async fn run(&self, context: &mut Context<'_>) -> Result<Facets, End> {
        let Self { processor } = *self;
        let call = call::process_stream(processor, &context.table, &context.stream);
        Ok(context.refused(call).await?)
    }
}
