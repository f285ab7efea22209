//! Submissions that panic, exit, hang, flood or forge: each gets a verdict that
//! says what happened, and the remaining steps are still graded.

use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::project::Project;
use crate::wrong::{deviations, hostile};

#[test]
fn hostile_submissions_get_verdicts_of_their_own() {
    let hostile = hostile();
    // Those of one kind, for whoever writes them.
    let only = std::env::var("HOSTILE").unwrap_or_default();
    let wanted = hostile.iter().filter(|(name, _)| name.starts_with(&only));
    let wanted: Vec<_> = wanted.collect();
    assert!(!wanted.is_empty(), "none is called {only}…");
    let deviations = deviations(&wanted, Some(Duration::from_secs(2)));
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
fn each_process_works_in_an_empty_folder_of_its_own() {
    let look = "static LOOKED: std::sync::Once = std::sync::Once::new();
    LOOKED.call_once(|| {
        let mut entries = std::fs::read_dir(\".\").unwrap();
        assert!(entries.next().is_none(), \"somebody was here\");
        std::fs::write(\"mark\", \"here\").unwrap();
    });
    event.amount >= 100.00";
    let project = Project::solution().edit("stages.rs", "event.amount >= 100.00", look);
    let report = project.report(&["stages", "pipeline"]);
    assert_eq!(
        report.code,
        Some(0),
        "{:#?}",
        report.with_status(&["error", "failed"])
    );
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

#[test]
fn a_grader_that_is_killed_leaves_no_process_behind() {
    let project = Project::solution().edit(
        "stages.rs",
        "    event.amount >= 100.00",
        "    loop {\n        std::hint::black_box(event);\n    }",
    );
    let mut grader = crate::project::grader();
    grader
        .args(["2", "--time-limit", "100", "--dir"])
        .arg(project.dir());
    let mut grader = grader.stdout(Stdio::null()).spawn().unwrap();
    let start = Instant::now();
    let submission = loop {
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "no submission runs"
        );
        let children = children(grader.id());
        let mut names = children
            .into_iter()
            .filter(|pid| name(*pid) == "submission");
        if let Some(submission) = names.next() {
            break submission;
        }
        sleep(Duration::from_millis(20));
    };
    grader.kill().unwrap();
    grader.wait().unwrap();
    let start = Instant::now();
    while name(submission) == "submission" {
        assert!(start.elapsed() < Duration::from_secs(10), "it still runs");
        sleep(Duration::from_millis(20));
    }
}

/// The processes that a process started.
fn children(pid: u32) -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = processes.filter_map(|process| process.file_name().to_str()?.parse().ok());
    pids.filter(|child: &u32| {
        // After the name, which may hold anything, come the state and the parent.
        let stat = std::fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
        let fields = stat.rsplit_once(')').map(|(_, fields)| fields);
        fields.and_then(|fields| fields.split_whitespace().nth(1)) == Some(&pid.to_string())
    })
    .collect()
}

/// The name of a process; empty if there is none.
fn name(pid: u32) -> String {
    let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    name.trim().to_owned()
}
