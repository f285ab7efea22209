//! Every check can fail: each wrong submission under `fixtures/wrong` fails exactly the checks
//! that it names, and each check has a submission that fails only this check.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use grader::commands::dev::wrong::{self, Wrong};
use grader::course::Course;
use grader::problem::Problem;
use grader::step;

use crate::project::{Project, Report, course};
use crate::session::{Asked, reports, solutions, the_course};

pub fn corpus() -> BTreeMap<String, Wrong> {
    corpus_of(&the_course())
}

pub fn corpus_of(course: &Course) -> BTreeMap<String, Wrong> {
    read(wrong::all(course))
}

/// The submissions under `fixtures/hostile`.
pub fn hostile() -> BTreeMap<String, Wrong> {
    read(wrong::hostile(&the_course()))
}

fn read(
    corpus: Result<BTreeMap<String, Result<Wrong, String>>, Problem>,
) -> BTreeMap<String, Wrong> {
    let all = corpus.unwrap().into_iter();
    all.map(|(name, wrong)| (name, wrong.unwrap())).collect()
}

/// The submissions whose mistake has a name, with the number of the step.
pub fn misconceptions() -> BTreeMap<String, String> {
    let steps = fs::read_dir(course().join("grader/steps")).unwrap();
    let mut names = BTreeMap::new();
    for step in steps {
        let step = step.unwrap();
        let folder = step.file_name().into_string().unwrap();
        let number = folder.split_once('-').unwrap().0.to_owned();
        let text = fs::read_to_string(step.path().join("misconceptions.toml")).unwrap();
        let parsed: toml::Table = toml::from_str(&text).unwrap();
        for entry in parsed["misconception"].as_array().unwrap() {
            let submission = entry["submission"].as_str().unwrap();
            names.insert(submission.to_owned(), number.clone());
        }
    }
    names
}

/// The name that fits a submission that does not have its own misconception.
fn fitting_name(submission: &str) -> Option<String> {
    let text = fs::read_to_string(course().join("fixtures/names.toml")).unwrap();
    let names: toml::Table = toml::from_str(&text).unwrap();
    let name = names.get(submission)?["name"].as_str();
    name.map(str::to_owned)
}

/// Where these submissions differ from what their files say; empty if they do not.
fn deviations(corpus: &[(&String, &Wrong)]) -> Vec<String> {
    let (solutions, steps) = (solutions(), step::load(&the_course()).unwrap());
    let asked = corpus.iter().map(|(name, wrong)| Asked {
        name: (*name).clone(),
        submission: wrong.of(&solutions).unwrap(),
        steps: wrong.affected(&steps).into_iter().cloned().collect(),
        time_limit: None,
    });
    let reports = reports(asked.collect());
    let deviations = corpus.iter().filter_map(|(name, wrong)| {
        let report = &reports[*name];
        deviation(name, wrong, report)
    });
    deviations.collect()
}

/// Where a submission differs from what its file says.
pub fn deviation(name: &str, wrong: &Wrong, report: &Report) -> Option<String> {
    let errors = &report.document["compile_errors"];
    if wrong.fails.is_empty() {
        let says = wrong.says.as_deref().unwrap_or_default();
        let said = errors.to_string();
        return (!said.contains(says)).then(|| format!("{name}: no error says {says}: {said}"));
    }
    if *errors != serde_json::json!([]) {
        return Some(format!(
            "{name} ({}): does not compile: {errors}",
            wrong.about
        ));
    }
    let fell = report.with_status(&["failed", "error"]);
    let blocked: BTreeSet<_> = report.with_status(&["blocked"]).into_keys().collect();
    // A seed may or may not show the mistake. If it must, the file says so.
    let certain = |name: &&String| wrong.fails.contains(*name) || !name.ends_with(".generated");
    let names: BTreeSet<_> = fell.keys().filter(certain).cloned().collect();
    let missed = report.bonus(false);
    if names != wrong.fails || blocked != wrong.blocks || !wrong.misses.is_subset(&missed) {
        return Some(format!(
            "{name} ({}): failed {fell:#?}, blocked {blocked:?}, bonus missed {missed:?}",
            wrong.about
        ));
    }
    let diagnosed = report.diagnoses();
    let known = misconceptions().contains_key(name);
    let fits = match diagnosed.first() {
        Some(given) if known => given == name,
        Some(given) => fitting_name(name).as_ref() == Some(given),
        None => !known,
    };
    if !fits || diagnosed.len() > 1 {
        return Some(format!("{name}: diagnosed as {diagnosed:?}"));
    }
    let word = wrong.says.as_ref()?;
    (!fell.values().any(|message| message.contains(word)))
        .then(|| format!("{name}: no verdict says {word}: {fell:#?}"))
}

#[test]
fn wrong_submissions_fail_exactly_their_checks() {
    let corpus = corpus();
    // An author can select the submissions of a step: their names begin with `WRONG`.
    let only = std::env::var("WRONG").unwrap_or_default();
    let ordinary: Vec<_> = corpus
        .iter()
        .filter(|(name, _)| name.starts_with(&only))
        .collect();
    assert!(!ordinary.is_empty(), "none is called {only}…");
    let deviations = deviations(&ordinary);
    assert!(deviations.is_empty(), "{}", deviations.join("\n"));
}

#[test]
fn every_check_has_a_wrong_submission_of_its_own() {
    let corpus = corpus();
    let alone: BTreeSet<_> = corpus
        .values()
        .filter(|w| w.fails.len() == 1)
        .flat_map(|w| w.fails.clone())
        .collect();
    let all: BTreeSet<_> = Project::solution()
        .report(&[])
        .checks()
        .into_keys()
        .collect();
    let without: Vec<_> = all.difference(&alone).collect();
    assert!(
        without.is_empty(),
        "no wrong submission fails only {without:?}"
    );
}
