//! The journal of a scenario's AWS calls, and its evaluation.

mod timeline;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use parking_lot::Mutex;
use serde_json::Value;
use tokio::sync::Notify;

use crate::child::Polling;

pub use timeline::AwsCall;

/// One AWS call, with the request and the answer as the submission sees them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Asked {
    /// When it was answered, counted from the start of the scenario.
    pub at: Duration,
    /// The operation, such as `GetRecords`.
    pub operation: String,
    pub request: Value,
    pub succeeded: bool,
    /// Null if the call got no answer.
    pub answer: Value,
}

/// All calls of a scenario, in the order of their answers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Journal {
    pub calls: Vec<Asked>,
    /// For each operation, the most calls that waited for an answer at the same time.
    pub most_at_once: BTreeMap<String, usize>,
}

/// After this many polls in a row after the end of a shard, the grader assumes that the code polls
/// forever.
pub const POLLS_WITHOUT_END: usize = 100;

/// Operations that look up items, by key or by a condition.
const LOOKUPS: [&str; 6] = [
    "GetItem",
    "BatchGetItem",
    "Query",
    "Scan",
    "TransactGetItems",
    "ExecuteStatement",
];

impl Journal {
    /// The number of calls of each operation, in the order of their first call.
    pub fn counts(&self) -> Vec<(String, usize)> {
        let mut counts: Vec<(String, usize)> = Vec::new();
        for call in &self.calls {
            match counts.iter_mut().find(|(name, _)| *name == call.operation) {
                Some((_, count)) => *count += 1,
                None => counts.push((call.operation.clone(), 1)),
            }
        }
        counts
    }

    /// Whether an operation was called.
    pub fn asked(&self, operation: &str) -> bool {
        self.calls.iter().any(|call| call.operation == operation)
    }

    /// The number of lookups of each user, one by one or in batches.
    pub fn lookups(&self) -> BTreeMap<String, usize> {
        let mut lookups = BTreeMap::new();
        for call in &self.calls {
            // The next page belongs to the same lookup.
            let continues = !call.request["ExclusiveStartKey"].is_null();
            if LOOKUPS.contains(&call.operation.as_str()) && !continues {
                users(&call.request, &mut |user| {
                    *lookups.entry(user.to_owned()).or_default() += 1;
                });
            }
        }
        lookups
    }

    /// The number of GetRecords calls after the end of a shard. The end is the first page without
    /// records and with nothing behind it.
    pub fn polls_after_the_end(&self) -> usize {
        let mut drained: Vec<&str> = Vec::new();
        let mut polls = 0;
        for (shard, page) in self.pages() {
            polls += usize::from(drained.contains(&shard));
            if is_end(page) {
                drained.push(shard);
            }
        }
        polls
    }

    /// The shards that were read before one of their parents was read to its end. The end is a page
    /// without NextShardIterator. `parents` are pairs of a shard and a parent.
    pub fn read_before_parents(&self, parents: &[(String, String)]) -> BTreeSet<&str> {
        let mut finished: Vec<&str> = Vec::new();
        let mut early = BTreeSet::new();
        for (shard, page) in self.pages() {
            let mut waits_for = parents.iter().filter(|(child, _)| child == shard);
            if waits_for.any(|(_, parent)| !finished.contains(&parent.as_str())) {
                early.insert(shard);
            }
            if page["NextShardIterator"].is_null() && !page["Records"].is_null() {
                finished.push(shard);
            }
        }
        early
    }

    /// The shards and sequence numbers of the records with this data that were read. If no
    /// record has this data, those of all records that were read.
    pub fn places(&self, data: &[u8]) -> Vec<(&str, &str)> {
        let data = BASE64_STANDARD.encode(data);
        let places = self.places_where(|record| record["Data"] == data.as_str());
        match places.is_empty() {
            true => self.places_where(|_| true),
            false => places,
        }
    }

