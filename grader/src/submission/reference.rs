//! The program of the solutions, against which generated inputs are judged. It is
//! built once, and again when the solutions or the grader change.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use super::{Profile, Program, Submission, compile};
use crate::course::Course;
use crate::problem::{Problem, Result, io};

/// The reference's program.
pub fn reference(course: &Course) -> Result<Program> {
    let solutions = Submission::read(course, &course.solutions())?;
    let dir = course.target.join("grade/reference");
    let binary = dir.join(name(&solutions));
    if !binary.is_file() {
        let Ok(built) = compile::build(course, &solutions, Profile::Dev)? else {
            return Err(Problem::bug("the solutions do not compile"));
        };
        fs::create_dir_all(&dir).map_err(io("cannot create", &dir))?;
        remove_others(&dir, &binary);
        // At once and whole, since another grading may be about to run it.
        let kept = fs::hard_link(&built.binary, &binary);
        if !binary.is_file() {
            kept.map_err(io("cannot write", &binary))?;
        }
    }
    Ok(Program {
        binary,
        warnings: Vec::new(),
        _home: None,
    })
}

/// Removes what was built of other solutions, or for another grader.
fn remove_others(dir: &Path, binary: &Path) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        if entry.path() != binary {
            fs::remove_file(entry.path()).ok();
        }
    }
}

/// Names the solutions and the grader, whose contract is built in, by what they are.
fn name(solutions: &Submission) -> String {
    let mut hasher = DefaultHasher::new();
    solutions.files.hash(&mut hasher);
    let grader = std::env::current_exe().and_then(fs::metadata);
    let grader = grader.map(|about| (about.len(), about.modified().ok()));
    grader.ok().hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}
