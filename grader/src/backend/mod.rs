//! Where the stream and the table live: an emulator in this process, LocalStack
//! in a container, or an endpoint that is already up. One interface for all.

mod embedded;
mod endpoint;
mod localstack;

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, Instant};

use contract::aws::{Clients, Emulator};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::course::Course;
use crate::event::Events;
use crate::problem::{Problem, Result};

pub use embedded::Ports;
pub use localstack::{IMAGE, image_present};

/// The region and the keys that emulators accept.
pub const REGION: &str = "us-east-1";
pub const KEY: &str = "test";

/// How long a scenario may take in this process, and on a server.
const EMULATOR_LIMIT: Duration = Duration::from_secs(10);
const SERVER_LIMIT: Duration = Duration::from_secs(60);

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
    pub fn clients(&self) -> Clients {
        let emulator = Emulator {
            kinesis: self.kinesis.clone(),
            dynamodb: self.dynamodb.clone(),
            region: REGION.into(),
            access_key_id: KEY.into(),
            secret_access_key: KEY.into(),
        };
        emulator.clients()
    }
}

/// A backend that is up and ready.
pub struct Backend {
    pub endpoints: Endpoints,
    /// How long a scenario may take here.
    pub time_limit: Duration,
    /// How long it took to get ready.
    pub up_after: Duration,
    /// How many scenarios may run side by side.
    scenarios: Semaphore,
    running: Running,
}

enum Running {
    Embedded(embedded::Servers),
    LocalStack(Box<localstack::Container>),
    Endpoint,
}

/// Starts the backend and waits until both services answer.
pub async fn start(course: &Course, choice: &Choice, events: &Events) -> Result<Backend> {
    let since = Instant::now();
    let (endpoints, time_limit, running) = match choice {
        Choice::Embedded => {
            let (endpoints, servers) = embedded::start(Ports::default()).await?;
            (endpoints, EMULATOR_LIMIT, Running::Embedded(servers))
        }
        Choice::LocalStack => {
            let (endpoints, container) = localstack::start(course, events).await?;
            (
                endpoints,
                SERVER_LIMIT,
                Running::LocalStack(Box::new(container)),
            )
        }
        Choice::Endpoint(url) => (endpoint::check(url).await?, SERVER_LIMIT, Running::Endpoint),
    };
    Ok(Backend::new(endpoints, time_limit, since, running))
}

/// Starts the embedded backend on given ports.
pub async fn start_embedded(ports: Ports) -> Result<Backend> {
    let since = Instant::now();
    let (endpoints, servers) = embedded::start(ports).await?;
    let running = Running::Embedded(servers);
    Ok(Backend::new(endpoints, EMULATOR_LIMIT, since, running))
}

impl Backend {
    fn new(endpoints: Endpoints, time_limit: Duration, since: Instant, running: Running) -> Self {
        // Five streams at most may be CREATING at once (Kinesis API, CreateStream), and
        // servers keep to that.
        let at_once = match running {
            Running::Embedded(_) => 12,
            Running::LocalStack(_) | Running::Endpoint => 4,
        };
        Self {
            endpoints,
            time_limit,
            up_after: since.elapsed(),
            scenarios: Semaphore::new(at_once),
            running,
        }
    }

    /// Whether both services still answer: a scenario that failed on a dead
    /// backend says nothing about the submission.
    pub async fn is_alive(&self) -> bool {
        endpoint::answers(&self.endpoints).await
    }

    /// Lets a scenario run: so many at once as the backend stands.
    pub async fn scenario_permit(&self) -> Result<SemaphorePermit<'_>> {
        let permit = self.scenarios.acquire().await;
        permit.map_err(|e| Problem::bug(e.to_string()))
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
