//! Correct but different submissions pass everything.

use std::collections::BTreeSet;
use std::fs;

use crate::project::{Project, course};

#[test]
fn alternatives_pass_everything() {
    let mut names = Vec::new();
    let (mut bonus, mut earned) = (BTreeSet::new(), BTreeSet::new());
    for folder in fs::read_dir(course().join("fixtures/alternative")).unwrap() {
        let folder = folder.unwrap().path();
        let report = Project::solution().overlay(&folder).report(&[]);
        let fell = report.with_status(&["failed", "blocked", "error"]);
        let errors = &report.document["compile_errors"];
        assert!(
            fell.is_empty(),
            "{}: {fell:#?} {errors:#}",
            folder.display()
        );
        assert_eq!(report.document["score"], report.document["max_score"]);
        earned.extend(report.bonus(true));
        bonus.extend(report.bonus(false));
        names.push(folder);
    }
    assert!(names.len() >= 5, "{names:?}");
    let unearned: Vec<_> = bonus.difference(&earned).collect();
    assert!(unearned.is_empty(), "nobody earns {unearned:?}");
}
