//! Step 1: the stream, the table of users, and the transactions.

use std::time::{Duration, SystemTime};

use aws_sdk_dynamodb::client::Waiters as _;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType,
    ScalarAttributeType,
};
use aws_sdk_kinesis::client::Waiters as _;
use aws_sdk_kinesis::primitives::Blob;
use contract::{Purchase, Result, Transaction, User};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use uuid::Uuid;

/// How long a stream or a table may take to become ready.
const READY_WITHIN: Duration = Duration::from_secs(120);

/// Creates the stream with `shard_count` shards and waits until it is `ACTIVE`.
/// A stream that already exists stays as it is.
pub async fn setup_stream(
    kinesis: &aws_sdk_kinesis::Client,
    stream_name: &str,
    shard_count: i32,
) -> Result<()> {
    let created = kinesis
        .create_stream()
        .stream_name(stream_name)
        .shard_count(shard_count)
        .send()
        .await;
    match created.map_err(|e| e.into_service_error()) {
        Ok(_) => println!("Creating stream..."),
        Err(e) if e.is_resource_in_use_exception() => {}
        Err(e) => return Err(e.into()),
    }
    kinesis
        .wait_until_stream_exists()
        .stream_name(stream_name)
        .wait(READY_WITHIN)
        .await?;
    println!("✓ Stream ready\n");
    Ok(())
}

/// Creates the table of users, waits until it is `ACTIVE`, and puts every user
/// into it. A table that already exists stays, and gets all the users again.
pub async fn setup_reference_data(
    dynamodb: &aws_sdk_dynamodb::Client,
    table_name: &str,
    users: &[User],
) -> Result<()> {
    let user_id = AttributeDefinition::builder()
        .attribute_name("userId")
        .attribute_type(ScalarAttributeType::S)
        .build()?;
    let partition_key = KeySchemaElement::builder()
        .attribute_name("userId")
        .key_type(KeyType::Hash)
        .build()?;
    let created = dynamodb
        .create_table()
        .table_name(table_name)
        .attribute_definitions(user_id)
        .key_schema(partition_key)
        .billing_mode(BillingMode::PayPerRequest)
        .send()
        .await;
    match created.map_err(|e| e.into_service_error()) {
        Ok(_) => println!("Creating reference data table..."),
        Err(e) if e.is_resource_in_use_exception() => {}
        Err(e) => return Err(e.into()),
    }
    dynamodb
        .wait_until_table_exists()
        .table_name(table_name)
        .wait(READY_WITHIN)
        .await?;
    for user in users {
        dynamodb
            .put_item()
            .table_name(table_name)
            .item("userId", AttributeValue::S(user.user_id.clone()))
            .item("name", AttributeValue::S(user.name.clone()))
            .item("tier", AttributeValue::S(user.tier.clone()))
            .item("country", AttributeValue::S(user.country.clone()))
            .send()
            .await?;
    }
    println!("✓ Reference data loaded\n");
    Ok(())
}

/// Sends each purchase as a transaction, in order, with the user as partition key.
pub async fn send_transactions(
    kinesis: &aws_sdk_kinesis::Client,
    stream_name: &str,
    purchases: &[Purchase],
) -> Result<()> {
    println!("Sending transactions...\n");
    for purchase in purchases {
        let transaction = Transaction {
            transaction_id: format!("txn_{}", Uuid::new_v4()),
            user_id: purchase.user_id.clone(),
            amount: purchase.amount,
            merchant: purchase.merchant.clone(),
            timestamp: OffsetDateTime::from(SystemTime::now()).format(&Rfc3339)?,
        };
        kinesis
            .put_record()
            .stream_name(stream_name)
            .partition_key(&transaction.user_id)
            .data(Blob::new(serde_json::to_vec(&transaction)?))
            .send()
            .await?;
        println!(
            "  {:8} | ${:8.2} | {}",
            purchase.user_id, purchase.amount, purchase.merchant
        );
    }
    println!("\n✓ Transactions sent\n");
    Ok(())
}
