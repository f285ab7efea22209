//! Compiles a submission: its library, and the runner around it, and links both. The
//! runner is compiled as soon as the library's interface is known, while the library's
//! code is still being made.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use cargo_metadata::diagnostic::{Diagnostic, DiagnosticLevel};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::link::Link;
use super::message::{Apis, changed_functions, in_the_runner, undeclared_modules};
use super::slot::{OUT, Slot};
use super::sources::COMPILED_AS;
use super::store::Place;
use super::{Compiler, CompilerMessage, Program, Submission};
use crate::course::Course;
use crate::problem::{Problem, Result, read};

/// How long compiling one submission may take.
pub const COMPILE_WITHIN: Duration = Duration::from_secs(120);

/// How much the compiler may say: errors of a submission fill some kilobytes.
const MOST_SAID: u64 = 16 << 20;

/// The warning of a value that must be used, such as a future that nobody awaits. Other
/// warnings say nothing of what the code does.
const UNUSED: &str = "unused_must_use";

/// Builds the submission, unless a program of the same sources is there. The inner `Err`
/// is the student's.
pub async fn build(
    course: &Course,
    compiler: &Compiler,
    submission: &Submission,
) -> Result<Result<Program, Vec<CompilerMessage>>> {
    let place = Place::of(course, compiler, submission)?;
    if let Some(program) = place.find(submission) {
        return Ok(Ok(program));
    }
    let slot = take_slot(course, submission).await?;
    slot.stage(submission)?;
    let link = Link::new(compiler, &course.runner(), &slot.dir)?;
    let compilation = Compilation {
        course,
        compiler,
        submission,
        link: &link,
        slot: &slot.dir,
    };
    let Ok(compiled) = timeout(COMPILE_WITHIN, compilation.build()).await else {
        let seconds = COMPILE_WITHIN.as_secs();
        let what = format!("compiling did not end within {seconds} s");
        return Ok(Err(vec![CompilerMessage::about_the_whole(
            submission, what,
        )]));
    };
    match compiled? {
        Ok(warnings) => {
            place.keep(&link.program(), warnings)?;
            let kept = place.find(submission);
            Ok(Ok(kept.ok_or_else(|| {
                Problem::bug("a program that was kept is gone")
            })?))
        }
        Err(errors) => Ok(Err(errors)),
    }
}

/// Waiting for a slot must not hold up anything else.
async fn take_slot(course: &Course, submission: &Submission) -> Result<Slot> {
    let (course, submission) = (course.clone(), submission.clone());
    tokio::task::spawn_blocking(move || Slot::take(&course, &submission))
        .await
        .map_err(|e| Problem::bug(e.to_string()))?
}

/// One submission in its slot.
struct Compilation<'a> {
    course: &'a Course,
    compiler: &'a Compiler,
    submission: &'a Submission,
    link: &'a Link<'a>,
    slot: &'a Path,
}

/// What rustc or the linker said, and whether it succeeded.
struct Said {
    messages: Vec<Diagnostic>,
    succeeded: bool,
    /// It said more than anybody reads.
    flooded: bool,
}

