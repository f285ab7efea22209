//! `cargo grade demo`: the submission's own program over the module's six
//! transactions, with what it prints, from setup to cleanup.

use std::path::Path;

use contract::wire::{Call, Processor};

use crate::backend::{self, Backend, Choice};
use crate::child::Trouble;
use crate::course::Course;
use crate::fixture;
use crate::grade;
use crate::interrupt::Interrupt;
use crate::observe::Observer;
use crate::problem::{Result, exit};
use crate::submission::{Profile, Program, Submission, as_students};

/// The names that the module uses.
const STREAM: &str = "transaction-stream";
const TABLE: &str = "user-info";

/// The fixtures of users and purchases that are shown.
pub const FIXTURES: &str = "module";

pub async fn run(course: &Course, dir: &Path, choice: &Choice) -> Result<u8> {
    let submission = Submission::read(course, dir)?;
    let mut interrupt = Interrupt::listen()?;
    let starting = backend::Starting::new(choice);
    let built = interrupt
        .unless(grade::build(course, &submission, Profile::Dev))
        .await;
    let backend = starting.ready(&mut interrupt).await?;
    let shown = match built {
        Ok(Ok(program)) => {
            interrupt
                .unless(show(course, &submission, &program, &backend))
                .await
        }
        Ok(Err(errors)) => {
            errors
                .iter()
                .for_each(|error| eprint!("{}", error.rendered));
            Ok(exit::FELL_SHORT)
        }
        Err(problem) => Err(problem),
    };
    backend.stop().await?;
    shown
}

/// Runs the calls one after the other and prints what each printed.
async fn show(
    course: &Course,
    submission: &Submission,
    program: &Program,
    backend: &Backend,
) -> Result<u8> {
    let observer = Observer::new(course, backend, program, None).await?;
    for call in script(course)? {
        let (mut child, _proxy) = observer.start(&[], &[]).await?;
        let mut outcome = child.call(&call).await;
        if let (Err(Trouble::Unwritten { .. }), Some(plain)) = (&outcome, without_state(&call)) {
            // Step 4 is not written yet: the processor of step 3 can do.
            outcome = child.call(&plain).await;
        }
        let printed = child.finish().await;
        print!("{}", String::from_utf8_lossy(&printed.stdout));
        let stderr = String::from_utf8_lossy(&printed.stderr);
        eprint!("{}", as_students(submission, &stderr));
        if let Err(trouble) = outcome {
            let sentence = as_students(submission, &trouble.describe(call.function()));
            println!("\n  ✗ {sentence}");
            println!("  Next: cargo grade, which says more about it.");
            return Ok(exit::FELL_SHORT);
        }
    }
    Ok(exit::PASSED)
}

fn script(course: &Course) -> Result<Vec<Call>> {
    let (stream, table) = (STREAM.to_owned(), TABLE.to_owned());
    Ok(vec![
        Call::SetupStream {
            stream: stream.clone(),
            shards: 1,
        },
        Call::SetupReferenceData {
            table: table.clone(),
            users: fixture::users(course, FIXTURES)?,
        },
        Call::SendTransactions {
            stream: stream.clone(),
            purchases: fixture::purchases(course, FIXTURES)?,
        },
        Call::ProcessStream {
            processor: Processor::Stateful,
            table: table.clone(),
            stream: stream.clone(),
        },
        Call::DeleteStream { stream },
        Call::DeleteTable { table },
    ])
}

fn without_state(call: &Call) -> Option<Call> {
    match call {
        Call::ProcessStream { table, stream, .. } => Some(Call::ProcessStream {
            processor: Processor::Stream,
            table: table.clone(),
            stream: stream.clone(),
        }),
        _ => None,
    }
}
