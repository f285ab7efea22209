//! Why the grader cannot grade: one sentence, and what to do next.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The exit codes of `cargo grade`.
pub mod exit {
    /// Everything passed.
    pub const PASSED: u8 = 0;
    /// Something did not pass.
    pub const FELL_SHORT: u8 = 1;
    /// The command was not understood.
    pub const USAGE: u8 = 2;
    /// Could not grade: Docker is missing, a port is in use, the disk is full. Never 0 points.
    pub const COULD_NOT_GRADE: u8 = 3;
    /// A bug in the grader.
    pub const BUG: u8 = 70;
    /// Interrupted by Ctrl-C, as shells report it.
    pub const INTERRUPTED: u8 = 130;
}

/// Whose fault it is that there is no verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    Usage,
    Machine,
    Grader,
    /// Nothing is wrong: the program was asked to end.
    Interrupted,
}

/// Why there is no verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Problem {
    pub fault: Fault,
    /// One sentence without a full stop.
    pub what: String,
    /// The next action, as a sentence.
    pub next: String,
}

/// `Result` with a [`Problem`].
pub type Result<T, E = Problem> = std::result::Result<T, E>;

impl Problem {
    pub fn usage(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self::new(Fault::Usage, what, next)
    }

    pub fn machine(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self::new(Fault::Machine, what, next)
    }

    /// A file of an instructor that says something wrong, and the section that explains it.
    pub fn in_file(file: &std::path::Path, what: &str, section: &str) -> Self {
        Self::usage(
            format!("{}: {what}", file.display()),
            format!("See \"{section}\" in INSTRUCTORS.md."),
        )
    }

    /// A program of the grader or of a submission that did not start on this machine.
    pub fn unstarted(program: &str, why: impl fmt::Display) -> Self {
        let next = "Check the limits on processes and memory (`cargo grade doctor`), and run the \
                    command again.";
        Self::machine(format!("{program} did not start: {why}"), next)
    }

    /// Something that can happen only if the course itself is broken.
    pub fn bug(what: impl Into<String>) -> Self {
        let next = "This is a bug in the course, not in your code: run `cargo grade dev check`.";
        Self::course(what, next)
    }

    /// A fault of the course with a known fix.
    pub fn course(what: impl Into<String>, next: impl Into<String>) -> Self {
        Self::new(Fault::Grader, what, next)
    }

    pub fn interrupted() -> Self {
        Self::new(
            Fault::Interrupted,
            "interrupted",
            "Nothing was graded. You do not need to clean up anything.",
        )
    }

    fn new(fault: Fault, what: impl Into<String>, next: impl Into<String>) -> Self {
        let (what, next) = (what.into(), next.into());
        Self { fault, what, next }
    }

    pub fn exit_code(&self) -> u8 {
        match self.fault {
            Fault::Usage => exit::USAGE,
            Fault::Machine => exit::COULD_NOT_GRADE,
            Fault::Grader => exit::BUG,
            Fault::Interrupted => exit::INTERRUPTED,
        }
    }
}

impl Problem {
    /// The problem as text, with at most this many columns.
    pub fn told(&self, columns: usize) -> String {
        wrap(&self.text(), columns)
    }

    fn text(&self) -> String {
        let kind = match self.fault {
            Fault::Usage => "cannot do that",
            Fault::Machine => "could not grade",
            Fault::Grader => "a bug in the grader",
            Fault::Interrupted => "stopped",
        };
        format!("{kind}: {}\n  → {}", self.what, self.next)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // On a terminal, lines are wrapped between words.
        match console::Term::stderr().size_checked() {
            Some((_, columns)) => f.write_str(&self.told(usize::from(columns))),
            None => f.write_str(&self.text()),
        }
    }
}

fn wrap(text: &str, columns: usize) -> String {
    let options = textwrap::Options::new(columns.saturating_sub(1)).subsequent_indent("    ");
    let lines = text.lines().map(|line| textwrap::fill(line, &options));
    lines.collect::<Vec<_>>().join("\n")
}

/// The known name that is most like a name that was typed, if one is like it.
pub fn closest(name: &str, known: impl IntoIterator<Item = String>) -> Option<String> {
    let alike = |known: &String| strsim::jaro_winkler(known, name);
    let closest = known
        .into_iter()
        .max_by(|one, other| alike(one).total_cmp(&alike(other)));
    closest.filter(|known| alike(known) > 0.8)
}

/// Reads a file; a failure names it.
pub fn read(path: &std::path::Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|e| {
        Problem::machine(
            format!("cannot read {}: {e}", path.display()),
            "Check that the file exists and that you can read it.",
        )
    })
}

/// How the names of files begin that are not complete yet.
pub const INCOMPLETE: &str = ".incomplete-";

/// A file in the folder of another one, which it replaces when it is complete.
///
/// # Errors
///
/// The folder cannot be written.
pub fn beside(file: &std::path::Path) -> std::io::Result<tempfile::NamedTempFile> {
    let folder = file.parent().filter(|it| !it.as_os_str().is_empty());
    tempfile::Builder::new()
        .prefix(INCOMPLETE)
        // As for any new file: the umask removes what the user does not want.
        .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666))
        .tempfile_in(folder.unwrap_or(std::path::Path::new(".")))
}

/// Writes a file completely or not at all.
///
/// # Errors
///
/// The folder cannot be written, or the disk is full.
pub fn write_whole(file: &std::path::Path, text: &[u8]) -> Result<()> {
    let written = beside(file).and_then(|mut beside| {
        std::io::Write::write_all(&mut beside, text)?;
        beside.persist(file).map_err(|e| e.error)
    });
    written.map(drop).map_err(io("cannot write", file))
}

/// Turns an I/O error on a path into a problem of the machine.
pub fn io(doing: &str, path: &std::path::Path) -> impl FnOnce(std::io::Error) -> Problem {
    let what = format!("{doing} {}", path.display());
    move |e| {
        Problem::machine(
            format!("{what}: {e}"),
            "Check the free disk space and the permissions of this path (`cargo grade doctor`).",
        )
    }
}
