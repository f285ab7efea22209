//! Step 2: the results of each stage for single events.

use std::collections::{BTreeMap, BTreeSet};

use contract::StandardEvent;
use serde::Deserialize;
use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::fixture::{self, Fixture};
use crate::scenario::context::{Warned, decode};
use crate::scenario::{Context, End, Facet, Facets, Kind, facet};
use crate::{call, provision};

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilterEvents {
    events: String,
}

impl Kind for FilterEvents {
    fn fixtures(&self) -> Vec<Fixture> {
        vec![Fixture::Events(self.events.clone())]
    }

    fn facets(&self) -> &'static [Facet] {
        &["kept"]
    }

    async fn run(&self, context: &mut Context<'_>) -> Result<Facets, End> {
        let Self { events } = self;
        let mut kept = BTreeMap::new();
        for (number, event) in fixture::transactions(context.course, events)?
            .into_iter()
            .enumerate()
        {
            let label = facet::label(&event.user_id, event.amount);
            let keep = context.call_on(&label, call::filter_event(&event)).await?;
            kept.insert(
                (number, label),
                json!(if keep == true { "keep" } else { "drop" }),
            );
        }
        Ok(Facets::default().with("kept", in_order(kept)))
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransformEvents {
    events: String,
}

impl Kind for TransformEvents {
    fn fixtures(&self) -> Vec<Fixture> {
        vec![Fixture::Events(self.events.clone())]
    }

    fn facets(&self) -> &'static [Facet] {
        &["events", "processed_at"]
    }

    async fn run(&self, context: &mut Context<'_>) -> Result<Facets, End> {
        let Self { events } = self;
        let (mut transformed, mut times) = (BTreeMap::new(), BTreeMap::new());
        for (number, event) in fixture::transactions(context.course, events)?
            .into_iter()
            .enumerate()
        {
            let label = facet::label(&event.user_id, event.amount);
            let before = OffsetDateTime::now_utc();
            let value = context
                .call_on(&label, call::transform_event(&event))
                .await?;
            let event: StandardEvent = decode("transform_event", value)?;
            transformed.insert((number, label.clone()), facet::event(&event));
            let mut time = facet::now(&event.processed_at, context.began);
            if time == facet::NOW && facet::is_before(&event.processed_at, before) {
                time = "[the time of an earlier event]".to_owned();
            }
            times.insert((number, label), json!(time));
        }
        Ok(Facets::default()
            .with("events", in_order(transformed))
            .with("processed_at", in_order(times)))
    }
}

/// Enriches events. Without users no table exists, so every lookup fails.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnrichEvents {
    events: String,
    users: Option<String>,
}

impl Kind for EnrichEvents {
    fn fixtures(&self) -> Vec<Fixture> {
        let users = self.users.clone().map(Fixture::Users);
        let events = Fixture::StandardEvents(self.events.clone());
        users.into_iter().chain([events]).collect()
    }

    fn facets(&self) -> &'static [Facet] {
        &["events", "warned"]
    }

    async fn run(&self, context: &mut Context<'_>) -> Result<Facets, End> {
        let Self { events, users } = self;
        let mut known = BTreeSet::new();
        if let Some(users) = users {
            let users = fixture::users(context.course, users)?;
            provision::table(&context.made, &context.table, &users).await?;
            // An item that lacks an attribute counts as a failed lookup.
            let whole = users.into_iter().filter(provision::is_complete);
            known.extend(whole.map(|user| user.user_id));
        }
        let events = fixture::standard_events(context.course, events)?;
        let mut enriched = enrich(context, &events, "").await?;
        enriched.extend(enrich_together(context, &events).await?);
        let unknown = events.iter().filter(|event| !known.contains(&event.user));
        let warned = Warned {
            of: 2 * unknown.count(),
            events: enriched.len(),
        };
        let seen = Facets::default().with("events", in_order(enriched));
        Ok(seen.with_warnings("warned", warned))
    }
}

/// The enriched events, by number and label. Each label gets the given end.
async fn enrich(
    context: &mut Context<'_>,
    events: &[StandardEvent],
    end: &str,
) -> Result<BTreeMap<(usize, String), Value>, End> {
    let mut enriched = BTreeMap::new();
    for (number, event) in events.iter().enumerate() {
        let label = facet::label(&event.user, event.amount_usd) + end;
        let call = call::enrich_event(&context.table, event);
        let value = context.call_on(&label, call).await?;
        let event = decode("enrich_event", value)?;
        enriched.insert((number, label), facet::enriched(&event));
    }
    Ok(enriched)
}

