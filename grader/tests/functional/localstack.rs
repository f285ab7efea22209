//! Against LocalStack the verdicts are the same, and no container is left. These tests need a
//! Docker engine with the image, so they are ignored by default.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;

use crate::project::{Graded, Project, grader};

/// One test at a time: a test that counts containers must not count those of another test.
static DOCKER: std::sync::Mutex<()> = std::sync::Mutex::new(());

fn containers() -> Vec<String> {
    let output = Command::new("docker")
        .args([
            "ps",
            "--all",
            "--quiet",
            "--filter",
            "ancestor=localstack/localstack:4.14.0",
        ])
        .output()
        .unwrap();
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect()
}

/// Starts grading in the background, in its own process group as in a terminal, and waits
/// until the container exists.
fn start_grading(project: &Project) -> (Child, String) {
    let before = containers();
    let mut child = grader()
        .args(["--backend", "localstack", "--dir"])
        .arg(project.dir())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .unwrap();
    let new = || containers().into_iter().find(|id| !before.contains(id));
    // The first time, the program that manages the container is built first.
    if let Some(new) = within(Duration::from_secs(600), new) {
        return (child, new);
    }
    child.kill().ok();
    panic!("no container came up: {:?}", child.wait_with_output());
}

/// Asks again until there is an answer, or until the limit.
fn within<T>(limit: Duration, ask: impl Fn() -> Option<T>) -> Option<T> {
    let start = Instant::now();
    while start.elapsed() < limit {
        if let Some(answer) = ask() {
            return Some(answer);
        }
        sleep(Duration::from_millis(50));
    }
    None
}

fn pid(child: &Child) -> Pid {
    Pid::from_raw(child.id().cast_signed())
}

fn same_verdicts(project: &Project) {
    let embedded = project.report(&["--seed", "7"]);
    let localstack = project.report(&["--seed", "7", "--backend", "localstack"]);
    assert_eq!(localstack.document["backend"], "localstack");
    assert_eq!(embedded.checks(), localstack.checks());
    assert_eq!(embedded.bonus(true), localstack.bonus(true));
    assert_eq!(embedded.code, localstack.code);
}

#[test]
#[ignore = "needs Docker with localstack/localstack:4.14.0"]
fn localstack_gives_the_same_verdicts() {
    let _docker = DOCKER.lock();
    same_verdicts(&Project::solution());
    same_verdicts(&Project::stubs());
    same_verdicts(
        &Project::solution()
            .edit("stages.rs", "amount >= 100.00", "amount > 100.00")
            .edit("processor.rs", "while let Some(at) = iterator {", "if let Some(at) = iterator {")
            .edit("processor.rs", "            if page.records.is_empty() {\n                break;\n            }\n            iterator = page.next_shard_iterator;\n", ""),
    );
    assert_eq!(containers(), [""; 0]);
}

#[test]
#[ignore = "needs Docker with localstack/localstack:4.14.0"]
fn the_container_is_gone_when_the_grader_alone_is_interrupted() {
    let _docker = DOCKER.lock();
    let (mut child, _) = start_grading(&Project::solution());
    kill(pid(&child), Signal::SIGINT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(containers(), [""; 0]);
}

#[test]
#[ignore = "needs Docker with localstack/localstack:4.14.0"]
fn the_container_is_gone_after_ctrl_c() {
    let _docker = DOCKER.lock();
    let (mut child, _) = start_grading(&Project::solution());
    killpg(pid(&child), Signal::SIGINT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(containers(), [""; 0]);
}

#[test]
#[ignore = "needs Docker with localstack/localstack:4.14.0"]
fn the_container_goes_when_the_grader_is_killed() {
    let _docker = DOCKER.lock();
    let (mut child, _) = start_grading(&Project::solution());
    child.kill().unwrap();
    child.wait().unwrap();
    let none_left = || containers().is_empty().then_some(());
    assert!(within(Duration::from_secs(60), none_left).is_some());
}

#[test]
#[ignore = "needs Docker with localstack/localstack:4.14.0"]
fn a_container_that_dies_mid_run_is_no_zero() {
    let _docker = DOCKER.lock();
    // A submission that still runs when the container is removed.
    let project = Project::solution().edit(
        "stages.rs",
        "event.amount >= 100.00",
        "std::thread::sleep(std::time::Duration::from_secs(3));\n    event.amount >= 100.00",
    );
    let (child, container) = start_grading(&project);
    sleep(Duration::from_secs(12));
    Command::new("docker")
        .args(["rm", "--force", &container])
        .output()
        .unwrap();
    let graded = Graded::new(child.wait_with_output().unwrap());
    assert_eq!(
        (graded.code, graded.stdout.as_str()),
        (Some(3), ""),
        "{graded:?}"
    );
    assert!(
        graded.stderr.contains("could not grade: the backend"),
        "{}",
        graded.stderr
    );
    assert_eq!(containers(), [""; 0]);
}
