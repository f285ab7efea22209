//! The streams and tables that were made on a backend, and their deletion.

use std::collections::BTreeSet;
use std::sync::Arc;

use contract::aws::Clients;
use futures::future::join_all;
use futures::{StreamExt, stream};
use parking_lot::{Mutex, MutexGuard};

use super::Pause;

/// How many streams and how many tables are deleted at the same time: a call of the SDK takes
/// some 40 KB of memory, and a submission may have made 500 of them.
const AT_ONCE: usize = 32;

/// Everything that was made on one backend. If a grading was interrupted, its streams and
/// tables are still in the register, and are deleted at the end.
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

    /// A new part, for code that makes streams and tables and deletes them itself.
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

    /// Deletes what is left in all parts.
    pub async fn delete(&self) {
        let parts = std::mem::take(&mut *self.parts.lock());
        let rest = parts.into_iter().map(|names| Made {
            clients: self.clients.clone(),
            names,
        });
        join_all(rest.map(|made| async move { made.delete().await })).await;
    }
}

/// A backend, with the names of the streams and tables that were made there.
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

    /// Notes that a stream of this name exists or may exist.
    pub fn note_stream(&self, name: &str) {
        self.names().streams.insert(name.to_owned());
    }

    /// Notes that a table of this name exists or may exist.
    pub fn note_table(&self, name: &str) {
        self.names().tables.insert(name.to_owned());
    }

    fn names(&self) -> MutexGuard<'_, Names> {
        self.names.lock()
    }

    /// Deletes all of it, and ignores what no longer exists. The names are kept until the end,
    /// because the caller may be interrupted while it waits.
    pub async fn delete(&self) {
        let Names { streams, tables } = self.names().clone();
        let each_stream = stream::iter(&streams);
        let each_stream = each_stream.map(|name| delete_stream(&self.clients, name));
        let each_table = stream::iter(&tables);
        let each_table = each_table.map(|name| delete_table(&self.clients, name));
        tokio::join!(
            each_stream.buffer_unordered(AT_ONCE).collect::<()>(),
            each_table.buffer_unordered(AT_ONCE).collect::<()>(),
        );
        let mut names = self.names();
        names.streams.retain(|name| !streams.contains(name));
        names.tables.retain(|name| !tables.contains(name));
    }
}

/// Deletes a stream. AWS does not delete a stream that is still being created, so this waits.
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

/// Deletes a table, in the same way.
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
