//! The compilation of one submission: its library, then the runner that calls it, then the
//! linking of both. The runner is compiled as soon as the library's interface is known, while
//! rustc still generates the library's code.

use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cargo_metadata::diagnostic::{Diagnostic, DiagnosticLevel};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::sync::oneshot;

use super::link::Link;
use super::message::{Apis, UNSAFE, changed_functions, in_the_runner, undeclared_modules};
use super::outside;
use super::slot::OUT;
use super::sources::COMPILED_AS;
use super::{Compiler, CompilerMessage, Submission};
use crate::child::{give_way, signal_name};
use crate::course::Course;
use crate::problem::{Problem, Result, read};
use crate::sandbox::{COMPILE, Sandbox};

/// How much the compiler may print, in bytes. Normal errors fill some kilobytes.
const MOST_SAID: u64 = 16 << 20;

/// The warning about a value that must be used, such as a future that is not awaited. Other
/// warnings do not show that the code does something wrong.
const UNUSED: &str = "unused_must_use";

/// A program that was compiled and linked.
pub struct Compiled {
    pub program: PathBuf,
    /// With the compiler's own paths, because they are stored next to the program.
    pub warnings: Vec<CompilerMessage>,
}

/// Why there is no program.
pub enum Unbuilt {
    /// Errors in the submission.
    Errors(Vec<CompilerMessage>),
    /// The compiler or the linker failed without naming a place in the code. The cause may be
    /// the code or the machine. Holds the reason, as a clause.
    Unclear(String),
}

/// One submission in its slot.
pub struct Compilation<'a> {
    course: &'a Course,
    compiler: &'a Compiler,
    sandbox: &'a Sandbox,
    submission: &'a Submission,
    link: Link<'a>,
    slot: &'a Path,
}

/// What rustc or the linker printed, and whether it succeeded.
#[derive(Default)]
pub struct Said {
    pub messages: Vec<Diagnostic>,
    succeeded: bool,
    /// It printed more than [`MOST_SAID`].
    flooded: bool,
    /// The signal that ended it.
    signal: Option<i32>,
    /// It needed more memory than its limit.
    starved: bool,
}

impl<'a> Compilation<'a> {
    pub fn new(
        course: &'a Course,
        compiler: &'a Compiler,
        sandbox: &'a Sandbox,
        submission: &'a Submission,
        slot: &'a Path,
    ) -> Result<Self> {
        Ok(Self {
            course,
            compiler,
            sandbox,
            submission,
            link: Link::new(compiler, &course.runner(), slot)?,
            slot,
        })
    }

    /// Compiles and links.
    pub async fn run(&self) -> Result<Result<Compiled, Unbuilt>> {
        outside::forget(self.slot);
        let (known, interface) = oneshot::channel();
        let runner = async {
            // Without a message, rustc did not reach the interface of the library.
            match interface.await {
                Ok(()) => self.call(self.runner(), None).await.map(Some),
                Err(_) => Ok(None),
            }
        };
        let library = self.call(self.library(), Some(known));
        let (library, runner) = tokio::try_join!(library, runner)?;
        let outside = outside::find(self.submission, self.slot, &library.messages);
        if !outside.is_empty() {
            return Ok(Err(Unbuilt::Errors(outside)));
        }
        if !library.succeeded {
            return Ok(Err(self.errors_in_library(&library)?));
        }
        let runner = runner.ok_or_else(|| Problem::bug("rustc wrote no interface of a library"))?;
        if !runner.succeeded {
            return Ok(Err(self.errors_in_runner(&runner)?));
        }
        if let Some(why) = self.link().await? {
            return Ok(Err(Unbuilt::Unclear(why)));
        }
        Ok(Ok(Compiled {
            program: self.link.program(),
            warnings: warnings(&library),
        }))
    }

    /// Links the program; returns the reason if this fails. If the linker fails, rustc calls it
    /// once more, because rustc reports why.
    async fn link(&self) -> Result<Option<String>> {
        if let Some(linker) = self.link.linker()
            && self.call(self.linking(&linker), None).await?.succeeded
        {
            return Ok(None);
        }
        let rustc = self.linking(&self.link.rustc()?);
        let program = self.call(rustc, None).await?;
        Ok((!program.succeeded).then(|| reason(&program)))
    }

    fn library(&self) -> Command {
        let root = format!("{COMPILED_AS}lib.rs");
        let mut rustc = self.compiler.rustc("submission", Path::new(&root), OUT);
        rustc.args(["--crate-type", "rlib", "--emit", "dep-info,metadata,link"]);
        // The course never needs unsafe code, but every way around Rust does: assembler,
        // linker symbols, system calls.
        rustc.args(["--forbid", UNSAFE]);
        self.compiler.with_crates(&mut rustc);
        self.sandboxed(rustc)
    }

    fn runner(&self) -> Command {
        let root = self.course.runner().join("lib.rs");
        let mut rustc = self.compiler.rustc("runner", &root, OUT);
        rustc.args(["--crate-type", "rlib", "--emit", "link"]);
        rustc
            .arg("--extern")
            .arg(format!("submission={OUT}/libsubmission.rmeta"));
        self.compiler.with_crates(&mut rustc);
        self.compiler.with_shared_library(&mut rustc);
        self.sandboxed(rustc)
    }

    /// Lets clippy check the library: `None` if it is not installed.
    pub async fn lint(&self, groups: &[&str]) -> Result<Option<Said>> {
        let root = format!("{COMPILED_AS}lib.rs");
        let clippy = self.compiler.clippy("linted", Path::new(&root), OUT);
        let Some(mut clippy) = clippy else {
            return Ok(None);
        };
        clippy.args(["--crate-type", "rlib", "--emit", "metadata"]);
        for group in groups {
            clippy.arg("-W").arg(group);
        }
        self.compiler.with_crates(&mut clippy);
        self.call(self.sandboxed(clippy), None).await.map(Some)
    }

