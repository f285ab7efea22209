//! Steps 3 and 4: what a processor makes of events and of whole streams.

use contract::wire::{Call, Processor, Run};
use serde_json::{Value, json};

use super::{Act, Scene, Seen, facet, proceed};
use crate::problem::Problem;
use crate::{fixture, seed};

pub async fn events(scene: &mut Scene<'_>, processor: Processor, events: &str, users: &str) -> Act {
    let events = fixture::transactions(scene.course, events)?;
    let users = fixture::users(scene.course, users)?;
    seed::table(scene.clients, &scene.table, &users).await?;
    let table = scene.table.clone();
    let call = Call::ProcessEvents {
        processor,
        table,
        events: events.clone(),
    };
    // Twice in one process: the second processor must know nothing of the first.
    proceed!(scene.call(call.clone()).await);
    let run = parse(proceed!(scene.call(call).await))?;
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
    let returned = json!({ "returned": outputs, "statistics": run.stats });
    Ok(Ok(Seen::default()
        .with("run", returned)
        .with("totals", facet::totals(&run))))
}

pub async fn stream(scene: &mut Scene<'_>, processor: Processor, stream: &str) -> Act {
    let (stream, table) = seeded(scene, stream).await?;
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

pub async fn shard(scene: &mut Scene<'_>, processor: Processor, stream: &str, shard: usize) -> Act {
    let (stream, table) = seeded(scene, stream).await?;
    let shard_id = seed::shard_ids(scene.clients, &stream)
        .await?
        .swap_remove(shard);
    let call = Call::ProcessShard {
        processor,
        table,
        stream,
        shard_id,
    };
    let run = parse(proceed!(scene.call(call).await))?;
    Ok(Ok(Seen::default().with("ids", facet::ids(&run))))
}

/// Seeds a stream and the table beside it; their names.
async fn seeded(scene: &Scene<'_>, stream: &str) -> Result<(String, String), Problem> {
    let fixture = fixture::stream(scene.course, stream)?;
    let users = fixture::users(scene.course, &fixture.users)?;
    let (stream, table) = (scene.stream.clone(), scene.table.clone());
    tokio::try_join!(
        seed::stream(scene.clients, &stream, &fixture),
        seed::table(scene.clients, &table, &users),
    )?;
    Ok((stream, table))
}

pub async fn missing_stream(scene: &mut Scene<'_>, processor: Processor) -> Act {
    let (stream, table) = (scene.stream.clone(), scene.table.clone());
    let call = Call::ProcessStream {
        processor,
        table,
        stream,
    };
    Ok(scene.refused(call).await)
}

fn parse(value: Value) -> Result<Run, Problem> {
    serde_json::from_value(value).map_err(|e| Problem::bug(format!("a reply is no run: {e}")))
}
