//! Whether the faults of the scenarios have an effect. A fault that affects no call of any
//! submission tests nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::wrong;
use crate::course::Course;
use crate::engine::Session;
use crate::problem::{Problem, Result};
use crate::step::Step;
use crate::submission::Submission;

/// Faults by the scenarios they belong to.
type Faults = BTreeMap<String, BTreeSet<String>>;

/// The faults that affect no call of the solutions, of an alternative right submission, or of a
/// wrong one, as `step.scenario: fault`.
pub async fn idle(session: &Session) -> Result<Vec<String>> {
    let course = &session.course;
    let solutions = Submission::read(course, &course.solutions())?;
    let others = others(course, &solutions)?;
    let mut idle = Vec::new();
    for step in &session.steps {
        let mut left = idle_in(session, step, &solutions, None).await?;
        let file = Path::new(&step.file);
        let own = |it: &&Submission| it.files.get(file) != solutions.files.get(file);
        for other in others.iter().filter(own) {
            if left.is_empty() {
                break;
            }
            left = idle_in(session, step, other, Some(&left)).await?;
        }
        for (scenario, faults) in left {
            let name = |fault| format!("{}.{scenario}: {fault}", step.id);
            idle.extend(faults.into_iter().map(name));
        }
    }
    Ok(idle)
}

/// The submissions of the course other than the solutions and the hostile ones.
fn others(course: &Course, solutions: &Submission) -> Result<Vec<Submission>> {
    let folders = course.alternatives()?.into_iter();
    let right = folders.map(|folder| solutions.with_folder(&folder));
    let wrong = wrong::all(course)?.into_values().flatten();
    let wrong = wrong.map(|it| {
        it.of(solutions)
            .map_err(|faults| Problem::bug(faults.join(", ")))
    });
    right.chain(wrong).collect()
}

/// The faults of a step that affect no call of a submission. `of` limits the faults.
async fn idle_in(
    session: &Session,
    step: &Step,
    submission: &Submission,
    of: Option<&Faults>,
) -> Result<Faults> {
    let scenarios = step.scenarios.iter();
    let wanted = scenarios.filter(|scenario| match of {
        Some(faults) => faults.contains_key(&scenario.id),
        None => !scenario.faults.is_empty(),
    });
    let built = session.build(submission).await?;
    let program = built.map_err(|_| Problem::bug("a submission of the course does not compile"))?;
    let reference = session.reference().await?;
    let observer = session.observer(&program, Some((reference, 0)), None);
    let seen = observer.await?.observe(submission, wanted).await?;
    let mut idle = Faults::new();
    for (scenario, seen) in seen {
        let before = of.map(|of| &of[&scenario]);
        let faults = seen.idle_faults.iter().map(|fault| format!("{fault:?}"));
        let mut faults: BTreeSet<_> = faults.collect();
        faults.retain(|fault| before.is_none_or(|before| before.contains(fault)));
        if !faults.is_empty() {
            idle.insert(scenario, faults);
        }
    }
    Ok(idle)
}
