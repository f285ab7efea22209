//! Step 5: delete what step 1 created.
//!
//! On AWS a stream costs money by the hour, whether or not anything reads it. What
//! a program creates to try something out, it should also be able to remove.

use contract::Result;

/// Deletes the stream `stream_name`, with the records in it.
///
/// See [DeleteStream]. AWS deletes it in the background; there is no need to wait
/// for the end. A stream that is already gone is fine: the function succeeds.
///
/// # Errors
///
/// Every other error from AWS.
///
/// # Prints
///
/// Nothing needs to be printed.
///
/// # Judged
///
/// That the stream is gone or being deleted afterwards and no other is, and that a
/// stream which is not there is accepted.
///
/// [DeleteStream]: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DeleteStream.html
pub async fn delete_stream(kinesis: &aws_sdk_kinesis::Client, stream_name: &str) -> Result<()> {
    todo!()
}

/// Deletes the table `table_name`, with the items in it.
///
/// See [DeleteTable]. AWS deletes it in the background; there is no need to wait
/// for the end. A table that is already gone is fine: the function succeeds.
///
/// # Errors
///
/// Every other error from AWS.
///
/// # Prints
///
/// Nothing needs to be printed.
///
/// # Judged
///
/// That the table is gone or being deleted afterwards and no other is, and that a
/// table which is not there is accepted.
///
/// [DeleteTable]: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteTable.html
pub async fn delete_table(dynamodb: &aws_sdk_dynamodb::Client, table_name: &str) -> Result<()> {
    todo!()
}
