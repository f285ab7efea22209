//! Step 8: the pipeline as a Lambda function.
//!
//! Lambda reads the stream for you: it takes batches of records off each shard, in
//! order, and calls your function with one batch at a time. What you return tells it
//! where to go on. The stages are those of step 2.

use aws_lambda_events::event::kinesis::KinesisEvent;
use aws_lambda_events::event::streams::KinesisEventResponse;
use contract::lambda::Function;
use lambda_runtime::LambdaEvent;

/// Handles one batch of records of one shard.
///
/// `event.payload.records` holds the batch, oldest record first; it may be empty. Each
/// record's `kinesis` has its `data`, already decoded from base64, and its
/// `sequence_number`. `function` holds what was made at the cold start: the clients,
/// the table of users, and the stream that takes what comes out.
///
/// For each record, in order:
///
/// 1. read the transaction with [`Transaction::parse`](contract::Transaction::parse);
/// 2. run it through the stages of step 2. An event that the filter drops is done
///    with, and not looked up. One whose user the table does not know, or whose lookup
///    fails, goes on unenriched: its record has not failed. A lookup that failed says
///    nothing of the user's next event, for which the user is looked up again;
/// 3. put the event with its risk, a [`Classified`](contract::Classified), as JSON on
///    the stream [`output_stream`](Function::output_stream), with the user as the
///    partition key, whatever the key of the record was; see [PutRecord]. PutRecords will
///    do, too, if each user's events arrive in order: AWS does not guarantee that. It may
///    take a part of its entries: those before the first that it refuses are done, and are
///    not put again.
///
/// Returns which records failed. No failure means that the whole batch is done: Lambda
/// goes on behind it. Otherwise Lambda delivers the record with the lowest sequence
/// number among those named once more, and every record after it. On AWS delivery is at
/// least once: a batch that is done may still come again (Lambda developer guide, "How
/// Lambda processes records from stream and queue-based event sources"). Here none does.
///
/// So the first record that cannot be processed is named by its sequence number, with
/// [`add_failure`](KinesisEventResponse::add_failure), and nothing after it is
/// processed: it will come again. A record cannot be processed if it is no transaction,
/// or if AWS refuses to take what comes out of it. A record that fails each time is
/// named each time. Lambda gives it up in the end: it goes to the on-failure
/// destination, and the shard goes on. To name records after the first that fails, too,
/// is fine; to name one before it brings back what was fine.
///
/// The grader's destination is a list of the records themselves. On AWS a queue (SQS) or
/// a topic (SNS) gets the shard, the sequence numbers and the times, and you read the
/// records from the stream again before they expire; an S3 bucket gets the records, too.
///
/// # Errors
///
/// An `Err` makes Lambda deliver the whole batch again, those records too that are
/// done, whose events then come out twice. It names no record, so it does for the first
/// record of a batch at most. There is no need to return one.
///
/// # Prints
///
/// Whatever you like: on AWS it goes to the function's log.
///
/// # Judged
///
/// What is on the output stream once Lambda has come to the end of every shard, which
/// record each batch is delivered again from, and what is left for the on-failure
/// destination. One process handles batch after batch, whatever shard each is of, as
/// Lambda may do, too.
///
/// Source: AWS Lambda developer guide, "Configuring partial batch response with Kinesis
/// Data Streams and Lambda" and "Retain discarded batch records for a Kinesis Data
/// Streams event source in Lambda".
///
/// [PutRecord]: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecord.html
pub async fn handle(
    event: LambdaEvent<KinesisEvent>,
    function: &Function,
) -> Result<KinesisEventResponse, lambda_runtime::Error> {
    todo!()
}
