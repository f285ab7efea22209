//! Step 1: the stream, the table of users, and the transactions.
//!
//! This step creates everything that later steps read: a Kinesis stream, a DynamoDB
//! table that describes the users, and one record in the stream for each purchase.

use contract::{Purchase, Result, User};

/// Creates the stream and returns when it is ready for use.
///
/// `stream_name` is the name of the stream, and `shard_count` is the number of its
/// shards. The stream is ready when its status is `ACTIVE`. Right after [CreateStream]
/// the status is still `CREATING`. [DescribeStreamSummary] returns the status.
///
/// A stream of that name may already exist. Then it stays as it is, with its shards and
/// its records, and the function succeeds. It does no harm to run the setup twice.
///
/// # Errors
///
/// The function returns every other error from AWS. It also returns an error if the
/// stream does not become `ACTIVE` in a reasonable time, for example two minutes.
///
/// # Prints
///
/// The function prints the first line only if it creates the stream in this call. These
/// lines are not judged.
///
/// ```text
/// Creating stream...
/// ✓ Stream ready
/// ```
///
/// # Judged
///
/// - The stream has the given number of shards.
/// - The stream is `ACTIVE` when the function returns.
/// - A stream that already exists is accepted and keeps its records.
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
/// `table_name` is the name of the table. The table has one key attribute, `userId`, of
/// type `S`; it is the partition key (`HASH`). The table is billed on demand
/// (`PAY_PER_REQUEST`). Your code can write to the table when its status is `ACTIVE`;
/// see [CreateTable] and [DescribeTable].
///
/// Each of the `users` becomes one item; see [PutItem]. The list of users may be empty.
/// Each item has four attributes, all of type `S`:
///
/// | attribute | from |
/// |---|---|
/// | `userId` | [`User::user_id`] |
/// | `name` | [`User::name`] |
/// | `tier` | [`User::tier`] |
/// | `country` | [`User::country`] |
///
/// A table of that name may already exist. Then it stays, and items of other users stay
/// in it. The function still puts all the `users`, even if the table already has items
/// for them.
///
/// # Errors
///
/// The function returns every other error from AWS. It also returns an error if the
/// table does not become `ACTIVE` in a reasonable time.
///
/// # Prints
///
/// The function prints the first line only if it creates the table in this call. These
/// lines are not judged.
///
/// ```text
/// Creating reference data table...
/// ✓ Reference data loaded
/// ```
///
/// # Judged
///
/// - The key has the right role and type.
/// - The billing mode is right.
/// - Every item has its four attributes.
/// - The function accepts a table that already exists, waits for it, and fills it.
/// - The function returns any other error. No user that DynamoDB refuses is missing
///   without an error.
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
/// `stream_name` is a stream that is ready. Each of the `purchases` becomes one record;
/// see [PutRecord]. The list of purchases may be empty. The data of a record is a JSON
/// object, in UTF-8, in the form of a [`contract::Transaction`]:
///
/// | key | value |
/// |---|---|
/// | `transactionId` | a text that no other transaction has, such as `txn_` with a UUID |
/// | `userId` | the user of the purchase |
/// | `amount` | US dollars, a JSON number |
/// | `merchant` | the merchant of the purchase, with any characters |
/// | `timestamp` | the time of sending, RFC 3339 in UTC, such as `2026-03-01T12:00:00Z` |
///
/// The partition key of a record is the user. Records with the same partition key go to
/// one shard, and are read in the order of their sequence numbers. So your code must
/// send the records of each user in the order of the purchases. The order between
/// different users is free.
///
/// One call for each record is enough, and no pause between the calls is needed.
/// [PutRecords] sends many records in one call. It may take only some of them, and its
/// answer says which records it refused. Your code puts those records again. No later
/// record of the same user may be in the stream before them.
///
/// AWS does not guarantee the order of the records of one PutRecords call, not even for
/// the same partition key. AWS guarantees the order of PutRecord calls if each call
/// names the sequence number of the previous record as `SequenceNumberForOrdering`
/// (Kinesis API, PutRecord and PutRecords). This course does not require these
/// guarantees. The grader checks the order in which each user's records arrive.
///
/// # Errors
///
/// The function returns every error from AWS.
///
/// # Prints
///
/// The function prints a heading, one line for each purchase, and a last line. The
/// lines have the order of the purchases. In the line of a purchase, the user is padded
/// to 8 characters on the right. The amount has two decimals and is padded to 8
/// characters on the left. This output is judged, except for blank lines.
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
/// - The content of the records, in order for each user.
/// - The partition keys of the records.
/// - The ids: no two are the same, not even in two runs.
/// - The timestamps: each is the current time, RFC 3339 in UTC.
/// - The printed output.
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
