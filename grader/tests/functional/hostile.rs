//! Submissions that panic, exit, hang, print without end or cheat. Each gets a verdict that
//! says what happened, and the other steps are still graded.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use grader::commands::dev::wrong::Wrong;
use grader::sandbox::{COMPILE, Level};
use grader::step;
use sandbox::{Namespaces, Policy};

use crate::project::{Project, Report};
use crate::security::is_in_security_md;
use crate::session::{Asked, offers, reports_in, solutions, the_course};
use crate::wrong::{deviation, hostile};

/// The hostile submissions whose names begin with `HOSTILE`, or all.
fn wanted() -> BTreeMap<String, Wrong> {
    let only = std::env::var("HOSTILE").unwrap_or_default();
    let mut wanted = hostile();
    wanted.retain(|name, _| name.starts_with(&only));
    assert!(!wanted.is_empty(), "none is called {only}…");
    wanted
}

/// Whether only the sandbox stops this attack.
fn needs_a_sandbox(name: &str) -> bool {
    name.starts_with("run-")
}

/// Each gets its verdict and no point. Without the sandbox, what it refuses goes through: this
/// is the negative control. The outcome is the table in SECURITY.md; `RENEW_ATTACKS=1` writes
/// it again.
#[test]
fn hostile_submissions_get_verdicts_of_their_own() {
    let all = wanted();
    let mut levels = [Level::None, Level::Restricted, Level::Isolated].to_vec();
    levels.retain(|level| offers(*level));
    let outcomes = levels.iter().map(|level| outcomes(&all, *level));
    let outcomes: Vec<_> = outcomes.collect();
    if levels.len() == Level::ALL.len() && std::env::var_os("HOSTILE").is_none() {
        is_in_security_md("attacks", &table(&all, &outcomes));
    }
}

/// The outcome of each attack at a level, in one or two words.
fn outcomes(all: &BTreeMap<String, Wrong>, level: Level) -> BTreeMap<&str, &'static str> {
    let tried = |wrong: &Wrong| level > Level::None || !wrong.dangerous;
    let asked = all.iter().filter(|(_, wrong)| tried(wrong)).map(asked);
    let reports = reports_in(&[level], asked.collect());
    let mut outcomes = BTreeMap::new();
    let mut deviations = Vec::new();
    for (name, wrong) in all {
        let outcome = match reports.get(name) {
            None => "not tried",
            Some(report) if level < wrong.level && needs_a_sandbox(name) => {
                if is_contained(wrong, report) {
                    deviations.push(format!("{name} is contained"));
                }
                "goes through"
            }
            Some(report) => {
                deviations.extend(deviation(name, wrong, report));
                "contained"
            }
        };
        outcomes.insert(name.as_str(), outcome);
    }
    let deviations = deviations.join("\n");
    assert!(deviations.is_empty(), "at the level {level}: {deviations}");
    outcomes
}

fn table(all: &BTreeMap<String, Wrong>, outcomes: &[BTreeMap<&str, &str>]) -> String {
    let mut table =
        String::from("| attack | `none` | `restricted` | `isolated` |\n|---|---|---|---|\n");
    for (name, wrong) in all {
        let outcomes: Vec<_> = outcomes.iter().map(|level| level[name.as_str()]).collect();
        table += &format!(
            "| {} | {} |\n",
            wrong.about.trim_end_matches('.'),
            outcomes.join(" | ")
        );
    }
    table
}

fn asked((name, wrong): (&String, &Wrong)) -> Asked {
    let steps = step::load(&the_course()).unwrap();
    Asked {
        name: name.clone(),
        submission: wrong.of(&solutions()).unwrap(),
        steps: wrong.affected(&steps).into_iter().cloned().collect(),
        time_limit: Some(Duration::from_secs(3)),
    }
}

/// Whether a verdict or a compiler error has the expected text.
fn is_contained(wrong: &Wrong, report: &Report) -> bool {
    let says = wrong.says.as_ref().unwrap();
    let fell = report.with_status(&["failed", "error"]);
    let errors = report.document["compile_errors"].to_string();
    errors.contains(says) || fell.values().any(|message| message.contains(says))
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
    // A process that leaves its process group, so killing the group does not end it.
    let sleep = "std::process::Command::new(\"/usr/bin/setsid\").args([\"-f\", \"sleep\", \"86399\"]).status().ok();\n    event.amount >= 100.00";
    let project = Project::solution().edit("stages.rs", "event.amount >= 100.00", sleep);
    let report = project.report(&["stages", "--sandbox", "none"]);
    assert_eq!(report.code, Some(0));
    let left = Command::new("pgrep")
        .args(["-f", "sleep 86399"])
        .output()
        .unwrap();
    assert!(left.stdout.is_empty(), "still running: {left:?}");
}

