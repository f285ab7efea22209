//! Step 2: what each stage makes of single events.

use std::collections::BTreeMap;

use contract::StandardEvent;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::fixture::{self, Fixture};
use crate::scenario::scene::decode;
use crate::scenario::{End, Facet, Kind, Scene, Seen, facet};
use crate::{call, seed};

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

    async fn run(&self, scene: &mut Scene<'_>) -> Result<Seen, End> {
        let Self { events } = self;
        let mut kept = BTreeMap::new();
        for (number, event) in fixture::transactions(scene.course, events)?
            .into_iter()
            .enumerate()
        {
            let label = facet::label(&event.user_id, event.amount);
            let keep = scene.call_on(&label, call::filter_event(&event)).await?;
            kept.insert(
                (number, label),
                json!(if keep == true { "keep" } else { "drop" }),
            );
        }
        Ok(Seen::default().with("kept", in_order(kept)))
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

    async fn run(&self, scene: &mut Scene<'_>) -> Result<Seen, End> {
        let Self { events } = self;
        let (mut transformed, mut times) = (BTreeMap::new(), BTreeMap::new());
        for (number, event) in fixture::transactions(scene.course, events)?
            .into_iter()
            .enumerate()
        {
            let label = facet::label(&event.user_id, event.amount);
            let value = scene.call_on(&label, call::transform_event(&event)).await?;
            let event: StandardEvent = decode("transform_event", value)?;
            transformed.insert((number, label.clone()), facet::event(&event));
            times.insert((number, label), json!(facet::now(&event.processed_at)));
        }
        Ok(Seen::default()
            .with("events", in_order(transformed))
            .with("processed_at", in_order(times)))
    }
}

/// Without users there is no table, so every lookup fails.
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

    async fn run(&self, scene: &mut Scene<'_>) -> Result<Seen, End> {
        let Self { events, users } = self;
        if let Some(users) = users {
            let users = fixture::users(scene.course, users)?;
            seed::table(&scene.made, &scene.table, &users).await?;
        }
        let mut enriched = BTreeMap::new();
        for (number, event) in fixture::standard_events(scene.course, events)?
            .into_iter()
            .enumerate()
        {
            let label = facet::label(&event.user, event.amount_usd);
            let call = call::enrich_event(&scene.table, &event);
            let value = scene.call_on(&label, call).await?;
            let event = decode("enrich_event", value)?;
            enriched.insert((number, label), facet::enriched(&event));
        }
        let events = enriched.len();
        let seen = Seen::default().with("events", in_order(enriched));
        Ok(seen.with_warnings("warned", events))
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

    async fn run(&self, scene: &mut Scene<'_>) -> Result<Seen, End> {
        let Self { events } = self;
        let events = fixture::standard_events(scene.course, events)?;
        let call = call::enrich_together(&scene.table, &events);
        scene.call(call).await?;
        let waiting = scene.proxy.journal().most_at_once.into_values().max();
        let overlap = if waiting > Some(1) { "yes" } else { "no" };
        Ok(Seen::default().with("overlap", json!({ "lookups overlap": overlap })))
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

    async fn run(&self, scene: &mut Scene<'_>) -> Result<Seen, End> {
        let Self { events } = self;
        let mut risks = BTreeMap::new();
        for (number, event) in fixture::standard_events(scene.course, events)?
            .into_iter()
            .enumerate()
        {
            let label = facet::label(&event.user, event.amount_usd);
            let risk = scene.call_on(&label, call::classify_event(&event)).await?;
            risks.insert((number, label), risk);
        }
        Ok(Seen::default().with("risks", in_order(risks)))
    }
}

/// An object whose keys stay in the order of the fixture.
fn in_order(values: BTreeMap<(usize, String), Value>) -> Value {
    let entries = values.into_iter().map(|((_, label), value)| (label, value));
    Value::Object(entries.collect())
}
