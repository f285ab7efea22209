//! Tests of the seeding, on a backend that accepts and returns only a part at a time.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use serde_json::{Value, json};

use super::*;
use crate::backend::Endpoints;

/// Gives these answers one after another, and keeps the requests.
struct Backend {
    answers: Mutex<Vec<Value>>,
    asked: Mutex<Vec<Value>>,
}

async fn answer(State(backend): State<Arc<Backend>>, body: Bytes) -> String {
    backend
        .asked
        .lock()
        .unwrap()
        .push(serde_json::from_slice(&body).unwrap());
    backend.answers.lock().unwrap().remove(0).to_string()
}

impl Backend {
    async fn start(answers: &[Value]) -> (Arc<Self>, Clients) {
        let backend = Arc::new(Self {
            answers: Mutex::new(answers.to_vec()),
            asked: Mutex::default(),
        });
        let app = Router::new().fallback(answer).with_state(backend.clone());
        let endpoints = Endpoints::of(app).await;
        (backend, endpoints.clients())
    }
}

fn user(id: &str) -> User {
    User {
        user_id: id.into(),
        name: String::new(),
        tier: String::new(),
        country: String::new(),
    }
}

#[tokio::test]
async fn items_that_a_table_did_not_take_are_put_again() {
    let put = json!({ "PutRequest": { "Item": { "userId": { "S": "bob" } } } });
    let left = json!({ "UnprocessedItems": { "users": [put] } });
    let (backend, clients) = Backend::start(&[left, json!({ "UnprocessedItems": {} })]).await;
    let puts = ["alice", "bob"].map(|id| put_request(&user(id)));
    put_items(&clients, "users", puts.to_vec()).await.unwrap();
    let asked = backend.asked.lock().unwrap();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[1]["RequestItems"]["users"], json!([put]));
}

#[tokio::test]
async fn every_page_of_a_table_is_shown() {
    let item = |id: &str| json!({ "userId": { "S": id } });
    let first = json!({ "Items": [item("alice")], "LastEvaluatedKey": item("alice") });
    let (backend, clients) = Backend::start(&[first, json!({ "Items": [item("bob")] })]).await;
    assert_eq!(items(&clients, "users").await.unwrap().len(), 2);
    let asked = backend.asked.lock().unwrap();
    assert_eq!(asked[1]["ExclusiveStartKey"], item("alice"));
}

#[tokio::test]
async fn every_page_of_the_shards_is_listed() {
    let page = |id: &str, token: Option<&str>| {
        json!({ "NextToken": token, "Shards": [{
            "ShardId": id,
            "HashKeyRange": { "StartingHashKey": "0", "EndingHashKey": "1" },
            "SequenceNumberRange": { "StartingSequenceNumber": "1" },
        }] })
    };
    let pages = [page("first", Some("more")), page("second", None)];
    let (backend, clients) = Backend::start(&pages).await;
    assert_eq!(
        shard_ids(&clients, "some").await.unwrap(),
        ["first", "second"]
    );
    let asked = backend.asked.lock().unwrap();
    assert_eq!(asked[1], json!({ "NextToken": "more" }));
}
