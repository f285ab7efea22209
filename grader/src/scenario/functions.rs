//! The results of functions that take one value and make no AWS calls.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Map;

use crate::child::Trouble;
use crate::fixture::{self, Fixture};
use crate::problem::Problem;
use crate::scenario::{Context, End, Facet, Facets, Kind, facet};

/// Functions that take one value and make no AWS calls.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Functions {
    cases: String,
}

impl Kind for Functions {
    fn fixtures(&self) -> Vec<Fixture> {
        vec![Fixture::Functions(self.cases.clone())]
    }

    fn facets(&self) -> &'static [Facet] {
        &["results"]
    }

    async fn run(&self, context: &mut Context<'_>) -> Result<Facets, End> {
        let Self { cases } = self;
        let (mut results, mut inputs) = (Map::new(), BTreeMap::new());
        for (about, call) in fixture::functions(context.course, cases)? {
            inputs.insert(about.clone(), call.arguments[0].to_string());
            let answer = context.call_on(&about, call).await;
            if let Err(stopped) = &answer
                && let Trouble::Refused(said) = &stopped.trouble
            {
                let unknown = Problem::course(
                    said,
                    "Add the function to grader/runner/src/calls.rs, as grader/AUTHORS.md says.",
                );
                return Err(unknown.into());
            }
            let value = answer?;
            results.insert(about, facet::to_the_cent(value));
        }
        Ok(Facets::default()
            .with("results", results)
            .with_inputs(inputs))
    }
}
