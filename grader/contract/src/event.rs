//! The data of the pipeline, in the order in which it passes the stages.
//!
//! Source of names and fields: module 12, "Hands-On", steps 1, 2 and 4.

use serde::{Deserialize, Serialize};

/// A user in the table of users (module 12, hands-on part 1).
///
/// In DynamoDB the attributes are `userId` (the partition key), `name`, `tier` and `country`,
/// all of type `S`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    pub user_id: String,
    pub name: String,
    pub tier: String,
    pub country: String,
}

/// A purchase of a user. Step 1 sends it as a [`Transaction`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Purchase {
    pub user_id: String,
    /// US dollars.
    pub amount: f64,
    pub merchant: String,
}

/// The data of one record in the stream: JSON with the keys `transactionId`, `userId`,
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
    /// The time of the purchase, RFC 3339 in UTC, such as `2026-03-01T12:00:00Z`.
    pub timestamp: String,
}

impl Transaction {
    /// Reads the data of a Kinesis record.
    ///
    /// # Errors
    ///
    /// Returns a text that names the problem: the data is not JSON in UTF-8, a field is
    /// missing or has a different type, or the amount is negative or too large for an `f64`.
    /// `NaN` and `Infinity` are not JSON, so they are also errors. The module does not say
    /// what happens to such records. In this course they are rejected, see [`Rejected`].
    pub fn parse(data: &[u8]) -> std::result::Result<Self, String> {
        let transaction: Self = serde_json::from_slice(data).map_err(|e| e.to_string())?;
        if transaction.amount < 0.0 {
            return Err(format!("amount is negative: {:.2}", transaction.amount));
        }
        Ok(transaction)
    }
}

/// A transaction in the standard format (module 12, hands-on part 2, stage 2), with fields
/// for the user's data, which stage 3 adds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StandardEvent {
    /// The `transactionId`.
    pub id: String,
    /// The `userId`.
    pub user: String,
    /// US dollars.
    pub amount_usd: f64,
    pub merchant: String,
    /// The time of the purchase, unchanged from the transaction.
    pub timestamp: String,
    /// The time at which the event was transformed, RFC 3339 in UTC.
    pub processed_at: String,
    /// `None` until the event is enriched, and if the table does not have the user.
    #[serde(rename = "userName")]
    pub user_name: Option<String>,
    #[serde(rename = "userTier")]
    pub user_tier: Option<String>,
    #[serde(rename = "userCountry")]
    pub user_country: Option<String>,
}

/// The risk of a transaction (module 12, hands-on part 2, stage 4). `to_string` and `{}` give
/// the module's spelling, such as `HIGH_RISK`.
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

/// An event that has passed all stages, with its risk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Classified {
    #[serde(flatten)]
    pub event: StandardEvent,
    pub risk: Risk,
}

/// The four statistics of a run (module 12, hands-on part 2). All start at zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stats {
    /// All transactions, including the filtered ones. Rejected records do not count.
    pub total_processed: u64,
    /// Transactions that the filter dropped.
    pub filtered_out: u64,
    /// Transactions that were classified `HIGH_RISK`, and no others.
    pub high_value: u64,
    /// Transactions that went through enrichment, even if the user was not found.
    pub enriched: u64,
}

/// A record that is not a transaction. The record is rejected and kept complete, so that
/// nothing is lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    pub shard_id: String,
    pub sequence_number: String,
    /// The record's data, unchanged.
    pub data: Vec<u8>,
    /// The error of [`Transaction::parse`].
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
