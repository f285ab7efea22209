//! Nothing depends on the seed: the same diagnosis each time, full marks each time.
//!
//!     cargo test -p grader --test functional -- --ignored --nocapture seeds

use std::fs;

use serde_json::{Value, json};

use crate::project::{Project, course};
use crate::wrong::{corpus, misconceptions};

const SEEDS: usize = 50;

#[test]
#[ignore = "takes two hours"]
fn every_misconception_gets_its_name_over_fifty_seeds() {
    let corpus = corpus();
    let (mut deviations, mut sizes) = (Vec::new(), Vec::new());
    for (name, step) in misconceptions() {
        let tally = over_seeds(&Project::solution().edits(&corpus[&name].edits), &[&step]);
        let outcomes = tally["outcomes"].as_array().unwrap();
        if outcomes.len() != 1 || outcomes[0]["diagnoses"] != json!([name]) {
            deviations.push(format!("{name}: {tally:#}"));
        }
        let records = records(&tally);
        println!(
            "{name}: {} outcome, counterexamples {records:?}",
            outcomes.len()
        );
        sizes.extend(records);
    }
    sizes.sort_unstable();
    println!(
        "{} counterexamples: median {} records, worst {}",
        sizes.len(),
        sizes[sizes.len() / 2],
        sizes[sizes.len() - 1]
    );
    assert!(deviations.is_empty(), "{}", deviations.join("\n"));
}

#[test]
#[ignore = "takes half an hour"]
fn alternatives_pass_over_fifty_seeds() {
    for folder in fs::read_dir(course().join("fixtures/alternative")).unwrap() {
        let folder = folder.unwrap().path();
        let tally = over_seeds(&Project::solution().overlay(&folder), &[]);
        let outcomes = tally["outcomes"].as_array().unwrap();
        println!("{}: {} outcome", folder.display(), outcomes.len());
        assert_eq!(outcomes.len(), 1, "{tally:#}");
        assert_eq!(outcomes[0]["fell"], json!([]), "{tally:#}");
        assert_eq!(records(&tally), [0; 0], "{tally:#}");
    }
}

/// What `cargo grade dev seeds` says of steps of a submission.
fn over_seeds(project: &Project, steps: &[&str]) -> Value {
    let count = SEEDS.to_string();
    let arguments = [&["dev", "seeds", "--count", &count], steps].concat();
    project.grade(&arguments).report().document
}

/// The sizes of all counterexamples.
fn records(tally: &Value) -> Vec<u64> {
    let checks = tally["counterexamples"].as_object().unwrap().values();
    let sizes = checks.flat_map(|check| check.as_array().unwrap());
    sizes.map(|size| size.as_u64().unwrap()).collect()
}
