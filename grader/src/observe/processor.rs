//! Steps 3 and 4: what a processor makes of events and of whole streams.

use contract::wire::{Call, Processor, Run};
use serde_json::{Value, json};

use super::{Act, Scene, Seen, facet, proceed};
use crate::child::Trouble;
use crate::problem::Problem;
use crate::{fixture, seed};

pub async fn events(scene: &mut Scene<'_>, processor: Processor, events: &str, users: &str) -> Act {
    let events = fixture::transactions(scene.course, events)?;
    let users = fixture::users(scene.course, users)?;
    seed::table(scene.clients, &scene.table, &users).await?;
    let table = scene.table.clone();
    let run = proceed!(
        scene
            .call(Call::ProcessEvents {
                processor,
                table,
                events: events.clone()
            })
            .await
    );
    let run = parse(run)?;
    let outputs: serde_json::Map<_, _> = events
        .iter()
        .zip(&run.outputs)
        .map(|(event, output)| {
            let label = facet::label(&event.user_id, event.amount);
            let output = output
                .as_ref()
                .map_or(json!("filtered out"), |o| json!(o.risk));
            (label, output)
        })
        .collect();
    Ok(Ok(Seen::default().with(
        "run",
        json!({ "returned": outputs, "statistics": run.stats }),
    )))
}

pub async fn stream(scene: &mut Scene<'_>, processor: Processor, stream: &str) -> Act {
    let fixture = fixture::stream(scene.course, stream)?;
    let users = fixture::users(scene.course, &fixture.users)?;
    let (stream, table) = (scene.stream.clone(), scene.table.clone());
    tokio::try_join!(
        seed::stream(scene.clients, &stream, &fixture),
        seed::table(scene.clients, &table, &users),
    )?;
    let run = proceed!(
        scene
            .call(Call::ProcessStream {
                processor,
                table,
                stream
            })
            .await
    );
    let run = parse(run)?;
    Ok(Ok(Seen::default()
        .with("outputs", facet::outputs(&run))
        .with("ids", facet::ids(&run))
        .with("order", facet::order(&run))
        .with("statistics", json!(run.stats))
        .with("rejected", facet::rejected(&run))
        .with("totals", facet::totals(&run))
        .with("totals_order", facet::totals_order(&run))
        .with_text("report")))
}

/// Here an error is what is wanted.
pub async fn missing_stream(scene: &mut Scene<'_>, processor: Processor) -> Act {
    let (stream, table) = (scene.stream.clone(), scene.table.clone());
    let returned = match scene
        .call(Call::ProcessStream {
            processor,
            table,
            stream,
        })
        .await
    {
        Ok(_) => "Ok",
        Err(stopped) if matches!(stopped.trouble, Trouble::Failed(_)) => "an error",
        Err(stopped) => return Ok(Err(stopped)),
    };
    Ok(Ok(Seen::default().with(
        "returned",
        json!({ "process_stream returns": returned }),
    )))
}

fn parse(value: Value) -> Result<Run, Problem> {
    serde_json::from_value(value).map_err(|e| Problem::bug(format!("a reply is no run: {e}")))
}
