//! A server that already runs, to grade on and to kill.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::Uri;
use axum::response::Response;
use contract::aws::Clients;
use grader::backend::{self, Backend};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

/// The embedded backend as a server that already runs, with one URL for both services.
pub struct Server {
    /// When this is set, every connection breaks.
    killed: AtomicBool,
    backend: Backend,
    client: Client<HttpConnector, Body>,
}

async fn forward(State(server): State<Arc<Server>>, mut request: Request) -> Response {
    assert!(!server.killed.load(Ordering::Relaxed), "it was killed");
    let target = request.headers().get("x-amz-target");
    let of_dynamodb = target.is_some_and(|target| target.as_bytes().starts_with(b"DynamoDB"));
    let endpoints = &server.backend.endpoints;
    let url = match of_dynamodb {
        true => &endpoints.dynamodb,
        false => &endpoints.kinesis,
    };
    *request.uri_mut() = Uri::try_from(url).unwrap();
    let answer = server.client.request(request).await.unwrap();
    answer.map(Body::new)
}

impl Server {
    /// The server and the URL to grade on.
    pub async fn start() -> (Arc<Self>, String) {
        let backend = backend::start_embedded(backend::Ports::default())
            .await
            .unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let client = Client::builder(TokioExecutor::new()).build_http();
        let server = Arc::new(Self {
            killed: AtomicBool::new(false),
            backend,
            client,
        });
        let app = Router::new().fallback(forward).with_state(server.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        (server, url)
    }

    /// Clients that show the streams and tables of the server.
    pub fn clients(&self) -> Clients {
        self.backend.endpoints.clients()
    }

    /// Ends the server in the middle of its work.
    pub fn kill(&self) {
        self.killed.store(true, Ordering::Relaxed);
    }
}
