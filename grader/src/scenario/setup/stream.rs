//! Step 1: the stream that the setup creates in Kinesis.

use serde::Deserialize;
use serde_json::{Map, json};

use super::{TOLD, never_active, read_all, still_creating, told};
use crate::fixture;
use crate::problem::Result;
use crate::scenario::context::{first_in_a_list, longer_name};
use crate::scenario::refusal::Refusal;
use crate::scenario::{Context, End, Facet, Facets, Kind};
use crate::{call, provision};

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetupStream {
    shards: i32,
}

impl Kind for SetupStream {
    fn facets(&self) -> &'static [Facet] {
        &["status", "shards"]
    }

    async fn run(&self, context: &mut Context<'_>) -> Result<Facets, End> {
        let Self { shards } = *self;
        let stream = context.stream.clone();
        provision::empty_stream(&context.made, &longer_name(&stream), 1).await?;
        context.call(call::setup_stream(&stream, shards)).await?;
        let seen = provision::describe_stream(context.clients, &stream).await?;
        let Some(seen) = seen else {
            let none = json!({ "stream": "does not exist" });
            return Ok(Facets::default()
                .with("status", none.clone())
                .with("shards", none));
        };
        // On a slow machine a stream may become ACTIVE before the grader looks. If the code was
        // never told that it is ACTIVE, the status for this code is CREATING.
        let journal = context.proxy.journal();
        let status = match journal.last_status() {
            Some("ACTIVE") => seen.stream_status.as_str(),
            _ => "CREATING",
        };
        let status = json!({ "status": status });
        let ready = provision::wait_for_stream(context.clients, &stream).await?;
        let open = json!({ "open shards": ready.open_shard_count });
        Ok(Facets::default()
            .with("status", status)
            .with("shards", open))
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetupStreamAgain {
    shards: i32,
}

impl Kind for SetupStreamAgain {
    fn facets(&self) -> &'static [Facet] {
        &["kept"]
    }

    async fn run(&self, context: &mut Context<'_>) -> Result<Facets, End> {
        let Self { shards } = *self;
        let (stream, first) = (context.stream.clone(), first_in_a_list(&context.stream));
        tokio::try_join!(
            provision::empty_stream(&context.made, &stream, shards),
            provision::empty_stream(&context.made, &first, 1),
        )?;
        let record = fixture::Record::Raw {
            key: "alice".into(),
            data: "kept".into(),
        };
        provision::put(context.clients, &stream, &[record]).await?;
        // The existing stream must not change, even if the number of shards differs.
        let call = call::setup_stream(&stream, shards + 1);
        context.call(call).await?;
        let ready = provision::wait_for_stream(context.clients, &stream).await?;
        let kept = json!({
            "records kept": read_all(context.clients, &stream).await?.len(),
            "open shards": ready.open_shard_count,
        });
        Ok(Facets::default().with("kept", kept))
    }
}

/// The stream exists, and is CREATING for some time; then forever.
pub struct SetupStreamCreating;

impl Kind for SetupStreamCreating {
    fn facets(&self) -> &'static [Facet] {
        &["told"]
    }

    async fn run(&self, context: &mut Context<'_>) -> Result<Facets, End> {
        let stream = context.stream.clone();
        provision::empty_stream(&context.made, &stream, 1).await?;
        still_creating(context, Some(TOLD));
        let call = call::setup_stream(&stream, 1);
        context.call(call.clone()).await?;
        let mut told = Map::from_iter([("status when it returns".to_owned(), told(context, 0))]);
        told.extend(never_active(context, call).await?);
        Ok(Facets::default().with("told", told))
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetupStreamRefused {
    errors: Vec<String>,
}

impl Kind for SetupStreamRefused {
    fn facets(&self) -> &'static [Facet] {
        &["returned"]
    }

    async fn run(&self, context: &mut Context<'_>) -> Result<Facets, End> {
        let stream = context.stream.clone();
        // The stream exists although AWS refuses the call. So code that treats the error as
        // success gets no other error.
        provision::empty_stream(&context.made, &stream, 1).await?;
        let refusal = Refusal {
            call: call::setup_stream(&stream, 1),
            on: &["CreateStream"],
            errors: &self.errors,
            // Code that looks first and does not call CreateStream is not refused: `Ok` is right.
            unasked: "an error",
        };
        refusal.run(context).await
    }
}
