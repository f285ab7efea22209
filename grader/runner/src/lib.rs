//! The program around a submission. The submission is a library; this calls its
//! functions for the grader, one call a line, and starts its Lambda handler.

mod calls;
mod processors;

use std::process::ExitCode;

/// Serves the grader until it hangs up.
pub fn main() -> ExitCode {
    protocol::serve(
        |call| Box::pin(calls::run(call)),
        |event, function| Box::pin(submission::lambda::handle(event, function)),
    )
}
