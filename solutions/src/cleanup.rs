//! Step 5: delete what step 1 created.

use contract::Result;

/// Deletes the stream. A stream that no longer exists is accepted.
pub async fn delete_stream(kinesis: &aws_sdk_kinesis::Client, stream_name: &str) -> Result<()> {
    let deleted = kinesis
        .delete_stream()
        .stream_name(stream_name)
        .send()
        .await;
    match deleted.map_err(|e| e.into_service_error()) {
        Ok(_) => Ok(()),
        Err(e) if e.is_resource_not_found_exception() => Ok(()),
        Err(e) => Err(e.into()),
    }
}

/// Deletes the table. A table that no longer exists is accepted.
pub async fn delete_table(dynamodb: &aws_sdk_dynamodb::Client, table_name: &str) -> Result<()> {
    let deleted = dynamodb.delete_table().table_name(table_name).send().await;
    match deleted.map_err(|e| e.into_service_error()) {
        Ok(_) => Ok(()),
        Err(e) if e.is_resource_not_found_exception() => Ok(()),
        Err(e) => Err(e.into()),
    }
}
