//! Builds a staged submission with cargo, and makes the compiler's messages the
//! student's own: their files, their lines.

use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use cargo_metadata::Message;
use cargo_metadata::diagnostic::{Diagnostic, DiagnosticLevel};
use serde::Serialize;

use super::stage::{PACKAGE, stage};
use super::{Program, Submission};
use crate::course::Course;
use crate::problem::{Problem, Result, io};

/// How the folders of gradings are called, and when nobody uses them any more.
const RUN: &str = "run-";
const STALE_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// An error of the compiler in the student's code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CompileError {
    pub file: String,
    /// None for an error about the program as a whole.
    pub line: Option<usize>,
    pub message: String,
    /// As rustc renders it, in colour.
    #[serde(skip)]
    pub rendered: String,
}

/// Builds the submission. The inner `Err` is the student's.
pub fn build(
    course: &Course,
    submission: &Submission,
) -> Result<Result<Program, Vec<CompileError>>> {
    let _lock = lock(&course.target)?;
    let workspace = stage(course, submission)?;
    let mut cargo = cargo(course, &workspace).spawn().map_err(|e| {
        Problem::machine(
            format!("cargo did not start: {e}"),
            "Install Rust from https://rustup.rs, or check your PATH.",
        )
    })?;
    let output = cargo.stdout.take().expect("stdout is piped");
    let mut stderr = cargo.stderr.take().expect("stderr is piped");
    let chatter = std::thread::spawn(move || {
        let mut text = Vec::new();
        stderr.read_to_end(&mut text).ok();
        String::from_utf8_lossy(&text).into_owned()
    });
    let compiled = read_messages(submission, output);
    let status = cargo
        .wait()
        .map_err(io("cannot wait for cargo in", &workspace))?;
    let chatter = chatter.join().unwrap_or_default();
    match compiled.binary {
        Some(binary) if status.success() => Ok(Ok(keep(course, &binary)?)),
        _ if !compiled.errors.is_empty() => Ok(Err(compiled.errors)),
        _ => Err(Problem::machine(
            format!(
                "cargo could not build the submission:\n{}{}",
                compiled.elsewhere,
                chatter.trim_end()
            ),
            "What is said above is not about the submission's code: mend that first.",
        )),
    }
}

/// What cargo's messages say of the submission.
#[derive(Default)]
struct Compiled {
    errors: Vec<CompileError>,
    /// Errors that are in nobody's code: the linker's, a full disk.
    elsewhere: String,
    binary: Option<PathBuf>,
}

fn read_messages(submission: &Submission, output: impl Read) -> Compiled {
    let mut compiled = Compiled::default();
    for message in Message::parse_stream(BufReader::new(output)).flatten() {
        match message {
            Message::CompilerMessage(said) if said.target.name == PACKAGE => {
                compiled.add(submission, said.message);
            }
            Message::CompilerArtifact(made) if made.target.name == PACKAGE => {
                compiled.binary = made.executable.map(Into::into);
            }
            _ => {}
        }
    }
    compiled
}

impl Compiled {
    fn add(&mut self, submission: &Submission, said: Diagnostic) {
        if said.level != DiagnosticLevel::Error || said.message.starts_with("aborting due to") {
            return;
        }
        let rendered = said.rendered.unwrap_or_default();
        let span = said.spans.iter().find(|span| span.is_primary);
        if span.is_none() && said.code.is_none() {
            self.elsewhere.push_str(&rendered);
            return;
        }
        self.errors.push(CompileError {
            file: span
                .map(|s| as_students(submission, &s.file_name))
                .unwrap_or_default(),
            line: span.map(|s| s.line_start).filter(|line| *line > 0),
            message: as_students(submission, &said.message),
            rendered: as_students(submission, &rendered),
        });
    }
}

fn cargo(course: &Course, workspace: &Path) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args([
            "build",
            "--offline",
            "--message-format=json-diagnostic-rendered-ansi",
        ])
        .args([
            "--package",
            PACKAGE,
            "--package",
            "grader",
            "--bin",
            PACKAGE,
        ])
        .arg("--target-dir")
        .arg(&course.target)
        .current_dir(workspace)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// One build at a time: the workspace and the binary are shared.
fn lock(target: &Path) -> Result<File> {
    let dir = target.join("grade");
    fs::create_dir_all(&dir).map_err(io("cannot create", &dir))?;
    let path = dir.join("lock");
    let file = File::create(&path).map_err(io("cannot write", &path))?;
    file.lock().map_err(io("cannot lock", &path))?;
    Ok(file)
}

/// Keeps this build's binary apart from the next one's. A hard link is enough:
/// the linker writes a new file each time.
fn keep(course: &Course, binary: &Path) -> Result<Program> {
    let dir = course.target.join("grade");
    remove_stale(&dir);
    let home = tempfile::Builder::new()
        .prefix(RUN)
        .tempdir_in(&dir)
        .map_err(io("cannot create a folder in", &dir))?;
    let kept = home.path().join(PACKAGE);
    fs::hard_link(binary, &kept)
        .or_else(|_| fs::copy(binary, &kept).map(drop))
        .map_err(io("cannot write", &kept))?;
    Ok(Program {
        binary: kept,
        _home: Some(home),
    })
}

/// Removes what a grader that was killed could not: folders that are a day old.
fn remove_stale(dir: &Path) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let ours = entry.file_name().to_string_lossy().starts_with(RUN);
        let modified = entry.metadata().and_then(|about| about.modified());
        let age = modified.ok().and_then(|at| at.elapsed().ok());
        if ours && age.is_some_and(|age| age > STALE_AFTER) {
            fs::remove_dir_all(entry.path()).ok();
        }
    }
}

/// Staged paths in a text, as the student's own.
pub fn as_students(submission: &Submission, text: &str) -> String {
    let staged = format!("{PACKAGE}/src/");
    let own = Path::new(&submission.shown_as).join("src");
    text.replace(&staged, &format!("{}/", own.display()))
}
