//! Code that does not compile: the compiler's errors, with the student's own files and lines.

use std::fs;
use std::time::{Duration, SystemTime};

use crate::project::Project;
use crate::session::the_course;

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
        graded.stdout.contains("fix exercises/src/stages.rs:"),
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
fn a_file_that_is_no_text_is_a_compile_error() {
    let project = Project::solution();
    fs::write(project.dir().join("src/stages.rs"), b"// \xff\xfe\n").unwrap();
    let report = project.report(&["2"]);
    assert_eq!(report.code, Some(1));
    let message = report.document["compile_errors"][0]["message"].as_str();
    assert!(
        message.unwrap().contains("src/stages.rs:1 is not UTF-8"),
        "{message:?}"
    );
}

#[test]
fn code_that_does_not_compile_needs_no_backend() {
    let project =
        Project::solution().edit("stages.rs", "event.amount >= 100.00", "event.amount >=");
    let nowhere = ["2", "--backend", "http://127.0.0.1:9"];
    assert_eq!(project.report(&nowhere).code, Some(1));
    let right = Project::solution().grade(&nowhere);
    assert_eq!(right.code, Some(3), "{right:?}");
}

/// The last lines: why the course cannot call the code, and what to fix.
fn leads_to(project: Project, step: &str) -> String {
    let graded = project.grade(&[step]).stdout;
    let (_, next) = graded.split_once("  Next: ").unwrap();
    let calls = graded.find("  The course cannot call");
    let calls = calls.map_or("", |at| graded[at..].lines().next().unwrap());
    format!("{calls}\n  Next: {next}")
}

#[test]
fn errors_in_the_courses_calls_lead_to_the_students_file() {
    let renamed = Project::solution().edit("setup.rs", "fn setup_stream(", "fn setup_streams(");
    let private = Project::solution().edit("scaling.rs", "pub fn merge(", "fn merge(");
    let left_out = Project::solution().edit("lib.rs", "pub mod stages;\n", "");
    let gone = Project::solution();
    fs::remove_file(gone.dir().join("src/setup.rs")).unwrap();
    let unwritten =
        Project::solution().edit("lib.rs", "pub mod stages;", "pub mod stages;\nmod risk;");
    let led = [
        leads_to(renamed, "1"),
        leads_to(private, "7"),
        leads_to(left_out, "2"),
        leads_to(gone, "1"),
        leads_to(unwritten, "2"),
    ];
    insta::assert_snapshot!("errors_lead_to", led.join("\n"));
}

#[test]
fn a_future_that_nobody_awaits_is_told_of() {
    let project = Project::solution().edit(
        "setup.rs",
        ".data(Blob::new(serde_json::to_vec(&transaction)?))
            .send()
            .await?;",
        ".data(Blob::new(serde_json::to_vec(&transaction)?))
            .send();",
    );
    insta::assert_snapshot!("unawaited", project.grade(&["1", "--seed", "7"]).stdout);
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
fn where_the_linker_as_called_before_refuses_rustc_links() {
    let right = Project::solution();
    assert_eq!(right.report(&["cleanup"]).code, Some(0));
    let slots = fs::read_dir(the_course().target.join("grade/slots")).unwrap();
    let mut lines = 0;
    for slot in slots.flatten() {
        for folder in fs::read_dir(slot.path()).unwrap().flatten() {
            let line = folder.path().join("line");
            if line.is_file() {
                fs::write(&line, "false\n").unwrap();
                lines += 1;
            }
        }
    }
    assert!(lines > 0);
    // New code, because a program that was built before is not linked again.
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let comment = format!("pub mod stages; // {:?}", now.unwrap());
    let edited = Project::solution().edit("lib.rs", "pub mod stages;", &comment);
    assert_eq!(edited.report(&["cleanup"]).code, Some(0));
}

#[test]
fn files_of_one_submission_do_not_reach_the_next() {
    let with_module = Project::solution()
        .edit(
            "lib.rs",
            "pub mod stages;",
            "pub mod extra;\npub mod stages;",
        )
        .file("src/extra.rs", "pub fn unused() {}");
    assert_eq!(with_module.report(&["cleanup"]).code, Some(0));
    let missing = Project::solution().edit(
        "lib.rs",
        "pub mod stages;",
        "pub mod extra;\npub mod stages;",
    );
    let report = missing.report(&["cleanup"]);
    assert!(
        report.document["compile_errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("extra")
    );
}
