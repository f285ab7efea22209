//! The calls of a submission's functions, with the types of their arguments. The runner has
//! the function behind each call.

use contract::scaling::Checkpoint;
use contract::{Purchase, StandardEvent, Transaction, User};
use protocol::Call;
use serde::{Deserialize, Serialize};

/// The processor that a call is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Processor {
    Stream,
    Stateful,
}

impl Processor {
    fn method(self, name: &str) -> String {
        let processor = match self {
            Self::Stream => "processor::StreamProcessor",
            Self::Stateful => "stateful::StatefulProcessor",
        };
        format!("{processor}::{name}")
    }
}

/// A function that takes one value, such as `stages::filter_event`.
pub fn with_one(function: &str, input: impl Serialize) -> Call {
    Call::new(function, (input,))
}

pub fn setup_stream(stream: &str, shards: i32) -> Call {
    Call::new("setup::setup_stream", (stream, shards))
}

pub fn setup_reference_data(table: &str, users: &[User]) -> Call {
    Call::new("setup::setup_reference_data", (table, users))
}

pub fn send_transactions(stream: &str, purchases: &[Purchase]) -> Call {
    Call::new("setup::send_transactions", (stream, purchases))
}

pub fn filter_event(event: &Transaction) -> Call {
    with_one("stages::filter_event", event)
}

pub fn transform_event(event: &Transaction) -> Call {
    with_one("stages::transform_event", event)
}

pub fn enrich_event(table: &str, event: &StandardEvent) -> Call {
    Call::new("stages::enrich_event", (table, event))
}

/// Enriches all events at the same time.
pub fn enrich_together(table: &str, events: &[StandardEvent]) -> Call {
    Call::new("stages::enrich_event together", (table, events))
}

pub fn classify_event(event: &StandardEvent) -> Call {
    with_one("stages::classify_event", event)
}

/// Processes the events one after the other.
pub fn process_events(processor: Processor, table: &str, events: &[Transaction]) -> Call {
    Call::new(&processor.method("process_event"), (table, (events,)))
}

pub fn process_shard(processor: Processor, table: &str, stream: &str, shard: &str) -> Call {
    Call::new(&processor.method("process_shard"), (table, (stream, shard)))
}

pub fn process_stream(processor: Processor, table: &str, stream: &str) -> Call {
    Call::new(&processor.method("process_stream"), (table, (stream,)))
}

pub fn delete_stream(stream: &str) -> Call {
    with_one("cleanup::delete_stream", stream)
}

pub fn delete_table(table: &str) -> Call {
    with_one("cleanup::delete_table", table)
}

pub fn scale_shard(stream: &str, from: &Checkpoint, at_most: usize) -> Call {
    Call::new("scaling::process_shard", (stream, from, at_most))
}

pub fn scale_all(stream: &str, from: &[Checkpoint], at_most: usize) -> Call {
    Call::new("scaling::process_all", (stream, from, at_most))
}

pub fn merge(checkpoints: &[Checkpoint]) -> Call {
    with_one("scaling::merge", checkpoints)
}

/// Processes a complete stream, and measures the time.
pub fn scale_timed(stream: &str) -> Call {
    with_one("scaling::process_all timed", stream)
}

/// Reads every record of a stream and discards it. This is not a function of the submission.
pub fn read_raw(stream: &str) -> Call {
    with_one("raw::read", stream)
}

pub fn quiz_answers() -> Call {
    Call::new("quiz::ANSWERS", ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_has_the_name_that_a_student_knows() {
        let name = |call: Call| call.name().to_owned();
        assert_eq!(name(enrich_together("t", &[])), "enrich_event");
        assert_eq!(
            name(with_one("patterns::Progress::count", 1)),
            "Progress::count"
        );
        let call = process_stream(Processor::Stateful, "t", "s");
        assert_eq!(name(call), "process_stream");
    }
}
