//! Step 2: the four stages of the pipeline. No stage remembers other events.

use aws_sdk_dynamodb::types::AttributeValue;
use contract::{Result, Risk, StandardEvent, Transaction, User};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Stage 1, filter: keeps a transaction if its amount is 100.00 or more.
pub fn filter_event(event: &Transaction) -> bool {
    event.amount >= 100.00
}

/// Stage 2, transform: converts the transaction to the standard format, not yet enriched.
pub fn transform_event(event: &Transaction) -> StandardEvent {
    StandardEvent {
        id: event.transaction_id.clone(),
        user: event.user_id.clone(),
        amount_usd: event.amount,
        merchant: event.merchant.clone(),
        timestamp: event.timestamp.clone(),
        processed_at: OffsetDateTime::now_utc()
            .format(&Rfc3339)
            .expect("the present has an RFC 3339 form"),
        user_name: None,
        user_tier: None,
        user_country: None,
    }
}

/// Stage 3, enrich: adds the user's name, tier and country. If the user is unknown or the
/// lookup fails, it prints a warning and returns the event unchanged.
pub async fn enrich_event(
    dynamodb: &aws_sdk_dynamodb::Client,
    table_name: &str,
    mut event: StandardEvent,
) -> StandardEvent {
    match find_user(dynamodb, table_name, &event.user).await {
        Ok(Some(user)) => {
            event.user_name = Some(user.name);
            event.user_tier = Some(user.tier);
            event.user_country = Some(user.country);
        }
        Ok(None) => println!("  ⚠ Unknown user: {}", event.user),
        Err(e) => println!("  ⚠ Enrichment failed: {e}"),
    }
    event
}

/// Stage 4, classify: the risk is high above 3000, medium above 1000, and otherwise low.
pub fn classify_event(event: &StandardEvent) -> Risk {
    if event.amount_usd > 3000.00 {
        Risk::HighRisk
    } else if event.amount_usd > 1000.00 {
        Risk::MediumRisk
    } else {
        Risk::LowRisk
    }
}

async fn find_user(
    dynamodb: &aws_sdk_dynamodb::Client,
    table_name: &str,
    user_id: &str,
) -> Result<Option<User>> {
    let found = dynamodb
        .get_item()
        .table_name(table_name)
        .key("userId", AttributeValue::S(user_id.to_owned()))
        .send()
        .await?;
    let Some(item) = found.item else {
        return Ok(None);
    };
    let text = |name: &str| match item.get(name) {
        Some(AttributeValue::S(text)) => Ok(text.clone()),
        _ => Err(format!("user {user_id} has no text attribute {name}")),
    };
    Ok(Some(User {
        user_id: user_id.to_owned(),
        name: text("name")?,
        tier: text("tier")?,
        country: text("country")?,
    }))
}
