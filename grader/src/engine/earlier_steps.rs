//! A later step does not lose points for an earlier one: its failed checks are judged again
//! with the reference in place of the steps that it calls.

use super::grading::Grading;
use crate::check::{self, Verdict};
use crate::problem::Result;
use crate::report::StepReport;
use crate::scenario::{Observer, Scenario};
use crate::step::Step;
use crate::submission::Submission;

/// Whether a step may fail because of a step that it depends on and that does not pass. Code
/// that is not written yet fails for its own reason.
pub async fn may_be_to_blame(
    grading: &Grading<'_>,
    observer: &Observer<'_>,
    step: &Step,
    earlier: &[StepReport],
    verdicts: &[Verdict],
) -> Result<bool> {
    let unwritten_here = |verdict: &Verdict| {
        let file = verdict.unwritten();
        file.is_some_and(|file| file.ends_with(&step.file))
    };
    // This is also true if no check failed.
    if verdicts.iter().filter(|v| v.fell()).all(unwritten_here) {
        return Ok(false);
    }
    for needed in needed(grading, step) {
        let passes = match earlier.iter().find(|report| report.id == needed.id) {
            Some(report) => report.passed,
            // Observing is faster than building again.
            None => {
                let seen = observer.observe(grading.submission(), &needed.scenarios);
                let verdicts = check::judge(needed, &seen.await?)?;
                !verdicts.iter().any(Verdict::fell)
            }
        };
        if !passes {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The verdicts of a step. Its failed checks are judged again on the reference's earlier steps.
/// They are blocked if that does not compile.
pub async fn judge_without(
    grading: &Grading<'_>,
    step: &Step,
    verdicts: Vec<Verdict>,
) -> Result<Vec<Verdict>> {
    // The submission could read the reference's files next to it, and show them.
    if grading.submission().takes_in_files() {
        return Ok(verdicts);
    }
    let course = &grading.session.course;
    let reference = Submission::read(course, &course.solutions())?;
    let files: Vec<_> = needed(grading, step)
        .map(|step| step.file.clone())
        .collect();
    let mixed = grading.submission().with_files_of(&reference, &files);
    let Ok(program) = grading.session.build(&mixed).await? else {
        return Ok(blocked(step, verdicts));
    };
    let observer = grading.observer(&program).await?;
    let scenarios = step
        .scenarios
        .iter()
        .filter(|scenario| failed_in(step, scenario, &verdicts));
    let again = check::judge(step, &observer.observe(&mixed, scenarios).await?)?;
    let second = |first: Verdict| {
        let again = again
            .iter()
            .find(|second| second.id == first.id && !first.passed());
        again.cloned().unwrap_or(first)
    };
    Ok(verdicts.into_iter().map(second).collect())
}

/// The steps that a step depends on.
fn needed<'a>(grading: &'a Grading<'_>, step: &'a Step) -> impl Iterator<Item = &'a Step> {
    let steps = grading.session.steps.iter();
    steps.filter(|other| step.depends.contains(&other.id))
}

/// Whether a check of this scenario failed.
fn failed_in(step: &Step, scenario: &Scenario, verdicts: &[Verdict]) -> bool {
    let failed = |id: &str| {
        verdicts
            .iter()
            .any(|verdict| verdict.id == id && !verdict.passed())
    };
    step.checks
        .iter()
        .any(|check| check.scenario == scenario.id && failed(&check.id))
}

fn blocked(step: &Step, verdicts: Vec<Verdict>) -> Vec<Verdict> {
    let why = format!(
        "cannot be checked until your code passes {}",
        step.depends.join(" and ")
    );
    let block = |verdict: Verdict| match step.checks.iter().find(|check| check.id == verdict.id) {
        Some(check) if !verdict.passed() => Verdict::blocked(check, &why),
        _ => verdict,
    };
    verdicts.into_iter().map(block).collect()
}
