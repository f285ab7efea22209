//! What differs between two runs of a class: whose score changed, and why.

use std::collections::BTreeSet;

use super::{Results, Row};
use crate::problem::Result;
use crate::report::{Grade, Outcome};

/// A submission whose score or grade differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub name: String,
    /// The scores; `None` without a verdict, or without a result.
    pub before: Option<u32>,
    pub after: Option<u32>,
    /// The reasons, and the grade if it differs.
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
        let grade = grade(&one, &other);
        if one.score != other.score || grade.is_some() {
            let score = (one.score != other.score).then(|| why(&one, &other));
            let why = score.into_iter().flatten().chain(grade).collect();
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

/// The difference of the grades, if they differ.
fn grade(before: &Row, after: &Row) -> Option<String> {
    let in_words = |row: &Row| {
        let grade = row.grade.as_ref().map(Grade::in_words);
        grade.unwrap_or_else(|| "none".to_owned())
    };
    let rubric = |row: &Row| row.grade.as_ref().map(|grade| grade.rubric.clone());
    let (one, other) = (in_words(before), in_words(after));
    let why = match rubric(before) == rubric(after) {
        true => "",
        false => ", by another rubric",
    };
    (one != other).then(|| format!("grade: {one} → {other}{why}"))
}

/// The reasons: another outcome, or checks with another state.
fn why(before: &Row, after: &Row) -> Vec<String> {
    if before.outcome_in_words() != after.outcome_in_words() {
        let outcome = |row: &Row| match row.outcome {
            Outcome::CouldNotGrade => row.note.clone(),
            _ => row.outcome_in_words().to_owned(),
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
    use crate::report::{Report, Rubric, saved};

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
    fn a_change_names_another_grade() {
        let graded = |rubric: &str| {
            let report = saved("diagnosis");
            let rubric: Rubric = toml::from_str(rubric).unwrap();
            let grade = rubric.grade(&report);
            Report { grade, ..report }
        };
        let changes = changed(&graded(""), &graded("cap = 10"));
        let why = "grade: 19 of 25 → 10 of 10, by another rubric";
        assert_eq!(changes[0].why, [why]);
        assert_eq!(changed(&graded(""), &graded("cap = 100")), []);
    }

    #[test]
    fn a_change_names_another_outcome() {
        let changes = changed(&saved("diagnosis"), &saved("compile_errors"));
        assert_eq!(changes[0].why, ["graded → does not compile"]);
    }
}
