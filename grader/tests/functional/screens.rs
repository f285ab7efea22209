//! What a student sees on a terminal of 24 rows and 80 columns, with and without colours.

use std::fs::File;
use std::io::Read;
use std::num::NonZero;
use std::path::Path;
use std::process::{Child, Command};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use regex::Regex;

use crate::project::{Project, course, grader};
use crate::terminal;

const ROWS: NonZero<u16> = NonZero::new(24).unwrap();
const COLUMNS: NonZero<u16> = NonZero::new(80).unwrap();

/// A program in a terminal.
struct Terminal {
    program: Child,
    master: File,
    parser: vt100::Parser,
}

impl Terminal {
    fn open(command: Command) -> Self {
        let (program, master) = terminal::start(command, ROWS.get(), COLUMNS.get());
        Self {
            program,
            master,
            parser: vt100::Parser::new(ROWS, COLUMNS, 0),
        }
    }

    /// Reads until the screen shows a text, or until the program ends.
    fn read_until(&mut self, text: Option<&str>) {
        let mut bytes = [0; 4096];
        let is_shown = |parser: &vt100::Parser| {
            text.is_some_and(|text| parser.screen().contents().contains(text))
        };
        while !is_shown(&self.parser) {
            match self.master.read(&mut bytes) {
                Ok(read @ 1..) => self.parser.process(&bytes[..read]),
                // The program has ended.
                _ => break,
            }
        }
    }

    /// The rows of the screen. Colours are written as `{colour}`.
    fn rows(&self) -> String {
        let screen = self.parser.screen();
        let rows = screen.rows_formatted(0, COLUMNS.get());
        let rows = rows.collect::<Vec<_>>().join("\n");
        let colour = Regex::new("\x1b\\[([0-9;]*)m").unwrap();
        let rows = colour.replace_all(&rows, "{$1}");
        // Spaces are written as a movement of the cursor.
        let moved = Regex::new("\x1b\\[([0-9]*)C").unwrap();
        let spaces = |found: &regex::Captures| " ".repeat(found[1].parse().unwrap_or(1));
        let rows = moved.replace_all(&rows, spaces);
        let seed = Regex::new("seed [0-9]+").unwrap();
        seed.replace_all(rows.trim_end(), "seed …").into_owned()
    }

    fn end(mut self) {
        let pid = Pid::from_raw(self.program.id().cast_signed());
        kill(pid, Signal::SIGINT).ok();
        self.program.wait().unwrap();
    }
}

/// The screen after a command in a folder, when it shows a text or when the command has ended.
fn screen(folder: &Path, arguments: &[&str], until: Option<&str>, in_colour: bool) -> String {
    let mut command = grader();
    command.current_dir(folder).args(arguments);
    if in_colour {
        command.env_remove("NO_COLOR").env("CLICOLOR_FORCE", "1");
    }
    let mut terminal = Terminal::open(command);
    terminal.read_until(until);
    let rows = terminal.rows();
    terminal.end();
    rows
}

/// Compares both screens with their snapshots.
fn seen(name: &str, folder: &Path, arguments: &[&str], until: Option<&str>) {
    let plain = screen(folder, arguments, until, false);
    assert!(
        !plain.contains('{') || name == "compile_error",
        "no colours: {plain}"
    );
    insta::assert_snapshot!(name, plain);
    let colour = screen(folder, arguments, until, true);
    insta::assert_snapshot!(format!("{name}_in_colour"), colour);
}

/// A submission in the folder `exercises` of its own folder.
fn graded(name: &str, project: &Project, arguments: &[&str]) {
    let dir = project.dir();
    let arguments = [arguments, &["--dir", "exercises", "--seed", "7"]].concat();
    seen(name, dir.parent().unwrap(), &arguments, None);
}

#[test]
fn first_contact() {
    seen("first_contact", course(), &["--seed", "7"], None);
}

#[test]
fn a_wrong_stage() {
    graded(
        "wrong_stage",
        &Project::wrong("stages-high-from-3000"),
        &["2"],
    );
}

#[test]
fn a_wrong_pipeline() {
    graded(
        "wrong_pipeline",
        &Project::wrong("pipeline-medium-is-high-value"),
        &["3"],
    );
}

#[test]
fn a_compile_error() {
    let project =
        Project::solution().edit("stages.rs", "event.amount >= 100.00", "event.amount >= 100");
    graded("compile_error", &project, &["2"]);
}

#[test]
fn a_step_that_passes() {
    graded("step_passed", &Project::solution(), &["5"]);
}

#[test]
fn a_review() {
    graded("review", &Project::solution(), &["review", "2"]);
}

#[test]
fn the_quiz() {
    let project = Project::stubs();
    let arguments = ["quiz", "--ask", "--dir", "exercises"];
    seen(
        "quiz",
        project.dir().parent().unwrap(),
        &arguments,
        Some("1/27 > "),
    );
}

#[test]
fn watch() {
    // `watch` draws a seed, and here no generated input is shown.
    let project = Project::wrong("stages-unknown-user-in-silence");
    let arguments = ["watch", "2", "--dir", "exercises"];
    seen(
        "watch",
        project.dir().parent().unwrap(),
        &arguments,
        Some("q quit"),
    );
}
