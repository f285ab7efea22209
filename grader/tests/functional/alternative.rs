//! Correct but different submissions pass everything.

use std::collections::BTreeSet;

use grader::step;

use crate::session::{Asked, reports, solutions, the_course};

#[test]
fn alternatives_pass_everything() {
    let mut names = Vec::new();
    let (mut bonus, mut earned) = (BTreeSet::new(), BTreeSet::new());
    let solutions = solutions();
    let steps = step::load(&the_course()).unwrap();
    let folders = the_course().alternatives().unwrap().into_iter();
    let asked = folders.map(|folder| Asked {
        name: folder.file_name().unwrap().to_str().unwrap().to_owned(),
        submission: solutions.with_folder(&folder).unwrap(),
        steps: steps.clone(),
        time_limit: None,
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
