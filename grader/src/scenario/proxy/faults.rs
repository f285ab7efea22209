//! Injects the faults of AWS, call by call: the first calls pass, the next calls are hit, and the
//! rest pass again. So a fault is the same in every run.

use std::sync::RwLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::pages::Listed;
use crate::scenario::{Fault, Harm};

/// How long a call waits for other calls.
const COMPANY_WITHIN: Duration = Duration::from_secs(1);

/// The MillisBehindLatest of a pause.
const BEHIND: u64 = 60_000;

/// Injects faults into the calls of one scenario.
pub struct Injector {
    faults: RwLock<Vec<Counted>>,
}

/// A fault, and the number of calls so far of the operations that it names.
type Counted = (Fault, AtomicUsize);

impl Injector {
    pub fn new(faults: &[Fault]) -> Self {
        Self {
            faults: RwLock::new(from_zero(faults)),
        }
    }

    /// From now on, only these faults are injected.
    pub fn set(&self, faults: &[Fault]) {
        *self.faults.write().expect(UNPOISONED) = from_zero(faults);
    }

    /// The faults that have hit no call yet.
    pub fn idle(&self) -> Vec<Fault> {
        let idle = |(fault, calls): &&Counted| calls.load(Ordering::Relaxed) <= fault.after;
        let faults = self.faults.read().expect(UNPOISONED);
        let idle = faults.iter().filter(idle);
        idle.map(|(fault, _)| fault.clone()).collect()
    }

    /// Counts this call, and returns what happens to it.
    pub fn strike(&self, operation: &str) -> Strike {
        let faults = self.faults.read().expect(UNPOISONED);
        let named = faults
            .iter()
            .filter(|(fault, _)| fault.on.iter().any(|on| on == operation));
        let struck = named.filter_map(|(fault, calls)| {
            let before = calls.fetch_add(1, Ordering::Relaxed);
            let since = before.checked_sub(fault.after)?;
            let strikes = fault.times.is_none_or(|times| since < times);
            strikes.then(|| (fault.harm.clone(), since))
        });
        let struck: Vec<_> = struck.collect();
        Strike {
            operation: operation.to_owned(),
            nth: struck
                .iter()
                .map(|(_, since)| *since)
                .max()
                .unwrap_or_default(),
            harms: struck.into_iter().map(|(harm, _)| harm).collect(),
        }
    }
}

const UNPOISONED: &str = "no thread panics while it counts faults";

fn from_zero(faults: &[Fault]) -> Vec<Counted> {
    let faults = faults.iter().cloned();
    faults.map(|fault| (fault, AtomicUsize::new(0))).collect()
}

/// What happens to one call.
#[derive(Debug)]
pub struct Strike {
    operation: String,
    harms: Vec<Harm>,
    /// How many calls the same fault has struck before.
    nth: usize,
}

/// The parts of a call that do not reach the backend.
#[derive(Debug, Default, PartialEq)]
pub struct HeldBack {
    /// Of PutRecords: the places of the entries.
    entries: Vec<usize>,
    /// Of BatchWriteItem: the items, by table.
    items: Map<String, Value>,
    /// Of GetRecords: the iterator, which continues at the same place.
    iterator: Option<Value>,
}

impl Strike {
    /// Delays the call, if a fault says so. `most_at_once` returns the most calls of an operation
    /// that have waited at the same time so far.
    pub async fn hold(&self, most_at_once: impl Fn(&str) -> usize) {
        for harm in &self.harms {
            if let Harm::UntilTogether(calls) = harm {
                let company = async {
                    while most_at_once(&self.operation) < *calls {
                        tokio::time::sleep(Duration::from_millis(5)).await;
                    }
                };
                tokio::time::timeout(COMPANY_WITHIN, company).await.ok();
            }
        }
    }

    /// Whether the connection breaks off before the answer.
    pub fn gets_no_answer(&self) -> bool {
        self.harms.contains(&Harm::NoAnswer)
    }

    /// The error that replaces the answer, if a fault says so.
    pub fn refusal(&self) -> Option<(StatusCode, Value)> {
        self.harms.iter().find_map(|harm| match harm {
            Harm::Error(code) => {
                // Errors of the service have a different HTTP status (AWS, common errors).
                let status = if code.starts_with("Internal") {
                    StatusCode::INTERNAL_SERVER_ERROR
                } else {
                    StatusCode::BAD_REQUEST
                };
                let message = format!("{code}, injected by the grader");
                Some((status, json!({ "__type": code, "message": message })))
            }
            _ => None,
        })
    }