    fn places_where(&self, is_wanted: impl Fn(&&Value) -> bool) -> Vec<(&str, &str)> {
        let mut places = Vec::new();
        for (shard, page) in self.pages() {
            let records = page["Records"].as_array().into_iter().flatten();
            let read = records.filter(&is_wanted);
            let numbers = read.filter_map(|record| record["SequenceNumber"].as_str());
            places.extend(numbers.map(|number| (shard, number)));
        }
        places
    }

    /// The answers to GetRecords, each with its shard.
    fn pages(&self) -> Vec<(&str, &Value)> {
        let calls = self.with_shards().into_iter();
        let pages = calls.filter(|(_, call)| call.operation == "GetRecords");
        pages
            .filter_map(|(shard, call)| Some((shard?, &call.answer)))
            .collect()
    }

    /// All calls, each with the shard that it reads, if it reads one.
    fn with_shards(&self) -> Vec<(Option<&str>, &Asked)> {
        let mut shards: HashMap<&str, &str> = HashMap::new();
        let mut calls = Vec::new();
        for call in &self.calls {
            let (shard, next) = match call.operation.as_str() {
                "GetShardIterator" => (call.request["ShardId"].as_str(), "ShardIterator"),
                "GetRecords" => {
                    let iterator = call.request["ShardIterator"].as_str();
                    let shard = iterator.and_then(|at| shards.get(at).copied());
                    (shard, "NextShardIterator")
                }
                _ => (None, ""),
            };
            shards.extend(call.answer[next].as_str().zip(shard));
            calls.push((shard, call));
        }
        calls
    }

    /// The ids of events that were put again although they were done. An event is done if AWS took
    /// it and refused nothing before it in the same request.
    pub fn put_again(&self) -> BTreeSet<String> {
        let (mut done, mut again) = (BTreeSet::new(), BTreeSet::new());
        for call in self.calls.iter().filter(|call| call.succeeded) {
            let entries = match call.operation.as_str() {
                "PutRecord" => std::slice::from_ref(&call.request),
                "PutRecords" => array(&call.request["Records"]),
                _ => continue,
            };
            let ids: Vec<_> = entries.iter().map(id).collect();
            again.extend(
                ids.iter()
                    .flatten()
                    .filter(|id| done.contains(*id))
                    .cloned(),
            );
            let is_refused = |at: &usize| call.answer["Records"][at]["ErrorCode"].is_string();
            let taken = (0..ids.len()).take_while(|at| !is_refused(at)).count();
            done.extend(ids.into_iter().take(taken).flatten());
        }
        again
    }

    /// The last status of a stream or a table in an answer to the submission.
    pub fn last_status(&self) -> Option<&str> {
        self.calls.iter().rev().find_map(|call| {
            let told = &call.answer;
            let stream = ["StreamDescriptionSummary", "StreamDescription"]
                .into_iter()
                .find_map(|field| told[field]["StreamStatus"].as_str());
            stream.or_else(|| told["Table"]["TableStatus"].as_str())
        })
    }
}

