//! Stored programs, found by a digest of what they were built from: the sources, the runner,
//! and the compiler with its crates. So no program is built twice.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::sources::digest;
use super::{Compiler, CompilerMessage, Submission};
use crate::course::Course;
use crate::problem::{Result, io, read, write_whole};

/// The file name of a program, which is also the name of its processes.
const PROGRAM: &str = "submission";
const WARNINGS: &str = "warnings.json";

/// How many programs are kept, each about 3 MB.
const MOST: usize = 100;

/// Younger programs are always kept: another grading may be about to run them.
const YOUNG: Duration = Duration::from_secs(60 * 60);

/// A submission's program.
#[derive(Clone, Debug)]
pub struct Program {
    pub binary: PathBuf,
    /// The compiler's warnings.
    pub warnings: Vec<CompilerMessage>,
}

/// The file that is stored next to a program.
#[derive(Serialize, Deserialize)]
struct Note {
    /// With the compiler's own paths, because equal submissions share the program.
    warnings: Vec<CompilerMessage>,
}

/// Where the program of one submission is stored.
pub struct Place {
    dir: PathBuf,
}

impl Place {
    pub fn of(course: &Course, compiler: &Compiler, submission: &Submission) -> Result<Self> {
        let runner = course.runner();
        let mut parts = vec![compiler.digest.clone(), submission.digest()];
        for file in ["main.rs", "lib.rs", "calls.rs", "processors.rs"] {
            parts.push(read(&runner.join(file))?);
        }
        let name = digest(parts.iter().map(String::as_bytes));
        Ok(Self {
            dir: course.target.join("grade/programs").join(&name[..32]),
        })
    }

    /// The program, if it was built before. Its warnings have the paths of this submission.
    pub fn find(&self, submission: &Submission) -> Option<Program> {
        let binary = self.dir.join(PROGRAM);
        let note = fs::read(self.dir.join(WARNINGS)).ok()?;
        let note: Note = serde_json::from_slice(&note).ok()?;
        if !binary.is_file() {
            return None;
        }
        // Marks the use: programs with the oldest use are removed first.
        fs::File::open(&self.dir)
            .and_then(|dir| dir.set_modified(SystemTime::now()))
            .ok();
        let warnings = note.warnings.into_iter();
        Some(Program {
            binary,
            warnings: warnings.map(|said| said.as_students(submission)).collect(),
        })
    }

    /// Stores a program that was just built, completely or not at all.
    pub fn keep(&self, built: &Path, warnings: Vec<CompilerMessage>) -> Result<()> {
        let programs = self.dir.parent().unwrap_or(&self.dir);
        fs::create_dir_all(programs).map_err(io("cannot create", programs))?;
        remove_old(programs);
        let fresh = tempfile::Builder::new()
            .prefix("new-")
            .tempdir_in(programs)
            .map_err(io("cannot create a folder in", programs))?;
        let binary = fresh.path().join(PROGRAM);
        fs::rename(built, &binary).map_err(io("cannot move a program to", &binary))?;
        let note = serde_json::to_vec(&Note { warnings }).expect("warnings are JSON");
        write_whole(&fresh.path().join(WARNINGS), &note)?;
        let kept = fs::rename(fresh.path(), &self.dir);
        // Another grading may have stored the same program in the meantime.
        if self.dir.join(PROGRAM).is_file() {
            return Ok(());
        }
        kept.map_err(io("cannot write", &self.dir))
    }
}

/// Removes the programs with the oldest use, and incomplete ones of graders that were killed.
fn remove_old(programs: &Path) {
    let entries = fs::read_dir(programs).into_iter().flatten().flatten();
    let mut known: Vec<_> = entries
        .filter_map(|entry| {
            let used = entry.metadata().and_then(|about| about.modified()).ok()?;
            Some((used, entry.path()))
        })
        .collect();
    known.sort();
    let surplus = known.len().saturating_sub(MOST);
    for (used, dir) in known.iter().take(surplus) {
        if used.elapsed().is_ok_and(|age| age > YOUNG) {
            fs::remove_dir_all(dir).ok();
        }
    }
}
