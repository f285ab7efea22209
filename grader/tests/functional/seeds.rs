//! No result depends on the seed: a mistake always gets the same diagnosis, and a correct
//! submission always gets all points.
//!
//!     cargo test -p grader --test functional -- --ignored --nocapture seeds

use std::sync::Mutex;
use std::thread;

use serde_json::{Value, json};

use crate::project::Project;
use crate::session::the_course;
use crate::wrong::{corpus, misconceptions};

const SEEDS: usize = 50;

/// The grader waits most of the time for streams, so a few gradings run in parallel.
const AT_ONCE: usize = 3;

#[test]
#[ignore = "takes an hour"]
fn every_misconception_gets_its_name_over_fifty_seeds() {
    let corpus = corpus();
    let results = side_by_side(misconceptions().into_iter(), |(name, step)| {
        let project = Project::solution().edits(&corpus[&name].edits);
        let tally = over_seeds(&project, &[&step]);
        let is_own = only_outcome(&tally)["diagnoses"] == json!([name]);
        println!("{name}: {:?}", records(&tally));
        (
            records(&tally),
            (!is_own).then(|| format!("{name}: {tally:#}")),
        )
    });
    let (sizes, deviations): (Vec<_>, Vec<_>) = results.into_iter().unzip();
    let mut sizes = sizes.concat();
    sizes.sort_unstable();
    let (median, worst) = (sizes[sizes.len() / 2], sizes[sizes.len() - 1]);
    let many = sizes.len();
    println!("{many} counterexamples: median {median} records, worst {worst}");
    let deviations: Vec<_> = deviations.into_iter().flatten().collect();
    assert!(deviations.is_empty(), "{}", deviations.join("\n"));
}

#[test]
#[ignore = "takes twenty minutes"]
fn alternatives_pass_over_fifty_seeds() {
    let folders = the_course().alternatives().unwrap();
    let passed = side_by_side(folders.into_iter(), |folder| {
        let tally = over_seeds(&Project::solution().overlay(&folder), &[]);
        println!("{}", folder.display());
        let fell = &only_outcome(&tally)["fell"];
        *fell == json!([]) && records(&tally).is_empty()
    });
    assert!(passed.into_iter().all(|passed| passed));
}

/// Works on several items in parallel, in any order.
fn side_by_side<T: Send, R: Send>(
    work: impl Iterator<Item = T> + Send,
    each: impl Fn(T) -> R + Sync,
) -> Vec<R> {
    let (work, done) = (Mutex::new(work), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let Some(next) = work.lock().unwrap().next() else {
                        break;
                    };
                    let result = each(next);
                    done.lock().unwrap().push(result);
                }
            });
        }
    });
    done.into_inner().unwrap()
}

/// The outcome, if it was the same with every seed.
fn only_outcome(tally: &Value) -> &Value {
    let outcomes = tally["outcomes"].as_array().unwrap();
    assert_eq!(outcomes.len(), 1, "{tally:#}");
    &outcomes[0]
}

/// The output of `cargo grade dev seeds` for steps of a submission.
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
