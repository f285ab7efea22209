//! Recognises a misconception by its findings: which checks fail, and how. Someone
//! who made another mistake gets no name at all rather than a false one.

use serde::Serialize;

use crate::check::{Status, Verdict};
use crate::step::{Finding, Misconception, Step};

/// A misconception that was recognised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnosis {
    pub id: String,
    pub name: String,
}

/// The misconception whose findings these are; none if none fits, or more than one.
pub fn diagnose(step: &Step, verdicts: &[Verdict]) -> Option<Diagnosis> {
    let mut fitting = step
        .misconceptions
        .iter()
        .filter(|m| fits(step, m, verdicts));
    let only = fitting.next()?;
    fitting.next().is_none().then(|| Diagnosis {
        id: only.submission.clone(),
        name: only.name.clone(),
    })
}

fn fits(step: &Step, misconception: &Misconception, verdicts: &[Verdict]) -> bool {
    let symptom = &misconception.symptom;
    let named = |verdict: &Verdict| symptom.iter().any(|finding| finding.check == verdict.id);
    // What a seed shows depends on the seed.
    let certain = |verdict: &&Verdict| !step.is_generated(&verdict.scenario);
    // What is not written yet says nothing of what is.
    let says = |verdict: &&Verdict| {
        verdict.fell() && verdict.status != Status::Blocked && verdict.unwritten.is_none()
    };
    let fallen = verdicts.iter().filter(says);
    fallen.filter(certain).all(named)
        && symptom.iter().all(|finding| {
            let mut verdicts = verdicts.iter();
            verdicts.any(|verdict| verdict.id == finding.check && is_that_of(finding, verdict))
        })
}

fn is_that_of(finding: &Finding, verdict: &Verdict) -> bool {
    let same = |wanted: &Option<String>, given: Option<&String>| {
        wanted.is_none() || wanted.as_ref() == given
    };
    let first = verdict.differences.first();
    matches!(verdict.status, Status::Failed | Status::Error)
        && finding.trouble == verdict.trouble
        && finding
            .count
            .is_none_or(|count| count == verdict.differences.len())
        && same(&finding.at, first.map(|difference| &difference.at))
        && same(
            &finding.expected,
            first.map(|difference| &difference.expected),
        )
        && same(&finding.actual, first.map(|difference| &difference.actual))
}