    /// Takes every second entry out of PutRecords or BatchWriteItem, if a fault says so. Notes the
    /// iterator of GetRecords.
    pub fn hold_back(&self, request: &mut Value) -> HeldBack {
        let mut held_back = HeldBack {
            iterator: request.get("ShardIterator").cloned(),
            ..HeldBack::default()
        };
        if !self.harms.contains(&Harm::PartialFailure) {
            return held_back;
        }
        if let Some(entries) = request.get_mut("Records").and_then(Value::as_array_mut) {
            let held = every_second(entries).into_iter();
            held_back.entries = held.map(|(at, _)| at).collect();
        }
        if let Some(tables) = request
            .get_mut("RequestItems")
            .and_then(Value::as_object_mut)
        {
            for (table, items) in tables {
                let items = items.as_array_mut().map(every_second).unwrap_or_default();
                let items: Vec<_> = items.into_iter().map(|(_, item)| item).collect();
                if !items.is_empty() {
                    held_back.items.insert(table.clone(), items.into());
                }
            }
        }
        held_back
    }

    /// Changes an answer.
    pub fn change(&self, answer: &mut Value, held_back: &HeldBack) {
        if !held_back.entries.is_empty() {
            fail_entries(answer, &held_back.entries, self.nth);
        }
        if !held_back.items.is_empty() {
            unprocessed(answer, &held_back.items);
        }
        for harm in &self.harms {
            match harm {
                Harm::Status(status) => still(answer, status),
                Harm::Duplicate => deliver_again(answer),
                Harm::Pause => pause(answer, held_back.iterator.as_ref()),
                Harm::OpenShardsOnly => drop_closed_shards(answer),
                Harm::PartialFailure | Harm::UntilTogether(_) | Harm::Error(_) | Harm::NoAnswer => {
                }
            }
        }
    }
}

/// Sets the status of a stream or a table.
fn still(answer: &mut Value, status: &str) {
    for description in ["StreamDescription", "StreamDescriptionSummary"] {
        if answer[description].is_object() {
            answer[description]["StreamStatus"] = json!(status);
        }
    }
    if answer["Table"].is_object() {
        answer["Table"]["TableStatus"] = json!(status);
    }
    let summaries = answer.get_mut("StreamSummaries");
    for summary in summaries
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        if summary.is_object() {
            summary["StreamStatus"] = json!(status);
        }
    }
}

/// Repeats the page's last record: delivery is at least once.
fn deliver_again(page: &mut Value) {
    if let Some(records) = page.get_mut("Records").and_then(Value::as_array_mut) {
        records.extend(records.last().cloned());
    }
}

/// Makes a page without records. The next page continues at the same place (Kinesis API,
/// GetRecords).
fn pause(page: &mut Value, at: Option<&Value>) {
    if let (Some(page), Some(at)) = (page.as_object_mut(), at) {
        page.insert("Records".into(), json!([]));
        page.insert("MillisBehindLatest".into(), json!(BEHIND));
        page.insert("NextShardIterator".into(), at.clone());
    }
}

/// Removes the closed shards from a list. Only their children still name them.
fn drop_closed_shards(answer: &mut Value) {
    for list in ["/Shards", "/StreamDescription/Shards"] {
        if let Some(shards) = answer.pointer_mut(list).and_then(Value::as_array_mut) {
            shards.retain(|shard| Listed::Open.has(shard));
        }
    }
}

/// Takes the second entry, the fourth and so on, with their places. A single entry stays: without
/// it there would be no partial failure, and the backend accepts no empty list.
fn every_second(entries: &mut Vec<Value>) -> Vec<(usize, Value)> {
    let all = std::mem::take(entries).into_iter().enumerate();
    let (kept, held): (Vec<_>, Vec<_>) = all.partition(|(at, _)| at % 2 == 0);
    entries.extend(kept.into_iter().map(|(_, entry)| entry));
    held
}

