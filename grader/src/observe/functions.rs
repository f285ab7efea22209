//! What functions return that take one value and talk to nobody.

use serde_json::Map;

use super::{Act, Scene, Seen, facet, proceed};
use crate::child::Trouble;
use crate::fixture;
use crate::problem::Problem;

pub async fn functions(scene: &mut Scene<'_>, cases: &str) -> Act {
    let mut results = Map::new();
    for (about, call) in fixture::functions(scene.course, cases)? {
        let answer = scene.call_on(&about, call).await;
        if let Err(stopped) = &answer
            && let Trouble::Refused(said) = &stopped.trouble
        {
            return Err(Problem::course(
                said,
                "Add it to grader/runner/src/calls.rs, as grader/AUTHORS.md says.",
            ));
        }
        let value = proceed!(answer);
        results.insert(about, facet::to_the_cent(value));
    }
    Ok(Ok(Seen::default().with("results", results)))
}
