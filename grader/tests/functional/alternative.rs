//! Correct but different submissions pass everything.

use std::collections::BTreeSet;
use std::fs;

use grader::step;

use crate::project::course;
use crate::session::{Asked, reports, solutions, the_course};

#[test]
fn alternatives_pass_everything() {
    let mut names = Vec::new();
    let (mut bonus, mut earned) = (BTreeSet::new(), BTreeSet::new());
    let solutions = solutions();
    let steps = step::load(&the_course()).unwrap();
    let folders = fs::read_dir(course().join("fixtures/alternative")).unwrap();
    let asked = folders.map(|folder| {
        let folder = folder.unwrap();
        Asked {
            name: folder.file_name().into_string().unwrap(),
            submission: solutions.with_folder(&folder.path()).unwrap(),
            steps: steps.clone(),
            time_limit: None,
        }
    });
    for (name, report) in reports(asked.collect()) {
        let fell = report.with_status(&["failed", "blocked", "error"]);
        let errors = &report.document["compile_errors"];
        assert!(fell.is_empty(), "{name}: {fell:#?} {errors:#}");
        assert_eq!(report.document["score"], report.document["max_score"]);
        earned.extend(report.bonus(true));
        bonus.extend(report.bonus(false));
        names.push(name);
    }
    assert!(names.len() >= 5, "{names:?}");
    let unearned: Vec<_> = bonus.difference(&earned).collect();
    assert!(unearned.is_empty(), "nobody earns {unearned:?}");
}