/// All events enriched at the same time, as a processor does it on one thread.
async fn enrich_together(
    context: &mut Context<'_>,
    events: &[StandardEvent],
) -> Result<BTreeMap<(usize, String), Value>, End> {
    let call = call::enrich_together(&context.table, events);
    let enriched: Vec<StandardEvent> = context.call_for(call).await?;
    let labelled = events.iter().zip(&enriched).enumerate();
    let labelled = labelled.map(|(number, (event, enriched))| {
        let label = facet::label(&event.user, event.amount_usd) + ", all at the same time";
        ((events.len() + number, label), facet::enriched(enriched))
    });
    Ok(labelled.collect())
}

/// Enriches each event while AWS returns each of these errors, and once more after that.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnrichOutage {
    events: String,
    users: String,
    /// The errors that the scenario's faults return, one after the other.
    errors: Vec<String>,
}

impl Kind for EnrichOutage {
    fn fixtures(&self) -> Vec<Fixture> {
        vec![
            Fixture::StandardEvents(self.events.clone()),
            Fixture::Users(self.users.clone()),
        ]
    }

    fn facets(&self) -> &'static [Facet] {
        &["events", "warned"]
    }

    async fn run(&self, context: &mut Context<'_>) -> Result<Facets, End> {
        let users = fixture::users(context.course, &self.users)?;
        provision::table(&context.made, &context.table, &users).await?;
        let events = fixture::standard_events(context.course, &self.events)?;
        let mut enriched = BTreeMap::new();
        for error in &self.errors {
            context.strike_with(error);
            enriched.extend(enrich(context, &events, &format!(", {error}")).await?);
        }
        context.proxy.set_faults(&[]);
        enriched.extend(enrich(context, &events, ", after the errors").await?);
        let warned = Warned {
            of: self.errors.len() * events.len(),
            events: enriched.len(),
        };
        let seen = Facets::default().with("events", in_order(enriched));
        Ok(seen.with_warnings("warned", warned))
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnrichTogether {
    events: String,
}

impl Kind for EnrichTogether {
    fn fixtures(&self) -> Vec<Fixture> {
        vec![Fixture::StandardEvents(self.events.clone())]
    }

    fn facets(&self) -> &'static [Facet] {
        &["overlap"]
    }

    async fn run(&self, context: &mut Context<'_>) -> Result<Facets, End> {
        let Self { events } = self;
        let events = fixture::standard_events(context.course, events)?;
        let call = call::enrich_together(&context.table, &events);
        context.call(call).await?;
        let waiting = context.proxy.journal().most_at_once.into_values().max();
        let overlap = if waiting > Some(1) { "yes" } else { "no" };
        Ok(Facets::default().with("overlap", json!({ "lookups overlap": overlap })))
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassifyEvents {
    events: String,
}

impl Kind for ClassifyEvents {
    fn fixtures(&self) -> Vec<Fixture> {
        vec![Fixture::StandardEvents(self.events.clone())]
    }

    fn facets(&self) -> &'static [Facet] {
        &["risks"]
    }

    async fn run(&self, context: &mut Context<'_>) -> Result<Facets, End> {
        let Self { events } = self;
        let mut risks = BTreeMap::new();
        for (number, event) in fixture::standard_events(context.course, events)?
            .into_iter()
            .enumerate()
        {
            let label = facet::label(&event.user, event.amount_usd);
            let risk = context
                .call_on(&label, call::classify_event(&event))
                .await?;
            risks.insert((number, label), risk);
        }
        Ok(Facets::default().with("risks", in_order(risks)))
    }
}

/// Filters, transforms and classifies events: what these stages print.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuietStages {
    events: String,
}

impl Kind for QuietStages {
    fn fixtures(&self) -> Vec<Fixture> {
        vec![Fixture::Events(self.events.clone())]
    }

    fn facets(&self) -> &'static [Facet] {
        &["printed"]
    }

    async fn run(&self, context: &mut Context<'_>) -> Result<Facets, End> {
        for event in fixture::transactions(context.course, &self.events)? {
            context.call(call::filter_event(&event)).await?;
            let event: StandardEvent = context.call_for(call::transform_event(&event)).await?;
            context.call(call::classify_event(&event)).await?;
        }
        Ok(Facets::default().with_text("printed"))
    }
}

/// An object with its keys in the order of the fixture.
fn in_order(values: BTreeMap<(usize, String), Value>) -> Value {
    let entries = values.into_iter().map(|((_, label), value)| (label, value));
    Value::Object(entries.collect())
}
