//! What the commands have in common: a session that a person can watch and interrupt.

use crate::backend::Choice;
use crate::course::Course;
use crate::engine::Session;
use crate::problem::Result;
use crate::step::Step;
use crate::{interrupt, progress};

/// A session whose work is shown on standard error, and which Ctrl-C cancels.
pub async fn session(course: &Course, steps: &[Step], choice: &Choice) -> Result<Session> {
    let cancellation = interrupt::cancellation()?;
    let steps = steps.to_vec();
    Session::open(course, steps, choice, progress::events(), cancellation).await
}
