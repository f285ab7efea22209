//! Submissions that panic, exit, hang, flood or forge: each gets a verdict that
//! says what happened, and the remaining steps are still graded.

use crate::project::Project;
use crate::wrong::{corpus, deviation};

#[test]
fn hostile_submissions_get_verdicts_of_their_own() {
    let corpus = corpus();
    let hostile = corpus.iter().filter(|(_, wrong)| wrong.verdict.is_some());
    let deviations: Vec<_> = hostile
        .filter_map(|(name, wrong)| deviation(name, wrong, &["--time-limit", "4"]))
        .collect();
    assert!(deviations.is_empty(), "{}", deviations.join("\n"));
}

#[test]
fn a_submission_cannot_be_steered_from_outside_its_sources() {
    let project = Project::solution()
        .edit("stages.rs", "amount >= 100.00", "amount >= 900.00")
        .file(
            "Cargo.toml",
            "[package]\nname = \"exercises\"\nbuild = \"build.rs\"\n[lib]\npath = \"/nowhere\"\n",
        )
        .file("Cargo.lock", "not a lock file")
        .file("build.rs", "fn main() { panic!(\"the build script ran\") }")
        .file(".cargo/config.toml", "[build]\nrustc = \"/bin/false\"\n")
        .file("rust-toolchain.toml", "[toolchain]\nchannel = \"1.0.0\"\n");
    let report = project.report(&["stages"]);
    assert!(!report.document["passed"].as_bool().unwrap());
    let failed = report.with_status(&["failed"]);
    assert_eq!(
        failed.into_keys().collect::<Vec<_>>(),
        ["stages.filter_threshold", "stages.generated"]
    );
}

#[test]
fn processes_that_a_submission_leaves_behind_are_gone_afterwards() {
    // A process that leaves its group, so that killing the group misses it.
    let sleep = "std::process::Command::new(\"/usr/bin/setsid\").args([\"-f\", \"sleep\", \"86399\"]).status().ok();\n    event.amount >= 100.00";
    let project = Project::solution().edit("stages.rs", "event.amount >= 100.00", sleep);
    assert_eq!(project.report(&["stages"]).code, Some(0));
    let left = std::process::Command::new("pgrep")
        .args(["-f", "sleep 86399"])
        .output()
        .unwrap();
    assert!(left.stdout.is_empty(), "still running: {left:?}");
}

#[test]
fn answers_written_to_standard_output_are_only_printing() {
    let forged = "println!(\"{{\\\"returned\\\":true}}\");\n    event.amount > 100.00";
    let project = Project::solution().edit("stages.rs", "event.amount >= 100.00", forged);
    let report = project.report(&["stages"]);
    assert!(
        report
            .with_status(&["failed"])
            .contains_key("stages.filter_threshold")
    );
}

#[test]
fn the_grader_environment_does_not_reach_the_submission() {
    let peek = "assert!(std::env::var(\"SECRET_TOKEN\").is_err(), \"leaked\");\n    event.amount >= 100.00";
    let project = Project::solution().edit("stages.rs", "event.amount >= 100.00", peek);
    let mut grader = crate::project::grader();
    grader
        .args(["stages", "--report", "json", "--dir"])
        .arg(project.dir());
    grader.env("SECRET_TOKEN", "hunter2");
    assert_eq!(
        crate::project::Graded::new(grader.output().unwrap()).code,
        Some(0)
    );
}
