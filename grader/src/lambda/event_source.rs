//! An event source mapping with ReportBatchItemFailures and BisectBatchOnFunctionError,
//! shard by shard and without I/O: which batch comes next, and what an answer to it
//! leads to. The rules are those of the Lambda developer guide, "Configuring partial
//! batch response with Kinesis Data Streams and Lambda" and "Using Lambda to process
//! records from Amazon Kinesis Data Streams".

use std::collections::VecDeque;
use std::ops::Range;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Answer;
use crate::backend::REGION;

/// How the mapping is configured (Lambda API, CreateEventSourceMapping).
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// The most records in a batch.
    pub batch_size: usize,
    /// How often a record is delivered again before it is given up.
    pub maximum_retry_attempts: usize,
}

/// A record of the stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    pub sequence_number: String,
    pub partition_key: String,
    pub data: Vec<u8>,
    /// Seconds since 1970.
    pub arrived: f64,
}

/// What follows from an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The batch is done.
    Done,
    /// The records from this one on are delivered again, …
    From(usize),
    /// … or all of them, for this reason.
    All(String),
}

impl Outcome {
    /// What an answer to a batch means.
    pub fn of(answer: &Answer, batch: &[Record]) -> Self {
        let response = match answer {
            Answer::Response(response) => response,
            Answer::Failed(error) => return Self::All(format!("an error: {error}")),
            Answer::Panicked(panic) => return Self::All(format!("a panic: {}", panic.message)),
        };
        let mut lowest = None;
        for failure in response["batchItemFailures"]
            .as_array()
            .into_iter()
            .flatten()
        {
            let named = failure["itemIdentifier"].as_str().unwrap_or_default();
            let known = batch.iter().position(|r| r.sequence_number == named);
            let Some(at) = known else {
                return Self::All(format!("{named:?} names no record of the batch"));
            };
            lowest = Some(lowest.map_or(at, |lowest: usize| lowest.min(at)));
        }
        lowest.map_or(Self::Done, Self::From)
    }
}

/// Records that are delivered together.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    records: Range<usize>,
    /// How often they have failed, without those times they were split.
    failures: usize,
    first: bool,
}

impl Delivery {
    /// Whether the batch comes for the first time, as it was read.
    pub fn is_first(&self) -> bool {
        self.first
    }
}

/// One shard, and how far the mapping has come in it.
#[derive(Debug)]
pub struct Shard {
    /// Of the stream, and of the shard in it.
    arn: String,
    id: String,
    mapping: Mapping,
    records: Vec<Record>,
    /// What was read so far ends here.
    read: usize,
    /// Before anything else is read, these are delivered again.
    again: VecDeque<Delivery>,
}

impl Shard {
    pub fn new(stream: &str, id: &str, records: Vec<Record>, mapping: Mapping) -> Self {
        Self {
            arn: format!("arn:aws:kinesis:{REGION}:000000000000:stream/{stream}"),
            id: id.to_owned(),
            mapping,
            records,
            read: 0,
            again: VecDeque::new(),
        }
    }

    pub fn is_drained(&self) -> bool {
        self.again.is_empty() && self.read == self.records.len()
    }

    /// What is to be delivered next; `None` once the shard is drained.
    pub fn deliver(&mut self) -> Option<Delivery> {
        if self.is_drained() {
            return None;
        }
        self.again.pop_front().or_else(|| {
            let end = (self.read + self.mapping.batch_size).min(self.records.len());
            let records = std::mem::replace(&mut self.read, end)..end;
            Some(Delivery {
                records,
                failures: 0,
                first: true,
            })
        })
    }

    pub fn records(&self, delivery: &Delivery) -> &[Record] {
        &self.records[delivery.records.clone()]
    }

    /// Goes on after an answer. Returns the record that was given up, if one was.
    pub fn settle(&mut self, delivery: Delivery, outcome: &Outcome) -> Option<Record> {
        let Range { start, end } = delivery.records;
        let from = match outcome {
            Outcome::Done => return None,
            Outcome::From(at) => start + at,
            Outcome::All(_) => start,
        };
        let mut again = |records, failures| {
            self.again.push_front(Delivery {
                records,
                failures,
                first: false,
            });
        };
        if from > start {
            // What was done is left behind; like a split, this is no failed attempt.
            again(from..end, delivery.failures);
        } else if end - start > 1 {
            let middle = start + (end - start) / 2;
            again(middle..end, delivery.failures);
            again(start..middle, delivery.failures);
        } else if delivery.failures < self.mapping.maximum_retry_attempts {
            again(start..end, delivery.failures + 1);
        } else {
            return Some(self.records[start].clone());
        }
        None
    }

