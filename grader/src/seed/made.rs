//! What a scenario makes on a backend, to be deleted at its end.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use contract::aws::Clients;
use futures::future::join_all;

use super::Pause;

/// A backend, with the names of what was made there.
pub struct Made {
    pub clients: Clients,
    names: Mutex<Names>,
}

#[derive(Default)]
struct Names {
    streams: BTreeSet<String>,
    tables: BTreeSet<String>,
}

impl Made {
    pub fn new(clients: &Clients) -> Self {
        Self {
            clients: clients.clone(),
            names: Mutex::default(),
        }
    }

    /// There is, or may be, a stream of this name.
    pub fn note_stream(&self, name: &str) {
        self.names().streams.insert(name.to_owned());
    }

    /// There is, or may be, a table of this name.
    pub fn note_table(&self, name: &str) {
        self.names().tables.insert(name.to_owned());
    }

    fn names(&self) -> MutexGuard<'_, Names> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Deletes all of it; what is gone already does not matter.
    pub async fn delete(&self) {
        let Names { streams, tables } = std::mem::take(&mut *self.names());
        let streams = streams
            .iter()
            .map(|name| delete_stream(&self.clients, name));
        let tables = tables.iter().map(|name| delete_table(&self.clients, name));
        tokio::join!(join_all(streams), join_all(tables));
    }
}

/// A stream that is still being made is waited for: AWS deletes it only then.
async fn delete_stream(clients: &Clients, name: &str) {
    let delete = clients.kinesis.delete_stream().stream_name(name);
    let delete = delete.enforce_consumer_deletion(true);
    let mut pause = Pause::new();
    while let Err(e) = delete.clone().send().await {
        let is_busy = e
            .as_service_error()
            .is_some_and(|e| e.is_resource_in_use_exception() || e.is_limit_exceeded_exception());
        if !is_busy || pause.wait("a stream cannot be deleted").await.is_err() {
            return;
        }
    }
}

/// The same of a table.
async fn delete_table(clients: &Clients, name: &str) {
    let delete = clients.dynamodb.delete_table().table_name(name);
    let mut pause = Pause::new();
    while let Err(e) = delete.clone().send().await {
        let is_busy = e
            .as_service_error()
            .is_some_and(|e| e.is_resource_in_use_exception() || e.is_limit_exceeded_exception());
        if !is_busy || pause.wait("a table cannot be deleted").await.is_err() {
            return;
        }
    }
}
