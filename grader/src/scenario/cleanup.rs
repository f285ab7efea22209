//! Step 5: what exists after the cleanup.

use futures::future::try_join_all;
use serde::Deserialize;
use serde_json::json;

use crate::scenario::context::{first_in_a_list, longer_name};
use crate::scenario::proxy::Journal;
use crate::scenario::refusal::Refusal;
use crate::scenario::{Context, End, Facet, Facets, Kind};
use crate::{call, provision};

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

    async fn run(&self, context: &mut Context<'_>) -> Result<Facets, End> {
        let Self { exists } = *self;
        let stream = context.stream.clone();
        let [alike, first] = others(&stream);
        let there = [&alike, &first, &stream].into_iter();
        let there = there.take(2 + usize::from(exists));
        try_join_all(there.map(|name| provision::empty_stream(&context.made, name, 1))).await?;
        context.call(call::delete_stream(&stream)).await?;
        let gone = provision::stream_is_going(context.clients, &stream).await?;
        let other_gone = provision::stream_is_going(context.clients, &alike).await?;
        Ok(left(context, "stream", gone, other_gone))
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

    async fn run(&self, context: &mut Context<'_>) -> Result<Facets, End> {
        let Self { exists } = *self;
        let table = context.table.clone();
        let [alike, first] = others(&table);
        let there = [&alike, &first, &table].into_iter();
        let there = there.take(2 + usize::from(exists));
        try_join_all(there.map(|name| provision::table(&context.made, name, &[]))).await?;
        context.call(call::delete_table(&table)).await?;
        let gone = provision::table_is_going(context.clients, &table).await?;
        let other_gone = provision::table_is_going(context.clients, &alike).await?;
        Ok(left(context, "table", gone, other_gone))
    }
}

/// Two other names: one that starts with the given name, and one that comes first in a list.
fn others(name: &str) -> [String; 2] {
    [longer_name(name), first_in_a_list(name)]
}

fn left(context: &Context<'_>, what: &str, gone: bool, other_gone: bool) -> Facets {
    let own = match gone {
        true => "deleted".to_owned(),
        false => not_deleted(&context.proxy.journal()),
    };
    let other = if other_gone {
        "deleted"
    } else {
        "still exists"
    };
    let left = json!({ what: own, "another whose name starts with this name": other });
    Facets::default()
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

    async fn run(&self, context: &mut Context<'_>) -> Result<Facets, End> {
        let stream = context.stream.clone();
        provision::empty_stream(&context.made, &stream, 1).await?;
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
        refusal.run(context).await
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

    async fn run(&self, context: &mut Context<'_>) -> Result<Facets, End> {
        let table = context.table.clone();
        provision::table(&context.made, &table, &[]).await?;
        let refusal = Refusal {
            call: call::delete_table(&table),
            on: &["DeleteTable", "DescribeTable", "ListTables"],
            errors: &self.errors,
            unasked: UNASKED,
        };
        refusal.run(context).await
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
