//! Submissions that panic, exit, hang, flood or forge: each gets a verdict that
//! says what happened, and the remaining steps are still graded.

use std::collections::BTreeMap;
use std::fs;
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use grader::commands::dev::wrong::Wrong;
use grader::sandbox::{Level, Sandbox};
use grader::step;

use crate::project::{Project, Report, course};
use crate::session::{Asked, reports_in, solutions, the_course};
use crate::wrong::{deviation, hostile};

/// Those of one kind, for whoever writes them; some need a sandbox.
fn wanted() -> BTreeMap<String, Wrong> {
    let only = std::env::var("HOSTILE").unwrap_or_default();
    let mut wanted = hostile();
    wanted.retain(|name, wrong| {
        let needs_one = wrong.dangerous || at_run_time(name);
        name.starts_with(&only) && (in_a_sandbox() || !needs_one)
    });
    assert!(!wanted.is_empty(), "none is called {only}…");
    wanted
}

fn in_a_sandbox() -> bool {
    offers(Level::Restricted)
}

fn offers(level: Level) -> bool {
    Sandbox::open(&the_course(), Vec::new(), Some(level)).is_ok()
}

fn at_run_time(name: &str) -> bool {
    name.starts_with("run-")
}

/// Each gets its verdict and gains no point. What the sandbox refuses is not refused without
/// it, which is the negative control. The outcome is the table in SECURITY.md;
/// `RENEW_ATTACKS=1` writes it anew.
#[test]
fn hostile_submissions_get_verdicts_of_their_own() {
    let all = wanted();
    let within = reports_in(None, all.iter().map(asked).collect());
    assert_as_told(&all, &within);
    let mut attacks = all;
    attacks.retain(|name, _| at_run_time(name) || name.starts_with("compile-"));
    let is_isolated = offers(Level::Isolated);
    if is_isolated {
        let isolated = reports_in(Some(Level::Isolated), attacks.iter().map(asked).collect());
        assert_as_told(&attacks, &isolated);
    }
    let harmless = attacks.iter().filter(|(_, wrong)| !wrong.dangerous);
    let without = reports_in(Some(Level::None), harmless.map(asked).collect());
    let mut table =
        String::from("| attack | `none` | `restricted` | `isolated` |\n|---|---|---|---|\n");
    for (name, wrong) in &attacks {
        let without = match without.get(name) {
            None => "not tried",
            Some(report) if is_contained(wrong, report) => "contained",
            Some(_) => "goes through",
        };
        let is_control = at_run_time(name) && !wrong.dangerous;
        assert!(
            !is_control || without == "goes through",
            "{name} is refused without a sandbox"
        );
        table += &format!(
            "| {} | {without} | contained | contained |\n",
            wrong.about.trim_end_matches('.')
        );
    }
    if is_isolated && in_a_sandbox() && std::env::var_os("HOSTILE").is_none() {
        is_in_security_md(&table);
    }
}

fn assert_as_told(wrong: &BTreeMap<String, Wrong>, reports: &BTreeMap<String, Report>) {
    let deviations = wrong
        .iter()
        .filter_map(|(name, wrong)| deviation(name, wrong, &reports[name]));
    let deviations: Vec<_> = deviations.collect();
    assert!(deviations.is_empty(), "{}", deviations.join("\n"));
}

fn asked((name, wrong): (&String, &Wrong)) -> Asked {
    let steps = step::load(&the_course()).unwrap();
    Asked {
        name: name.clone(),
        submission: wrong.of(&solutions()).unwrap(),
        steps: wrong.affected(&steps).into_iter().cloned().collect(),
        time_limit: Some(Duration::from_secs(2)),
    }
}

fn is_in_security_md(table: &str) {
    let file = course().join("SECURITY.md");
    let text = fs::read_to_string(&file).unwrap();
    let (before, rest) = text.split_once("<!-- attacks -->\n").unwrap();
    let (_, after) = rest.split_once("<!-- end -->").unwrap();
    let renewed = format!("{before}<!-- attacks -->\n{table}<!-- end -->{after}");
    if std::env::var_os("RENEW_ATTACKS").is_some() {
        fs::write(&file, &renewed).unwrap();
    }
    let known = fs::read_to_string(&file).unwrap();
    assert!(
        known == renewed,
        "SECURITY.md does not say what came of the attacks:\n{table}"
    );
}

/// Whether a verdict or the compiler says what it must.
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
    // A process that leaves its group, so that killing the group misses it.
    let sleep = "std::process::Command::new(\"/usr/bin/setsid\").args([\"-f\", \"sleep\", \"86399\"]).status().ok();\n    event.amount >= 100.00";
    let project = Project::solution().edit("stages.rs", "event.amount >= 100.00", sleep);
    let report = project.report(&["stages", "--sandbox", "none"]);
    assert_eq!(report.code, Some(0));
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

#[test]
fn a_link_in_place_of_the_sources_is_not_followed() {
    let project = Project::solution();
    let src = project.dir().join("src");
    fs::remove_dir_all(&src).unwrap();
    std::os::unix::fs::symlink(course().join("solutions/src"), &src).unwrap();
    let report = project.report(&["cleanup"]);
    assert_eq!(report.code, Some(1));
    let error = &report.document["compile_errors"][0]["message"];
    assert_eq!(error, "src is a link");
}

#[test]
fn a_submission_may_be_an_archive() {
    let project = Project::solution();
    let packed = project.dir().with_extension("tar");
    let mut tar = tar::Builder::new(fs::File::create(&packed).unwrap());
    tar.append_dir_all("smith/src", project.dir().join("src"))
        .unwrap();
    tar.finish().unwrap();
    let graded = crate::project::run(&["cleanup", "--dir", packed.to_str().unwrap()]);
    assert_eq!(graded.code, Some(0), "{graded:?}");
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
