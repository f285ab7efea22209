//! The calls of the processors of steps 3 and 4. Each call creates a new processor.

use contract::aws::Clients;
use contract::{Classified, Rejected, Result, Stats, Transaction};
use protocol::{Call, Failure, Memory, Run, value};
use serde_json::Value;
use submission::processor::{Processor, StreamProcessor};
use submission::stateful::StatefulProcessor;

/// Returns a processor's totals: each user with the sum of their amounts, in US dollars.
type Totals<P> = fn(&P) -> Vec<(String, f64)>;

// "processor::StreamProcessor::new" =>
pub async fn stream(call: Call) -> Result<Value, Failure> {
    let (call, table) = with_table(call)?;
    let Clients { kinesis, dynamodb } = protocol::clients().await?.clone();
    let processor = StreamProcessor::new(kinesis, dynamodb, &table);
    run(processor, |_| Vec::new(), call).await
}

// "stateful::StatefulProcessor::new" =>
pub async fn stateful(call: Call) -> Result<Value, Failure> {
    let (call, table) = with_table(call)?;
    let Clients { kinesis, dynamodb } = protocol::clients().await?.clone();
    let processor = StatefulProcessor::new(kinesis, dynamodb, &table);
    // "stateful::StatefulProcessor::totals" =>
    let totals: Totals<StatefulProcessor> = |processor| processor.totals();
    run(processor, totals, call).await
}

/// Splits off the first argument, the table, which is for the new processor.
fn with_table(call: Call) -> Result<(Call, String), Failure> {
    let function = call.function.clone();
    let (table, arguments): (String, Value) = call.arguments()?;
    Ok((
        Call {
            function,
            arguments,
        },
        table,
    ))
}

async fn run<P: Processor>(
    mut processor: P,
    totals: Totals<P>,
    call: Call,
) -> Result<Value, Failure> {
    let mut after = Vec::new();
    let outputs = match call.name() {
        // "processor::Processor::process_event" =>
        "process_event" => {
            let (events,): (Vec<Transaction>,) = call.arguments()?;
            let mut outputs: Vec<Option<Classified>> = Vec::new();
            for event in &events {
                outputs.push(processor.process_event(event).await);
                after.push(Memory {
                    stats: processor.stats(),
                    totals: totals(&processor),
                });
            }
            outputs
        }
        // "processor::Processor::process_shard" =>
        "process_shard" => {
            let (stream, shard_id): (String, String) = call.arguments()?;
            let outputs: Vec<Classified> = processor.process_shard(&stream, &shard_id).await?;
            outputs.into_iter().map(Some).collect()
        }
        // "processor::Processor::process_stream" =>
        "process_stream" => {
            let (stream,): (String,) = call.arguments()?;
            let outputs: Vec<Classified> = processor.process_stream(&stream).await?;
            outputs.into_iter().map(Some).collect()
        }
        _ => return Err(call.unknown()),
    };
    // "processor::Processor::stats" =>
    let stats: Stats = processor.stats();
    // "processor::Processor::rejected" =>
    let rejected: &[Rejected] = processor.rejected();
    value(Run {
        outputs,
        stats,
        rejected: rejected.to_vec(),
        totals: totals(&processor),
        after,
    })
}
