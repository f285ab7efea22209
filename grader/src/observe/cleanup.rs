//! Step 5: what the cleanup leaves.

use contract::wire::Call;
use serde_json::json;

use super::{Act, Scene, Seen, proceed};
use crate::seed;

pub async fn stream(scene: &mut Scene<'_>, exists: bool) -> Act {
    let stream = scene.stream.clone();
    if exists {
        seed::empty_stream(scene.clients, &stream, 1).await?;
    }
    proceed!(
        scene
            .call(Call::DeleteStream {
                stream: stream.clone()
            })
            .await
    );
    let gone = seed::stream_is_going(scene.clients, &stream).await?;
    Ok(Ok(left("stream", gone)))
}

pub async fn table(scene: &mut Scene<'_>, exists: bool) -> Act {
    let table = scene.table.clone();
    if exists {
        seed::table(scene.clients, &table, &[]).await?;
    }
    proceed!(
        scene
            .call(Call::DeleteTable {
                table: table.clone()
            })
            .await
    );
    let gone = seed::table_is_going(scene.clients, &table).await?;
    Ok(Ok(left("table", gone)))
}

/// The stream is there, and AWS refuses to delete it.
pub async fn stream_refused(scene: &mut Scene<'_>) -> Act {
    let stream = scene.stream.clone();
    seed::empty_stream(scene.clients, &stream, 1).await?;
    Ok(scene.refused(Call::DeleteStream { stream }).await)
}

fn left(what: &str, gone: bool) -> Seen {
    let left = json!({ what: if gone { "deleted" } else { "still there" } });
    Seen::default()
        .with("left", left)
        .with("returned", json!("Ok"))
}

/// The table is there, and AWS refuses to delete it.
pub async fn table_refused(scene: &mut Scene<'_>) -> Act {
    let table = scene.table.clone();
    seed::table(scene.clients, &table, &[]).await?;
    Ok(scene.refused(Call::DeleteTable { table }).await)
}
