//! Step 5: what the cleanup leaves.

use futures::future::try_join_all;
use protocol::Call;
use serde::Deserialize;
use serde_json::json;

use crate::scenario::{End, Facet, Kind, Scene, Seen};
use crate::{call, seed};

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeleteStream {
    exists: bool,
}

impl Kind for DeleteStream {
    fn facets(&self) -> &'static [Facet] {
        &["left", "returned"]
    }

    async fn run(&self, scene: &mut Scene<'_>) -> Result<Seen, End> {
        let Self { exists } = *self;
        let (stream, other) = (scene.stream.clone(), other(&scene.stream));
        let there = [&other, &stream].into_iter().take(1 + usize::from(exists));
        try_join_all(there.map(|name| seed::empty_stream(&scene.made, name, 1))).await?;
        scene.call(call::delete_stream(&stream)).await?;
        let gone = seed::stream_is_going(scene.clients, &stream).await?;
        let other_gone = seed::stream_is_going(scene.clients, &other).await?;
        Ok(left(scene, "stream", gone, other_gone))
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeleteTable {
    exists: bool,
}

impl Kind for DeleteTable {
    fn facets(&self) -> &'static [Facet] {
        &["left", "returned"]
    }

    async fn run(&self, scene: &mut Scene<'_>) -> Result<Seen, End> {
        let Self { exists } = *self;
        let (table, other) = (scene.table.clone(), other(&scene.table));
        let there = [&other, &table].into_iter().take(1 + usize::from(exists));
        try_join_all(there.map(|name| seed::table(&scene.made, name, &[]))).await?;
        scene.call(call::delete_table(&table)).await?;
        let gone = seed::table_is_going(scene.clients, &table).await?;
        let other_gone = seed::table_is_going(scene.clients, &other).await?;
        Ok(left(scene, "table", gone, other_gone))
    }
}

/// A name that begins with the given one.
fn other(name: &str) -> String {
    format!("{name}-archive")
}

fn left(scene: &Scene<'_>, what: &str, gone: bool, other_gone: bool) -> Seen {
    let journal = scene.proxy.journal();
    let asked = journal.asked("DeleteStream") || journal.asked("DeleteTable");
    let own = match gone {
        true => "deleted",
        false if asked => "still there",
        false => "still there, and nothing was asked to be deleted",
    };
    let other = if other_gone { "deleted" } else { "still there" };
    let left = json!({ what: own, "another whose name begins alike": other });
    Seen::default()
        .with("left", left)
        .with("returned", json!("Ok"))
}

/// The stream is there, and AWS refuses to delete it.
pub struct DeleteStreamRefused;

impl Kind for DeleteStreamRefused {
    fn facets(&self) -> &'static [Facet] {
        &["returned"]
    }

    async fn run(&self, scene: &mut Scene<'_>) -> Result<Seen, End> {
        let stream = scene.stream.clone();
        seed::empty_stream(&scene.made, &stream, 1).await?;
        refused(scene, call::delete_stream(&stream), "DeleteStream").await
    }
}

/// The table is there, and AWS refuses to delete it.
pub struct DeleteTableRefused;

impl Kind for DeleteTableRefused {
    fn facets(&self) -> &'static [Facet] {
        &["returned"]
    }

    async fn run(&self, scene: &mut Scene<'_>) -> Result<Seen, End> {
        let table = scene.table.clone();
        seed::table(&scene.made, &table, &[]).await?;
        refused(scene, call::delete_table(&table), "DeleteTable").await
    }
}

/// A call that says Ok, though AWS refuses its `operation` and those that look first.
async fn refused(scene: &mut Scene<'_>, call: Call, operation: &str) -> Result<Seen, End> {
    let function = call.name().to_owned();
    let done = scene.attempt(call).await?.is_some();
    let said = match done {
        false => "an error",
        true if scene.proxy.journal().asked(operation) => "Ok",
        true => "Ok, and nothing was asked to be deleted",
    };
    let returned = json!({ format!("{function} returns"): said });
    Ok(Seen::default().with("returned", returned))
}
