//! Step 8: what a Lambda function starts with, and its start on AWS.

use std::env;

use aws_lambda_events::event::kinesis::KinesisEvent;
use aws_lambda_events::event::streams::KinesisEventResponse;
use lambda_runtime::{Error, LambdaEvent, service_fn};

use crate::aws::Clients;

/// Where the Runtime API is, as host and port: Lambda sets this.
pub const RUNTIME_API: &str = "AWS_LAMBDA_RUNTIME_API";

/// The function's own configuration: the names it works on.
pub const TABLE_NAME: &str = "TABLE_NAME";
pub const OUTPUT_STREAM: &str = "OUTPUT_STREAM";

/// What the function has before the first event comes and keeps until the last: made
/// at the cold start, once in each execution environment, from environment variables.
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
        let Clients { kinesis, dynamodb } = crate::aws::clients().await?;
        Ok(Self {
            kinesis,
            dynamodb,
            table_name,
            output_stream,
        })
    }
}

/// Starts a handler on AWS Lambda: the whole `main` of a `bootstrap`.
///
/// # Errors
///
/// A variable of the environment that is missing, or a Runtime API that is not there.
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
