//! The commands of a student between two gradings: hints, the list, the solution, watch and
//! the quiz.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::process::{Child, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::project::{Graded, Project, course, grader};
use crate::terminal;

/// A student with a saved progress.
struct Student(tempfile::NamedTempFile);

impl Student {
    fn at(progress: &serde_json::Value) -> Self {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        write!(file, "{progress}").unwrap();
        Self(file)
    }

    fn run(&self, arguments: &[&str]) -> Graded {
        let mut grader = grader();
        grader
            .args(arguments)
            .env("STREAMLINGS_PROGRESS", self.0.path());
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
fn what_the_code_came_to_is_the_first_hint_and_a_bonus_has_hints_too() {
    let student = Student::at(&serde_json::json!({ "steps": {
        "pipeline": { "max_score": 30, "failing": "every_page", "trouble": "panicked",
                      "clue": "process_shard panicked at processor.rs:70. What then?" },
        "stateful": { "score": 18, "max_score": 18, "passed": true, "bonus": "duplicate" },
    } }));
    let hints = ["3", "3", "4"].map(|step| student.run(&["hint", step]).stdout);
    insta::assert_snapshot!("hints_on_trouble_and_bonus", hints.join("\n"));
}

#[test]
fn another_folder_has_hints_of_its_own() {
    let here = course();
    let student = Student::at(&serde_json::json!({ "elsewhere": {
        "dir": here.join("solutions"),
        "at": { "steps": { "pipeline": { "max_score": 30, "failing": "every_page",
            "example": "What differs first is this.", "look": "Print it." } } },
    } }));
    let dir = here.join("solutions");
    let dir = dir.to_str().unwrap();
    let hints: Vec<_> = (0..3)
        .map(|_| student.run(&["hint", "3", "--dir", dir]).stdout)
        .collect();
    assert!(
        hints[0].contains("What does each answer of GetRecords give you"),
        "{}",
        hints[0]
    );
    assert!(hints[1].contains("What differs first"), "{}", hints[1]);
    assert!(hints[2].contains("Print it.") && hints[2].contains("This is the last hint"));
    assert_eq!(
        student.run(&["hint", "3"]).code,
        Some(2),
        "the exercises were not graded"
    );
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
fn code_that_does_not_compile_is_fixed_before_there_are_hints() {
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
    let last = with_a_misconception().run(&["2", "hint"]);
    assert!(
        last.stderr
            .contains("Write the command first: cargo grade hint"),
        "{}",
        last.stderr
    );
    let all = with_a_misconception().run(&["hint", "all"]);
    assert_eq!(all.code, Some(2));
}

#[test]
fn the_list_shows_where_the_student_stands() {
    insta::assert_snapshot!(
        "progress_list",
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
fn a_broken_progress_file_is_kept_and_no_obstacle() {
    let student = Student::at(&serde_json::json!("not a progress"));
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

/// The grader in a real terminal of 80 columns.
struct Terminal {
    grader: Child,
    screen: File,
    seen: String,
}

impl Terminal {
    fn open(arguments: &[&str]) -> Self {
        let mut command = grader();
        command.args(arguments);
        let (grader, screen) = terminal::start(command, 50, 80);
        Self {
            grader,
            screen,
            seen: String::new(),
        }
    }

    /// Reads until a text comes, and returns everything since the last call.
    fn until(&mut self, text: &str) -> String {
        let (mut seen, mut byte) = (Vec::new(), [0]);
        while !String::from_utf8_lossy(&seen).contains(text) {
            let read = self.screen.read(&mut byte).unwrap_or_default();
            let so_far = String::from_utf8_lossy(&seen);
            assert_ne!(read, 0, "no `{text}` after {}{so_far}", self.seen);
            seen.push(byte[0]);
        }
        let seen = String::from_utf8(seen).unwrap();
        self.seen += &seen;
        seen
    }

    fn type_in(&mut self, keys: &str) {
        self.screen.write_all(keys.as_bytes()).unwrap();
    }

    fn succeeds(mut self) -> bool {
        self.grader.wait().unwrap().success()
    }
}

/// In a real terminal: a verdict, a key, the next step, and the end.
#[test]
fn watch_grades_and_takes_keys() {
    let mut watch = Terminal::open(&["watch", "5"]);
    watch.until("Step 5");
    watch.until("q quit");
    watch.type_in("h");
    watch.until("Hint 1");
    watch.type_in("n");
    watch.until("Step 6");
    watch.until("q quit");
    watch.type_in("q");
    assert!(watch.succeeds());
}

/// Starts the quiz of a submission in the terminal.
fn ask(project: &Project) -> Terminal {
    let dir = project.dir();
    Terminal::open(&["quiz", "--ask", "--dir", dir.to_str().unwrap()])
}

#[test]
fn the_quiz_is_asked_and_what_was_answered_stays() {
    let project = Project::stubs();
    let stub = project.source("quiz.rs");
    let mut quiz = ask(&project);
    // No answer, a wrong word, an answer, a changed answer, and a skipped question.
    quiz.until("1/27 > ");
    quiz.type_in("\n");
    quiz.until("no answer to keep");
    quiz.type_in("both\n");
    quiz.until("`both` is not an answer here");
    quiz.type_in("2\n");
    quiz.until("2/27 > ");
    quiz.type_in("b\n");
    quiz.until("1/27 [Stateful] > ");
    quiz.type_in("stateless\n");
    quiz.until("2/27 > ");
    quiz.type_in("s\n");
    quiz.until("3/27 > ");
    // Ctrl-D.
    quiz.type_in("\x04");
    let end = quiz.until("continues the quiz");
    assert!(end.contains("1 of 27 answered"), "{end}");
    assert!(quiz.succeeds());
    let answer = "json_to_csv: Some(Kind::Stateless)";
    let answered = stub.replace("json_to_csv: None", answer);
    assert_eq!(project.source("quiz.rs"), answered);
    let saved = project.dir().join("backup");
    let copy = fs::read_to_string(saved.join("quiz.rs.1")).unwrap();
    assert_eq!(copy, stub);
    assert_eq!(fs::read_dir(saved).unwrap().count(), 1);
}

#[test]
fn what_is_answered_is_kept_by_enter_and_then_graded() {
    let project = Project::solution();
    let mut quiz = ask(&project);
    quiz.type_in(&"\n".repeat(27));
    quiz.until("27 of 27 answered");
    quiz.until("20 of 20 points");
    assert!(quiz.succeeds());
    assert!(!project.dir().join("backup").exists());
}

#[test]
fn a_signal_ends_the_asking_in_good_order() {
    let project = Project::stubs();
    let mut quiz = ask(&project);
    quiz.until("1/27 > ");
    kill(
        Pid::from_raw(quiz.grader.id().cast_signed()),
        Signal::SIGINT,
    )
    .unwrap();
    quiz.until("0 of 27 answered");
    assert!(quiz.succeeds());
}

#[test]
fn only_the_quiz_is_asked_and_only_in_a_terminal() {
    for (arguments, word) in [
        (&["quiz", "--ask"][..], "needs a terminal"),
        (&["--ask"], "cargo grade quiz --ask"),
        (&["2", "--ask"], "cargo grade quiz --ask"),
        (&["quiz", "2", "--ask"], "cargo grade quiz --ask"),
        (
            &["quiz", "--ask", "--report", "json"],
            "cannot be used with",
        ),
    ] {
        let mut grader = grader();
        grader.args(arguments).stdin(Stdio::null());
        let refused = Graded::new(grader.output().unwrap());
        assert_eq!(refused.code, Some(2), "{arguments:?}");
        assert!(refused.stderr.contains(word), "{}", refused.stderr);
    }
}
