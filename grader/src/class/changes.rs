//! What differs between two runs of a class: whose score changed, and why.

use std::collections::BTreeSet;

use super::{Results, Row};
use crate::problem::Result;
use crate::report::Outcome;

/// A submission whose score differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub name: String,
    /// The scores; `None` without a verdict, or without a result.
    pub before: Option<u32>,
    pub after: Option<u32>,
    pub why: Vec<String>,
}

/// The changes from one folder of results to another, by the names of the submissions.
///
/// # Errors
///
/// A folder or a result cannot be read.
pub fn changes(before: &Results, after: &Results) -> Result<Vec<Change>> {
    let names: BTreeSet<_> = before.names()?.into_iter().chain(after.names()?).collect();
    let mut changes = Vec::new();
    for name in names {
        let [one, other] = [before, after].map(|results| row(results, &name));
        let (one, other) = (one?, other?);
        if one.score != other.score {
            let why = why(&one, &other);
            let (before, after) = (one.score, other.score);
            changes.push(Change {
                name,
                before,
                after,
                why,
            });
        }
    }
    Ok(changes)
}

fn row(results: &Results, name: &str) -> Result<Row> {
    match results.has(name) {
        true => Ok(Row::new(name, &results.read(name)?)),
        false => Ok(Row::missing(name)),
    }
}

/// The reasons: another outcome, or checks with another state.
fn why(before: &Row, after: &Row) -> Vec<String> {
    if before.outcome != after.outcome {
        let outcome = |row: &Row| match row.outcome {
            Outcome::Graded => "graded".to_owned(),
            Outcome::DoesNotCompile => "does not compile".to_owned(),
            Outcome::CouldNotGrade => row.note.clone(),
        };
        return vec![format!("{} → {}", outcome(before), outcome(after))];
    }
    let mut why = Vec::new();
    for step in &after.steps {
        let known = before.step(&step.id);
        for check in &step.checks {
            let was = known.and_then(|step| step.check(&check.id));
            if was != Some(check.state) {
                let was = was.map_or("not graded", |was| was.word());
                let (step, id, is) = (&step.id, &check.id, check.state.word());
                why.push(format!("{step}.{id}: {was} → {is}"));
            }
        }
    }
    let left_out = before
        .steps
        .iter()
        .filter(|step| after.step(&step.id).is_none());
    why.extend(left_out.map(|step| format!("{}: no longer graded", step.id)));
    why
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Report, saved};

    fn changed(before: &Report, after: &Report) -> Vec<Change> {
        let homes = [before, after].map(|report| {
            let home = tempfile::tempdir().unwrap();
            let results = Results::open(home.path()).unwrap();
            results.finish("ann", report).unwrap();
            (home, results)
        });
        changes(&homes[0].1, &homes[1].1).unwrap()
    }

    #[test]
    fn a_change_names_the_checks() {
        let wrong = saved("diagnosis");
        let mut right = wrong.clone();
        right.score = Some(25);
        for check in &mut right.steps[0].checks {
            check.status = crate::check::Status::Passed;
        }
        let changes = changed(&wrong, &right);
        assert_eq!(
            (changes[0].before, changes[0].after),
            (wrong.score, Some(25))
        );
        let why = &changes[0].why;
        assert!(
            why.contains(&"stages.classify_high: failed → passed".to_owned()),
            "{why:?}"
        );
        assert_eq!(changed(&wrong, &wrong), []);
    }

    #[test]
    fn a_change_names_another_outcome() {
        let changes = changed(&saved("diagnosis"), &saved("compile_errors"));
        assert_eq!(changes[0].why, ["graded → does not compile"]);
    }
}
