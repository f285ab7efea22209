//! `cargo grade reset`: restores the stub of a step, and keeps the student's file.

use std::fs;
use std::io::ErrorKind;

use super::backup::keep;
use super::progress::Progress;
use super::{output, select};
use crate::course::Course;
use crate::problem::{Result, exit, io, read};
use crate::step::{self, Step};

pub fn run(course: &Course, name: &str) -> Result<u8> {
    for step in select(step::load(course)?, &[name.to_owned()])? {
        reset(course, &step)?;
    }
    Ok(exit::PASSED)
}

fn reset(course: &Course, step: &Step) -> Result<()> {
    let file = course.exercises().join("src").join(&step.file);
    let stub = read(&step.stub())?;
    match fs::read(&file) {
        Ok(own) if own == stub.as_bytes() => {
            output::line(format!("  {} is already the stub.", course.display(&file)))?;
            return Ok(());
        }
        Ok(own) => {
            let aside = keep(&course.exercises(), &step.file, &own)?;
            output::line(format!(
                "  A copy of your file is in {}.",
                course.display(&aside)
            ))?;
        }
        Err(e) if e.kind() == ErrorKind::NotFound => {}
        Err(e) => return Err(io("cannot read", &file)(e)),
    }
    fs::write(&file, stub).map_err(io("cannot write", &file))?;
    let mut progress = Progress::load(course);
    progress.forget(&step.id);
    progress.save(course);
    output::line(format!("  {} is the stub again.", course.display(&file)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A separate course: the steps of this one, and a student's file.
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
        let mut progress = Progress::default();
        progress.steps.entry("stages".into()).or_default().score = 25;
        progress.save(&course);
        run(&course, "2").unwrap();
        let kept = course.exercises().join("backup/stages.rs.1");
        assert_eq!(fs::read_to_string(kept).unwrap(), "// mine");
        let stub = fs::read_to_string(course.exercises().join("src/stages.rs")).unwrap();
        assert!(stub.contains("todo!()"));
        assert_eq!(Progress::load(&course).steps["stages"].score, 0);
        // The second time, there is nothing to keep.
        run(&course, "stages").unwrap();
        assert!(!course.exercises().join("backup/stages.rs.2").exists());
    }

    #[test]
    fn nothing_is_restored_where_the_copy_cannot_be_kept() {
        let (_home, course) = course("// mine");
        fs::write(course.exercises().join("backup"), "in the way").unwrap();
        assert!(run(&course, "2").is_err());
        let own = fs::read_to_string(course.exercises().join("src/stages.rs")).unwrap();
        assert_eq!(own, "// mine");
    }
}
