//! Step 8: the clients and names that a Lambda function gets, and its start on AWS.

use std::env;

use aws_lambda_events::event::kinesis::KinesisEvent;
use aws_lambda_events::event::streams::KinesisEventResponse;
use lambda_runtime::{Error, LambdaEvent, service_fn};

use crate::aws::Clients;

/// The variable with the host and the port of the Runtime API. Lambda sets it.
pub const RUNTIME_API: &str = "AWS_LAMBDA_RUNTIME_API";

/// The variables with the names of the table and of the output stream.
pub const TABLE_NAME: &str = "TABLE_NAME";
pub const OUTPUT_STREAM: &str = "OUTPUT_STREAM";

/// The clients and names that the function has from its first event to its last. They are
/// created at the cold start, once in each execution environment, from environment variables.
#[derive(Clone, Debug)]
pub struct Function {
    pub kinesis: aws_sdk_kinesis::Client,
    pub dynamodb: aws_sdk_dynamodb::Client,
    /// The name of the table of users, from the variable `TABLE_NAME`.
    pub table_name: String,
    /// The name of the stream for the results, from the variable `OUTPUT_STREAM`.
    pub output_stream: String,
}

impl Function {
    /// The function with the clients and names from the environment.
    ///
    /// # Errors
    ///
    /// Names a variable that is missing.
    pub async fn from_env() -> Result<Self, String> {
        let variable = |name: &str| env::var(name).map_err(|e| format!("{name}: {e}"));
        let (table_name, output_stream) = (variable(TABLE_NAME)?, variable(OUTPUT_STREAM)?);
        let Clients { kinesis, dynamodb } = crate::aws::clients().await?;
        Ok(Self {
            kinesis,
            dynamodb,
            table_name,
            output_stream,
        })
    }
}

/// Starts a handler on AWS Lambda. This is all that the `main` of a `bootstrap` does.
///
/// # Errors
///
/// An environment variable is missing, or the Runtime API does not exist.
pub async fn start(
    handle: impl AsyncFn(LambdaEvent<KinesisEvent>, &Function) -> Result<KinesisEventResponse, Error>,
) -> Result<(), Error> {
    let function = &Function::from_env().await?;
    let handle = &handle;
    lambda_runtime::run(service_fn(
        |event| async move { handle(event, function).await },
    ))
    .await
}
