//! How saved reports of real gradings are shown.

use std::path::{Path, PathBuf};

use super::{Screen, View, render};
use crate::report::Report;
use crate::step::{self, Step};

fn step_6() -> Step {
    step::of_checkout().swap_remove(5)
}

pub fn saved(name: &str) -> Report {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reports");
    let text = std::fs::read_to_string(dir.join(format!("{name}.json"))).unwrap();
    let report: Report = serde_json::from_str(&text).unwrap();
    // Reading and writing a report loses nothing.
    let written = crate::report::json(&report);
    assert_eq!(written, text, "{name}");
    report
}

/// The view of a named step, on a screen with room for all of it.
fn roomy() -> View<'static> {
    View {
        in_detail: true,
        screen: Screen {
            rows: 200,
            columns: 80,
        },
        ..View::default()
    }
}

fn shown(name: &str, view: &View<'_>) -> String {
    render(&saved(name), view)
}

#[test]
fn a_table_of_all_steps() {
    let view = View {
        following: Some(&step_6()),
        ..View::default()
    };
    let tables = ["passed", "todo", "panic"].map(|name| shown(name, &view));
    insta::assert_snapshot!(tables.join("\n"));
}

#[test]
fn a_step_that_fails_with_what_seems_to_be_the_matter() {
    insta::assert_snapshot!(shown("diagnosis", &roomy()));
}

#[test]
fn a_record_on_its_way_through_the_stages() {
    insta::assert_snapshot!(shown("counterexample", &roomy()));
}

#[test]
fn what_was_asked_of_aws() {
    insta::assert_snapshot!(shown("aws_calls", &roomy()));
}

#[test]
fn code_that_does_not_compile() {
    let again = View {
        verbose: true,
        ..roomy()
    };
    let shown = [roomy(), again].map(|view| shown("compile_errors", &view));
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn a_panic_with_what_was_written_to_standard_error() {
    insta::assert_snapshot!(shown("panic", &roomy()));
}

#[test]
fn what_is_not_written_yet() {
    insta::assert_snapshot!(shown("todo", &roomy()));
}

#[test]
fn a_loop_without_end() {
    insta::assert_snapshot!(shown("timeouts", &roomy()));
}

#[test]
fn what_waits_for_what_failed() {
    insta::assert_snapshot!(shown("blocked", &roomy()));
}

#[test]
fn a_bonus_that_was_missed_is_explained_where_all_is_shown() {
    let all = View {
        verbose: true,
        ..roomy()
    };
    insta::assert_snapshot!(shown("passed", &all));
}

#[test]
fn what_the_compiler_warns_of() {
    insta::assert_snapshot!(shown("warnings", &roomy()));
}

#[test]
fn a_grading_that_failed() {
    insta::assert_snapshot!(shown("could_not_grade", &roomy()));
}

#[test]
fn a_narrow_and_low_screen() {
    let view = View {
        screen: Screen {
            rows: 16,
            columns: 40,
        },
        ..roomy()
    };
    let shown = ["diagnosis", "counterexample"].map(|name| shown(name, &view));
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn a_report_in_colour() {
    let view = View {
        colour: true,
        ..roomy()
    };
    let shown = ["counterexample", "compile_errors"].map(|name| shown(name, &view));
    insta::assert_snapshot!(shown.join("\n").replace('\x1b', "␛"));
}

#[test]
fn the_next_command_is_typed_as_it_is() {
    let dir = PathBuf::from("some/where");
    let elsewhere = View {
        dir: Some(&dir),
        ..roomy()
    };
    let watched = View {
        watched: true,
        ..roomy()
    };
    let last = |name, view: &View<'_>| shown(name, view).lines().last().unwrap().to_owned();
    let names = ["diagnosis", "compile_errors", "passed"];
    let lines = [&elsewhere, &watched].map(|view| names.map(|name| last(name, view)));
    insta::assert_snapshot!(lines.concat().join("\n"));
}

#[test]
fn nothing_is_cut_where_all_is_asked_for() {
    let mut report = saved("diagnosis");
    let long = |end: &str| serde_json::json!(format!("{} {end}", "a long text".repeat(20)));
    let check = report.steps[0].checks.iter_mut().find(|it| it.fell());
    let difference = &mut check.unwrap().differences[0];
    difference.expected = Some(long("wanted"));
    difference.actual = Some(long("given"));
    let told = |verbose| {
        let view = View { verbose, ..roomy() };
        render(&report, &view)
    };
    assert!(told(false).contains('…'));
    let whole = told(true);
    assert!(
        whole.contains("wanted") && whole.contains("given"),
        "{whole}"
    );
    assert!(!whole.contains('…'), "{whole}");
}
