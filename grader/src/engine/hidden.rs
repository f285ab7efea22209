//! Checks on hidden inputs, made from a seed that only the instructor knows. The report shows
//! only whether these checks pass. It shows a failure on the inputs of another seed, if one of
//! them shows it.

use super::grading::run;
use super::{Job, Session};
use crate::check::Status;
use crate::generate;
use crate::problem::Result;
use crate::report::{CheckReport, StepReport};
use crate::submission::Program;

/// How many other seeds are tried to find inputs that show a hidden failure.
const TRIES: usize = 5;

/// The reports for a seed that can be shown. Checks that fail with the secret seed also fail in
/// them.
pub async fn judged(
    session: &Session,
    job: &Job,
    program: &Program,
    secret: u64,
    mut shown: Vec<StepReport>,
) -> Result<Vec<StepReport>> {
    let hidden = run(session, job, program, secret).await?;
    for (step, hidden) in shown.iter_mut().zip(&hidden) {
        let others = failed_only_here(hidden, step);
        for id in others {
            let found = look_for(session, job, program, step.number, &id).await?;
            let check = step.checks.iter_mut().find(|check| check.id == id);
            if let Some(check) = check {
                match found {
                    Some(found) => *check = found,
                    None => fail(check),
                }
            }
        }
        step.settle();
    }
    Ok(shown)
}

/// The checks that fail in one report and pass in the other.
fn failed_only_here(here: &StepReport, other: &StepReport) -> Vec<String> {
    let pairs = here.checks.iter().zip(&other.checks);
    let failed = pairs.filter(|(here, other)| here.fell() && other.passed());
    failed.map(|(here, _)| here.id.clone()).collect()
}

/// The same failure on inputs that can be shown.
async fn look_for(
    session: &Session,
    job: &Job,
    program: &Program,
    number: usize,
    id: &str,
) -> Result<Option<CheckReport>> {
    let mut alone = job.clone();
    alone.steps.retain(|step| step.number == number);
    for _ in 0..TRIES {
        let seed = generate::draw_seed();
        let reports = run(session, &alone, program, seed).await?;
        let mut checks = reports.into_iter().flat_map(|step| step.checks);
        if let Some(found) = checks.find(|check| check.id == id && check.fell()) {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

fn fail(check: &mut CheckReport) {
    check.status = Status::Failed;
    check.score = 0;
    check.message = format!(
        "fails on hidden inputs; the inputs of {TRIES} other seeds do not show this failure"
    );
}