/// Safe code cannot stop itself without another program. In a sandbox it continues to run.
#[test]
fn a_process_that_stops_itself_runs_into_its_limit() {
    let stop = "    let stop = \"kill -STOP $PPID\";
    std::process::Command::new(\"/bin/sh\").args([\"-c\", stop]).status().unwrap();
    event.amount >= 100.00";
    let project = Project::solution().edit("stages.rs", "    event.amount >= 100.00", stop);
    let report = project.report(&["stages", "--sandbox", "none", "--time-limit", "1"]);
    let fell = report.with_status(&["error"]);
    let said = &fell["stages.filter_threshold"];
    assert!(said.contains("did not return within 1 s"), "{said}");
}

/// Landlock allows a port on every host. In namespaces there is no other host.
#[test]
fn only_namespaces_tell_hosts_apart() {
    let elsewhere = TcpListener::bind("127.0.0.2:0").unwrap();
    let port = elsewhere.local_addr().unwrap().port();
    let reaches = |level: Level| {
        let policy = Policy {
            read: vec!["/".into()],
            execute: vec!["/".into()],
            connect: vec![port],
            namespaces: (level == Level::Isolated).then(Namespaces::default),
            limits: COMPILE,
            ..Policy::default()
        };
        let connect = format!("exec 3<>/dev/tcp/127.0.0.2/{port}");
        let mut sandbox = Command::new(the_course().target.join("debug/sandbox"));
        sandbox.arg(serde_json::to_string(&policy).unwrap());
        sandbox
            .args(["/bin/bash", "-c", &connect])
            .status()
            .unwrap()
            .success()
    };
    if offers(Level::Restricted) {
        assert!(reaches(Level::Restricted));
    }
    if offers(Level::Isolated) {
        assert!(!reaches(Level::Isolated));
    }
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

/// The grader judges a later step again, with the reference for an earlier step. The
/// submission must not get the text of the reference.
#[test]
fn the_reference_beside_a_submission_is_not_shown() {
    let own = "const FILTER: &str = include_str!(\"stages.rs\");";
    let project = Project::solution()
        .edit("stages.rs", "amount >= 100.00", "amount >= 900.00")
        .edit(
            "processor.rs",
            "use contract",
            &format!("{own}\nuse contract"),
        )
        .edit(
            "processor.rs",
            "        self.stats.total_processed += 1;",
            "        panic!(\"{}\", &FILTER[FILTER.find(\"event.amount\").unwrap()..]);",
        );
    let report = project.report(&["stages", "pipeline"]).document.to_string();
    assert!(report.contains("event.amount >= 900.00"), "{report}");
    assert!(!report.contains("event.amount >= 100.00"), "{report}");
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
        // The name may have any characters. After it come the state and the parent.
        let stat = std::fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
        let fields = stat.rsplit_once(')').map(|(_, fields)| fields);
        fields.and_then(|fields| fields.split_whitespace().nth(1)) == Some(&pid.to_string())
    })
    .collect()
}

/// The name of a process; empty if the process does not exist.
fn name(pid: u32) -> String {
    let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    name.trim().to_owned()
}

#[test]
fn what_a_submission_says_cannot_steer_a_terminal_or_a_ci() {
    let project = Project::solution().edit(
        "stages.rs",
        "    event.amount >= 100.00",
        "    if event.amount > 0.0 {\n        panic!(\"\\x1b[2J\\n::error::forged\\n\\x1b]0;title\\x07\");\n    }\n    event.amount >= 100.00",
    );
    let shown = project.grade(&["2", "-v"]).stdout;
    assert!(shown.contains("forged"), "{shown}");
    let hidden = |c: char| c.is_control() && c != '\n';
    assert!(!shown.chars().any(hidden), "{shown:?}");
    assert!(
        !shown
            .lines()
            .any(|line| line.trim_start().starts_with("::")),
        "{shown}"
    );
}
