//! The results of functions that take one value and make no AWS calls.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Map;

use crate::child::Trouble;
use crate::fixture::{self, Fixture};
use crate::problem::Problem;
use crate::scenario::{End, Facet, Kind, Scene, Seen, facet};

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

    async fn run(&self, scene: &mut Scene<'_>) -> Result<Seen, End> {
        let Self { cases } = self;
        let (mut results, mut inputs) = (Map::new(), BTreeMap::new());
        for (about, call) in fixture::functions(scene.course, cases)? {
            inputs.insert(about.clone(), call.arguments[0].to_string());
            let answer = scene.call_on(&about, call).await;
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
        Ok(Seen::default().with("results", results).with_inputs(inputs))
    }
}