    /// The event a function gets (Lambda developer guide, "Example event" of Kinesis).
    pub fn event(&self, delivery: &Delivery) -> Value {
        let records = self.records(delivery).iter().map(|record| {
            json!({
                "kinesis": {
                    "kinesisSchemaVersion": "1.0",
                    "partitionKey": record.partition_key,
                    "sequenceNumber": record.sequence_number,
                    "data": BASE64_STANDARD.encode(&record.data),
                    "approximateArrivalTimestamp": record.arrived,
                },
                "eventSource": "aws:kinesis",
                "eventVersion": "1.0",
                "eventID": format!("{}:{}", self.id, record.sequence_number),
                "eventName": "aws:kinesis:record",
                "invokeIdentityArn": "arn:aws:iam::000000000000:role/lambda-kinesis-role",
                "awsRegion": REGION,
                "eventSourceARN": self.arn,
            })
        });
        json!({ "Records": records.collect::<Vec<_>>() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(name: char) -> Record {
        Record {
            sequence_number: name.to_string(),
            partition_key: "alice".into(),
            data: name.to_string().into_bytes(),
            arrived: 0.0,
        }
    }

    fn shard(names: &str, batch_size: usize, maximum_retry_attempts: usize) -> Shard {
        let mapping = Mapping {
            batch_size,
            maximum_retry_attempts,
        };
        Shard::new(
            "s",
            "shardId-0",
            names.chars().map(record).collect(),
            mapping,
        )
    }

    fn names(records: &[Record]) -> String {
        records.iter().map(|r| r.sequence_number.as_str()).collect()
    }

    /// The batches of a shard whose function answers with `outcome`, and what was
    /// given up.
    fn play(mut shard: Shard, outcome: impl Fn(&str) -> Outcome) -> (Vec<String>, String) {
        let (mut batches, mut given_up) = (Vec::new(), Vec::new());
        while let Some(delivery) = shard.deliver() {
            let batch = names(shard.records(&delivery));
            given_up.extend(shard.settle(delivery, &outcome(&batch)));
            batches.push(batch);
        }
        (batches, names(&given_up))
    }

    /// Names the first of the records that cannot be processed.
    fn names_first(poison: &str) -> impl Fn(&str) -> Outcome {
        move |batch| match batch.find(|name| poison.contains(name)) {
            Some(at) => Outcome::From(at),
            None => Outcome::Done,
        }
    }

    fn identified(failures: Value) -> Outcome {
        let batch: Vec<_> = "abc".chars().map(record).collect();
        let response = json!({ "batchItemFailures": failures });
        Outcome::of(&Answer::Response(response), &batch)
    }

    #[test]
    fn what_is_done_is_never_delivered_again() {
        let (batches, given_up) = play(shard("abcdefg", 3, 2), |_| Outcome::Done);
        assert_eq!(batches, ["abc", "def", "g"]);
        assert_eq!(given_up, "");
    }

    #[test]
    fn a_poison_record_holds_up_its_shard_for_its_retries_alone() {
        let (batches, given_up) = play(shard("abXcdef", 5, 2), names_first("X"));
        assert_eq!(batches, ["abXcd", "Xcd", "X", "X", "X", "cd", "ef"]);
        assert_eq!(given_up, "X");
    }

    #[test]
    fn poison_first_last_and_twice_is_given_up_one_by_one() {
        let (batches, given_up) = play(shard("XabcY", 5, 0), names_first("XY"));
        assert_eq!(batches, ["XabcY", "Xa", "X", "a", "bcY", "Y"]);
        assert_eq!(given_up, "XY");
    }

    #[test]
    fn an_error_bisects_the_batch_and_keeps_its_order() {
        let all = |batch: &str| match batch.contains('X') {
            true => Outcome::All("an error".into()),
            false => Outcome::Done,
        };
        let (batches, given_up) = play(shard("abcX", 4, 1), all);
        assert_eq!(batches, ["abcX", "ab", "cX", "c", "X", "X"]);
        assert_eq!(given_up, "X");
    }

    #[test]
    fn nothing_named_means_that_all_is_done() {
        assert_eq!(identified(json!([])), Outcome::Done);
        assert_eq!(identified(json!(null)), Outcome::Done);
        let nothing = Answer::Response(Value::Null);
        assert_eq!(Outcome::of(&nothing, &[record('a')]), Outcome::Done);
    }

    #[test]
    fn the_lowest_record_named_is_where_it_goes_on() {
        let failures = json!([{ "itemIdentifier": "c" }, { "itemIdentifier": "b" }]);
        assert_eq!(identified(failures), Outcome::From(1));
    }

    #[test]
    fn an_identifier_that_is_none_brings_the_whole_batch_again() {
        for failure in [
            json!({ "itemIdentifier": "" }),
            json!({ "itemIdentifier": null }),
            json!({ "sequenceNumber": "b" }),
            json!({ "itemIdentifier": "shardId-0:b" }),
        ] {
            let outcome = identified(json!([{ "itemIdentifier": "b" }, failure]));
            assert!(matches!(outcome, Outcome::All(_)), "{failure}");
        }
    }

    #[test]
    fn data_travels_in_base64() {
        let mut shard = shard("ab", 2, 0);
        let delivery = shard.deliver().unwrap();
        let event = shard.event(&delivery);
        assert_eq!(event["Records"][1]["kinesis"]["data"], "Yg==");
        assert_eq!(event["Records"][1]["eventID"], "shardId-0:b");
    }
}
