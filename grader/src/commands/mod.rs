//! The commands, one file each, and what they share: a session that a person can watch and
//! interrupt. Only this module prints, and only this module listens to signals.

mod activity;
mod backup;
pub mod class;
mod classroom50;
pub mod cli;
pub mod demo;
pub mod dev;
pub mod doctor;
pub mod grade;
pub mod hint;
pub mod list;
pub mod load;
pub mod reset;
pub mod review;
pub mod serve;
pub mod solution;
pub mod watch;

mod format;
mod interrupt;
mod output;
mod progress;
mod quiz;
mod reports;
mod select;

use std::path::PathBuf;

use crate::backend::Choice;
use crate::course::Course;
use crate::engine::Session;
use crate::problem::{Result, exit};
use crate::report;
use crate::sandbox::Level;
use crate::step::Step;
use crate::submission::{CompilerMessage, Submission};

pub use select::{select, select_one};

/// A session that shows its work on standard error. Ctrl-C cancels it.
pub async fn session(
    course: &Course,
    steps: &[Step],
    choice: &Choice,
    levels: &[Level],
) -> Result<Session> {
    let cancellation = interrupt::cancellation()?;
    let (steps, events) = (steps.to_vec(), activity::events());
    Session::open(course, steps, choice, levels, events, cancellation).await
}

/// The same on the embedded backend, with any level of the sandbox.
async fn embedded_session(course: &Course, steps: &[Step]) -> Result<Session> {
    session(course, steps, &Choice::Embedded, &Level::ALL).await
}

/// Shows the errors of code that a command wants to run.
fn does_not_compile(submission: &Submission, errors: &[CompilerMessage]) -> Result<u8> {
    let colour = report::in_colour();
    for error in errors {
        output::line(report::harmless(&error.shown(colour), colour))?;
    }
    output::line(format!("  ✗ {} does not compile.", submission.shown_as))?;
    output::line("  Next: cargo grade, which shows more details.")?;
    Ok(exit::FELL_SHORT)
}

/// The folder with the submission: the named one, otherwise the exercises.
fn folder(course: &Course, named: Option<PathBuf>) -> PathBuf {
    named.unwrap_or_else(|| course.exercises())
}
