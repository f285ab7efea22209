//! What is made on a backend, to be deleted when it is no longer needed.

use std::collections::BTreeSet;
use std::sync::Arc;

use contract::aws::Clients;
use futures::future::join_all;
use parking_lot::{Mutex, MutexGuard};

use super::Pause;

/// All that is made on one backend: what nobody has deleted, because a grading was
/// interrupted, is deleted in the end.
pub struct Register {
    clients: Clients,
    parts: Mutex<Vec<Arc<Mutex<Names>>>>,
}

impl Register {
    pub fn new(clients: &Clients) -> Self {
        Self {
            clients: clients.clone(),
            parts: Mutex::default(),
        }
    }

    /// A part of it, for who makes something and deletes it.
    pub fn part(&self) -> Made {
        let names = Arc::<Mutex<Names>>::default();
        let mut parts = self.parts.lock();
        parts.retain(|part| Arc::strong_count(part) > 1 || !part.lock().is_empty());
        parts.push(names.clone());
        Made {
            clients: self.clients.clone(),
            names,
        }
    }

    /// Deletes what is left of all parts.
    pub async fn delete(&self) {
        let parts = std::mem::take(&mut *self.parts.lock());
        let rest = parts.into_iter().map(|names| Made {
            clients: self.clients.clone(),
            names,
        });
        join_all(rest.map(|made| async move { made.delete().await })).await;
    }
}

/// A backend, with the names of what was made there.
pub struct Made {
    pub clients: Clients,
    names: Arc<Mutex<Names>>,
}

#[derive(Clone, Default)]
struct Names {
    streams: BTreeSet<String>,
    tables: BTreeSet<String>,
}

impl Names {
    fn is_empty(&self) -> bool {
        self.streams.is_empty() && self.tables.is_empty()
    }
}

impl Made {
    pub fn new(clients: &Clients) -> Self {
        Self {
            clients: clients.clone(),
            names: Arc::default(),
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
        self.names.lock()
    }

    /// Deletes all of it; what is gone already does not matter. The names are kept until
    /// then: whoever waits for this may be interrupted.
    pub async fn delete(&self) {
        let Names { streams, tables } = self.names().clone();
        let each_stream = streams.iter();
        let each_stream = each_stream.map(|name| delete_stream(&self.clients, name));
        let each_table = tables.iter();
        let each_table = each_table.map(|name| delete_table(&self.clients, name));
        tokio::join!(join_all(each_stream), join_all(each_table));
        let mut names = self.names();
        names.streams.retain(|name| !streams.contains(name));
        names.tables.retain(|name| !tables.contains(name));
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
