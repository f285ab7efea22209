//! The grader's simulation of Lambda: the Runtime API that a function's process calls, and an event
//! source mapping that delivers the records of a Kinesis stream.

mod event_source;
mod runtime_api;
mod stream;

use std::time::Duration;

use contract::lambda::{OUTPUT_STREAM, RUNTIME_API, TABLE_NAME};
use serde_json::Value;
use time::OffsetDateTime;

use crate::child::{Child, Environment, Trouble};
use crate::problem::Result;

pub use event_source::{Mapping, Outcome, Record, Shard};
pub use runtime_api::{Answer, RuntimeApi};
pub use stream::{Outlet, Put, shards};

/// A function: the Runtime API for its only process, and the names of its table and its output
/// stream.
pub struct Lambda {
    api: RuntimeApi,
    table: String,
    output: String,
}

/// The result of delivering a stream.
#[derive(Debug, Default)]
pub struct Played {
    pub batches: Vec<Batch>,
    /// The records from which a batch was delivered again, each time.
    pub failed: Vec<Record>,
    /// The records that went to the on-failure destination, shard by shard. Their order in time
    /// across shards does not matter.
    pub given_up: Vec<Record>,
}

/// The first delivery of a batch.
#[derive(Debug)]
pub struct Batch {
    pub records: Vec<Record>,
    pub delivered: OffsetDateTime,
    /// The outcome of the answer.
    pub outcome: Outcome,
}

impl Lambda {
    /// A function whose invocations may take as long as `timeout`.
    pub async fn start(table: &str, output: &str, timeout: Duration) -> Result<Self> {
        Ok(Self {
            api: RuntimeApi::start(timeout).await?,
            table: table.to_owned(),
            output: output.to_owned(),
        })
    }

    /// The environment of the function's process, without the variables of the AWS SDK (Lambda
    /// developer guide, "Using Lambda environment variables").
    pub fn environment(&self) -> Environment {
        let function = "stream-processor";
        vec![
            (RUNTIME_API, self.api.address().to_owned()),
            ("AWS_LAMBDA_FUNCTION_NAME", function.into()),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128".into()),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".into()),
            (
                "AWS_LAMBDA_LOG_GROUP_NAME",
                format!("/aws/lambda/{function}"),
            ),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "[$LATEST]".into()),
            ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".into()),
            (TABLE_NAME, self.table.clone()),
            (OUTPUT_STREAM, self.output.clone()),
        ]
    }

    /// Lets the function handle one event. Here a panic is a trouble of the process; Lambda would
    /// see only an error.
    pub async fn invoke(&self, child: &mut Child, event: &Value) -> Result<Answer, Trouble> {
        tokio::select! {
            biased;
            trouble = child.trouble() => Err(trouble),
            answer = self.api.invoke(event) => match answer {
                Answer::Panicked(panic) => Err(Trouble::of(panic)),
                answer => Ok(answer),
            },
        }
    }

    /// Delivers every shard to its end. The shards take turns, one batch each, all in one process:
    /// on Lambda, invocations one after the other also share a process. Calls `answered` after each
    /// invocation, with the number of invocations so far.
    pub async fn play(
        &self,
        child: &mut Child,
        mut shards: Vec<Shard>,
        answered: impl Fn(usize),
    ) -> Result<Played, Trouble> {
        let mut invocations = 0;
        let mut played = Played::default();
        let mut given_up: Vec<Vec<Record>> = vec![Vec::new(); shards.len()];
        while shards.iter().any(|shard| !shard.is_drained()) {
            for (shard, given_up) in shards.iter_mut().zip(&mut given_up) {
                let Some(delivery) = shard.deliver() else {
                    continue;
                };
                let delivered = OffsetDateTime::now_utc();
                let answer = self.invoke(child, &shard.event(&delivery)).await?;
                invocations += 1;
                answered(invocations);
                let outcome = Outcome::of(&answer, shard.records(&delivery));
                let records = shard.records(&delivery);
                played
                    .failed
                    .extend(outcome.first_to_come_again(records).cloned());
                if delivery.is_first() {
                    played.batches.push(Batch {
                        records: records.to_vec(),
                        delivered,
                        outcome: outcome.clone(),
                    });
                }
                given_up.extend(shard.settle(delivery, &outcome));
            }
        }
        played.given_up = given_up.concat();
        Ok(played)
    }
}
