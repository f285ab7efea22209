//! Tests of the complete proxy, in front of a backend that records what it receives.

use std::sync::Mutex;

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::arbitrary;
use crate::scenario::Harm;

/// A backend that records each request, and returns the same answer to each.
#[derive(Clone, Default)]
struct Backend {
    received: Arc<Mutex<Vec<Bytes>>>,
    answer: Vec<u8>,
}

async fn answer(State(backend): State<Backend>, request: Request) -> Vec<u8> {
    let body = request.into_body().collect().await.unwrap().to_bytes();
    backend.received.lock().unwrap().push(body);
    backend.answer
}

/// A proxy in front of a backend, and a client of the proxy.
struct Tried {
    proxy: Proxy,
    backend: Backend,
    client: Client<HttpConnector, Body>,
}

impl Tried {
    async fn start(faults: &[Fault], answer_with: &[u8]) -> Self {
        let backend = Backend {
            answer: answer_with.to_vec(),
            ..Backend::default()
        };
        let app = Router::new().fallback(answer).with_state(backend.clone());
        let endpoints = Endpoints::of(app).await;
        let made = Made::new(&endpoints.clients());
        let upstream = Upstream::new(&endpoints, &Arc::new(made));
        Self {
            proxy: Proxy::start(&upstream, None, faults, &[]).await.unwrap(),
            backend,
            client: upstream.client,
        }
    }

    async fn call(&self, operation: &str, body: &[u8]) -> (StatusCode, Bytes) {
        let request = Request::post(&self.proxy.url)
            .header("x-amz-target", format!("Kinesis_20131202.{operation}"))
            .body(Body::from(body.to_vec()))
            .unwrap();
        let answer = self.client.request(request).await.unwrap();
        let status = answer.status();
        let body = answer.into_body().collect().await.unwrap();
        (status, body.to_bytes())
    }

    fn received(&self) -> Vec<Bytes> {
        self.backend.received.lock().unwrap().clone()
    }
}

fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(test)
}

/// JSON, compact or pretty, and bytes that are not JSON.
fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        arbitrary::json().prop_map(|json| serde_json::to_vec(&json).unwrap()),
        arbitrary::json().prop_map(|json| serde_json::to_vec_pretty(&json).unwrap()),
        vec(any::<u8>(), 0..20),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_call_that_nothing_strikes_passes_byte_for_byte(request in body(), answer in body()) {
        let (received, told, noted) = run(async {
            let tried = Tried::start(&[], &answer).await;
            let told = tried.call("PutRecord", &request).await;
            (tried.received(), told, tried.proxy.journal().calls.len())
        });
        // A body that is not JSON is not an AWS call.
        let is_call = serde_json::from_slice::<Value>(&request).is_ok();
        prop_assert_eq!(noted, usize::from(is_call));
        prop_assert_eq!(received, [Bytes::from(request)]);
        prop_assert_eq!(told, (StatusCode::OK, Bytes::from(answer)));
    }

    #[test]
    fn the_journal_has_each_call_once_and_what_was_struck_reaches_no_backend(
        calls in vec(("GetItem|PutItem|Query", arbitrary::json()), 0..12),
        after in 0..6_usize,
        times in 0..6_usize,
        answer in arbitrary::json(),
    ) {
        let fault = Fault {
            on: vec!["GetItem".into(), "Query".into()],
            after,
            times: Some(times),
            harm: Harm::Error("InternalServerError".into()),
        };
        let (received, told, journal) = run(async {
            let tried = Tried::start(&[fault], answer.to_string().as_bytes()).await;
            let mut told = Vec::new();
            for (operation, request) in &calls {
                told.push(tried.call(operation, request.to_string().as_bytes()).await);
            }
            (tried.received(), told, tried.proxy.journal())
        });
        let mut named = 0;
        let mut passed = Vec::new();
        for (((operation, request), (status, body)), noted) in calls.iter().zip(&told).zip(&journal.calls) {
            let place = named;
            named += usize::from(operation != "PutItem");
            let is_struck = operation != "PutItem" && (after..after + times).contains(&place);
            prop_assert_eq!(*status == StatusCode::INTERNAL_SERVER_ERROR, is_struck);
            prop_assert_eq!((&noted.operation, noted.succeeded), (operation, !is_struck));
            prop_assert_eq!(&noted.request, &read(request));
            prop_assert_eq!(&noted.answer, &serde_json::from_slice::<Value>(body).unwrap());
            if !is_struck {
                passed.push(Bytes::from(request.to_string()));
            }
        }
        prop_assert_eq!(received, passed);
        prop_assert_eq!(journal.calls.len(), calls.len());
        let counted: usize = journal.counts().iter().map(|(_, count)| count).sum();
        prop_assert_eq!(counted, calls.len());
    }
}

/// A value after it is written and read again: the last digits of a long number may be lost.
fn read(value: &Value) -> Value {
    serde_json::from_str(&value.to_string()).unwrap()
}

#[test]
fn half_a_page_of_records_goes_through_with_its_order_and_its_answer() {
    let fault = Fault {
        on: vec!["PutRecords".into()],
        after: 0,
        times: None,
        harm: Harm::PartialFailure,
    };
    let (received, (_, told)) = run(async {
        let answer = br#"{"Records":[{"n":1},{"n":3}],"FailedRecordCount":0}"#;
        let tried = Tried::start(&[fault], answer).await;
        let told = tried.call("PutRecords", br#"{"Records":[1,2,3]}"#).await;
        (tried.received(), told)
    });
    assert_eq!(received, [&br#"{"Records":[1,3]}"#[..]]);
    let told: Value = serde_json::from_slice(&told).unwrap();
    assert_eq!(told["Records"][2], json!({ "n": 3 }));
    assert_eq!(told["FailedRecordCount"], 1);
}