/// Adds the items that were not written to the answer (DynamoDB API, BatchWriteItem).
fn unprocessed(answer: &mut Value, items: &Map<String, Value>) {
    let Some(answer) = answer.as_object_mut() else {
        return;
    };
    let listed = answer
        .entry("UnprocessedItems")
        .or_insert_with(|| json!({}));
    for (table, held) in items {
        let mut all = listed[table].as_array().cloned().unwrap_or_default();
        all.extend(held.as_array().into_iter().flatten().cloned());
        if let Some(listed) = listed.as_object_mut() {
            listed.insert(table.clone(), all.into());
        }
    }
}

fn fail_entries(answer: &mut Value, held_back: &[usize], nth: usize) {
    let Some(entries) = answer.get_mut("Records").and_then(Value::as_array_mut) else {
        return;
    };
    // The two errors that an entry may have (Kinesis API, PutRecordsResultEntry), in turns
    // also for calls with one entry.
    let codes = ["InternalFailure", "ProvisionedThroughputExceededException"];
    for (at, code) in held_back.iter().zip(codes.iter().cycle().skip(nth % 2)) {
        let failed = json!({
            "ErrorCode": code,
            "ErrorMessage": "this entry was refused, injected by the grader",
        });
        entries.insert((*at).min(entries.len()), failed);
    }
    let by_backend = answer["FailedRecordCount"].as_u64().unwrap_or_default();
    answer["FailedRecordCount"] = json!(by_backend + held_back.len() as u64);
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::subsequence;

    use super::*;
    use crate::arbitrary;

    fn fault(harm: Harm) -> Fault {
        Fault {
            on: vec!["GetRecords".into()],
            after: 1,
            times: Some(2),
            harm,
        }
    }

    #[test]
    fn a_fault_strikes_the_calls_it_names_and_no_others() {
        let injector = Injector::new(&[fault(Harm::Error("ExpiredIteratorException".into()))]);
        let struck = || injector.strike("GetRecords").refusal().is_some();
        let first: Vec<_> = (0..4).map(|_| struck()).collect();
        assert_eq!(first, [false, true, true, false]);
        assert!(injector.strike("ListShards").refusal().is_none());
        injector.set(&[]);
        assert!(injector.strike("GetRecords").refusal().is_none());
    }

    #[test]
    fn a_partial_failure_keeps_every_other_entry_in_its_place() {
        let strike = Strike {
            operation: "PutRecords".into(),
            harms: vec![Harm::PartialFailure],
            nth: 0,
        };
        let mut request = json!({ "Records": [1, 2, 3, 4] });
        let held_back = strike.hold_back(&mut request);
        assert_eq!(request, json!({ "Records": [1, 3] }));
        let mut answer = json!({ "Records": ["one", "three"], "FailedRecordCount": 0 });
        strike.change(&mut answer, &held_back);
        assert_eq!(answer["FailedRecordCount"], 2);
        assert_eq!(answer["Records"][2], "three");
        let codes = [1, 3].map(|at| answer["Records"][at]["ErrorCode"].clone());
        assert_eq!(
            codes,
            ["InternalFailure", "ProvisionedThroughputExceededException"]
        );
    }

    #[test]
    fn a_closed_shard_can_be_hidden_from_a_list() {
        let range = |end| json!({ "SequenceNumberRange": { "EndingSequenceNumber": end } });
        let open = json!({ "SequenceNumberRange": {} });
        let mut answer = json!({ "Shards": [range("9"), open] });
        drop_closed_shards(&mut answer);
        assert_eq!(answer, json!({ "Shards": [open] }));
    }

    #[test]
    fn a_duplicate_is_the_same_record_again() {
        let mut page = json!({ "Records": [1, 2] });
        deliver_again(&mut page);
        assert_eq!(page, json!({ "Records": [1, 2, 2] }));
    }

    #[test]
    fn a_pause_has_no_records_and_goes_on_at_the_same_place() {
        let strike = Strike {
            operation: "GetRecords".into(),
            harms: vec![Harm::Pause],
            nth: 0,
        };
        let mut request = json!({ "ShardIterator": "here", "Limit": 2 });
        let held_back = strike.hold_back(&mut request);
        let mut page = json!({ "Records": [1, 2], "NextShardIterator": "there" });
        strike.change(&mut page, &held_back);
        assert_eq!(page["Records"], json!([]));
        assert_eq!(page["NextShardIterator"], "here");
        assert!(
            page["MillisBehindLatest"]
                .as_u64()
                .is_some_and(|behind| behind > 0)
        );
    }

    const OPERATIONS: [&str; 3] = ["GetRecords", "ListShards", "PutRecords"];

    /// Faults; the error of each contains its number.
    fn faults() -> impl Strategy<Value = Vec<Fault>> {
        let on = subsequence(OPERATIONS.to_vec(), 0..=3);
        let fault = (on, 0..6_usize, proptest::option::of(0..6_usize));
        vec(fault, 0..4).prop_map(|faults| {
            let numbered = faults.into_iter().enumerate();
            let fault = |(number, (on, after, times)): (usize, (Vec<&str>, usize, _))| Fault {
                on: on.into_iter().map(str::to_owned).collect(),
                after,
                times,
                harm: Harm::Error(format!("Fault{number}")),
            };
            numbered.map(fault).collect()
        })
    }

    fn harms() -> impl Strategy<Value = Vec<Harm>> {
        let harm = prop_oneof![
            Just(Harm::Error("Some".into())),
            Just(Harm::Status("CREATING".into())),
            Just(Harm::Duplicate),
            Just(Harm::Pause),
            Just(Harm::PartialFailure),
            Just(Harm::OpenShardsOnly),
            Just(Harm::UntilTogether(2)),
        ];
        vec(harm, 0..4)
    }

    fn strike(harms: Vec<Harm>) -> Strike {
        Strike {
            operation: "PutRecords".into(),
            harms,
            nth: 0,
        }
    }

    proptest! {
        #[test]
        fn of_the_calls_it_names_a_fault_strikes_so_many_after_so_many(
            faults in faults(),
            calls in vec(0..OPERATIONS.len(), 0..30),
        ) {
            let calls: Vec<_> = calls.iter().map(|at| OPERATIONS[*at]).collect();
            let injector = Injector::new(&faults);
            for (number, operation) in calls.iter().enumerate() {
                let names = |fault: &&Fault| fault.on.iter().any(|on| on == operation);
                let strikes = |fault: &&Fault| {
                    let named = |call: &&&str| fault.on.iter().any(|on| on == **call);
                    let place = calls[..number].iter().filter(named).count();
                    let end = fault.times.map_or(usize::MAX, |times| fault.after + times);
                    (fault.after..end).contains(&place)
                };
                let struck = faults.iter().filter(names).filter(strikes);
                let expected: Vec<_> = struck.map(|fault| fault.harm.clone()).collect();
                prop_assert_eq!(injector.strike(operation).harms, expected);
            }
        }

        #[test]
        fn every_second_entry_fails_and_the_others_keep_their_answers(
            entries in vec(arbitrary::json(), 0..12),
            refused in vec(any::<bool>(), 12),
            times in 1..3_usize,
        ) {
            let strike = strike(vec![Harm::PartialFailure; times]);
            let mut request = json!({ "Records": entries });
            let held_back = strike.hold_back(&mut request);
            let kept: Vec<_> = entries.iter().step_by(2).cloned().collect();
            prop_assert_eq!(&request["Records"], &json!(kept));
            // The backend may refuse some of the others.
            let by_backend = |(at, refused): (usize, &bool)| match refused {
                true => json!({ "ErrorCode": "InternalFailure" }),
                false => json!({ "SequenceNumber": at }),
            };
            let answers: Vec<_> = refused.iter().enumerate().map(by_backend).take(kept.len()).collect();
            let failed = answers.iter().filter(|a| a["ErrorCode"].is_string()).count();
            let mut answer = json!({ "Records": answers, "FailedRecordCount": failed });
            strike.change(&mut answer, &held_back);
            let all = answer["Records"].as_array().unwrap();
            prop_assert_eq!(all.len(), entries.len());
            let unharmed: Vec<_> = all.iter().step_by(2).cloned().collect();
            prop_assert_eq!(unharmed, answers);
            prop_assert!(all.iter().skip(1).step_by(2).all(|entry| entry["ErrorCode"].is_string()));
            let failed = all.iter().filter(|entry| entry["ErrorCode"].is_string()).count();
            prop_assert_eq!(&answer["FailedRecordCount"], &json!(failed));
        }

        #[test]
        fn half_a_batch_of_items_is_written_and_the_others_are_told_of(
            items in vec(arbitrary::json(), 1..6),
        ) {
            let strike = strike(vec![Harm::PartialFailure]);
            let mut request = json!({ "RequestItems": { "t": items } });
            let held_back = strike.hold_back(&mut request);
            let kept: Vec<_> = items.iter().step_by(2).collect();
            prop_assert_eq!(&request["RequestItems"]["t"], &json!(kept));
            let mut answer = json!({ "UnprocessedItems": {} });
            strike.change(&mut answer, &held_back);
            let told: Vec<_> = items.iter().skip(1).step_by(2).collect();
            let told = match told.is_empty() {
                true => json!({}),
                false => json!({ "t": told }),
            };
            prop_assert_eq!(&answer["UnprocessedItems"], &told);
        }

        #[test]
        fn a_duplicate_adds_the_last_record_and_nothing_else(
            records in vec(arbitrary::json(), 0..6),
            next in arbitrary::json(),
        ) {
            let mut page = json!({ "Records": records, "NextShardIterator": next });
            strike(vec![Harm::Duplicate]).change(&mut page, &HeldBack::default());
            let again: Vec<_> = records.iter().chain(records.last()).collect();
            prop_assert_eq!(page, json!({ "Records": again, "NextShardIterator": next }));
        }

        #[test]
        fn of_a_list_of_shards_the_open_ones_are_left_in_their_order(
            shards in vec((arbitrary::json(), proptest::option::of("[0-9]{1,5}")), 0..8),
            is_described: bool,
        ) {
            let shard = |(id, end): &(Value, Option<String>)| json!({
                "ShardId": id,
                "SequenceNumberRange": { "EndingSequenceNumber": end },
            });
            let list = |shards: Vec<Value>| match is_described {
                true => json!({ "StreamDescription": { "Shards": shards, "HasMoreShards": false } }),
                false => json!({ "Shards": shards, "NextToken": "t" }),
            };
            let mut answer = list(shards.iter().map(shard).collect());
            strike(vec![Harm::OpenShardsOnly]).change(&mut answer, &HeldBack::default());
            let open = shards.iter().filter(|(_, end)| end.is_none());
            prop_assert_eq!(answer, list(open.map(shard).collect()));
        }

        #[test]
        fn a_status_is_all_that_changes_in_a_description(
            mut answer in arbitrary::with_field("StreamDescription", Just(json!({ "StreamStatus": "ACTIVE" }))),
        ) {
            let before = answer.clone();
            strike(vec![Harm::Status("CREATING".into())]).change(&mut answer, &HeldBack::default());
            for (description, status) in [
                ("StreamDescription", "StreamStatus"),
                ("StreamDescriptionSummary", "StreamStatus"),
                ("Table", "TableStatus"),
            ] {
                if !before[description].is_object() {
                    continue;
                }
                prop_assert_eq!(&answer[description][status], "CREATING");
                match before[description].get(status) {
                    Some(told) => answer[description][status] = told.clone(),
                    None => drop(answer[description].as_object_mut().unwrap().remove(status)),
                }
            }
            prop_assert_eq!(answer, before);
        }

        #[test]
        fn no_body_is_too_strange_to_be_struck(
            harms in harms(),
            mut request in arbitrary::with_field("Records", arbitrary::list()),
            mut answer in arbitrary::with_field("Records", arbitrary::list()),
        ) {
            let (asked, answered) = (request.clone(), answer.clone());
            let is_harmless = harms.iter().all(|harm| {
                matches!(harm, Harm::Error(_) | Harm::UntilTogether(_))
            });
            let strike = strike(harms);
            let held_back = strike.hold_back(&mut request);
            strike.change(&mut answer, &held_back);
            if is_harmless {
                prop_assert_eq!((request, answer), (asked, answered));
            }
        }

        #[test]
        fn the_first_error_is_the_refusal(harms in harms()) {
            let has_error = harms.iter().any(|harm| matches!(harm, Harm::Error(_)));
            let refusal = strike(harms).refusal();
            prop_assert_eq!(refusal.is_some(), has_error);
            if let Some((status, refusal)) = refusal {
                prop_assert_eq!((status, &refusal["__type"]), (StatusCode::BAD_REQUEST, &json!("Some")));
            }
        }
    }
}
