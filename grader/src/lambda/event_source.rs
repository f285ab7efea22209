//! An event source mapping with ReportBatchItemFailures and BisectBatchOnFunctionError. It works
//! shard by shard and without I/O: it says which batch comes next, and what follows from an answer.
//! The rules are from the Lambda developer guide, "Configuring partial batch response with Kinesis
//! Data Streams and Lambda" and "Using Lambda to process records from Amazon Kinesis Data Streams".

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::ops::Range;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::Answer;
use crate::backend::REGION;

/// The settings of the mapping (Lambda API, CreateEventSourceMapping).
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// The most records in a batch.
    #[serde(deserialize_with = "at_least_one")]
    pub batch_size: usize,
    /// How often a record is delivered again before Lambda gives it up.
    pub maximum_retry_attempts: usize,
}

fn at_least_one<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    NonZeroUsize::deserialize(deserializer).map(NonZeroUsize::get)
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

/// The effect of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The batch is done.
    Done,
    /// The records from this place on are delivered again.
    From(usize),
    /// All records are delivered again, for this reason.
    All(String),
}

impl Outcome {
    /// The effect of an answer to a batch.
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

    /// The record from which the batch is delivered again.
    pub fn first_to_come_again<'a>(&self, batch: &'a [Record]) -> Option<&'a Record> {
        match self {
            Self::Done => None,
            Self::From(at) => batch.get(*at),
            Self::All(_) => batch.first(),
        }
    }
}

/// Records that are delivered together.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    records: Range<usize>,
    /// How often they have failed, not counting the splits.
    failures: usize,
    first: bool,
}

impl Delivery {
    /// Whether this is the first delivery of the batch, as it was read.
    pub fn is_first(&self) -> bool {
        self.first
    }
}

/// One shard, and the position of the mapping in it.
#[derive(Debug)]
pub struct Shard {
    /// The ARN of the stream.
    arn: String,
    /// The id of the shard.
    id: String,
    mapping: Mapping,
    records: Vec<Record>,
    /// The end of the records that were read so far.
    read: usize,
    /// These are delivered again before more records are read.
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

    /// The next delivery; `None` if the shard is read to its end.
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

    /// Continues after an answer. Returns the record that was given up, if there is one.
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
            // The records before are done. Like a split, this is not a failed attempt.
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

    /// The event that the function gets (Lambda developer guide, "Example event" of Kinesis).
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
mod tests;
