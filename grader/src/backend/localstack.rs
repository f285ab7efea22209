//! LocalStack in a container, through testcontainers: the reference.

use std::time::{Duration, Instant};

use testcontainers::core::client::ClientError;
use testcontainers::core::error::TestcontainersError;
use testcontainers::core::{ContainerPort, WaitFor};
use testcontainers::runners::AsyncRunner;
use testcontainers::{ContainerAsync, GenericImage, ImageExt};

use super::{Endpoints, endpoint};
use crate::engine::{Activity, Events};
use crate::problem::{Problem, Result};

/// The last tag that starts without an account; later ones need a token.
pub const IMAGE: (&str, &str) = ("localstack/localstack", "4.14.0");
const TOKEN: &str = "LOCALSTACK_AUTH_TOKEN";
const PORT: ContainerPort = ContainerPort::Tcp(4566);

/// "Ready." is printed within seconds; a slow machine gets minutes.
const READY_WITHIN: Duration = Duration::from_secs(180);

pub struct Container(ContainerAsync<GenericImage>);

impl Container {
    pub async fn remove(self) -> Result<()> {
        self.0.rm().await.map_err(|e| {
            Problem::machine(
                format!("the LocalStack container could not be removed: {e}"),
                "Remove it by hand: docker ps, then docker rm -f.",
            )
        })
    }
}

pub async fn start(events: &Events) -> Result<(Endpoints, Container)> {
    let pulls = image_present().await == Some(false);
    let doing = match pulls {
        true => "Pulling localstack/localstack:4.14.0, about 1 GB, once",
        false => "Starting LocalStack",
    };
    let _starting = events.during(Activity::StartBackend(doing.into()));
    let mut image = GenericImage::new(IMAGE.0, IMAGE.1)
        .with_exposed_port(PORT)
        .with_wait_for(WaitFor::message_on_stdout("Ready."))
        .with_startup_timeout(READY_WITHIN)
        .with_env_var("SERVICES", "kinesis,dynamodb")
        .with_env_var("KINESIS_SHARD_LIMIT", "1000");
    if let Ok(token) = std::env::var(TOKEN) {
        image = image.with_env_var(TOKEN, token);
    }
    let container = Container(image.start().await.map_err(explain)?);
    match ready(&container).await {
        Ok(endpoints) => Ok((endpoints, container)),
        Err(problem) => {
            container.remove().await.ok();
            Err(problem)
        }
    }
}

/// Both services are started by their first call; wait until each has answered.
async fn ready(container: &Container) -> Result<Endpoints> {
    let host = container.0.get_host().await.map_err(explain)?;
    let port = container
        .0
        .get_host_port_ipv4(PORT)
        .await
        .map_err(explain)?;
    // The port is published on IPv4 alone, where `localhost` may mean IPv6 first.
    let url = format!("http://{host}:{port}").replace("localhost", "127.0.0.1");
    let endpoints = Endpoints {
        kinesis: url.clone(),
        dynamodb: url,
    };
    let start = Instant::now();
    while !endpoint::answers(&endpoints).await {
        if start.elapsed() > READY_WITHIN {
            return Err(Problem::machine(
                "LocalStack is up, but Kinesis and DynamoDB do not answer in it",
                "Look at `docker logs`; try `--backend embedded` meanwhile.",
            ));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(endpoints)
}

/// Whether the image is in the local store; `None` without a Docker engine.
pub async fn image_present() -> Option<bool> {
    let docker = testcontainers::bollard::Docker::connect_with_defaults().ok()?;
    docker.ping().await.ok()?;
    let found = docker
        .inspect_image(&format!("{}:{}", IMAGE.0, IMAGE.1))
        .await;
    Some(found.is_ok())
}

fn explain(error: TestcontainersError) -> Problem {
    let said = error.to_string();
    match error {
        TestcontainersError::Client(ClientError::PullImage { .. }) => Problem::machine(
            format!(
                "the image {}:{} is missing and cannot be pulled: {said}",
                IMAGE.0, IMAGE.1
            ),
            "Check the network, or use `--backend embedded`, which needs no image.",
        ),
        TestcontainersError::Client(ClientError::StartContainer(_)) => Problem::machine(
            format!("Docker could not start LocalStack: {said}"),
            "Free the port or the resources it names, then try again.",
        ),
        TestcontainersError::WaitContainer(_) => Problem::machine(
            format!("LocalStack did not become ready: {said}"),
            "Look at `docker logs`; try `--backend embedded` meanwhile.",
        ),
        _ => Problem::machine(
            format!("no Docker engine can be reached: {said}"),
            "Start Docker, or use `--backend embedded`, which needs none.",
        ),
    }
}
