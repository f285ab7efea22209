//! Step 8: the pipeline as a Lambda function.
//!
//! Lambda reads the stream for you. It takes batches of records from each shard, in
//! order, and calls your function with one batch at a time. Your return value tells
//! Lambda where to continue. The stages are the functions of step 2.

use aws_lambda_events::event::kinesis::KinesisEvent;
use aws_lambda_events::event::streams::KinesisEventResponse;
use contract::lambda::Function;
use lambda_runtime::LambdaEvent;

/// Handles one batch of records of one shard.
///
/// `event.payload.records` holds the batch, oldest record first; the batch may be
/// empty. The `kinesis` field of each record has its `data`, already decoded from
/// base64, and its `sequence_number`. `function` holds what was created at the cold
/// start: the clients, the table of users, and the output stream.
///
/// For each record, in order:
///
/// 1. Read the transaction with [`Transaction::parse`](contract::Transaction::parse).
/// 2. Run it through the stages of step 2. An event that the filter drops is done, and
///    your code does not look up its user. If the table does not know the user, or if
///    the lookup fails, the event continues unenriched: its record has not failed.
///    After a failed lookup, your code looks up the user again in the next batch at the
///    latest.
/// 3. Put the event with its risk, a [`Classified`](contract::Classified), as JSON on
///    the stream [`output_stream`](Function::output_stream); see [PutRecord]. The
///    partition key is the user, even if the record had another key. You may also use
///    PutRecords if each user's events arrive in order; AWS does not guarantee this
///    order. PutRecords may take only a part of its entries. Then the entries before
///    the first refused entry are done, and your code does not put them again. Later
///    entries of the same call may be on the stream before the refused one: the grader
///    does not judge the order in this case.
///
/// Returns which records failed. If the response names no record, the whole batch is
/// done: Lambda continues after it. Otherwise Lambda finds the record with the lowest
/// sequence number in the response. It delivers that record and every record after it
/// again. On AWS delivery is at least once: a batch that is done may still come again
/// (Lambda developer guide, "How Lambda processes records from stream and queue-based
/// event sources"). Here this does not happen.
///
/// So your code names the first record that cannot be processed, by its sequence
/// number, with [`add_failure`](KinesisEventResponse::add_failure). It does not process
/// any record after it: these records will come again. A record cannot be processed if
/// it is not a transaction, or if AWS refuses its event. A record that fails each time
/// is named each time. In the end Lambda gives it up: the record goes to the on-failure
/// destination, and the shard continues. You may also name records after the first
/// record that fails. If you name a record before it, records that are done come again.
///
/// The grader's destination is a list of the records themselves. On AWS a queue (SQS)
/// or a topic (SNS) gets the shard, the sequence numbers and the times. You then read
/// the records from the stream again before they expire. An S3 bucket also gets the
/// records.
///
/// # Errors
///
/// An `Err` makes Lambda deliver the whole batch again, including the records that are
/// done. Their events are then put twice. An `Err` names no record, so it is only right
/// for the first record of a batch. You never need to return an `Err`.
///
/// # Prints
///
/// You may print anything: on AWS it goes to the log of the function.
///
/// # Judged
///
/// - The events on the output stream when Lambda has reached the end of every shard.
/// - The record from which each batch is delivered again.
/// - The records that go to the on-failure destination.
///
/// One process handles batch after batch, from any shard. On AWS Lambda may do the
/// same.
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
