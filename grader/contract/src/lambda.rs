//! Step 8: a submission as a Lambda function.
//!
//! With `AWS_LAMBDA_RUNTIME_API` in the environment the same program is what Lambda
//! starts as `bootstrap`: it asks the Runtime API for events and answers them.

use std::env;
use std::io::{self, Write};
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;

use aws_lambda_events::event::kinesis::KinesisEvent;
use aws_lambda_events::event::streams::KinesisEventResponse;
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};

use crate::aws::Clients;
use crate::wire::Panic;

/// Where the Runtime API is, as host and port: Lambda sets this.
pub const RUNTIME_API: &str = "AWS_LAMBDA_RUNTIME_API";

/// The function's own configuration: the names it works on.
pub const TABLE_NAME: &str = "TABLE_NAME";
pub const OUTPUT_STREAM: &str = "OUTPUT_STREAM";

/// The `errorType` of a handler that panicked; the message is a [`Panic`] as JSON.
pub const PANIC: &str = "Panic";

/// What the function has before the first event comes and keeps until the last:
/// made once, at the cold start, from its environment variables.
#[derive(Clone, Debug)]
pub struct Function {
    pub kinesis: aws_sdk_kinesis::Client,
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// The table of users: the variable `TABLE_NAME`.
    pub table_name: String,
    /// The stream that takes what comes out: the variable `OUTPUT_STREAM`.
    pub output_stream: String,
}

impl Function {
    /// The function as its environment describes it.
    ///
    /// # Errors
    ///
    /// A variable that is missing, by its name.
    pub async fn from_env() -> Result<Self, String> {
        let variable = |name: &str| env::var(name).map_err(|e| format!("{name}: {e}"));
        let (table_name, output_stream) = (variable(TABLE_NAME)?, variable(OUTPUT_STREAM)?);
        let Clients { kinesis, dynamodb } = crate::aws::clients().await;
        Ok(Self {
            kinesis,
            dynamodb,
            table_name,
            output_stream,
        })
    }
}

/// The submission's handler.
pub type Handle =
    for<'a> fn(
        LambdaEvent<KinesisEvent>,
        &'a Function,
    ) -> LocalBoxFuture<'a, Result<KinesisEventResponse, lambda_runtime::Error>>;

/// Whether Lambda, or the grader in its place, has started this program.
pub(crate) fn is_started() -> bool {
    env::var_os(RUNTIME_API).is_some()
}

/// Answers events until Lambda ends the process.
pub(crate) async fn run(handle: Handle) -> ExitCode {
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
        // The Runtime API is gone, and with it whoever could hear of that.
        Err(_) => ExitCode::FAILURE,
    }
}

/// The runtime would report a panic too, but not where it arose.
async fn answer(
    handle: Handle,
    event: LambdaEvent<KinesisEvent>,
    function: &Function,
) -> Result<KinesisEventResponse, Diagnostic> {
    crate::child::take_first_panic();
    let run = AssertUnwindSafe(async { handle(event, function).await });
    let answered = run.catch_unwind().await;
    io::stdout().flush().ok();
    match answered {
        Ok(response) => response.map_err(|e| Diagnostic {
            error_type: "Error".into(),
            error_message: crate::child::with_sources(e.as_ref()),
        }),
        Err(_) => {
            let panic: Panic = crate::child::take_first_panic().unwrap_or_default();
            Err(Diagnostic {
                error_type: PANIC.into(),
                error_message: serde_json::to_string(&panic).unwrap_or_default(),
            })
        }
    }
}
