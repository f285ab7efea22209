//! The outcome of a grading, and its forms.

mod begun;
pub mod classroom50;
mod compared;
mod document;
pub mod github;
pub mod gradescope;
mod harmless;
pub mod html;
pub mod junit;
pub mod markdown;
mod plain;
mod rubric;
#[cfg(test)]
mod schema;
mod stage;
mod state;
mod terminal;
mod words;

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use crate::check::{Status, Verdict};
use crate::diagnose::Diagnosis;
use crate::evidence::Room;
use crate::quiz::UNANSWERED;
use crate::scenario::{AwsCall, Location, Observation};
use crate::score::{Points, Score};
use crate::step::{Check, Step};
use crate::submission::CompilerMessage;

pub use begun::Begun;
pub use compared::{Compared, compared};
pub use document::{
    CheckReport, CounterexampleReport, Outcome, Report, ScenarioReport, Seconds, StepReport,
};
pub use harmless::{harmless, harmless_line};
pub use rubric::{Grade, Rubric};
pub use state::State;
pub use terminal::{
    Reviewed, Screen, View, dir_option, in_colour, quoted, render as terminal, review,
};

#[cfg(test)]
pub use terminal::tests::saved;

use harmless::harmless_json;
use words::Words;
pub use words::{grouped, number_of};

/// How many differences of a check are reported, and how much of each: a submission can return
/// any value.
const MOST_DIFFERENCES: usize = 200;
const ROOM: Room = Room {
    text: 2_000,
    list: 200,
    fields: 200,
};

/// How many AWS operations are reported, and how much of each name: a submission can use any
/// name.
const MOST_OPERATIONS: usize = 50;
const LONGEST_OPERATION: usize = 100;

/// How many AWS calls of a scenario are reported one by one.
const MOST_CALLS: usize = 5_000;

/// One JSON document.
pub fn json(report: &impl Serialize) -> String {
    let text = serde_json::to_string_pretty(report).expect("a report is JSON");
    harmless_json(&text) + "\n"
}

/// The observations of a step, and their results.
#[derive(Default)]
pub struct Judged {
    pub scenarios: Vec<ScenarioReport>,
    pub verdicts: Vec<Verdict>,
    pub score: Score,
    pub diagnosis: Option<Diagnosis>,
    pub seconds: f64,
    /// Where the functions are that checks are about.
    pub places: BTreeMap<String, Location>,
    /// The command that makes the generated inputs again.
    pub replay: String,
}

impl StepReport {
    pub fn new(step: &Step, judged: Judged, warnings: &[CompilerMessage]) -> Self {
        let passed = judged.score.passed;
        let own = |said: &&CompilerMessage| !passed && Path::new(&said.file).ends_with(&step.file);
        let total = judged.score.total();
        let checks = judged.verdicts.iter().zip(&judged.score.checks);
        let checks = checks.map(|(verdict, points)| {
            let check = step.check(&verdict.id);
            let report = CheckReport::new(check, verdict, *points, &judged.replay);
            let function = check.function.as_ref().filter(|_| !report.passed());
            let place = function.and_then(|function| judged.places.get(function));
            CheckReport {
                fixtures: fixtures(step, verdict),
                location: report.location.clone().or_else(|| place.cloned()),
                ..report
            }
        });
        Self {
            number: step.number,
            id: step.id.clone(),
            title: step.title.clone(),
            file: step.file.clone(),
            status: status(passed, judged.verdicts.iter().map(|verdict| verdict.status)),
            passed,
            score: total.earned,
            max_score: total.of,
            seconds: judged.seconds,
            checks: checks.collect(),
            scenarios: judged.scenarios,
            warnings: warnings.iter().filter(own).cloned().collect(),
            diagnosis: judged.diagnosis,
        }
    }
}

/// The files with the input of a check that shows differences.
fn fixtures(step: &Step, verdict: &Verdict) -> Vec<String> {
    if verdict.differences.is_empty() {
        return Vec::new();
    }
    let scenarios = step.scenarios.iter().filter(|it| it.id == verdict.scenario);
    let fixtures = scenarios.flat_map(|scenario| scenario.script.fixtures());
    let files = fixtures.map(|fixture| {
        let (folder, name) = fixture.place();
        format!("fixtures/{folder}/{name}.json")
    });
    files.collect()
}

impl StepReport {
    /// Adds up the checks again, after some of them were replaced.
    pub fn settle(&mut self) {
        self.score = self.checks.iter().map(|check| check.score).sum();
        self.passed = !self.checks.iter().any(CheckReport::fell);
        self.status = status(self.passed, self.checks.iter().map(|check| check.status));
    }
}

/// The status of a step or a report: the worst status that keeps it from passing.
fn status(passed: bool, parts: impl IntoIterator<Item = Status>) -> Status {
    let parts: Vec<_> = parts.into_iter().collect();
    let mut worst = [Status::Failed, Status::Error, Status::Blocked].into_iter();
    match worst.find(|status| parts.contains(status)) {
        Some(status) if !passed => status,
        _ => Status::Passed,
    }
}

impl ScenarioReport {
    pub fn new(id: &str, seen: &Observation) -> Self {
        let calls = seen.calls.iter().take(MOST_CALLS).cloned();
        let calls = calls.map(|call| AwsCall {
            operation: start(&call.operation),
            ..call
        });
        Self {
            id: id.to_owned(),
            seconds: seen.seconds,
            asked: told(&seen.asked),
            calls: calls.collect(),
        }
    }
}

fn start(name: &str) -> String {
    name.chars().take(LONGEST_OPERATION).collect()
}

fn told(asked: &[(String, usize)]) -> Vec<(String, usize)> {
    let asked = asked.iter().take(MOST_OPERATIONS);
    asked.map(|(name, times)| (start(name), *times)).collect()
}

impl CheckReport {
    fn new(check: &Check, verdict: &Verdict, points: Points, replay: &str) -> Self {
        let differences = verdict.differences.iter().take(MOST_DIFFERENCES);
        let differences: Vec<_> = differences.map(|it| it.cut(ROOM)).collect();
        let first = differences.first().map(Words::of);
        let trouble = verdict.trouble.as_ref();
        let counterexample = verdict.counterexample.clone();
        let said = trouble.map(|trouble| &trouble.sentence);
        let said = said.or(verdict.blocked.as_ref()).cloned();
        let message = said.or_else(|| first.as_ref().map(Words::sentence));
        let report = Self {
            id: check.id.clone(),
            title: check.title.clone(),
            status: verdict.status,
            score: points.earned,
            max_score: points.of,
            bonus: check.bonus,
            message: message.unwrap_or_default(),
            expected: first.as_ref().map(|first| first.expected.clone()),
            actual: first.map(|first| first.actual),
            rule: check.rule.clone(),
            hint: check.hint.clone(),
            scenario: check.scenario.clone(),
            location: trouble.and_then(|trouble| trouble.location.clone()),
            stdout: verdict.stdout.clone(),
            stderr: verdict.stderr.clone(),
            asked: told(&verdict.asked),
            inputs: verdict.inputs.clone(),
            fixtures: Vec::new(),
            counterexample: counterexample.map(|found| CounterexampleReport {
                records: found.records,
                trace: found.trace,
                replay: replay.to_owned(),
            }),
            differences,
            trouble: trouble.map(|trouble| trouble.trouble.kind()),
        };
        match report.is_unanswered() {
            true => Self {
                message: UNANSWERED.to_owned(),
                ..report
            },
            false => report,
        }
    }
}