/// The id of the event in an entry of a put.
fn id(entry: &Value) -> Option<String> {
    let bytes = BASE64_STANDARD.decode(entry["Data"].as_str()?).ok()?;
    let event: Value = serde_json::from_slice(&bytes).ok()?;
    event["id"].as_str().map(str::to_owned)
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The values of `userId` anywhere in a request, and the values for a condition or a statement.
fn users(request: &Value, found: &mut impl FnMut(&str)) {
    match request {
        Value::Object(fields) => {
            for (name, value) in fields {
                if let (Value::Array(given), "Parameters") = (value, name.as_str()) {
                    given
                        .iter()
                        .filter_map(|v| v["S"].as_str())
                        .for_each(&mut *found);
                    continue;
                }
                match value["S"].as_str() {
                    Some(user) if name == "userId" || name.starts_with(':') => found(user),
                    _ => users(value, found),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| users(value, found)),
        _ => {}
    }
}

fn is_end(page: &Value) -> bool {
    let empty = page["Records"].as_array().is_some_and(Vec::is_empty);
    empty && page["MillisBehindLatest"].as_u64().unwrap_or_default() == 0
}

/// Keeps a journal while a scenario runs.
pub struct Recorder {
    started: Instant,
    journal: Mutex<Journal>,
    waiting: Mutex<BTreeMap<String, usize>>,
    /// The number of pages in a row without records and with nothing behind them, by the iterator
    /// of the next page.
    polls: Mutex<HashMap<String, usize>>,
    polled_on: Notify,
}

impl Default for Recorder {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            journal: Mutex::default(),
            waiting: Mutex::default(),
            polls: Mutex::default(),
            polled_on: Notify::default(),
        }
    }
}

/// The fewest recent calls of an operation that count as polling.
const POLLS: usize = 2;

/// How many characters of the name of an operation are kept. The submission chooses the name.
const LONGEST_NAME: usize = 40;

impl Recorder {
    pub fn read(&self) -> Journal {
        self.journal.lock().clone()
    }

    /// Notes a call that was answered now.
    pub fn note(&self, call: Asked) {
        if call.operation == "GetRecords" {
            self.count_polls(&call);
        }
        let mut journal = self.journal.lock();
        let at = self.started.elapsed();
        journal.calls.push(Asked { at, ..call });
    }

    /// The operation with the most answers `within` this last time, if it has at least [`POLLS`].
    pub fn polling(&self, within: Duration) -> Option<Polling> {
        let journal = self.journal.lock();
        // Read while no call is noted, so that no call is later.
        let now = self.started.elapsed();
        let backwards = journal.calls.iter().rev();
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for call in backwards.take_while(|call| now - call.at < within) {
            *counts.entry(&call.operation).or_default() += 1;
        }
        let (operation, times) = counts
            .into_iter()
            .max_by_key(|(name, times)| (*times, *name))?;
        (times >= POLLS).then(|| Polling {
            operation: operation.chars().take(LONGEST_NAME).collect(),
            times,
            seconds: within.as_secs(),
        })
    }

    fn count_polls(&self, page: &Asked) {
        let mut polls = self.polls.lock();
        let at = page.request["ShardIterator"].as_str().unwrap_or_default();
        let before = polls.remove(at).unwrap_or_default();
        let next = page.answer["NextShardIterator"].as_str();
        if let Some(next) = next.filter(|_| is_end(&page.answer)) {
            polls.insert(next.to_owned(), before + 1);
            if before + 1 == POLLS_WITHOUT_END {
                self.polled_on.notify_one();
            }
        }
    }

    /// Waits until a shard has been polled [`POLLS_WITHOUT_END`] times in a row after its end.
    pub async fn polled_on(&self) {
        self.polled_on.notified().await;
    }

    /// Counts a call as waiting until the returned value is dropped.
    pub fn begin<'a>(&'a self, operation: &str) -> InFlight<'a> {
        let mut waiting = self.waiting.lock();
        let now = waiting.entry(operation.to_owned()).or_default();
        *now += 1;
        let mut journal = self.journal.lock();
        let most = journal
            .most_at_once
            .entry(operation.to_owned())
            .or_default();
        *most = (*most).max(*now);
        InFlight {
            recorder: self,
            operation: operation.to_owned(),
        }
    }

    /// The most calls of an operation that have waited at the same time so far.
    pub fn most_at_once(&self, operation: &str) -> usize {
        let journal = self.journal.lock();
        journal
            .most_at_once
            .get(operation)
            .copied()
            .unwrap_or_default()
    }
}

pub struct InFlight<'a> {
    recorder: &'a Recorder,
    operation: String,
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        if let Some(now) = self.recorder.waiting.lock().get_mut(&self.operation) {
            *now -= 1;
        }
    }
}

#[cfg(test)]
mod tests;
