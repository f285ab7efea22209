//! Builds a staged submission with cargo, and makes the compiler's messages the
//! student's own: their files, their lines.

use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use cargo_metadata::Message;
use cargo_metadata::diagnostic::{Diagnostic, DiagnosticLevel};
use serde::{Deserialize, Serialize};

use super::stage::{PACKAGE, stage};
use super::{Program, Submission};
use crate::course::Course;
use crate::problem::{Problem, Result, io};

/// How the folders of gradings are called, and when nobody uses them any more.
const RUN: &str = "run-";
const STALE_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// What the compiler says of the student's code: an error, or a warning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CompilerMessage {
    pub file: String,
    /// None for an error about the program as a whole.
    pub line: Option<usize>,
    /// As in `rustc --explain`; none for an error of syntax.
    pub code: Option<String>,
    pub message: String,
    /// As rustc renders it, in colour.
    pub rendered: String,
    /// The function that the course cannot call any more, such as `stages::filter_event`,
    /// where the error is in its calls; empty if that is not known.
    pub call: Option<String>,
}

impl CompilerMessage {
    /// Its file and its line, if it has one.
    pub fn place(&self) -> String {
        let line = self.line.map(|line| format!(":{line}"));
        format!("{}{}", self.file, line.unwrap_or_default())
    }
}

/// The warning of a value that must be used.
const UNUSED: &str = "unused_must_use";

/// Names that cannot be resolved, from which other errors follow.
const UNRESOLVED: [&str; 6] = ["E0405", "E0412", "E0425", "E0432", "E0433", "E0583"];

impl CompilerMessage {
    /// The warning in a sentence, with what it may mean.
    pub fn warning(&self) -> String {
        let awaited = match self.message.contains("Future`") {
            true => " Is an .await missing? Without one nothing happens.",
            false => "",
        };
        format!(
            "The compiler warns of {}: {}.{awaited}",
            self.place(),
            self.message
        )
    }

    /// The module whose file is not there, if that is the error.
    pub fn missing_file(&self) -> Option<&str> {
        between(&self.message, "file not found for module `", "`")
    }

    /// Whether its code says that a name cannot be resolved.
    fn is_unresolved(&self) -> bool {
        let code = self.code.as_deref();
        code.is_some_and(|code| UNRESOLVED.contains(&code))
    }

    /// The error in the terms of the submission, where it is not in its own text.
    fn placed(mut self, submission: &Submission, said: &Diagnostic) -> Self {
        let text = format!("{}{}", self.message, labels(said));
        let missing = between(&text, "could not find `", "` in the crate root");
        let missing = missing.filter(|name| submission.has_module(name));
        if let Some(module) = missing {
            self.file = submission.source("main.rs");
            self.line = None;
            self.message = format!("main.rs has no `mod {module};`");
        }
        let in_main = self.file == submission.source("main.rs") && missing.is_none();
        let resolved = self.code.is_some() && !self.is_unresolved();
        if in_main && resolved || Path::new(&self.file).starts_with("grader/contract") {
            let primary = said.spans.iter().find(|span| span.is_primary);
            let call = primary.and_then(|span| span.text.first());
            let call = call.and_then(|line| called(&line.text)).unwrap_or_default();
            let below = said.children.iter().flat_map(|child| &child.spans);
            let own = said.spans.iter().chain(below).find(|span| {
                let file = as_students(submission, &span.file_name);
                file != span.file_name && file != submission.source("main.rs")
            });
            if let Some(span) = own {
                self.file = as_students(submission, &span.file_name);
                self.line = Some(span.line_start);
            } else if let Some((module, _)) = call.split_once("::") {
                self.file = submission.source(&format!("{module}.rs"));
                self.line = None;
            }
            self.call = Some(call);
        }
        self
    }
}

/// What stands beside the code in the compiler's picture.
fn labels(said: &Diagnostic) -> String {
    let labels = said.spans.iter().filter_map(|span| span.label.as_deref());
    labels.collect()
}

/// The path of the submission that a line of the course calls: `stages::filter_event`.
fn called(line: &str) -> Option<String> {
    let paths = line.split("crate::").skip(1);
    let called = paths.filter_map(|rest| Some(rest.split_once('(')?.0));
    let is_path = |path: &&str| {
        path.chars()
            .all(|c| c.is_alphanumeric() || "_:".contains(c))
    };
    called.filter(is_path).map(str::to_owned).next()
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let (_, after) = text.split_once(start)?;
    let (between, _) = after.split_once(end)?;
    Some(between)
}

