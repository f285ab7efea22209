//! Every check bites: each wrong submission under `fixtures/wrong` fails exactly
//! the checks it names, and each check has one that fails it alone.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use crate::project::{Edit, Project, Report, course};
use crate::session::{Asked, edited, reports};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wrong {
    /// The mistake, in a sentence.
    pub about: String,
    /// The checks that must not pass, all of them.
    pub fails: BTreeSet<String>,
    /// The checks that must come out blocked.
    #[serde(default)]
    pub blocks: BTreeSet<String>,
    /// Bonus checks that must not pass.
    #[serde(default)]
    pub misses: BTreeSet<String>,
    /// A word that the verdict must have, for submissions that are hostile.
    pub verdict: Option<String>,
    #[serde(rename = "edit")]
    pub edits: Vec<Edit>,
}

pub fn corpus() -> BTreeMap<String, Wrong> {
    corpus_in(course())
}

pub fn corpus_in(course: &Path) -> BTreeMap<String, Wrong> {
    let mut corpus = BTreeMap::new();
    for file in fs::read_dir(course.join("fixtures/wrong")).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let wrong = toml::from_str(&fs::read_to_string(&path).unwrap());
        corpus.insert(
            name,
            wrong.unwrap_or_else(|e| panic!("{}: {e}", path.display())),
        );
    }
    corpus
}

/// The submissions whose mistakes have a name, with the number of the step.
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

/// The name that fits a submission which is no misconception of its own.
fn fitting_name(submission: &str) -> Option<String> {
    let text = fs::read_to_string(course().join("fixtures/names.toml")).unwrap();
    let names: toml::Table = toml::from_str(&text).unwrap();
    let name = names.get(submission)?["name"].as_str();
    name.map(str::to_owned)
}

/// The steps that an edit can make a difference to: those whose files it changes, and
/// those that depend on them. All of them, if it changes anything else.
fn affected(wrong: &Wrong) -> Vec<String> {
    let steps = fs::read_dir(course().join("grader/steps")).unwrap();
    let numbered = steps.map(|step| {
        let step = step.unwrap();
        let name = step.file_name().into_string().unwrap();
        let (number, id) = name.split_once('-').unwrap();
        (number.parse::<usize>().unwrap(), id.to_owned(), step.path())
    });
    let steps: BTreeSet<_> = numbered.collect();
    let mut affected: Vec<String> = Vec::new();
    let mut files = BTreeSet::new();
    for (_, id, folder) in steps {
        let text = fs::read_to_string(folder.join("step.toml")).unwrap();
        let step: toml::Table = toml::from_str(&text).unwrap();
        let file = step["file"].as_str().unwrap().to_owned();
        let depends = step.get("depends").and_then(|it| it.as_array());
        let mut depends = depends.into_iter().flatten().filter_map(|it| it.as_str());
        let changed = wrong.edits.iter().any(|edit| edit.file == file);
        if changed || depends.any(|on| affected.iter().any(|before| before == on)) {
            affected.push(id);
        }
        files.insert(file);
    }
    match wrong.edits.iter().all(|edit| files.contains(&edit.file)) {
        true => affected,
        false => Vec::new(),
    }
}

/// What is not as the files say of these submissions; nothing if all is.
pub fn deviations(corpus: &[(&String, &Wrong)], time_limit: Option<Duration>) -> Vec<String> {
    let asked = corpus.iter().map(|(name, wrong)| Asked {
        name: (*name).clone(),
        submission: edited(&wrong.edits),
        steps: affected(wrong),
        time_limit,
    });
    let reports = reports(asked.collect());
    let deviations = corpus.iter().filter_map(|(name, wrong)| {
        let report = &reports[*name];
        deviation(name, wrong, report)
    });
    deviations.collect()
}

fn deviation(name: &str, wrong: &Wrong, report: &Report) -> Option<String> {
    let errors = &report.document["compile_errors"];
    if *errors != serde_json::json!([]) {
        return Some(format!(
            "{name} ({}): does not compile: {errors}",
            wrong.about
        ));
    }
    let fell = report.with_status(&["failed", "error"]);
    let blocked: BTreeSet<_> = report.with_status(&["blocked"]).into_keys().collect();
    // A seed may show what is wrong or not; where it must, the file says so.
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
    let word = wrong.verdict.as_ref()?;
    (!fell.values().any(|message| message.contains(word)))
        .then(|| format!("{name}: no verdict says {word}: {fell:#?}"))
}

#[test]
fn wrong_submissions_fail_exactly_their_checks() {
    let corpus = corpus();
    // Those of one step, for its author.
    let only = std::env::var("WRONG").unwrap_or_default();
    let ordinary: Vec<_> = corpus
        .iter()
        .filter(|(name, wrong)| name.starts_with(&only) && wrong.verdict.is_none())
        .collect();
    assert!(!ordinary.is_empty(), "none is called {only}…");
    let deviations = deviations(&ordinary, None);
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