impl Compilation<'_> {
    /// The warnings, if it compiles.
    async fn build(&self) -> Result<Result<Vec<CompilerMessage>, Vec<CompilerMessage>>> {
        let (known, interface) = oneshot::channel();
        let runner = async {
            // The library did not get as far if nobody sends.
            match interface.await {
                Ok(()) => self.run(self.runner(), None).await.map(Some),
                Err(_) => Ok(None),
            }
        };
        let library = self.run(self.library(), Some(known));
        let (library, runner) = tokio::try_join!(library, runner)?;
        if let Some(errors) = self.errors_in_library(&library)? {
            return Ok(Err(errors));
        }
        let runner = runner.ok_or_else(|| Problem::bug("rustc made no interface of a library"))?;
        if let Some(errors) = self.errors_in_runner(&runner)? {
            return Ok(Err(errors));
        }
        self.link().await?;
        Ok(Ok(self.warnings(&library)))
    }

    /// Where the linker refuses, rustc says why.
    async fn link(&self) -> Result<()> {
        if let Some(linker) = self.link.linker()
            && self.run(linker, None).await?.succeeded
        {
            return Ok(());
        }
        let program = self.run(self.link.rustc()?, None).await?;
        if !program.succeeded {
            return Err(not_the_students(&program));
        }
        Ok(())
    }

    fn library(&self) -> std::process::Command {
        let root = format!("{COMPILED_AS}lib.rs");
        let mut rustc = self.compiler.rustc("submission", Path::new(&root), OUT);
        rustc.args(["--crate-type", "rlib", "--emit", "metadata,link"]);
        self.compiler.with_crates(&mut rustc);
        rustc
    }

    fn runner(&self) -> std::process::Command {
        let root = self.course.runner().join("lib.rs");
        let mut rustc = self.compiler.rustc("runner", &root, OUT);
        rustc.args(["--crate-type", "rlib", "--emit", "link"]);
        rustc
            .arg("--extern")
            .arg(format!("submission={OUT}/libsubmission.rmeta"));
        self.compiler.with_crates(&mut rustc);
        self.compiler.with_shared_library(&mut rustc);
        rustc
    }

    /// Runs a command in the slot, and tells of the library's interface as soon as it is
    /// there.
    async fn run(
        &self,
        mut command: std::process::Command,
        mut interface: Option<oneshot::Sender<()>>,
    ) -> Result<Said> {
        command.current_dir(self.slot).stdin(Stdio::null());
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process = tokio::process::Command::from(command)
            .kill_on_drop(true)
            .spawn()
            .map_err(|e| {
                Problem::machine(
                    format!("the compiler did not start: {e}"),
                    "Check the toolchain and the limits on processes (`cargo grade doctor`).",
                )
            })?;
        let stderr = process.stderr.take().expect("stderr is piped");
        let mut stderr = BufReader::new(stderr.take(MOST_SAID));
        let mut said = Said {
            messages: Vec::new(),
            succeeded: false,
            flooded: false,
        };
        let mut line = Vec::new();
        while matches!(stderr.read_until(b'\n', &mut line).await, Ok(1..)) {
            let message: Value = serde_json::from_slice(&line).unwrap_or_default();
            line.clear();
            if message["emit"] == "metadata" {
                interface.take().map(|known| known.send(()));
            } else if let Ok(diagnostic) = serde_json::from_value(message) {
                said.messages.push(diagnostic);
            }
        }
        said.flooded = stderr.get_ref().limit() == 0;
        if said.flooded {
            process.kill().await.ok();
        }
        let status = process.wait().await;
        said.succeeded = status.is_ok_and(|status| status.success()) && !said.flooded;
        Ok(said)
    }

    fn errors_in_library(&self, said: &Said) -> Result<Option<Vec<CompilerMessage>>> {
        if said.succeeded {
            return Ok(None);
        }
        if said.flooded {
            let what = format!("the compiler says more than {} MiB of it", MOST_SAID >> 20);
            let errors = vec![CompilerMessage::about_the_whole(self.submission, what)];
            return Ok(Some(errors));
        }
        let own: Vec<_> = errors(said).filter(is_in_code).collect();
        if own.is_empty() {
            return Err(not_the_students(said));
        }
        let mut errors: Vec<_> = own.iter().map(|said| self.message(said)).collect();
        let apis = self.apis()?;
        errors.extend(undeclared_modules(self.submission, &apis));
        errors.extend(changed_functions(self.submission, &apis, &said.messages));
        Ok(Some(errors))
    }

    fn errors_in_runner(&self, said: &Said) -> Result<Option<Vec<CompilerMessage>>> {
        if said.succeeded {
            return Ok(None);
        }
        let apis = self.apis()?;
        let mut found = Vec::new();
        for error in errors(said).filter(is_in_code) {
            let file = error.spans.iter().find(|span| span.is_primary);
            let file = file
                .map(|span| PathBuf::from(&span.file_name))
                .unwrap_or_default();
            // Some errors are in the crate itself, at the end of a chain of its types.
            if file.starts_with(self.course.runner()) {
                let text = read(&file)?;
                found.push(in_the_runner(self.submission, &apis, &text, &error));
            } else {
                found.push(self.message(&error));
            }
        }
        if found.is_empty() {
            return Err(not_the_students(said));
        }
        Ok(Some(found))
    }

    fn apis(&self) -> Result<Apis> {
        let reference = Submission::read(self.course, &self.course.solutions())?;
        Ok(Apis::of(self.submission, &reference))
    }

    fn message(&self, said: &Diagnostic) -> CompilerMessage {
        CompilerMessage::of(said).as_students(self.submission)
    }

    /// As the compiler names the sources: they are kept beside the program.
    fn warnings(&self, said: &Said) -> Vec<CompilerMessage> {
        let unused = |said: &&Diagnostic| {
            let code = said.code.as_ref().map(|code| code.code.as_str());
            said.level == DiagnosticLevel::Warning && code == Some(UNUSED)
        };
        said.messages
            .iter()
            .filter(unused)
            .map(CompilerMessage::of)
            .collect()
    }
}

fn errors(said: &Said) -> impl Iterator<Item = Diagnostic> {
    let is_error = |said: &&Diagnostic| {
        said.level == DiagnosticLevel::Error && !said.message.starts_with("aborting due to")
    };
    said.messages.iter().filter(is_error).cloned()
}

/// Whether it is about somebody's code, and not about the linker or the disk.
fn is_in_code(said: &Diagnostic) -> bool {
    said.code.is_some() || said.spans.iter().any(|span| span.is_primary)
}

/// The compiler failed, and not on the submission's code.
fn not_the_students(said: &Said) -> Problem {
    let first = errors(said).next().map(|error| error.message);
    let first = first.and_then(|text| text.lines().next().map(str::to_owned));
    let why = first.unwrap_or_else(|| "rustc ended without a word".into());
    Problem::machine(
        format!("the submission could not be compiled: {why}"),
        "This is not about the submission's code: fix what is named first (`cargo grade doctor`).",
    )
}
