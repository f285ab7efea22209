//! Step 1: the stream, the table of users, and the transactions.
//!
//! Everything later steps read is made here: a Kinesis stream, a DynamoDB table
//! that describes the users, and one record in the stream for each purchase.

use contract::{Purchase, Result, User};

/// Creates the stream and returns once it is ready for use.
///
/// `stream_name` is the name to create, and `shard_count` the number of shards to
/// create it with. The stream is ready when its status is `ACTIVE`; right after
/// [CreateStream] it is still `CREATING`. [DescribeStreamSummary] tells the status.
///
/// A stream of that name may be there already. That is fine: it stays as it is,
/// with its shards and its records, and the function succeeds. Running the setup
/// twice does no harm.
///
/// # Errors
///
/// Every other error from AWS, and a stream that does not become `ACTIVE` in a
/// reasonable time (two minutes, say).
///
/// # Prints
///
/// The first line only if the stream was created now. Not judged.
///
/// ```text
/// Creating stream...
/// ✓ Stream ready
/// ```
///
/// # Judged
///
/// The number of shards; that the stream is `ACTIVE` when the function returns;
/// that a stream which was there before is accepted and keeps its records.
///
/// [CreateStream]: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_CreateStream.html
/// [DescribeStreamSummary]: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DescribeStreamSummary.html
pub async fn setup_stream(
    kinesis: &aws_sdk_kinesis::Client,
    stream_name: &str,
    shard_count: i32,
) -> Result<()> {
    todo!()
}

/// Creates the table of users, waits until it is ready, and puts every user into it.
///
/// `table_name` is the name to create. The table has one key attribute, `userId`,
/// of type `S`; it is the partition key (`HASH`). The table is billed on demand
/// (`PAY_PER_REQUEST`). It can be written to once its status is `ACTIVE`; see
/// [CreateTable] and [DescribeTable].
///
/// Each of the `users`, of whom there may be none, becomes one item, see [PutItem], with
/// four attributes, all of type `S`:
///
/// | attribute | from |
/// |---|---|
/// | `userId` | [`User::user_id`] |
/// | `name` | [`User::name`] |
/// | `tier` | [`User::tier`] |
/// | `country` | [`User::country`] |
///
/// A table of that name may be there already. That is fine: it stays, items of
/// other users stay in it, and the `users` are put all the same, whatever it says of them.
///
/// # Errors
///
/// Every other error from AWS, and a table that does not become `ACTIVE` in a
/// reasonable time.
///
/// # Prints
///
/// The first line only if the table was created now. Not judged.
///
/// ```text
/// Creating reference data table...
/// ✓ Reference data loaded
/// ```
///
/// # Judged
///
/// The key with its role and type; the billing mode; every item with its four
/// attributes; that a table which was there before is accepted, awaited and filled;
/// that any other error, and a user whom DynamoDB refuses, is heard of.
///
/// [CreateTable]: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
/// [DescribeTable]: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTable.html
/// [PutItem]: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html
pub async fn setup_reference_data(
    dynamodb: &aws_sdk_dynamodb::Client,
    table_name: &str,
    users: &[User],
) -> Result<()> {
    todo!()
}

/// Sends each purchase to the stream as a transaction.
///
/// `stream_name` is a stream that is ready. Each of the `purchases`, of which there may
/// be none, becomes one record, see [PutRecord]. Its data is a JSON object, in UTF-8, in
/// the form of a [`contract::Transaction`]:
///
/// | key | value |
/// |---|---|
/// | `transactionId` | a text that no other transaction has, such as `txn_` and something unique |
/// | `userId` | the purchase's user |
/// | `amount` | US dollars, a JSON number |
/// | `merchant` | the purchase's merchant, whatever characters it holds |
/// | `timestamp` | the time of sending, RFC 3339 in UTC, such as `2026-03-01T12:00:00Z` |
///
/// The record's partition key is the user. Records that share a partition key go to one
/// shard, and are read in the order of their sequence numbers. So each user's records
/// must be sent in the order of the purchases. The order between different users is free.
///
/// One call for each record is enough, and no pause between them is asked for.
/// [PutRecords] sends many at once; it may take some of them only, and its answer says
/// which were refused. Those are put again, and no later record of the same user may be
/// in before them.
///
/// AWS does not guarantee the order of the records of one PutRecords, not even within a
/// partition key. It guarantees that of PutRecord, if each call names the sequence number
/// of the one before as `SequenceNumberForOrdering` (Kinesis API, PutRecord and
/// PutRecords). The course asks for neither: what counts is the order in which each
/// user's records arrive.
///
/// # Errors
///
/// Every error from AWS.
///
/// # Prints
///
/// A heading, a line for each purchase, in their order, and a last line. In a purchase's line the
/// user is padded to 8 characters on the right; the amount has two decimals and is
/// padded to 8 characters on the left. Judged, except for blank lines.
///
/// ```text
/// Sending transactions...
///
///   alice    | $   50.00 | Amazon
///   bob      | $ 1500.00 | BestBuy
///
/// ✓ Transactions sent
/// ```
///
/// # Judged
///
/// What the records say, in order for each user; their partition keys; that the ids
/// differ, those of two runs too; that the timestamps are the present, RFC 3339 in UTC;
/// what is printed.
///
/// [PutRecord]: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecord.html
/// [PutRecords]: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html
pub async fn send_transactions(
    kinesis: &aws_sdk_kinesis::Client,
    stream_name: &str,
    purchases: &[Purchase],
) -> Result<()> {
    todo!()
}
