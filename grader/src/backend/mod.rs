//! Where the stream and the table live: an emulator in this process, LocalStack
//! in a container, or an endpoint that is already up. One interface for all.

mod embedded;
mod endpoint;
mod localstack;

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, Instant};

use aws_config::Region;
use aws_sdk_kinesis::config::Credentials;
use contract::aws::Clients;
use tokio::task::JoinHandle;

use crate::interrupt::Interrupt;
use crate::problem::{Problem, Result};

pub use embedded::Ports;
pub use localstack::{IMAGE, image_present};

/// The region and the keys that emulators accept.
pub const REGION: &str = "us-east-1";
pub const KEY: &str = "test";

/// How long a scenario may take in this process, and on a server.
const EMULATOR_LIMIT: Duration = Duration::from_secs(10);
const SERVER_LIMIT: Duration = Duration::from_secs(60);

/// How long an interrupted start is waited for.
const LAST_CHANCE: Duration = Duration::from_secs(30);

/// Which backend to use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    Embedded,
    LocalStack,
    Endpoint(String),
}

impl FromStr for Choice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "embedded" => Ok(Self::Embedded),
            "localstack" => Ok(Self::LocalStack),
            url if url.contains("amazonaws.com") => {
                Err("grading never runs against AWS itself: it would cost money".into())
            }
            url if url.starts_with("http://") => {
                Ok(Self::Endpoint(url.trim_end_matches('/').into()))
            }
            _ => Err("use embedded, localstack or a URL such as http://localhost:4566".into()),
        }
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Embedded => f.write_str("embedded"),
            Self::LocalStack => f.write_str("localstack"),
            Self::Endpoint(url) => f.write_str(url),
        }
    }
}

/// Base URLs of the two services.
#[derive(Clone, Debug)]
pub struct Endpoints {
    pub kinesis: String,
    pub dynamodb: String,
}

impl Endpoints {
    /// The environment in which AWS clients, of whatever language, talk to these
    /// endpoints and to nothing else.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ENDPOINT_URL_KINESIS", self.kinesis.clone()),
            ("AWS_ENDPOINT_URL_DYNAMODB", self.dynamodb.clone()),
            ("AWS_REGION", REGION.into()),
            ("AWS_DEFAULT_REGION", REGION.into()),
            ("AWS_ACCESS_KEY_ID", KEY.into()),
            ("AWS_SECRET_ACCESS_KEY", KEY.into()),
        ]
    }

    /// Clients for these endpoints.
    pub async fn clients(&self) -> Clients {
        let config = contract::aws::loader(true)
            .region(Region::from_static(REGION))
            .credentials_provider(Credentials::new(KEY, KEY, None, None, "grader"))
            .load()
            .await;
        let kinesis = aws_sdk_kinesis::config::Builder::from(&config).endpoint_url(&self.kinesis);
        let dynamodb =
            aws_sdk_dynamodb::config::Builder::from(&config).endpoint_url(&self.dynamodb);
        Clients {
            kinesis: aws_sdk_kinesis::Client::from_conf(kinesis.build()),
            dynamodb: aws_sdk_dynamodb::Client::from_conf(dynamodb.build()),
        }
    }
}

/// A backend that is up and ready.
pub struct Backend {
    pub endpoints: Endpoints,
    /// How long a scenario may take here.
    pub time_limit: Duration,
    /// How long it took to get ready.
    pub up_after: Duration,
    running: Running,
}

enum Running {
    Embedded(embedded::Servers),
    LocalStack(Box<localstack::Container>),
    Endpoint,
}

/// Starts the backend and waits until both services answer.
pub async fn start(choice: &Choice) -> Result<Backend> {
    let since = Instant::now();
    let (endpoints, time_limit, running) = match choice {
        Choice::Embedded => {
            let (endpoints, servers) = embedded::start(Ports::default()).await?;
            (endpoints, EMULATOR_LIMIT, Running::Embedded(servers))
        }
        Choice::LocalStack => {
            let (endpoints, container) = localstack::start().await?;
            (
                endpoints,
                SERVER_LIMIT,
                Running::LocalStack(Box::new(container)),
            )
        }
        Choice::Endpoint(url) => (endpoint::check(url).await?, SERVER_LIMIT, Running::Endpoint),
    };
    Ok(Backend {
        endpoints,
        time_limit,
        up_after: since.elapsed(),
        running,
    })
}

/// Starts the embedded backend on given ports.
pub async fn start_embedded(ports: Ports) -> Result<Backend> {
    let since = Instant::now();
    let (endpoints, servers) = embedded::start(ports).await?;
    let running = Running::Embedded(servers);
    Ok(Backend {
        endpoints,
        time_limit: EMULATOR_LIMIT,
        up_after: since.elapsed(),
        running,
    })
}

/// A backend that starts while other work is done.
pub struct Starting(JoinHandle<Result<Backend>>);

impl Starting {
    pub fn new(choice: &Choice) -> Self {
        let choice = choice.clone();
        Self(tokio::spawn(async move { start(&choice).await }))
    }

    /// The backend, once it is ready. When interrupted it is waited for a little
    /// longer, so that a container that is just being made is removed again.
    pub async fn ready(mut self, interrupt: &mut Interrupt) -> Result<Backend> {
        let bug = |e: tokio::task::JoinError| Problem::bug(e.to_string());
        tokio::select! {
            biased;
            () = interrupt.signalled() => {}
            started = &mut self.0 => return started.map_err(bug)?,
        }
        match tokio::time::timeout(LAST_CHANCE, &mut self.0).await {
            Ok(Ok(Ok(backend))) => backend.stop().await?,
            Ok(_) => {}
            Err(_) => self.0.abort(),
        }
        Err(Problem::interrupted())
    }
}

impl Backend {
    /// Whether both services still answer: a scenario that failed on a dead
    /// backend says nothing about the submission.
    pub async fn is_alive(&self) -> bool {
        endpoint::answers(&self.endpoints).await
    }

    /// How many scenarios run side by side. Five streams at most may be CREATING at
    /// once (Kinesis API, CreateStream), and servers keep to that.
    pub fn scenarios_at_once(&self) -> usize {
        match self.running {
            Running::Embedded(_) => 8,
            Running::LocalStack(_) | Running::Endpoint => 4,
        }
    }

    /// Whether the backend, and what is left in it, is still there after [`Self::stop`].
    pub fn outlives_grading(&self) -> bool {
        matches!(self.running, Running::Endpoint)
    }

    /// Stops the backend and leaves nothing behind.
    pub async fn stop(self) -> Result<()> {
        match self.running {
            Running::Embedded(servers) => servers.stop(),
            Running::LocalStack(container) => container.remove().await?,
            Running::Endpoint => {}
        }
        Ok(())
    }
}
