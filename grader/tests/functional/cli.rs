//! The command line: its output and its exit codes.

use std::process::Stdio;

use crate::project::{Folder, Graded, Project, course, grader, run};
use crate::schema::faults;

#[test]
fn help_needs_no_manual() {
    let help = run(&["--help"]);
    assert_eq!(help.code, Some(0));
    insta::assert_snapshot!("help", help.stdout);
}

#[test]
fn the_steps_are_listed() {
    insta::assert_snapshot!("list", run(&["list"]).stdout);
}

#[test]
fn an_unknown_step_is_a_usage_error_that_names_the_steps() {
    let unknown = run(&["stagse"]);
    assert_eq!(unknown.code, Some(2));
    insta::assert_snapshot!("unknown_step", unknown.stderr);
}

#[test]
fn a_folder_without_a_submission_is_a_usage_error() {
    let nowhere = run(&["--dir", "fixtures"]);
    assert_eq!(nowhere.code, Some(2));
    insta::assert_snapshot!("no_submission", nowhere.stderr);
    let below = run(&["--dir", "solutions/src"]);
    assert!(
        below.stderr.contains("--dir solutions?"),
        "{}",
        below.stderr
    );
}

#[test]
fn backends_are_named_or_urls_and_never_aws_itself() {
    for (backend, word) in [
        ("embeded", "embedded, localstack or a URL"),
        ("https://kinesis.us-east-1.amazonaws.com", "cost money"),
    ] {
        let refused = run(&["--backend", backend]);
        assert_eq!(refused.code, Some(2), "{backend}");
        assert!(refused.stderr.contains(word), "{}", refused.stderr);
    }
}

#[test]
fn an_endpoint_that_is_down_is_no_zero() {
    // Port 1 is reserved: no program listens there.
    let down = run(&[
        "--backend",
        "http://127.0.0.1:1",
        "--dir",
        "solutions",
        "--report",
        "json",
    ]);
    assert!(
        down.stderr
            .contains("could not grade: no server at http://127.0.0.1:1"),
        "{}",
        down.stderr
    );
    let report = down.report();
    assert_eq!(report.code, Some(3));
    assert_eq!(faults(&report.document), [""; 0]);
    assert_eq!(report.document["outcome"], "could_not_grade");
    assert_eq!(report.document["problem"]["fault"], "machine");
    assert!(report.document["score"].is_null());
}

#[test]
fn without_docker_localstack_is_no_zero() {
    let mut grader = grader();
    grader.args(["--backend", "localstack", "--dir", "solutions"]);
    grader
        .env("DOCKER_HOST", "unix:///nowhere/docker.sock")
        .current_dir(course());
    let graded = Graded::new(grader.output().unwrap());
    assert_eq!((graded.code, graded.stdout.as_str()), (Some(3), ""));
    assert!(
        graded.stderr.contains("no Docker engine can be reached"),
        "{}",
        graded.stderr
    );
    assert!(
        graded.stderr.contains("--backend embedded"),
        "{}",
        graded.stderr
    );
}

#[test]
fn the_json_report_stands_alone_on_standard_output() {
    let graded = Project::solution().grade(&["2", "--report", "json"]);
    assert_eq!(graded.stderr, "");
    let report = graded.report();
    assert_eq!(faults(&report.document), [""; 0]);
    for field in ["score", "digest", "course_version", "toolchain", "seed"] {
        assert!(!report.document[field].is_null(), "{field}");
    }
}

#[test]
fn a_command_that_is_not_understood_is_a_document_too() {
    let graded = Project::solution().grade(&["2", "--seed", "abc", "--report", "json"]);
    assert_eq!(graded.code, Some(2));
    let document: serde_json::Value = serde_json::from_str(&graded.stdout).unwrap();
    assert_eq!(document["outcome"], "could_not_grade");
    let what = document["problem"]["what"].as_str().unwrap();
    assert!(what.contains("'abc' for '--seed <N>'"), "{what}");
}

#[test]
fn a_command_that_is_not_understood_writes_the_reports_it_names() {
    let folder = Folder::new();
    let reports = ["json", "html", "junit", "markdown"];
    let options = reports.map(|format| folder.option(format, format));
    let mut arguments = vec!["2", "--seed", "-1"];
    arguments.extend(options.iter().map(String::as_str));
    let graded = Project::solution().grade(&arguments);
    assert_eq!((graded.code, graded.stdout.as_str()), (Some(2), ""));
    assert!(
        graded
            .stderr
            .contains("invalid value '-1' for '--seed <N>'"),
        "{graded:?}"
    );
    for format in reports {
        let text = folder.text(format);
        assert!(text.contains("--seed"), "{format}: {text}");
    }
}

#[test]
fn the_demo_of_code_that_does_not_compile_shows_the_errors_plainly() {
    let broken = Project::solution().edit("stages.rs", "event.amount >= 100.00", "event.amount >=");
    let shown = broken.grade(&["demo"]);
    assert_eq!(shown.code, Some(1));
    assert!(
        shown.stdout.contains("--> exercises/src/stages.rs:"),
        "{}",
        shown.stdout
    );
    assert!(!shown.stdout.contains('\x1b'), "{}", shown.stdout);
}

#[test]
fn the_demo_prints_the_modules_transcript() {
    let demo = Project::solution().grade(&["demo"]);
    assert_eq!(demo.code, Some(0), "{demo:?}");
    let volatile = demo
        .stdout
        .lines()
        .map(|line| match line.split_once(" txn_") {
            Some((start, _)) => format!("{start} [id]:"),
            None => line.to_owned(),
        });
    insta::assert_snapshot!("demo", volatile.collect::<Vec<_>>().join("\n"));
}

#[test]
fn the_demo_of_the_stubs_says_what_to_write() {
    let demo = Project::stubs().grade(&["demo"]);
    assert_eq!(demo.code, Some(1));
    assert!(
        demo.stdout.contains("setup_stream is not implemented yet"),
        "{}",
        demo.stdout
    );
}

#[test]
fn the_doctor_finds_what_grading_needs() {
    let doctor = run(&["doctor"]);
    assert_eq!(doctor.code, Some(0), "{doctor:?}");
    for need in ["Rust", "cargo", "free disk", "embedded backend"] {
        assert!(doctor.stdout.contains(need), "{}", doctor.stdout);
    }
}

#[test]
fn no_command_minds_a_reader_that_has_left() {
    for command in [&["demo", "--dir", "solutions"][..], &["doctor"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut grader = grader();
        grader.args(command).current_dir(course());
        grader.stdout(writer).stderr(Stdio::piped());
        let graded = Graded::new(grader.spawn().unwrap().wait_with_output().unwrap());
        assert_eq!((graded.code, graded.stderr.as_str()), (Some(0), ""));
    }
}
