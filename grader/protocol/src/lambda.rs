//! Step 8: a submission's process as a Lambda function. The grader simulates the Runtime API.

use std::env;
use std::io::{self, Write};
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;

use aws_lambda_events::event::kinesis::KinesisEvent;
use aws_lambda_events::event::streams::KinesisEventResponse;
use contract::lambda::{Function, RUNTIME_API};
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};

use crate::{panic, serve};

/// The `errorType` of a handler that panicked; the message is a
/// [`Panic`](crate::Panic) as JSON.
pub const HANDLER_PANICKED: &str = "Panic";

/// The submission's handler.
pub type Handle =
    for<'a> fn(
        LambdaEvent<KinesisEvent>,
        &'a Function,
    ) -> LocalBoxFuture<'a, Result<KinesisEventResponse, lambda_runtime::Error>>;

/// Whether the grader started this process as a Lambda function.
pub fn is_started() -> bool {
    env::var_os(RUNTIME_API).is_some()
}

/// Answers events until the grader ends the process.
pub async fn run(handle: Handle) -> ExitCode {
    let function = match Function::from_env().await {
        Ok(function) => function,
        Err(missing) => {
            eprintln!("the function cannot start: {missing}");
            return ExitCode::FAILURE;
        }
    };
    let answered = lambda_runtime::run(service_fn(|event| answer(handle, event, &function))).await;
    match answered {
        Ok(()) => ExitCode::SUCCESS,
        // The Runtime API is gone, so the error cannot be reported to the grader.
        Err(_) => ExitCode::FAILURE,
    }
}

/// Answers one event. The runtime would also report a panic, but without its place.
async fn answer(
    handle: Handle,
    event: LambdaEvent<KinesisEvent>,
    function: &Function,
) -> Result<KinesisEventResponse, Diagnostic> {
    panic::take_first();
    let run = AssertUnwindSafe(async { handle(event, function).await });
    let answered = run.catch_unwind().await;
    io::stdout().flush().ok();
    match answered {
        Ok(response) => response.map_err(|e| Diagnostic {
            error_type: "Error".into(),
            error_message: serve::with_sources(e.as_ref()),
        }),
        Err(_) => {
            let panic = panic::take_first().unwrap_or_default();
            Err(Diagnostic {
                error_type: HANDLER_PANICKED.into(),
                error_message: serde_json::to_string(&panic).unwrap_or_default(),
            })
        }
    }
}
