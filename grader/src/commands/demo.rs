//! `cargo grade demo`: runs the submission's own program on the module's six transactions, from
//! setup to cleanup, and shows its output.

use protocol::Call;

use super::cli::TargetArgs;
use super::{does_not_compile, folder, output, session};
use crate::call::{self, Processor};
use crate::child::Trouble;
use crate::course::Course;
use crate::engine::Session;
use crate::fixture;
use crate::problem::{Result, exit};
use crate::report::{self, State};
use crate::step;
use crate::submission::{Submission, as_students};

/// The names that the module uses.
const STREAM: &str = "transaction-stream";
const TABLE: &str = "user-info";

/// The fixtures of users and purchases that it uses.
pub const FIXTURES: &str = "module";

pub async fn run(target: TargetArgs) -> Result<u8> {
    let course = Course::find()?;
    let submission = Submission::read(&course, &folder(&course, target.dir.clone()))?;
    let session = session(
        &course,
        &step::load(&course)?,
        &target.backend,
        &target.levels()?,
    )
    .await?;
    let shown = session.unless_cancelled(show(&session, &submission)).await;
    session.close().await?;
    shown
}

/// Runs the calls one after the other and prints the output of each.
async fn show(session: &Session, submission: &Submission) -> Result<u8> {
    let program = match session.build(submission).await? {
        Ok(program) => program,
        Err(errors) => return does_not_compile(submission, &errors),
    };
    let observer = session.observer(&program, None, None).await?;
    for call in script(&session.course)? {
        let (mut child, mut _proxy) = observer.start(None, &[], &[]).await?;
        let mut outcome = child.call(&call).await;
        if let (Err(Trouble::Unwritten { .. }), Some(plain)) = (&outcome, without_state(&call)) {
            // Step 4 is not written yet, so the processor of step 3 runs instead. What the first
            // process printed is not shown.
            child.finish().await;
            (child, _proxy) = observer.start(None, &[], &[]).await?;
            outcome = child.call(&plain).await;
        }
        let printed = child.finish().await;
        let colour = report::in_colour();
        let stdout = String::from_utf8_lossy(&printed.stdout);
        output::print(&report::harmless(&stdout, colour))?;
        let stderr = String::from_utf8_lossy(&printed.stderr);
        let stderr = as_students(submission, &stderr);
        eprint!("{}", report::harmless(&stderr, colour));
        if let Err(trouble) = outcome {
            let sentence = as_students(submission, &trouble.describe(call.name()));
            let mark = match trouble {
                Trouble::Unwritten { .. } => State::ToDo.mark(),
                _ => State::Failed.mark(),
            };
            let line = format!("\n  {mark} {sentence}\n  The demo ends here.");
            output::print(&report::harmless(&line, colour))?;
            output::line("  Next: cargo grade, which shows more details.")?;
            return Ok(exit::FELL_SHORT);
        }
    }
    Ok(exit::PASSED)
}

fn script(course: &Course) -> Result<Vec<Call>> {
    let users = fixture::users(course, FIXTURES)?;
    let purchases = fixture::purchases(course, FIXTURES)?;
    Ok(vec![
        call::setup_stream(STREAM, 1),
        call::setup_reference_data(TABLE, &users),
        call::send_transactions(STREAM, &purchases),
        call::process_stream(Processor::Stateful, TABLE, STREAM),
        call::delete_stream(STREAM),
        call::delete_table(TABLE),
    ])
}

/// The same call with the processor of step 3.
fn without_state(call: &Call) -> Option<Call> {
    let stateful = call::process_stream(Processor::Stateful, TABLE, STREAM);
    (*call == stateful).then(|| call::process_stream(Processor::Stream, TABLE, STREAM))
}
