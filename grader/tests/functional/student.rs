//! What a student does between two gradings: hints, the list, the solution, watch.

use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::Stdio;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::project::{Graded, grader};

/// A student who stands somewhere.
struct Student(tempfile::NamedTempFile);

impl Student {
    fn at(standing: &serde_json::Value) -> Self {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        write!(file, "{standing}").unwrap();
        Self(file)
    }

    fn run(&self, arguments: &[&str]) -> Graded {
        let mut grader = grader();
        grader
            .args(arguments)
            .env("STREAMLINGS_STANDING", self.0.path());
        Graded::new(grader.output().unwrap())
    }
}

fn with_a_misconception() -> Student {
    Student::at(&serde_json::json!({ "steps": {
        "setup": { "score": 20, "max_score": 20, "passed": true, "passed_before": true },
        "stages": { "score": 20, "max_score": 25, "diagnosis": "stages-high-from-3000", "failing": "classify_high" },
    } }))
}

#[test]
fn hints_climb_one_rung_at_a_time_and_stay_on_the_last() {
    let student = with_a_misconception();
    let hints: Vec<_> = (0..4).map(|_| student.run(&["hint", "2"]).stdout).collect();
    assert_eq!(hints[2], hints[3]);
    insta::assert_snapshot!("hints", hints[..3].join("\n"));
}

#[test]
fn a_check_without_a_known_mistake_has_hints_of_its_own() {
    let student = Student::at(&serde_json::json!({ "steps": {
        "pipeline": { "max_score": 30, "failing": "every_page" },
    } }));
    insta::assert_snapshot!("check_hint", student.run(&["hint", "pipeline"]).stdout);
}

#[test]
fn there_are_no_hints_on_what_passes_or_was_never_graded() {
    let student = with_a_misconception();
    assert!(student.run(&["hint", "1"]).stdout.contains("Step 1 passes"));
    let never = student.run(&["hint", "3"]);
    assert_eq!(never.code, Some(2));
    assert!(
        never.stderr.contains("has not been graded yet"),
        "{}",
        never.stderr
    );
}

#[test]
fn code_that_does_not_compile_is_mended_before_there_are_hints() {
    let student = Student::at(&serde_json::json!({
        "compile_error": "exercises/src/stages.rs:12: expected one of `!` or `;`",
    }));
    let hint = student.run(&["hint", "2"]);
    assert_eq!(hint.code, Some(0));
    assert!(hint.stdout.contains("stages.rs:12"), "{}", hint.stdout);
}

#[test]
fn a_command_with_a_slip_is_guessed() {
    let slip = with_a_misconception().run(&["hnit", "2"]);
    assert_eq!(slip.code, Some(2));
    assert!(
        slip.stderr.contains("Did you mean hint?"),
        "{}",
        slip.stderr
    );
}

#[test]
fn the_list_shows_where_the_student_stands() {
    insta::assert_snapshot!(
        "standing_list",
        with_a_misconception().run(&["list"]).stdout
    );
}

#[test]
fn the_solution_opens_after_a_pass_or_for_who_gives_up_which_is_noted() {
    let student = with_a_misconception();
    assert!(
        student
            .run(&["solution", "1"])
            .stdout
            .contains("pub async fn setup_stream")
    );
    let closed = student.run(&["solution", "2"]);
    assert_eq!((closed.code, closed.stdout.as_str()), (Some(2), ""));
    let opened = student.run(&["solution", "2", "--give-up"]);
    assert!(opened.stdout.contains("pub fn filter_event"));
    assert!(student.run(&["list"]).stdout.contains("solution seen"));
}

#[test]
fn a_broken_standing_is_put_aside_and_no_obstacle() {
    let student = Student::at(&serde_json::json!("not a standing"));
    let list = student.run(&["list"]);
    assert_eq!(list.code, Some(0));
    assert!(list.stderr.contains("starting afresh"), "{}", list.stderr);
}

#[test]
fn watch_needs_a_terminal() {
    let mut watch = grader();
    watch.arg("watch").stdin(Stdio::null());
    let refused = Graded::new(watch.output().unwrap());
    assert_eq!(refused.code, Some(2));
}

/// In a real terminal: a verdict, a key, the next step, and the end.
#[test]
fn watch_grades_and_takes_keys() {
    let size = nix::pty::Winsize {
        ws_row: 50,
        ws_col: 80,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    let pty = nix::pty::openpty(Some(&size), None).unwrap();
    let end = |fd: &OwnedFd| Stdio::from(fd.try_clone().unwrap());
    let mut command = grader();
    command.args(["watch", "5"]).stdin(end(&pty.slave));
    command.stdout(end(&pty.slave)).stderr(Stdio::null());
    let mut watch = command.spawn().unwrap();
    drop((command, pty.slave));
    // What never comes ends the test, and does not hold it up for ever.
    let pid = Pid::from_raw(watch.id().cast_signed());
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_secs(180));
        kill(pid, Signal::SIGKILL).ok();
    });
    let mut terminal = std::fs::File::from(pty.master);
    let mut keys = terminal.try_clone().unwrap();
    let mut until = |text: &str| {
        let (mut seen, mut byte) = (Vec::new(), [0]);
        while !String::from_utf8_lossy(&seen).contains(text) {
            terminal.read_exact(&mut byte).unwrap();
            seen.push(byte[0]);
        }
    };
    until("Step 5");
    until("q quit");
    keys.write_all(b"h").unwrap();
    until("Hint 1");
    keys.write_all(b"n").unwrap();
    until("Step 6");
    until("q quit");
    keys.write_all(b"q").unwrap();
    assert!(watch.wait().unwrap().success());
}
