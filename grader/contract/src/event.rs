//! The data that flows through the pipeline, in the order of the flow.
//!
//! Source of names and fields: module 12, "Hands-On", steps 1, 2 and 4.

use serde::{Deserialize, Serialize};

/// A user of the reference table (module 12, hands-on step 1).
///
/// In DynamoDB the attributes are `userId` (the partition key), `name`, `tier`
/// and `country`, all of type `S`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    pub user_id: String,
    pub name: String,
    pub tier: String,
    pub country: String,
}

/// What a user bought: a transaction before it is sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Purchase {
    pub user_id: String,
    /// US dollars.
    pub amount: f64,
    pub merchant: String,
}

/// One record of the stream: JSON with the keys `transactionId`, `userId`,
/// `amount`, `merchant` and `timestamp`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Transaction {
    /// Unique among all transactions.
    pub transaction_id: String,
    pub user_id: String,
    /// US dollars, finite and not negative.
    pub amount: f64,
    pub merchant: String,
    /// When the purchase was made: RFC 3339, UTC, such as `2026-03-01T12:00:00Z`.
    pub timestamp: String,
}

impl Transaction {
    /// Reads the data blob of a Kinesis record.
    ///
    /// # Errors
    ///
    /// A sentence that names the trouble: not UTF-8 JSON, a field that is missing
    /// or of another type, an amount that is negative or too large to be a number.
    /// (`NaN` and `Infinity` are not JSON, so they are refused too.) The module
    /// leaves such records open; this course sets them aside, see [`Rejected`].
    pub fn parse(data: &[u8]) -> std::result::Result<Self, String> {
        let transaction: Self = serde_json::from_slice(data).map_err(|e| e.to_string())?;
        if transaction.amount < 0.0 {
            return Err(format!("amount is negative: {:.2}", transaction.amount));
        }
        Ok(transaction)
    }
}

/// A transaction in the standard format (module 12, hands-on step 2, stage 2),
/// with room for what enrichment adds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StandardEvent {
    /// The `transactionId`.
    pub id: String,
    /// The `userId`.
    pub user: String,
    /// US dollars.
    pub amount_usd: f64,
    pub merchant: String,
    /// When the purchase was made, as the transaction says it.
    pub timestamp: String,
    /// When the event was transformed: RFC 3339, UTC.
    pub processed_at: String,
    /// `None` until enriched, and for a user the table does not know.
    #[serde(rename = "userName")]
    pub user_name: Option<String>,
    #[serde(rename = "userTier")]
    pub user_tier: Option<String>,
    #[serde(rename = "userCountry")]
    pub user_country: Option<String>,
}

/// The risk of a transaction (module 12, hands-on step 2, stage 4). Its
/// [`Display`](std::fmt::Display) is the module's spelling, `HIGH_RISK` and so on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Risk {
    HighRisk,
    MediumRisk,
    LowRisk,
}

impl std::fmt::Display for Risk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::HighRisk => "HIGH_RISK",
            Self::MediumRisk => "MEDIUM_RISK",
            Self::LowRisk => "LOW_RISK",
        })
    }
}

/// An event that came out at the end of the pipeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Classified {
    #[serde(flatten)]
    pub event: StandardEvent,
    pub risk: Risk,
}

/// The four statistics of a run (module 12, hands-on step 2). All start at zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stats {
    /// Transactions seen, the filtered ones too. Rejected records are not transactions.
    pub total_processed: u64,
    /// Transactions the filter dropped.
    pub filtered_out: u64,
    /// Transactions that were classified `HIGH_RISK`, and those alone.
    pub high_value: u64,
    /// Transactions that went through enrichment, whether or not the user was found.
    pub enriched: u64,
}

/// A record that is not a transaction, set aside whole so that nothing is lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    pub shard_id: String,
    pub sequence_number: String,
    /// The record's data, as it was read.
    pub data: Vec<u8>,
    /// What [`Transaction::parse`] said.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(data: &str) -> String {
        Transaction::parse(data.as_bytes()).unwrap_err()
    }

    #[test]
    fn a_record_that_is_no_transaction_says_why() {
        let with_amount = |amount: &str| {
            format!(
                r#"{{"transactionId":"t","userId":"u","amount":{amount},"merchant":"m","timestamp":"2026-03-01T12:00:00Z"}}"#
            )
        };
        assert!(Transaction::parse(with_amount("0").as_bytes()).is_ok());
        assert!(reason("hello").contains("expected value"));
        assert!(reason(r#"{"userId":"u"}"#).contains("missing field `transactionId`"));
        assert!(reason(&with_amount("NaN")).contains("expected value"));
        assert!(reason(&with_amount("1e999")).contains("out of range"));
        assert!(reason(&with_amount("\"12\"")).contains("invalid type"));
        assert_eq!(reason(&with_amount("-5")), "amount is negative: -5.00");
    }

    #[test]
    fn risk_is_spelled_alike_in_json_and_in_text() {
        for risk in [Risk::HighRisk, Risk::MediumRisk, Risk::LowRisk] {
            assert_eq!(serde_json::json!(risk), risk.to_string());
        }
    }
}
