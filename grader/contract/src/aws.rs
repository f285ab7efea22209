//! The AWS clients that a submission uses.
//!
//! Endpoints, region and credentials come from the AWS SDK's own environment variables, so
//! the same code runs on an emulator or on AWS. AWS itself needs TLS. Grading does not need
//! TLS, so only the feature `aws` adds it.

use std::env;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use aws_sdk_kinesis::config::retry::RetryConfig;
use aws_sdk_kinesis::config::timeout::TimeoutConfig;
use aws_sdk_kinesis::config::{
    BehaviorVersion, Credentials, Region, SharedAsyncSleep, SharedCredentialsProvider,
    StalledStreamProtectionConfig,
};
use aws_smithy_async::rt::sleep::{AsyncSleep, Sleep, TokioSleep};
use aws_smithy_async::time::{SharedTimeSource, TimeSource};
use aws_types::SdkConfig;

use crate::http::PlainHttp;

/// If this environment variable is set, the SDK's clock counts the full length of its pauses,
/// although they are shortened. So a waiter gives up after as many calls as on AWS, but
/// without waiting as long.
pub const PAUSES_COUNT: &str = "STREAMLINGS_PAUSES_COUNT";

/// The two AWS clients, configured from the environment.
#[derive(Clone, Debug)]
pub struct Clients {
    pub kinesis: aws_sdk_kinesis::Client,
    pub dynamodb: aws_sdk_dynamodb::Client,
}

/// The base URLs of the two services, with the region and the keys for signing.
#[derive(Clone, Debug)]
pub struct Emulator {
    pub kinesis: String,
    pub dynamodb: String,
    pub region: String,
    pub access_key_id: String,
    pub secret_access_key: String,
}

/// The clients for the endpoints in `AWS_ENDPOINT_URL_KINESIS` and
/// `AWS_ENDPOINT_URL_DYNAMODB`, or in `AWS_ENDPOINT_URL` for both. Without these variables
/// the clients use AWS itself.
///
/// # Errors
///
/// The environment names no such endpoints, and the feature `aws` is off.
pub async fn clients() -> Result<Clients, String> {
    match Emulator::from_env() {
        Some(emulator) => Ok(emulator.clients()),
        None => on_aws().await,
    }
}

impl Emulator {
    /// The emulator that the environment names; `None` unless both endpoints use plain HTTP.
    fn from_env() -> Option<Self> {
        let variable = |name: &str| env::var(name).ok();
        let endpoint = |service: &str| {
            let own = variable(&format!("AWS_ENDPOINT_URL_{service}"));
            let url = own.or_else(|| variable("AWS_ENDPOINT_URL"))?;
            url.starts_with("http://").then_some(url)
        };
        Some(Self {
            kinesis: endpoint("KINESIS")?,
            dynamodb: endpoint("DYNAMODB")?,
            region: variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION"))?,
            access_key_id: variable("AWS_ACCESS_KEY_ID")?,
            secret_access_key: variable("AWS_SECRET_ACCESS_KEY")?,
        })
    }

    /// Clients for this emulator. They use plain HTTP without TLS, and the SDK's own pauses
    /// are shortened.
    pub fn clients(&self) -> Clients {
        let (id, secret) = (&self.access_key_id, &self.secret_access_key);
        let credentials = Credentials::new(id, secret, None, None, "environment");
        let clock = Clock::default();
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(self.region.clone()))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .retry_config(RetryConfig::standard())
            .http_client(PlainHttp::new())
            .sleep_impl(SharedAsyncSleep::new(clock.clone()))
            .time_source(SharedTimeSource::new(clock))
            // These two would use the shortened clock and stop slow answers.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .timeout_config(TimeoutConfig::disabled())
            .build();
        let kinesis = aws_sdk_kinesis::config::Builder::from(&config).endpoint_url(&self.kinesis);
        let dynamodb =
            aws_sdk_dynamodb::config::Builder::from(&config).endpoint_url(&self.dynamodb);
        Clients {
            kinesis: aws_sdk_kinesis::Client::from_conf(kinesis.build()),
            dynamodb: aws_sdk_dynamodb::Client::from_conf(dynamodb.build()),
        }
    }
}

#[cfg(feature = "aws")]
async fn on_aws() -> Result<Clients, String> {
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    Ok(Clients {
        kinesis: aws_sdk_kinesis::Client::new(&config),
        dynamodb: aws_sdk_dynamodb::Client::new(&config),
    })
}

#[cfg(not(feature = "aws"))]
async fn on_aws() -> Result<Clients, String> {
    Err(
        "no emulator is configured: set AWS_ENDPOINT_URL_KINESIS and \
         AWS_ENDPOINT_URL_DYNAMODB, a region and keys; to use AWS itself, build with \
         --features aws"
            .into(),
    )
}

/// Shortens the SDK's own pauses to a thousandth. The SDK's waiters poll every 10 s (Kinesis)
/// or 20 s (DynamoDB), and an emulator needs much less.
#[derive(Clone, Debug, Default)]
struct Clock {
    /// The pauses so far in milliseconds, if [`PAUSES_COUNT`] is set.
    paused: Arc<AtomicU64>,
}

impl AsyncSleep for Clock {
    fn sleep(&self, duration: Duration) -> Sleep {
        if env::var_os(PAUSES_COUNT).is_some() {
            let pause = duration.as_millis() as u64;
            self.paused.fetch_add(pause, Ordering::Relaxed);
        }
        TokioSleep::new().sleep(duration / 1000)
    }
}

impl TimeSource for Clock {
    fn now(&self) -> SystemTime {
        SystemTime::now() + Duration::from_millis(self.paused.load(Ordering::Relaxed))
    }
}
