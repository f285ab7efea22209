//! Reports: saved ones, real ones, and where they are printed.
//!
//!     cargo test -p grader --test functional -- --ignored saves_reports
//!
//! grades again and saves the reports.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Stdio;

use serde_json::Value;

use crate::project::{Graded, Project, course, grader};
use crate::schema::faults;
use crate::wrong::hostile;

/// A report under `tests/reports`.
pub fn saved(name: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(file(name)).unwrap()).unwrap()
}

fn file(name: &str) -> PathBuf {
    let dir = course().join("grader/tests/reports");
    dir.join(format!("{name}.json"))
}

/// The name of each report, with the submission and the arguments that give it.
fn cases() -> Vec<(&'static str, Project, &'static [&'static str])> {
    let signature = "fn filter_event(event: &Transaction)";
    let other_signature = "fn filter_event(event: Transaction)";
    let unknown = r#"Ok(None) => println!("  ⚠ Unknown user: {}", event.user),"#;
    let panics = r#"Ok(None) => {
            eprintln!("nobody is called {}", event.user);
            None::<()>.unwrap();
        }"#;
    let sends = ".data(Blob::new(serde_json::to_vec(&transaction)?))
            .send()
            .await?;";
    let never_sends = ".data(Blob::new(serde_json::to_vec(&transaction)?))
            .send();";
    let edited = |file: &str, find: &str, replace: &str| {
        let project = Project::solution();
        project.edit(file, find, replace)
    };
    vec![
        ("passed", Project::solution(), &["2", "4", "5"]),
        ("diagnosis", Project::wrong("stages-high-from-3000"), &["2"]),
        (
            "counterexample",
            Project::wrong("pipeline-medium-is-high-value"),
            &["3"],
        ),
        (
            "aws_calls",
            Project::wrong("pipeline-enrich-before-filter"),
            &["3"],
        ),
        (
            "compile_errors",
            edited("stages.rs", signature, other_signature),
            &["2"],
        ),
        ("panic", edited("stages.rs", unknown, panics), &["2"]),
        ("todo", Project::stubs(), &["2", "5"]),
        (
            "timeouts",
            Project::solution().edits(&hostile()["loop"].edits),
            &["2", "--time-limit", "1"],
        ),
        (
            "blocked",
            Project::wrong("stages-failed-lookup-panics"),
            &["2"],
        ),
        ("warnings", edited("setup.rs", sends, never_sends), &["1"]),
        (
            "could_not_grade",
            Project::solution(),
            &["5", "--backend", "http://127.0.0.1:1"],
        ),
    ]
}

#[test]
#[ignore = "writes tests/reports"]
fn saves_reports() {
    for (name, project, arguments) in cases() {
        let arguments = [arguments, &["--seed", "7"]].concat();
        let report = project.report(&arguments).document;
        let text = serde_json::to_string_pretty(&report).unwrap() + "\n";
        fs::write(file(name), text).unwrap();
    }
}

#[test]
fn saved_reports_keep_to_the_schema() {
    let dir = course().join("grader/tests/reports");
    let files = fs::read_dir(dir).unwrap().map(|file| file.unwrap().path());
    let names = files.map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned());
    let names: BTreeSet<_> = names.collect();
    let known: BTreeSet<_> = cases()
        .iter()
        .map(|(name, ..)| (*name).to_owned())
        .collect();
    assert_eq!(names, known);
    for name in names {
        assert_eq!(faults(&saved(&name)), [""; 0], "{name}");
    }
}

/// The grader on step 5 of the solutions, which passes.
fn passing(output: Stdio, format: &str) -> Graded {
    let mut grader = grader();
    grader.args(["5", "--dir", "solutions", "--report", format]);
    grader
        .current_dir(course())
        .stdout(output)
        .stderr(Stdio::piped());
    Graded::new(grader.spawn().unwrap().wait_with_output().unwrap())
}

#[test]
fn a_reader_that_has_left_is_no_fault() {
    for format in ["terminal", "json"] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let graded = passing(writer.into(), format);
        assert_eq!((graded.code, graded.stderr.as_str()), (Some(0), ""));
    }
}

#[test]
fn a_full_device_is_a_fault_of_the_machine() {
    for format in ["terminal", "json"] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let graded = passing(full.into(), format);
        assert_eq!(graded.code, Some(3), "{graded:?}");
        let said = "could not grade: cannot write to standard output";
        assert!(graded.stderr.starts_with(said), "{graded:?}");
    }
}
