//! The program around a submission. The submission is a library. This program calls its
//! functions for the grader, one call for each line, and starts its Lambda handler.

mod calls;
mod processors;

use std::process::ExitCode;

/// Serves calls until the grader closes the channel.
pub fn main() -> ExitCode {
    protocol::serve(
        |call| Box::pin(calls::run(call)),
        |event, function| Box::pin(submission::lambda::handle(event, function)),
    )
}
