//! Code that does not compile: the compiler's errors, in the student's own files.

use std::fs;
use std::time::{Duration, SystemTime};

use crate::project::Project;

#[test]
fn a_syntax_error_is_shown_as_the_students_own() {
    let project =
        Project::solution().edit("stages.rs", "event.amount >= 100.00", "event.amount >=");
    let graded = project.grade(&["2"]);
    assert_eq!(graded.code, Some(1));
    assert!(
        graded.stdout.contains("--> exercises/src/stages.rs:"),
        "{}",
        graded.stdout
    );
    assert!(
        graded.stdout.contains("mend exercises/src/stages.rs:"),
        "{}",
        graded.stdout
    );
    let report = project.report(&[]);
    assert_eq!((report.score(), report.code), (0, Some(1)));
    assert_eq!(
        report.document["compile_errors"][0]["file"],
        "exercises/src/stages.rs"
    );
    assert!(
        report
            .checks()
            .values()
            .all(|(status, _)| status == "blocked")
    );
}

#[test]
fn a_changed_signature_is_a_compile_error_that_names_the_function() {
    let project = Project::solution().edit(
        "stages.rs",
        "pub fn filter_event(event: &Transaction) -> bool {",
        "pub fn filter_event(event: Transaction) -> bool {",
    );
    let graded = project.grade(&["2"]);
    assert_eq!(graded.code, Some(1));
    insta::assert_snapshot!("changed_signature", graded.stdout);
}

#[test]
fn the_error_that_others_follow_from_comes_first() {
    let project = Project::solution()
        .edit(
            "processor.rs",
            "if !filter_event(event) {",
            "if filter_event(event) == 1 {",
        )
        .edit(
            "stages.rs",
            "event.amount >= 100.00",
            "event.amount >= LIMIT",
        );
    let graded = project.grade::<&str>(&[]);
    insta::assert_snapshot!("unresolved_name_first", graded.stdout);
}

#[test]
fn old_times_on_new_files_do_not_hide_a_change() {
    let right = Project::solution();
    assert_eq!(right.report(&["stages"]).code, Some(0));
    let wrong = Project::solution().edit("stages.rs", "amount >= 100.00", "amount >= 900.00");
    let file = fs::File::options()
        .append(true)
        .open(wrong.dir().join("src/stages.rs"))
        .unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(86_400))
        .unwrap();
    assert_eq!(wrong.report(&["stages"]).code, Some(1));
    assert_eq!(right.report(&["stages"]).code, Some(0));
}

#[test]
fn files_of_one_submission_do_not_reach_the_next() {
    let with_module = Project::solution()
        .edit("main.rs", "mod stages;", "mod extra;\nmod stages;")
        .file("src/extra.rs", "pub fn unused() {}");
    assert_eq!(with_module.report(&["cleanup"]).code, Some(0));
    let missing = Project::solution().edit("main.rs", "mod stages;", "mod extra;\nmod stages;");
    let report = missing.report(&["cleanup"]);
    assert!(
        report.document["compile_errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("extra")
    );
}
