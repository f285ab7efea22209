//! Compares what was observed with what is expected. Nothing here does I/O but
//! reading snapshots; a verdict follows from its arguments alone.

mod counterexample;
mod difference;
mod expectation;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::Serialize;

use crate::child::{Trouble, TroubleKind};
use crate::observe::Observation;
use crate::problem::{Problem, Result};
use crate::step::{Check, Step};

pub use counterexample::Counterexample;
pub use difference::{Difference, compare};
pub use expectation::{Expected, as_text, read};

/// The facets that are read from the journal of AWS calls.
const ABOUT_CALLS: [&str; 3] = ["filtered_lookups", "wasted_lookups", "polls"];

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Passed,
    Failed,
    /// Could not be checked, because something before it failed.
    Blocked,
    /// The submission did not come to an answer: it panicked, hung, crashed …
    Error,
}

/// A check with how it came out.
#[derive(Clone, Debug, Serialize)]
pub struct Verdict {
    pub id: String,
    pub title: String,
    pub status: Status,
    pub score: u32,
    pub max_score: u32,
    /// More than is asked for: not needed to pass.
    pub bonus: bool,
    /// What happened, in a sentence; empty if it passed.
    pub message: String,
    /// The first difference: what the reference gives …
    pub expected: Option<String>,
    /// … and what the submission gave.
    pub actual: Option<String>,
    pub because: String,
    pub hint: String,
    /// The last lines its scenario wrote to standard error, if it did not pass.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stderr: Vec<String>,
    /// What was asked of AWS and how often, where that is what the check is about.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<(String, usize)>,
    /// The smallest generated input found on which the submission is wrong.
    pub counterexample: Option<Counterexample>,
    /// All differences, in the order of the expectation.
    pub differences: Vec<Difference>,
    /// Why there was nothing to compare.
    pub trouble: Option<TroubleKind>,
    #[serde(skip)]
    pub scenario: String,
    /// The file with the `todo!()` it came to, if that is why.
    #[serde(skip)]
    pub unwritten: Option<PathBuf>,
}

impl Verdict {
    pub fn passed(&self) -> bool {
        self.status == Status::Passed
    }

    /// Whether this keeps the step from passing.
    pub fn fell(&self) -> bool {
        !self.passed() && !self.bonus
    }

    fn new(check: &Check, status: Status, message: String) -> Self {
        Self {
            id: check.id.clone(),
            title: check.title.clone(),
            status,
            score: if status == Status::Passed {
                check.points
            } else {
                0
            },
            max_score: check.points,
            bonus: check.bonus,
            message,
            expected: None,
            actual: None,
            because: check.because.clone(),
            hint: check.hint.clone(),
            stderr: Vec::new(),
            asked: Vec::new(),
            counterexample: None,
            differences: Vec::new(),
            trouble: None,
            scenario: check.scenario.clone(),
            unwritten: None,
        }
    }

    /// A check that nothing can be said about.
    pub fn blocked(check: &Check, why: &str) -> Self {
        Self::new(check, Status::Blocked, why.to_owned())
    }
}

/// The verdicts of a step's checks, for those whose scenario was observed.
pub fn judge(step: &Step, seen: &BTreeMap<String, Observation>) -> Result<Vec<Verdict>> {
    let mut verdicts = Vec::new();
    for check in &step.checks {
        if let Some(observation) = seen.get(&check.scenario) {
            let mut verdict = judge_one(step, check, observation)?;
            if !verdict.passed() {
                verdict.stderr = observation.stderr.clone();
            }
            verdicts.push(verdict);
        }
    }
    block(step, &mut verdicts);
    Ok(verdicts)
}

fn judge_one(step: &Step, check: &Check, seen: &Observation) -> Result<Verdict> {
    if let Some(trouble) = &seen.trouble {
        let mut verdict = Verdict::new(check, Status::Error, trouble.sentence.clone());
        if matches!(
            trouble.trouble,
            Trouble::Failed(_) | Trouble::Unwritten { .. }
        ) {
            verdict.status = Status::Failed;
        }
        verdict.trouble = Some(trouble.trouble.kind());
        if let Trouble::Unwritten { file, .. } = &trouble.trouble {
            verdict.unwritten = Some(file.into());
        }
        return Ok(verdict);
    }
    let Some(actual) = seen.facets.get(check.facet.as_str()) else {
        return Err(Problem::bug(format!(
            "{}.{}: scenario {} has no facet {}",
            step.id, check.id, check.scenario, check.facet
        )));
    };
    let reference = seen.reference.as_ref();
    let reference = reference.filter(|reference| reference.facet == check.facet);
    let expected = match (&check.expected, reference) {
        (Some(value), _) => Expected::Json(value.clone()),
        (None, Some(reference)) => Expected::Json(reference.expected.clone()),
        (None, None) => read(&step.expectation(check))?,
    };
    let differences = compare(&expected, actual);
    let Some(first) = differences.first() else {
        return Ok(Verdict::new(check, Status::Passed, String::new()));
    };
    let mut verdict = Verdict::new(check, Status::Failed, first.sentence());
    verdict.expected = Some(first.expected.clone());
    verdict.actual = Some(first.actual.clone());
    verdict.differences = differences;
    verdict.counterexample = reference.map(|reference| Counterexample::new(reference, actual));
    if ABOUT_CALLS.contains(&check.facet.as_str()) {
        verdict.asked = seen.asked.clone();
    }
    Ok(verdict)
}

/// A check that fails while one it needs fails too says nothing of its own.
fn block(step: &Step, verdicts: &mut [Verdict]) {
    let fallen: BTreeSet<_> = verdicts
        .iter()
        .filter(|v| !v.passed())
        .map(|v| v.id.clone())
        .collect();
    for verdict in verdicts.iter_mut().filter(|v| !v.passed()) {
        let check = step.checks.iter().find(|check| check.id == verdict.id);
        let check = check.expect("verdicts are made from these checks");
        let mut needed = step
            .checks
            .iter()
            .filter(|other| check.needs.contains(&other.id));
        if let Some(cause) = needed.find(|needed| fallen.contains(&needed.id)) {
            let why = format!("cannot be checked until this passes: {}", cause.title);
            *verdict = Verdict::blocked(check, &why);
        }
    }
}