    /// The compiler reads the slot, the runner and the crates, and nothing else.
    fn sandboxed(&self, rustc: Command) -> Command {
        let mut read = self.compiler.reads();
        read.push(self.course.runner());
        self.sandbox.compile(&rustc, read, self.slot)
    }

    fn linking(&self, linker: &Command) -> Command {
        self.sandbox.link(linker, self.slot)
    }

    /// Runs a command in the slot, and sends a message as soon as the library's interface
    /// exists.
    async fn call(
        &self,
        mut command: Command,
        mut interface: Option<oneshot::Sender<()>>,
    ) -> Result<Said> {
        command.current_dir(self.slot).stdin(Stdio::null());
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process = tokio::process::Command::from(command)
            .kill_on_drop(true)
            .spawn()
            .map_err(|e| Problem::unstarted("the compiler", e))?;
        give_way(process.id().unwrap_or_default());
        let stderr = process.stderr.take().expect("stderr is piped");
        let mut stderr = BufReader::new(stderr.take(MOST_SAID));
        let mut said = Said::default();
        let (mut line, mut last) = (Vec::new(), Vec::new());
        while matches!(stderr.read_until(b'\n', &mut line).await, Ok(1..)) {
            said.starved |= line.starts_with(b"memory allocation of ");
            let message: Value = serde_json::from_slice(&line).unwrap_or_default();
            std::mem::swap(&mut line, &mut last);
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
        if let Ok(status) = process.wait().await {
            if self.sandbox.gave_up(status) {
                let why = String::from_utf8_lossy(&last);
                return Err(Problem::unstarted("the compiler", why.trim()));
            }
            said.succeeded = status.success() && !said.flooded;
            said.signal = status.signal();
        }
        Ok(said)
    }

    fn errors_in_library(&self, said: &Said) -> Result<Unbuilt> {
        if said.flooded {
            let what = format!(
                "the compiler says more than {} MiB about this code",
                MOST_SAID >> 20
            );
            let errors = vec![CompilerMessage::about_the_whole(self.submission, what)];
            return Ok(Unbuilt::Errors(errors));
        }
        let own: Vec<_> = errors(said).filter(is_in_code).collect();
        if own.is_empty() {
            return Ok(Unbuilt::Unclear(reason(said)));
        }
        let mut errors: Vec<_> = own.iter().map(|said| self.message(said)).collect();
        let apis = self.apis()?;
        errors.extend(undeclared_modules(self.submission, &apis));
        errors.extend(changed_functions(self.submission, &apis, &said.messages));
        Ok(Unbuilt::Errors(errors))
    }

    fn errors_in_runner(&self, said: &Said) -> Result<Unbuilt> {
        let apis = self.apis()?;
        let mut found = Vec::new();
        for error in errors(said).filter(is_in_code) {
            let file = error.spans.iter().find(|span| span.is_primary);
            let file = file
                .map(|span| PathBuf::from(&span.file_name))
                .unwrap_or_default();
            // Some errors are in the submission's crate, at the end of a chain of its types.
            if file.starts_with(self.course.runner()) {
                let text = read(&file)?;
                found.push(in_the_runner(self.submission, &apis, &text, &error));
            } else {
                found.push(self.message(&error));
            }
        }
        if found.is_empty() {
            return Ok(Unbuilt::Unclear(reason(said)));
        }
        Ok(Unbuilt::Errors(found))
    }

    fn apis(&self) -> Result<Apis> {
        let reference = Submission::read(self.course, &self.course.solutions())?;
        Ok(Apis::of(self.submission, &reference))
    }

    fn message(&self, said: &Diagnostic) -> CompilerMessage {
        CompilerMessage::of(said).as_students(self.submission)
    }
}

fn warnings(said: &Said) -> Vec<CompilerMessage> {
    let unused = |said: &&Diagnostic| {
        let code = said.code.as_ref().map(|code| code.code.as_str());
        said.level == DiagnosticLevel::Warning && code == Some(UNUSED)
    };
    let unused = said.messages.iter().filter(unused);
    unused.map(CompilerMessage::of).collect()
}

fn errors(said: &Said) -> impl Iterator<Item = Diagnostic> {
    let is_error = |said: &&Diagnostic| {
        said.level == DiagnosticLevel::Error && !said.message.starts_with("aborting due to")
    };
    said.messages.iter().filter(is_error).cloned()
}

/// Whether the message is about code, and not about the linker or the disk.
fn is_in_code(said: &Diagnostic) -> bool {
    said.code.is_some() || said.spans.iter().any(|span| span.is_primary)
}

/// Why the compiler or the linker failed, in a clause.
fn reason(said: &Said) -> String {
    if said.starved {
        let gib = COMPILE.memory >> 30;
        return format!("compiling takes more than {gib} GiB of memory");
    }
    if let Some(signal) = said.signal {
        return format!("signal {} ended the compiler", signal_name(signal));
    }
    let first = errors(said).next();
    let Some(error) = first else {
        return "the compiler failed but named no error".into();
    };
    // The linker's own message is in a note.
    let notes = error.children.iter().flat_map(|note| note.message.lines());
    let of_the_linker = notes.filter_map(|line| line.split_once("error: "));
    let line = of_the_linker.map(|(_, said)| said).next();
    let line = line.or(error.message.lines().next()).unwrap_or_default();
    line.trim().to_owned()
}
