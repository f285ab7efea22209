//! Faults as AWS has them, injected call by call: the first calls pass, the next
//! ones are struck, and the rest pass again. So a fault is the same in every run.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::step::{Fault, Harm};

/// How long a call is held back until others join it.
const COMPANY_WITHIN: Duration = Duration::from_secs(1);

/// Strikes the calls of one scenario.
pub struct Striker {
    faults: Vec<(Fault, AtomicUsize)>,
}

impl Striker {
    pub fn new(faults: &[Fault]) -> Self {
        let faults = faults.iter().cloned();
        Self {
            faults: faults.map(|fault| (fault, AtomicUsize::new(0))).collect(),
        }
    }

    /// What happens to this call; it is counted.
    pub fn strike(&self, operation: &str) -> Strike {
        let struck = self.faults.iter().filter(|(fault, calls)| {
            fault.on.iter().any(|on| on == operation) && {
                let before = calls.fetch_add(1, Ordering::Relaxed);
                let since = before.checked_sub(fault.after);
                since.is_some_and(|since| fault.times.is_none_or(|times| since < times))
            }
        });
        Strike {
            operation: operation.to_owned(),
            harms: struck.map(|(fault, _)| fault.harm.clone()).collect(),
        }
    }
}

/// What happens to one call.
#[derive(Debug)]
pub struct Strike {
    operation: String,
    harms: Vec<Harm>,
}

/// Entries of PutRecords that did not reach the backend: where they stood.
pub type HeldBack = Vec<usize>;

impl Strike {
    /// Holds the call back, if that is its fate. `most_at_once` tells how many calls
    /// of an operation have been waiting at once so far.
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

    /// The error that comes instead of an answer, if that is its fate.
    pub fn refusal(&self) -> Option<(StatusCode, Value)> {
        self.harms.iter().find_map(|harm| match harm {
            Harm::Error(code) => {
                // What is the service's fault has a status of its own (AWS, common errors).
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

    /// Takes every second entry out of PutRecords, if that is its fate.
    pub fn hold_back(&self, request: &mut Value) -> HeldBack {
        let entries = request.get_mut("Records").and_then(Value::as_array_mut);
        let Some(entries) = entries.filter(|_| self.harms.contains(&Harm::PartialFailure)) else {
            return Vec::new();
        };
        // One entry alone would be no partial failure, and the backend takes no empty list.
        let mut number = 0;
        let all = entries.len();
        entries.retain(|_| {
            number += 1;
            number % 2 == 1
        });
        (0..all).filter(|at| at % 2 == 1).collect()
    }

    /// Changes an answer on its way back.
    pub fn change(&self, answer: &mut Value, held_back: &HeldBack) {
        for harm in &self.harms {
            match harm {
                Harm::Status(status) => still(answer, status),
                Harm::Duplicate => deliver_again(answer),
                Harm::PartialFailure => fail_entries(answer, held_back),
                Harm::OpenShardsOnly => drop_closed_shards(answer),
                Harm::UntilTogether(_) | Harm::Error(_) => {}
            }
        }
    }
}

/// A stream or a table that has not come any further.
fn still(answer: &mut Value, status: &str) {
    for description in ["StreamDescription", "StreamDescriptionSummary"] {
        if answer[description].is_object() {
            answer[description]["StreamStatus"] = json!(status);
        }
    }
    if answer["Table"].is_object() {
        answer["Table"]["TableStatus"] = json!(status);
    }
}

/// The page's last record once more: delivery is at least once.
fn deliver_again(page: &mut Value) {
    if let Some(records) = page.get_mut("Records").and_then(Value::as_array_mut) {
        records.extend(records.last().cloned());
    }
}

/// What is listed no more has left no trace but in its children.
fn drop_closed_shards(answer: &mut Value) {
    for list in ["/Shards", "/StreamDescription/Shards"] {
        if let Some(shards) = answer.pointer_mut(list).and_then(Value::as_array_mut) {
            shards.retain(|shard| shard["SequenceNumberRange"]["EndingSequenceNumber"].is_null());
        }
    }
}

fn fail_entries(answer: &mut Value, held_back: &HeldBack) {
    let Some(entries) = answer.get_mut("Records").and_then(Value::as_array_mut) else {
        return;
    };
    for at in held_back {
        let failed = json!({
            "ErrorCode": "ProvisionedThroughputExceededException",
            "ErrorMessage": "Rate exceeded for shard, injected by the grader",
        });
        entries.insert((*at).min(entries.len()), failed);
    }
    answer["FailedRecordCount"] = json!(held_back.len());
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let striker = Striker::new(&[fault(Harm::Error("ExpiredIteratorException".into()))]);
        let struck = || striker.strike("GetRecords").refusal().is_some();
        let first: Vec<_> = (0..4).map(|_| struck()).collect();
        assert_eq!(first, [false, true, true, false]);
        assert!(striker.strike("ListShards").refusal().is_none());
    }

    #[test]
    fn a_partial_failure_keeps_every_other_entry_in_its_place() {
        let strike = Strike {
            operation: "PutRecords".into(),
            harms: vec![Harm::PartialFailure],
        };
        let mut request = json!({ "Records": [1, 2, 3, 4] });
        let held_back = strike.hold_back(&mut request);
        assert_eq!(request, json!({ "Records": [1, 3] }));
        let mut answer = json!({ "Records": ["one", "three"], "FailedRecordCount": 0 });
        strike.change(&mut answer, &held_back);
        assert_eq!(answer["FailedRecordCount"], 2);
        assert_eq!(answer["Records"][2], "three");
        assert!(answer["Records"][3]["ErrorCode"].is_string());
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
}
