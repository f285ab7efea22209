//! Compares observations with expectations. The only I/O here is reading snapshots. A verdict
//! depends only on its arguments.

mod counterexample;
mod difference;
mod evidence;
mod expectation;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::child::Trouble;
use crate::evidence::{Difference, Segment};
use crate::problem::{Problem, Result};
use crate::scenario::{Described, Observation};
use crate::step::{Check, Step};

pub use counterexample::{Counterexample, Row};
pub use difference::compare;
pub use expectation::{Expected, as_text, read};

/// The facets that are read from the journal of AWS calls.
const ABOUT_CALLS: [&str; 3] = ["filtered_lookups", "wasted_lookups", "polls"];

/// The result of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Passed,
    Failed,
    /// Could not be checked, because something before it failed.
    Blocked,
    /// The submission gave no answer: it panicked, hung, crashed …
    Error,
    /// A bonus that was not earned, which costs nothing.
    Missed,
}

/// The result of a check, and its evidence.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    pub id: String,
    pub scenario: String,
    /// More than is required: not needed to pass.
    pub bonus: bool,
    pub status: Status,
    /// All differences, in the order of the expectation.
    pub differences: Vec<Difference>,
    /// The cases with differences, each with its input in words, if the input is known.
    pub inputs: Vec<(String, String)>,
    /// The smallest generated input that was found for which the submission is wrong.
    pub counterexample: Option<Counterexample>,
    /// Why there was nothing to compare.
    pub trouble: Option<Described>,
    /// Why it could not be checked, as a sentence.
    pub blocked: Option<String>,
    /// The last lines that its scenario printed, if it did not pass.
    pub stdout: Vec<String>,
    pub stderr: Vec<String>,
    /// The AWS operations that were called and how often, if the check is about them.
    pub asked: Vec<(String, usize)>,
}

impl Verdict {
    pub fn passed(&self) -> bool {
        self.status == Status::Passed
    }

    /// Whether this keeps the step from passing.
    pub fn fell(&self) -> bool {
        !self.passed() && !self.bonus
    }

    /// The file with the `todo!()` that the code reached, if that is why it did not pass.
    pub fn unwritten(&self) -> Option<&Path> {
        match &self.trouble.as_ref()?.trouble {
            Trouble::Unwritten { file, .. } => Some(Path::new(file)),
            _ => None,
        }
    }

    fn new(check: &Check, status: Status) -> Self {
        let status = match status {
            Status::Failed | Status::Error if check.bonus => Status::Missed,
            other => other,
        };
        Self {
            id: check.id.clone(),
            scenario: check.scenario.clone(),
            bonus: check.bonus,
            status,
            differences: Vec::new(),
            inputs: Vec::new(),
            counterexample: None,
            trouble: None,
            blocked: None,
            stdout: Vec::new(),
            stderr: Vec::new(),
            asked: Vec::new(),
        }
    }

    /// A check that cannot be judged.
    pub fn blocked(check: &Check, why: &str) -> Self {
        Self {
            blocked: Some(why.to_owned()),
            ..Self::new(check, Status::Blocked)
        }
    }

    /// A check with nothing to compare.
    fn troubled(check: &Check, trouble: &Described) -> Self {
        let status = match trouble.trouble {
            Trouble::Failed(_) | Trouble::Unwritten { .. } => Status::Failed,
            _ => Status::Error,
        };
        Self {
            trouble: Some(trouble.clone()),
            ..Self::new(check, status)
        }
    }
}

/// The verdicts of those checks of a step whose scenario was observed.
pub fn judge(step: &Step, seen: &BTreeMap<String, Observation>) -> Result<Vec<Verdict>> {
    let mut verdicts = Vec::new();
    for check in &step.checks {
        if let Some(observation) = seen.get(&check.scenario) {
            let mut verdict = judge_one(step, check, observation)?;
            if !verdict.passed() {
                verdict.stdout.clone_from(&observation.stdout);
                verdict.stderr.clone_from(&observation.stderr);
            }
            verdicts.push(verdict);
        }
    }
    block(step, &mut verdicts);
    Ok(verdicts)
}

fn judge_one(step: &Step, check: &Check, seen: &Observation) -> Result<Verdict> {
    if let Some(trouble) = &seen.trouble {
        return Ok(Verdict::troubled(check, trouble));
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
    if differences.is_empty() {
        return Ok(Verdict::new(check, Status::Passed));
    }
    let mut verdict = Verdict::new(check, Status::Failed);
    verdict.inputs = inputs(&differences, &seen.inputs);
    verdict.differences = differences;
    verdict.counterexample = reference.map(|reference| Counterexample::new(reference, actual));
    if ABOUT_CALLS.contains(&check.facet.as_str()) {
        verdict.asked = seen.asked.clone();
    }
    Ok(verdict)
}

/// The cases of these differences with their inputs, each case once.
fn inputs(differences: &[Difference], known: &BTreeMap<String, String>) -> Vec<(String, String)> {
    let mut inputs: Vec<(String, String)> = Vec::new();
    for difference in differences {
        let Some(Segment::Field(case)) = difference.path.first() else {
            continue;
        };
        let is_new = inputs.iter().all(|(told, _)| told != case);
        if let Some(input) = known.get(case).filter(|_| is_new) {
            inputs.push((case.clone(), input.clone()));
        }
    }
    inputs
}

/// Blocks each check that needs a check which did not pass: it may fail for the same reason, or
/// pass because the code did nothing.
fn block(step: &Step, verdicts: &mut [Verdict]) {
    let fallen = |verdicts: &[Verdict]| -> BTreeSet<_> {
        let fallen = verdicts.iter().filter(|verdict| !verdict.passed());
        fallen.map(|verdict| verdict.id.clone()).collect()
    };
    let mut last = fallen(verdicts);
    loop {
        for verdict in verdicts.iter_mut().filter(|it| it.blocked.is_none()) {
            let check = step.check(&verdict.id);
            let needed = |other: &&Check| check.needs.contains(&other.id);
            let mut needed = step.checks.iter().filter(needed);
            if let Some(cause) = needed.find(|needed| last.contains(&needed.id)) {
                let why = format!("needs this check first: {}", cause.title);
                *verdict = Verdict::blocked(check, &why);
            }
        }
        // Checks that need a blocked check are also blocked.
        let now = fallen(verdicts);
        if now == last {
            return;
        }
        last = now;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_input_of_each_case_that_differs_is_told_once() {
        let known = ["a second before", "nothing", "in order"].map(|about| {
            let input = format!("the input of {about}");
            (about.to_owned(), input)
        });
        let expected = Expected::Json(json!({
            "a second before": { "0": 2, "3600": 1 }, "in order": 1, "nothing": 0, "else": 1,
        }));
        let actual = json!({ "a second before": {}, "in order": 2, "nothing": 0, "else": 2 });
        let told = inputs(&compare(&expected, &actual), &BTreeMap::from(known.clone()));
        assert_eq!(told, [known[0].clone(), known[2].clone()]);
    }
}
