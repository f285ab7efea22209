//! Step 5: what exists after the cleanup.

use futures::future::try_join_all;
use serde::Deserialize;
use serde_json::json;

use crate::scenario::proxy::Journal;
use crate::scenario::refusal::Refusal;
use crate::scenario::scene::{first_in_a_list, longer_name};
use crate::scenario::{End, Facet, Kind, Scene, Seen};
use crate::{call, seed};

/// The result for code that returns `Ok` without a request to delete.
const UNASKED: &str = "Ok, without a request to delete it";

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
        let stream = scene.stream.clone();
        let [alike, first] = others(&stream);
        let there = [&alike, &first, &stream].into_iter();
        let there = there.take(2 + usize::from(exists));
        try_join_all(there.map(|name| seed::empty_stream(&scene.made, name, 1))).await?;
        scene.call(call::delete_stream(&stream)).await?;
        let gone = seed::stream_is_going(scene.clients, &stream).await?;
        let other_gone = seed::stream_is_going(scene.clients, &alike).await?;
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
        let table = scene.table.clone();
        let [alike, first] = others(&table);
        let there = [&alike, &first, &table].into_iter();
        let there = there.take(2 + usize::from(exists));
        try_join_all(there.map(|name| seed::table(&scene.made, name, &[]))).await?;
        scene.call(call::delete_table(&table)).await?;
        let gone = seed::table_is_going(scene.clients, &table).await?;
        let other_gone = seed::table_is_going(scene.clients, &alike).await?;
        Ok(left(scene, "table", gone, other_gone))
    }
}

/// Two other names: one that starts with the given name, and one that comes first in a list.
fn others(name: &str) -> [String; 2] {
    [longer_name(name), first_in_a_list(name)]
}

fn left(scene: &Scene<'_>, what: &str, gone: bool, other_gone: bool) -> Seen {
    let own = match gone {
        true => "deleted".to_owned(),
        false => not_deleted(&scene.proxy.journal()),
    };
    let other = if other_gone {
        "deleted"
    } else {
        "still exists"
    };
    let left = json!({ what: own, "another whose name starts with this name": other });
    Seen::default()
        .with("left", left)
        .with("returned", json!("Ok"))
}

/// The result if it still exists. It says whether your code sent other requests or none.
fn not_deleted(journal: &Journal) -> String {
    let asked = journal.counts();
    let operations: Vec<_> = asked
        .iter()
        .map(|(operation, _)| operation.as_str())
        .collect();
    match operations.as_slice() {
        [] => "still exists: your code made no AWS call".to_owned(),
        some if some.contains(&"DeleteStream") || some.contains(&"DeleteTable") => {
            "still exists".to_owned()
        }
        some => format!("still exists: your code called only {}", some.join(", ")),
    }
}

/// The stream exists, and AWS refuses to delete it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeleteStreamRefused {
    errors: Vec<String>,
}

impl Kind for DeleteStreamRefused {
    fn facets(&self) -> &'static [Facet] {
        &["returned"]
    }

    async fn run(&self, scene: &mut Scene<'_>) -> Result<Seen, End> {
        let stream = scene.stream.clone();
        seed::empty_stream(&scene.made, &stream, 1).await?;
        let refusal = Refusal {
            call: call::delete_stream(&stream),
            on: &[
                "DeleteStream",
                "DescribeStream",
                "DescribeStreamSummary",
                "ListStreams",
            ],
            errors: &self.errors,
            unasked: UNASKED,
        };
        refusal.run(scene).await
    }
}

/// The table exists, and AWS refuses to delete it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeleteTableRefused {
    errors: Vec<String>,
}

impl Kind for DeleteTableRefused {
    fn facets(&self) -> &'static [Facet] {
        &["returned"]
    }

    async fn run(&self, scene: &mut Scene<'_>) -> Result<Seen, End> {
        let table = scene.table.clone();
        seed::table(&scene.made, &table, &[]).await?;
        let refusal = Refusal {
            call: call::delete_table(&table),
            on: &["DeleteTable", "DescribeTable", "ListTables"],
            errors: &self.errors,
            unasked: UNASKED,
        };
        refusal.run(scene).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::proxy::Asked;

    fn after(operations: &[&str]) -> String {
        let call = |operation: &&str| Asked {
            operation: (*operation).into(),
            request: json!({}),
            succeeded: true,
            answer: json!({}),
            ..Asked::default()
        };
        not_deleted(&Journal {
            calls: operations.iter().map(call).collect(),
            ..Journal::default()
        })
    }

    #[test]
    fn no_request_is_told_from_another_request() {
        assert!(after(&[]).ends_with("made no AWS call"));
        assert!(after(&["DescribeStream"]).ends_with("called only DescribeStream"));
        assert_eq!(after(&["DescribeStream", "DeleteStream"]), "still exists");
    }
}
