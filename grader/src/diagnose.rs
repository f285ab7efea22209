//! Recognises a misconception by its findings: which checks fail, and how. Someone
//! who made another mistake gets no name at all rather than a false one.

use serde::{Deserialize, Serialize};

use crate::check::{Status, Verdict};
use crate::report::Words;
use crate::step::{Finding, Misconception, Step};

/// A misconception that was recognised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Diagnosis {
    pub id: String,
    pub name: String,
    /// From a question to the near answer.
    pub hints: [String; 3],
}

/// The misconception whose findings these are; none if none fits, or more than one. Of
/// several that have nothing to do with each other, and together leave nothing open, it
/// is the first: mistakes are mended one after the other.
pub fn diagnose(step: &Step, verdicts: &[Verdict]) -> Option<Diagnosis> {
    let fallen = telling(step, verdicts);
    let shows = |m: &&Misconception| m.symptom.iter().all(|finding| is_there(finding, verdicts));
    let shown: Vec<_> = step.misconceptions.iter().filter(shows).collect();
    let explains_all = |m: &&&Misconception| fallen.iter().all(|check| names(m, check));
    let mut alone = shown.iter().filter(explains_all);
    let only = match (alone.next(), alone.next()) {
        (Some(only), None) => only,
        (None, _) if divide(&shown, &fallen) => shown.first()?,
        _ => return None,
    };
    Some(Diagnosis {
        id: only.submission.clone(),
        name: only.name.clone(),
        hints: only.hints.clone(),
    })
}

/// The checks that say something of what is wrong.
fn telling<'a>(step: &Step, verdicts: &'a [Verdict]) -> Vec<&'a str> {
    // What a seed shows depends on the seed.
    let certain = |verdict: &&Verdict| !step.is_generated(&verdict.scenario);
    // What is not written yet says nothing of what is.
    let says = |verdict: &&Verdict| {
        verdict.fell() && verdict.status != Status::Blocked && verdict.unwritten().is_none()
    };
    let telling = verdicts.iter().filter(says).filter(certain);
    telling.map(|verdict| verdict.id.as_str()).collect()
}

/// Whether each of these checks is named by one of these misconceptions, and no check by
/// two of them.
fn divide(shown: &[&Misconception], fallen: &[&str]) -> bool {
    let all = shown.iter().flat_map(|m| &m.symptom);
    let mut checks: Vec<_> = all.map(|finding| finding.check.as_str()).collect();
    checks.sort_unstable();
    let named = checks.len();
    checks.dedup();
    named == checks.len() && fallen.iter().all(|check| checks.contains(check))
}

fn names(misconception: &Misconception, check: &str) -> bool {
    let mut symptom = misconception.symptom.iter();
    symptom.any(|finding| finding.check == check)
}

fn is_there(finding: &Finding, verdicts: &[Verdict]) -> bool {
    let mut verdicts = verdicts.iter();
    verdicts.any(|verdict| verdict.id == finding.check && is_that_of(finding, verdict))
}

fn is_that_of(finding: &Finding, verdict: &Verdict) -> bool {
    let same = |wanted: &Option<String>, given: Option<&String>| {
        wanted.is_none() || wanted.as_ref() == given
    };
    let first = verdict.differences.first().map(Words::of);
    let first = first.as_ref();
    let trouble = verdict.trouble.as_ref();
    matches!(
        verdict.status,
        Status::Failed | Status::Error | Status::Missed
    ) && finding.trouble == trouble.map(|trouble| trouble.trouble.kind())
        && finding
            .count
            .is_none_or(|count| count == verdict.differences.len())
        && same(&finding.at, first.map(|first| &first.at))
        && same(&finding.expected, first.map(|first| &first.expected))
        && same(&finding.actual, first.map(|first| &first.actual))
}
