//! `cargo grade solution`: the reference's file, once the step has passed.

use super::standing::Standing;
use super::{output, select_one};
use crate::course::Course;
use crate::problem::{Problem, Result, exit, read};
use crate::step;

pub fn run(course: &Course, name: &str, give_up: bool) -> Result<u8> {
    let step = select_one(step::load(course)?, name)?;
    let mut standing = Standing::load(course);
    let at = standing.steps.entry(step.id.clone()).or_default();
    if !at.passed_before {
        if !give_up {
            return Err(Problem::usage(
                format!("step {} has not passed yet", step.number),
                format!(
                    "`cargo grade hint {0}` helps you on. To see the solution all the same: \
                     `cargo grade solution {0} --give-up`, which is noted.",
                    step.number
                ),
            ));
        }
        at.gave_up = true;
        standing.save(course);
    }
    let file = course.solutions().join("src").join(&step.file);
    eprintln!("// {}\n", course.display(&file));
    output::print(&read(&file)?)?;
    Ok(exit::PASSED)
}
