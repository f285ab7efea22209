//! Step 5: delete what step 1 created.
//!
//! On AWS a stream costs money every hour, even if no program reads it. If a program
//! creates something for a test, it should also be able to remove it.

use contract::Result;

/// Deletes the stream `stream_name` and the records in it.
///
/// See [DeleteStream]. AWS deletes the stream in the background; your code does not
/// need to wait for the end. If the stream no longer exists, the function succeeds.
///
/// # Errors
///
/// The function returns every other error from AWS.
///
/// # Prints
///
/// The function does not need to print anything.
///
/// # Judged
///
/// - Afterwards the stream no longer exists or is being deleted.
/// - No other stream is deleted.
/// - A stream that does not exist is accepted.
///
/// [DeleteStream]: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DeleteStream.html
pub async fn delete_stream(kinesis: &aws_sdk_kinesis::Client, stream_name: &str) -> Result<()> {
    todo!()
}

/// Deletes the table `table_name` and the items in it.
///
/// See [DeleteTable]. AWS deletes the table in the background; your code does not need
/// to wait for the end. If the table no longer exists, the function succeeds.
///
/// # Errors
///
/// The function returns every other error from AWS.
///
/// # Prints
///
/// The function does not need to print anything.
///
/// # Judged
///
/// - Afterwards the table no longer exists or is being deleted.
/// - No other table is deleted.
/// - A table that does not exist is accepted.
///
/// [DeleteTable]: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteTable.html
pub async fn delete_table(dynamodb: &aws_sdk_dynamodb::Client, table_name: &str) -> Result<()> {
    todo!()
}
