//! Step 7: the checkpoints of several shards, merged.

use serde::Deserialize;
use serde_json::Map;

use super::dollars;
use crate::call;
use crate::fixture::{self, Fixture};
use crate::problem::Result;
use crate::scenario::context::decode;
use crate::scenario::{Context, End, Facet, Facets, Kind};

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MergeCheckpoints {
    cases: String,
}

impl Kind for MergeCheckpoints {
    fn fixtures(&self) -> Vec<Fixture> {
        vec![Fixture::Checkpoints(self.cases.clone())]
    }

    fn facets(&self) -> &'static [Facet] {
        &["merged"]
    }

    async fn run(&self, context: &mut Context<'_>) -> Result<Facets, End> {
        let Self { cases } = self;
        let mut merged = Map::new();
        for (about, checkpoints) in fixture::checkpoints(context.course, cases)? {
            let call = call::merge(&checkpoints);
            let function = call.name().to_owned();
            let totals = context.call_on(&about, call).await?;
            merged.insert(about, dollars(&decode(&function, totals)?));
        }
        Ok(Facets::default().with("merged", merged))
    }
}
