//! Calls the functions of the submission. All types are written out. So if a student changes a
//! signature, the compiler's error is in the lines below the function's path, and the grader
//! can tell the student which function it is.

use std::collections::BTreeMap;
use std::time::Instant;

use contract::quiz::Answers;
use contract::scaling::Checkpoint;
use contract::{Purchase, Result, Risk, StandardEvent, Transaction, User, patterns};
use protocol::load::{self, Load};
use protocol::{Call, Failure, value};
use serde_json::Value;

use crate::processors;

/// Runs one call.
pub async fn run(call: Call) -> Result<Value, Failure> {
    match call.function.as_str() {
        "setup::setup_stream" => {
            let (stream, shards): (String, i32) = call.arguments()?;
            let kinesis = protocol::kinesis().await?;
            let done: Result<()> = submission::setup::setup_stream(kinesis, &stream, shards).await;
            value(done?)
        }
        "setup::setup_reference_data" => {
            let (table, users): (String, Vec<User>) = call.arguments()?;
            let dynamodb = protocol::dynamodb().await?;
            let done: Result<()> =
                submission::setup::setup_reference_data(dynamodb, &table, &users).await;
            value(done?)
        }
        "setup::send_transactions" => {
            let (stream, purchases): (String, Vec<Purchase>) = call.arguments()?;
            let kinesis = protocol::kinesis().await?;
            let done: Result<()> =
                submission::setup::send_transactions(kinesis, &stream, &purchases).await;
            value(done?)
        }
        "stages::filter_event" => {
            let (event,): (Transaction,) = call.arguments()?;
            let keep: bool = submission::stages::filter_event(&event);
            value(keep)
        }
        "stages::transform_event" => {
            let (event,): (Transaction,) = call.arguments()?;
            let event: StandardEvent = submission::stages::transform_event(&event);
            value(event)
        }
        "stages::enrich_event" => {
            let (table, event): (String, StandardEvent) = call.arguments()?;
            let dynamodb = protocol::dynamodb().await?;
            let event: StandardEvent =
                submission::stages::enrich_event(dynamodb, &table, event).await;
            value(event)
        }
        // All events at the same time, on one thread: calls that do not block overlap.
        "stages::enrich_event together" => {
            let (table, events): (String, Vec<StandardEvent>) = call.arguments()?;
            let dynamodb = protocol::dynamodb().await?;
            let enrich = |event| submission::stages::enrich_event(dynamodb, &table, event);
            value(protocol::together(events.into_iter().map(enrich)).await)
        }
        "stages::classify_event" => {
            let (event,): (StandardEvent,) = call.arguments()?;
            let risk: Risk = submission::stages::classify_event(&event);
            value(risk)
        }
        "processor::StreamProcessor::process_event"
        | "processor::StreamProcessor::process_shard"
        | "processor::StreamProcessor::process_stream" => processors::stream(call).await,
        "stateful::StatefulProcessor::process_event"
        | "stateful::StatefulProcessor::process_shard"
        | "stateful::StatefulProcessor::process_stream" => processors::stateful(call).await,
        "cleanup::delete_stream" => {
            let (stream,): (String,) = call.arguments()?;
            let kinesis = protocol::kinesis().await?;
            let done: Result<()> = submission::cleanup::delete_stream(kinesis, &stream).await;
            value(done?)
        }
        "cleanup::delete_table" => {
            let (table,): (String,) = call.arguments()?;
            let dynamodb = protocol::dynamodb().await?;
            let done: Result<()> = submission::cleanup::delete_table(dynamodb, &table).await;
            value(done?)
        }
        "patterns::to_csv" => {
            let (transactions,): (Vec<Transaction>,) = call.arguments()?;
            let csv: String = submission::patterns::to_csv(&transactions);
            value(csv)
        }
        "patterns::split" => {
            let (events,): (Vec<patterns::Event>,) = call.arguments()?;
            let branches: patterns::Branches = submission::patterns::split(events);
            value(branches)
        }
        "patterns::count_per_user" => {
            let (events,): (Vec<patterns::Event>,) = call.arguments()?;
            let counts: BTreeMap<String, u64> = submission::patterns::count_per_user(&events);
            value(counts)
        }
        "patterns::count_per_hour" => {
            let (events, lateness): (Vec<patterns::Event>, u64) = call.arguments()?;
            let hours: patterns::Hours = submission::patterns::count_per_hour(&events, lateness);
            value(hours)
        }
        "patterns::running_average" => {
            let (amounts,): (Vec<f64>,) = call.arguments()?;
            let averages: Vec<f64> = submission::patterns::running_average(&amounts);
            value(averages)
        }
        // A batch is passed as its number of events.
        "patterns::Progress::count" => {
            let (batches,): (Vec<u64>,) = call.arguments()?;
            let mut progress = submission::patterns::Progress::new();
            let mut count = |event: patterns::Event| -> Option<String> { progress.count(&event) };
            let mut reports = Vec::new();
            for events in batches {
                let batch = (0..events).map(patterns::Event::numbered);
                reports.push(batch.filter_map(&mut count).collect::<Vec<_>>());
            }
            value(reports)
        }
        "patterns::join" => {
            let (events,): (Vec<patterns::Commerce>,) = call.arguments()?;
            let joined: patterns::Joined = submission::patterns::join(&events);
            value(joined)
        }
        "patterns::sessions" => {
            let (events, gap): (Vec<patterns::Event>, u64) = call.arguments()?;
            let sessions: Vec<patterns::Session> = submission::patterns::sessions(&events, gap);
            value(sessions)
        }
        "patterns::failed_logins" => {
            let (logins,): (Vec<patterns::Login>,) = call.arguments()?;
            let alerts: Vec<patterns::Alert> = submission::patterns::failed_logins(&logins);
            value(alerts)
        }
        "scaling::process_shard" => {
            let (stream, from, at_most): (String, Checkpoint, usize) = call.arguments()?;
            let kinesis = protocol::kinesis().await?;
            let reached: Result<Checkpoint> =
                submission::scaling::process_shard(kinesis, &stream, from, at_most).await;
            value(reached?)
        }
        "scaling::process_all" => {
            let (stream, from, at_most): (String, Vec<Checkpoint>, usize) = call.arguments()?;
            let kinesis = protocol::kinesis().await?;
            let reached: Result<Vec<Checkpoint>> =
                submission::scaling::process_all(kinesis, &stream, from, at_most).await;
            value(reached?)
        }
        "scaling::merge" => {
            let (checkpoints,): (Vec<Checkpoint>,) = call.arguments()?;
            let totals: BTreeMap<String, f64> = submission::scaling::merge(&checkpoints);
            value(totals)
        }
        // A complete stream, with the time it takes.
        "scaling::process_all timed" => {
            let (stream,): (String,) = call.arguments()?;
            let kinesis = protocol::kinesis().await?;
            let (before, started) = (load::resident_bytes(), Instant::now());
            let all = load::WITHOUT_END;
            let reached =
                submission::scaling::process_all(kinesis, &stream, Vec::new(), all).await?;
            let seconds = started.elapsed().as_secs_f64();
            let grown = load::resident_bytes().zip(before);
            value(Load {
                counted: submission::scaling::merge(&reached).len(),
                seconds,
                bytes: grown.map(|(after, before)| after.saturating_sub(before)),
            })
        }
        // Not a function of the submission: reads every record of a stream and drops it.
        "raw::read" => {
            let (stream,): (String,) = call.arguments()?;
            let kinesis = protocol::kinesis().await?;
            let started = Instant::now();
            let counted = load::read_raw(kinesis, &stream).await?;
            let seconds = started.elapsed().as_secs_f64();
            value(Load {
                counted,
                seconds,
                bytes: None,
            })
        }
        "quiz::ANSWERS" => {
            let answers: Answers = submission::quiz::ANSWERS;
            value(answers)
        }
        // `cargo grade dev new` adds a function here.
        _ => Err(call.unknown()),
    }
}
