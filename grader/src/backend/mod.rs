//! Where the streams and tables are: in an emulator in this process, in LocalStack in a
//! container, or at an endpoint that already runs. One interface for all three.

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

/// How long a scenario may take on the emulator in this process, and on a server.
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
    /// The environment variables that make AWS clients of any language use only these
    /// endpoints.
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

#[cfg(test)]
impl Endpoints {
    /// The endpoints of a server that answers for both services in a test.
    pub async fn of(app: axum::Router) -> Self {
        let local = (std::net::Ipv4Addr::LOCALHOST, 0);
        let listener = tokio::net::TcpListener::bind(local).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self {
            kinesis: url.clone(),
            dynamodb: url,
        }
    }
}

/// A backend that is up and ready.
pub struct Backend {
    pub endpoints: Endpoints,
    /// How long a scenario may take on this backend.
    pub time_limit: Duration,
    /// How long the start took.
    pub up_after: Duration,
    /// How many scenarios may run in parallel.
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

/// Starts the embedded backend on the given ports.
pub async fn start_embedded(ports: Ports) -> Result<Backend> {
    let since = Instant::now();
    let (endpoints, servers) = embedded::start(ports).await?;
    let running = Running::Embedded(servers);
    Ok(Backend::new(endpoints, EMULATOR_LIMIT, since, running))
}

impl Backend {
    fn new(endpoints: Endpoints, time_limit: Duration, since: Instant, running: Running) -> Self {
        // At most five streams may be CREATING at the same time (Kinesis API, CreateStream).
        // Servers enforce this limit.
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

    /// Whether both services still answer. If a scenario fails because the backend stopped,
    /// the submission is not the cause.
    pub async fn is_alive(&self) -> bool {
        endpoint::answers(&self.endpoints).await
    }

    /// Waits until one more scenario may run on this backend.
    pub async fn scenario_permit(&self) -> Result<SemaphorePermit<'_>> {
        let permit = self.scenarios.acquire().await;
        permit.map_err(|e| Problem::bug(e.to_string()))
    }

    /// Stops the backend and removes everything that the grader started for it.
    pub async fn stop(self) -> Result<()> {
        match self.running {
            Running::Embedded(servers) => servers.stop(),
            Running::LocalStack(container) => container.remove().await?,
            Running::Endpoint => {}
        }
        Ok(())
    }
}