/// Puts the errors that matter first: of syntax, then of names, then of types; and
/// among those the ones in these files, in this order.
pub fn sort(errors: &mut [CompilerMessage], files: &[&str]) {
    errors.sort_by_key(|error| {
        let kind = match &error.code {
            None => 0,
            Some(_) if error.is_unresolved() => 1,
            Some(_) => 2,
        };
        let place = files.iter().position(|file| error.file.ends_with(file));
        (error.call.is_some(), kind, place.unwrap_or(files.len()))
    });
}

/// How a submission is built.
#[derive(Clone, Copy, Debug)]
pub enum Profile {
    /// Quickly, for whoever waits for a verdict.
    Dev,
    /// Optimized, to be measured.
    Release,
}

impl Profile {
    /// As the grader itself was built.
    pub fn of_the_grader() -> Self {
        match cfg!(debug_assertions) {
            true => Self::Dev,
            false => Self::Release,
        }
    }

    /// As cargo calls it.
    fn name(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Release => "release",
        }
    }
}

/// Builds the submission. The inner `Err` is the student's.
pub fn build(
    course: &Course,
    submission: &Submission,
    profile: Profile,
) -> Result<Result<Program, Vec<CompilerMessage>>> {
    let _lock = lock(&course.target)?;
    let workspace = stage(course, submission)?;
    let mut cargo = cargo(course, &workspace, profile).spawn().map_err(|e| {
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
        Some(binary) if status.success() => Ok(Ok(Program {
            warnings: compiled.warnings,
            ..keep(course, &binary)?
        })),
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
    errors: Vec<CompilerMessage>,
    /// Of values that are not used though they must be, such as a future that nobody
    /// awaits; other warnings say nothing of what the code does.
    warnings: Vec<CompilerMessage>,
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
        let code = said.code.as_ref().map(|code| code.code.as_str());
        let unused = said.level == DiagnosticLevel::Warning && code == Some(UNUSED);
        let error = said.level == DiagnosticLevel::Error;
        if !unused && (!error || said.message.starts_with("aborting due to")) {
            return;
        }
        let rendered = said.rendered.clone().unwrap_or_default();
        let span = said.spans.iter().find(|span| span.is_primary);
        if span.is_none() && said.code.is_none() {
            self.elsewhere.push_str(&rendered);
            return;
        }
        let heard = match error {
            true => &mut self.errors,
            false => &mut self.warnings,
        };
        let message = CompilerMessage {
            file: span
                .map(|s| as_students(submission, &s.file_name))
                .unwrap_or_default(),
            line: span.map(|s| s.line_start).filter(|line| *line > 0),
            code: said.code.as_ref().map(|code| code.code.clone()),
            message: as_students(submission, &said.message),
            rendered: as_students(submission, &rendered),
            call: None,
        };
        heard.push(message.placed(submission, &said));
    }
}

fn cargo(course: &Course, workspace: &Path, profile: Profile) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args([
            "build",
            "--offline",
            "--message-format=json-diagnostic-rendered-ansi",
            "--profile",
            profile.name(),
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
        warnings: Vec::new(),
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
    text.replace(&staged, &submission.source(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_course_calls_is_told_from_its_types() {
        let line = "let done: $crate::Result<()> = crate::setup::setup_stream(&kinesis);";
        assert_eq!(called(line).as_deref(), Some("setup::setup_stream"));
        assert_eq!(
            called("answer(input, |event: $crate::Transaction| -> bool {"),
            None
        );
    }

    #[test]
    fn what_other_errors_follow_from_comes_first() {
        let error = |file: &str, code: Option<&str>| CompilerMessage {
            file: format!("exercises/src/{file}"),
            line: None,
            code: code.map(str::to_owned),
            message: "mismatched types".into(),
            rendered: String::new(),
            call: file.eq("main.rs").then(String::new),
        };
        let mut errors = [
            error("main.rs", Some("E0308")),
            error("processor.rs", Some("E0308")),
            error("stages.rs", Some("E0308")),
            error("stateful.rs", Some("E0432")),
            error("cleanup.rs", None),
        ];
        sort(&mut errors, &["stages.rs"]);
        let files = errors
            .each_ref()
            .map(|e| e.file.rsplit('/').next().unwrap());
        assert_eq!(
            files,
            [
                "cleanup.rs",
                "stateful.rs",
                "stages.rs",
                "processor.rs",
                "main.rs"
            ]
        );
    }
}
