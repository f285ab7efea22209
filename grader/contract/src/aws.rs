//! The AWS clients a submission works with.
//!
//! Endpoints, region and credentials come from the AWS SDK's own environment
//! variables, so the same code runs against an emulator or against AWS.

use std::time::Duration;

use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, ConfigLoader};
use aws_smithy_async::rt::sleep::{AsyncSleep, SharedAsyncSleep, Sleep, TokioSleep};

pub use aws_sdk_kinesis::Client as KinesisClient;

/// Both clients, configured from the environment.
#[derive(Clone, Debug)]
pub struct Clients {
    pub kinesis: aws_sdk_kinesis::Client,
    pub dynamodb: aws_sdk_dynamodb::Client,
}

/// The clients for the endpoints named by `AWS_ENDPOINT_URL_KINESIS`,
/// `AWS_ENDPOINT_URL_DYNAMODB` or `AWS_ENDPOINT_URL`; AWS itself without them.
pub async fn clients() -> Clients {
    let config = loader(against_emulator()).load().await;
    Clients {
        kinesis: aws_sdk_kinesis::Client::new(&config),
        dynamodb: aws_sdk_dynamodb::Client::new(&config),
    }
}

/// The configuration to load clients from. For an emulator on plain HTTP there is
/// no TLS to set up, which makes a client ready in 3 ms instead of 50, and the
/// SDK's own pauses are shortened.
pub fn loader(emulator: bool) -> ConfigLoader {
    let loader = aws_config::defaults(BehaviorVersion::latest());
    if !emulator {
        return loader;
    }
    loader
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .sleep_impl(SharedAsyncSleep::new(ShortSleep))
        // These two would run on the shortened clock and cut off slow answers.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .timeout_config(TimeoutConfig::disabled())
}

fn against_emulator() -> bool {
    let plain_http = |name| std::env::var(name).is_ok_and(|url| url.starts_with("http://"));
    plain_http("AWS_ENDPOINT_URL")
        || plain_http("AWS_ENDPOINT_URL_KINESIS") && plain_http("AWS_ENDPOINT_URL_DYNAMODB")
}

/// Shortens the SDK's own pauses to a thousandth: its waiters poll every 10 s
/// (Kinesis) and 20 s (DynamoDB), far longer than an emulator needs.
#[derive(Debug)]
struct ShortSleep;

impl AsyncSleep for ShortSleep {
    fn sleep(&self, duration: Duration) -> Sleep {
        TokioSleep::new().sleep(duration / 1000)
    }
}
