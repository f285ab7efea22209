//! Kinesis and DynamoDB in this process, on loopback. This backend needs no Docker.

mod closed;
mod summaries;

use std::net::{Ipv4Addr, SocketAddr};

use dynoxide::Database;
use ferrokinesis::store::StoreOptions;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::Endpoints;
use crate::problem::{Problem, Result};

/// The ports to listen on; 0 means any free port.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ports {
    pub kinesis: u16,
    pub dynamodb: u16,
}

/// The two servers.
pub struct Servers(JoinHandle<()>, JoinHandle<()>);

impl Servers {
    pub fn stop(self) {
        self.0.abort();
        self.1.abort();
    }
}

pub async fn start(ports: Ports) -> Result<(Endpoints, Servers)> {
    let (kinesis, kinesis_url) = listen(ports.kinesis).await?;
    let (dynamodb, dynamodb_url) = listen(ports.dynamodb).await?;
    let (app, _store) = ferrokinesis::create_app(kinesis_options());
    let app = app
        .layer(axum::middleware::from_fn(closed::end))
        .layer(axum::middleware::from_fn(summaries::add));
    let database = Database::memory().map_err(|e| {
        Problem::machine(format!("cannot open an in-memory table: {e}"), "Try again.")
    })?;
    let kinesis = tokio::spawn(async move {
        axum::serve(kinesis, app).await.ok();
    });
    let dynamodb = tokio::spawn(dynoxide::server::serve_on(dynamodb, database));
    let endpoints = Endpoints {
        kinesis: kinesis_url,
        dynamodb: dynamodb_url,
    };
    Ok((endpoints, Servers(kinesis, dynamodb)))
}

/// A stream stays CREATING for a short time, so that code which does not wait for ACTIVE
/// fails. Shards cost nothing here, so the limit is high.
fn kinesis_options() -> StoreOptions {
    StoreOptions {
        create_stream_ms: 120,
        delete_stream_ms: 5,
        update_stream_ms: 5,
        shard_limit: 100_000,
        ..StoreOptions::default()
    }
}

async fn listen(port: u16) -> Result<(TcpListener, String)> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let bound = async {
        let listener = TcpListener::bind(address).await?;
        let url = format!("http://{}", listener.local_addr()?);
        Ok((listener, url))
    };
    bound.await.map_err(|e: std::io::Error| {
        let next = match port {
            0 => "Check that loopback networking works (`cargo grade doctor`).",
            _ => "Choose another port, or 0 for any free port.",
        };
        Problem::machine(format!("cannot listen on {address}: {e}"), next)
    })
}
