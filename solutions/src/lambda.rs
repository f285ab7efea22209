//! Step 8: the pipeline as a Lambda function behind a Kinesis stream.

use aws_lambda_events::event::kinesis::{KinesisEvent, KinesisRecord};
use aws_lambda_events::event::streams::KinesisEventResponse;
use aws_sdk_kinesis::primitives::Blob;
use contract::lambda::Function;
use contract::{Classified, Result, Transaction};
use lambda_runtime::LambdaEvent;

use crate::stages::{classify_event, enrich_event, filter_event, transform_event};

/// Runs a batch through the stages, up to the first record that cannot be processed. The
/// response names this record, so Lambda delivers it and all later records again.
pub async fn handle(
    event: LambdaEvent<KinesisEvent>,
    function: &Function,
) -> Result<KinesisEventResponse, lambda_runtime::Error> {
    let mut response = KinesisEventResponse::default();
    for record in event.payload.records {
        if let Err(e) = process(&record.kinesis, function).await {
            let sequence_number = record.kinesis.sequence_number;
            println!("⚠ Record {sequence_number} failed: {e}");
            response.add_failure(sequence_number);
            break;
        }
    }
    Ok(response)
}

/// Runs one record through the stages and puts what comes out on the output stream.
async fn process(record: &KinesisRecord, function: &Function) -> Result<()> {
    let transaction = Transaction::parse(&record.data)?;
    if !filter_event(&transaction) {
        return Ok(());
    }
    let event = transform_event(&transaction);
    let event = enrich_event(&function.dynamodb, &function.table_name, event).await;
    let risk = classify_event(&event);
    put(&Classified { event, risk }, function).await
}

/// Puts one event on the output stream. The partition key is the user, so the events of
/// each user stay in order.
async fn put(output: &Classified, function: &Function) -> Result<()> {
    function
        .kinesis
        .put_record()
        .stream_name(&function.output_stream)
        .partition_key(&output.event.user)
        .data(Blob::new(serde_json::to_vec(output)?))
        .send()
        .await?;
    Ok(())
}
