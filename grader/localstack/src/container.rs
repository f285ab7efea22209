//! The container, through testcontainers.

use std::time::Duration;

use testcontainers::bollard::errors::Error as DockerError;
use testcontainers::core::client::{ClientError, docker_client_instance};
use testcontainers::core::error::TestcontainersError;
use testcontainers::core::{ContainerPort, WaitFor};
use testcontainers::runners::AsyncRunner;
use testcontainers::{ContainerAsync, ContainerRequest, GenericImage, ImageExt};

use crate::line::Problem;

const TOKEN: &str = "LOCALSTACK_AUTH_TOKEN";
const PORT: ContainerPort = ContainerPort::Tcp(4566);

const NOT_FOUND: u16 = 404;

/// Normally LocalStack prints "Ready." within seconds. A slow machine gets minutes.
const READY_WITHIN: Duration = Duration::from_secs(180);

/// Whether a Docker engine runs and does not have the image.
pub async fn is_missing(image: &str, tag: &str) -> bool {
    let Ok(docker) = docker_client_instance().await else {
        return false;
    };
    let found = docker.inspect_image(&format!("{image}:{tag}")).await;
    found.is_err() && docker.ping().await.is_ok()
}

pub async fn pull(image: &str, tag: &str) -> Result<(), Problem> {
    let pulled = request(image, tag).pull_image().await;
    pulled.map(drop).map_err(|e| explain(image, tag, e))
}

/// Starts the container. It is removed when the returned value is dropped. It is also removed
/// if this future is dropped after it has created the container.
pub async fn start(image: &str, tag: &str) -> Result<ContainerAsync<GenericImage>, Problem> {
    let started = request(image, tag).start().await;
    started.map_err(|e| explain(image, tag, e))
}

fn request(image: &str, tag: &str) -> ContainerRequest<GenericImage> {
    let request = GenericImage::new(image, tag)
        .with_exposed_port(PORT)
        .with_wait_for(WaitFor::message_on_stdout("Ready."))
        .with_startup_timeout(READY_WITHIN)
        .with_env_var("SERVICES", "kinesis,dynamodb")
        .with_env_var("KINESIS_SHARD_LIMIT", "1000");
    match std::env::var(TOKEN) {
        Ok(token) => request.with_env_var(TOKEN, token),
        Err(_) => request,
    }
}

pub async fn url(container: &ContainerAsync<GenericImage>) -> Result<String, Problem> {
    let host = container.get_host().await.map_err(unreachable)?;
    let port = container.get_host_port_ipv4(PORT).await;
    let port = port.map_err(unreachable)?;
    // The port is published only on IPv4, but `localhost` may mean IPv6 first.
    Ok(format!("http://{host}:{port}").replace("localhost", "127.0.0.1"))
}

/// Removes the container, unless it was already removed.
pub async fn remove(container: ContainerAsync<GenericImage>) -> Result<(), Problem> {
    let removed = container.rm().await;
    if let Err(TestcontainersError::Client(ClientError::RemoveContainer(
        DockerError::DockerResponseServerError {
            status_code: NOT_FOUND,
            ..
        },
    ))) = removed
    {
        return Ok(());
    }
    removed.map_err(|e| {
        Problem::new(
            format!("the LocalStack container could not be removed: {e}"),
            "Remove it yourself: docker ps, then docker rm -f.",
        )
    })
}

fn explain(image: &str, tag: &str, error: TestcontainersError) -> Problem {
    let said = error.to_string();
    match error {
        TestcontainersError::Client(ClientError::PullImage { .. }) => Problem::new(
            format!("the image {image}:{tag} is missing and cannot be pulled: {said}"),
            "Check the network, or use `--backend embedded`.",
        ),
        TestcontainersError::Client(ClientError::StartContainer(_)) => Problem::new(
            format!("Docker could not start LocalStack: {said}"),
            "Free the port or the resource that Docker names, then try again.",
        ),
        TestcontainersError::WaitContainer(_) => Problem::new(
            format!("LocalStack did not become ready: {said}"),
            "Look at `docker logs`, or use `--backend embedded`.",
        ),
        _ => unreachable(error),
    }
}

fn unreachable(error: TestcontainersError) -> Problem {
    Problem::new(
        format!("no Docker engine can be reached: {error}"),
        "Start Docker, or use `--backend embedded`, which does not need it.",
    )
}
