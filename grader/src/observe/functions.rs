//! What functions return that take one value and talk to nobody.

use serde_json::Map;

use super::{Act, Scene, Seen, facet, proceed};
use crate::fixture;

pub async fn functions(scene: &mut Scene<'_>, cases: &str) -> Act {
    let mut results = Map::new();
    for (about, call) in fixture::functions(scene.course, cases)? {
        let value = proceed!(scene.call_on(&about, call).await);
        results.insert(about, facet::to_the_cent(value));
    }
    Ok(Ok(Seen::default().with("results", results)))
}
