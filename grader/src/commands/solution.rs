//! `cargo grade solution`: the reference's file, after the step has passed.

use super::progress::Progress;
use super::{output, select_one};
use crate::course::Course;
use crate::problem::{Problem, Result, exit, read};
use crate::step;

pub fn run(course: &Course, name: &str, give_up: bool) -> Result<u8> {
    let step = select_one(step::load(course)?, name)?;
    let mut progress = Progress::load(course);
    let at = progress.steps.entry(step.id.clone()).or_default();
    if !at.passed_before {
        if !give_up {
            return Err(Problem::usage(
                format!("step {} has not passed yet", step.number),
                format!(
                    "`cargo grade hint {0}` gives a hint. To see the solution anyway: \
                     `cargo grade solution {0} --give-up`; `cargo grade list` notes that.",
                    step.number
                ),
            ));
        }
        at.gave_up = true;
        progress.save(course);
    }
    let file = course.solutions().join("src").join(&step.file);
    eprintln!("// {}\n", course.display(&file));
    output::print(&read(&file)?)?;
    Ok(exit::PASSED)
}
