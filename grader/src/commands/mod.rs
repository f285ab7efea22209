//! The commands, one file each, and what they have in common: a session that a person can
//! watch and interrupt. Only here is anything printed, and only here are signals listened
//! to.

pub mod cli;
pub mod demo;
pub mod dev;
pub mod doctor;
pub mod grade;
pub mod hint;
pub mod list;
pub mod load;
pub mod reset;
pub mod serve;
pub mod solution;
pub mod watch;

mod interrupt;
mod output;
mod progress;
mod quiz;
mod saved;
mod select;
mod standing;

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

/// A session whose work is shown on standard error, and which Ctrl-C cancels.
pub async fn session(
    course: &Course,
    steps: &[Step],
    choice: &Choice,
    levels: &[Level],
) -> Result<Session> {
    let cancellation = interrupt::cancellation()?;
    let (steps, events) = (steps.to_vec(), progress::events());
    Session::open(course, steps, choice, levels, events, cancellation).await
}

/// The same on the embedded backend, in whatever sandbox there is.
async fn embedded_session(course: &Course, steps: &[Step]) -> Result<Session> {
    session(course, steps, &Choice::Embedded, &Level::ALL).await
}

/// What the compiler says of code that a command was to run.
fn does_not_compile(submission: &Submission, errors: &[CompilerMessage]) -> Result<u8> {
    let colour = report::in_colour();
    for error in errors {
        output::line(report::harmless(&error.shown(colour), colour))?;
    }
    output::line(format!("  ✗ {} does not compile.", submission.shown_as))?;
    output::line("  Next: cargo grade, which says more about it.")?;
    Ok(exit::FELL_SHORT)
}

/// The folder with the submission: the one that was named, or else the exercises.
fn folder(course: &Course, named: Option<PathBuf>) -> PathBuf {
    named.unwrap_or_else(|| course.exercises())
}
