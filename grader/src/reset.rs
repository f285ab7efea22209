//! `cargo grade reset`: the stub of a step again, with the student's file kept.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use crate::course::Course;
use crate::problem::{Problem, Result, exit, io, read};
use crate::standing::Standing;
use crate::step;

/// Where files are put aside, below `exercises/`.
const ASIDE: &str = "saved";

pub fn run(course: &Course, name: &str) -> Result<u8> {
    let step = step::select_one(step::load(course)?, name)?;
    let file = course.exercises().join("src").join(&step.file);
    let stub = read(&step.stub())?;
    match fs::read(&file) {
        Ok(own) if own == stub.as_bytes() => {
            println!("  {} is the stub already.", course.display(&file));
            return Ok(exit::PASSED);
        }
        Ok(own) => {
            let aside = put_aside(&course.exercises().join(ASIDE), &step.file, &own)?;
            println!("  Your file is kept as {}.", course.display(&aside));
        }
        Err(e) if e.kind() == ErrorKind::NotFound => {}
        Err(e) => return Err(io("cannot read", &file)(e)),
    }
    fs::write(&file, stub).map_err(io("cannot write", &file))?;
    let mut standing = Standing::load(course);
    standing.forget(&step.id);
    standing.save(course);
    println!("  {} is the stub again.", course.display(&file));
    Ok(exit::PASSED)
}

/// Writes a copy under the first name that is free, and sees it on the disk before
/// anything else happens.
fn put_aside(dir: &Path, name: &str, contents: &[u8]) -> Result<PathBuf> {
    fs::create_dir_all(dir).map_err(io("cannot create", dir))?;
    for number in 1..10_000 {
        let path = dir.join(format!("{name}.{number}"));
        match File::create_new(&path) {
            Ok(mut copy) => {
                let written = copy.write_all(contents).and_then(|()| copy.sync_all());
                written.map_err(io("cannot write", &path))?;
                return Ok(path);
            }
            Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
            Err(e) => return Err(io("cannot write", &path)(e)),
        }
    }
    Err(Problem::machine(
        format!("there are too many files in {}", dir.display()),
        "Remove those you no longer need.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A course of its own: the steps of this one, and a student's file.
    fn course(own: &str) -> (tempfile::TempDir, Course) {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().to_owned();
        let this = Course::find().unwrap();
        std::fs::create_dir_all(root.join("grader")).unwrap();
        std::os::unix::fs::symlink(this.steps(), root.join("grader/steps")).unwrap();
        fs::create_dir_all(root.join("exercises/src")).unwrap();
        fs::write(root.join("exercises/src/stages.rs"), own).unwrap();
        let target = root.join("target");
        (home, Course { root, target })
    }

    #[test]
    fn the_students_file_is_kept_before_the_stub_comes_back() {
        let (_home, course) = course("// mine");
        let mut standing = Standing::default();
        standing.steps.entry("stages".into()).or_default().score = 25;
        standing.save(&course);
        run(&course, "2").unwrap();
        let kept = course.exercises().join("saved/stages.rs.1");
        assert_eq!(fs::read_to_string(kept).unwrap(), "// mine");
        let stub = fs::read_to_string(course.exercises().join("src/stages.rs")).unwrap();
        assert!(stub.contains("todo!()"));
        assert_eq!(Standing::load(&course).steps["stages"].score, 0);
        // Once more there is nothing to keep.
        run(&course, "stages").unwrap();
        assert!(!course.exercises().join("saved/stages.rs.2").exists());
    }

    #[test]
    fn nothing_is_restored_where_the_copy_cannot_be_kept() {
        let (_home, course) = course("// mine");
        fs::write(course.exercises().join("saved"), "in the way").unwrap();
        assert!(run(&course, "2").is_err());
        let own = fs::read_to_string(course.exercises().join("src/stages.rs")).unwrap();
        assert_eq!(own, "// mine");
    }

    #[test]
    fn no_copy_overwrites_another() {
        let dir = tempfile::tempdir().unwrap();
        let first = put_aside(dir.path(), "stages.rs", b"one").unwrap();
        let second = put_aside(dir.path(), "stages.rs", b"two").unwrap();
        assert_ne!(first, second);
        assert_eq!(fs::read(first).unwrap(), b"one");
    }
}
