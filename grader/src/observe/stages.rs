//! Step 2: what each stage makes of single events.

use std::collections::BTreeMap;

use contract::StandardEvent;
use serde_json::{Value, json};

use super::{Act, Scene, Seen, facet, proceed};
use crate::problem::Problem;
use crate::{call, fixture, seed};

pub async fn filter(scene: &mut Scene<'_>, events: &str) -> Act {
    let mut kept = BTreeMap::new();
    for (number, event) in fixture::transactions(scene.course, events)?
        .into_iter()
        .enumerate()
    {
        let label = facet::label(&event.user_id, event.amount);
        let keep = proceed!(scene.call_on(&label, call::filter_event(&event)).await);
        kept.insert(
            (number, label),
            json!(if keep == true { "keep" } else { "drop" }),
        );
    }
    Ok(Ok(Seen::default().with("kept", in_order(kept))))
}

pub async fn transform(scene: &mut Scene<'_>, events: &str) -> Act {
    let (mut transformed, mut times) = (BTreeMap::new(), BTreeMap::new());
    for (number, event) in fixture::transactions(scene.course, events)?
        .into_iter()
        .enumerate()
    {
        let label = facet::label(&event.user_id, event.amount);
        let value = proceed!(scene.call_on(&label, call::transform_event(&event)).await);
        let event = standard(value)?;
        transformed.insert((number, label.clone()), facet::event(&event));
        times.insert((number, label), json!(facet::now(&event.processed_at)));
    }
    Ok(Ok(Seen::default()
        .with("events", in_order(transformed))
        .with("processed_at", in_order(times))))
}

pub async fn enrich(scene: &mut Scene<'_>, events: &str, users: Option<&str>) -> Act {
    if let Some(users) = users {
        let users = fixture::users(scene.course, users)?;
        seed::table(scene.clients, &scene.table, &users).await?;
    }
    let mut enriched = BTreeMap::new();
    for (number, event) in fixture::standard_events(scene.course, events)?
        .into_iter()
        .enumerate()
    {
        let label = facet::label(&event.user, event.amount_usd);
        let call = call::enrich_event(&scene.table, &event);
        let value = proceed!(scene.call_on(&label, call).await);
        enriched.insert((number, label), facet::event(&standard(value)?));
    }
    let events = enriched.len();
    let seen = Seen::default().with("events", in_order(enriched));
    Ok(Ok(seen.with_warnings("warned", events)))
}

pub async fn enrich_together(scene: &mut Scene<'_>, events: &str) -> Act {
    let events = fixture::standard_events(scene.course, events)?;
    let call = call::enrich_together(&scene.table, &events);
    proceed!(scene.call(call).await);
    let waiting = scene.proxy.journal().most_at_once.into_values().max();
    let overlap = if waiting > Some(1) { "yes" } else { "no" };
    Ok(Ok(
        Seen::default().with("overlap", json!({ "lookups overlap": overlap }))
    ))
}

pub async fn classify(scene: &mut Scene<'_>, events: &str) -> Act {
    let mut risks = BTreeMap::new();
    for (number, event) in fixture::standard_events(scene.course, events)?
        .into_iter()
        .enumerate()
    {
        let label = facet::label(&event.user, event.amount_usd);
        let risk = proceed!(scene.call_on(&label, call::classify_event(&event)).await);
        risks.insert((number, label), risk);
    }
    Ok(Ok(Seen::default().with("risks", in_order(risks))))
}

/// An object whose keys stay in the order of the fixture.
fn in_order(values: BTreeMap<(usize, String), Value>) -> Value {
    let entries = values.into_iter().map(|((_, label), value)| (label, value));
    Value::Object(entries.collect())
}

/// The contract's glue returns this type, so anything else is the grader's fault.
fn standard(value: Value) -> Result<StandardEvent, Problem> {
    serde_json::from_value(value).map_err(|e| Problem::bug(format!("a reply is no event: {e}")))
}
