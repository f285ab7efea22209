//! Step 2: the four stages of the pipeline.
//!
//! Each stage looks at one event and remembers nothing of the others. Step 3 puts
//! them in a row: filter, transform, enrich, classify.

use contract::{Risk, StandardEvent, Transaction};

/// Stage 1, filter: whether the transaction is worth processing.
///
/// Returns `true` if the amount of `event` is 100.00 US dollars or more, and `false`
/// if it is less. A transaction of exactly 100.00 is kept.
///
/// # Prints
///
/// Nothing: the processor of step 3 reports what was filtered out.
///
/// # Judged
///
/// The decision for amounts on both sides of the threshold, and for the threshold.
pub fn filter_event(event: &Transaction) -> bool {
    todo!()
}

/// Stage 2, transform: the transaction in the standard format.
///
/// Returns a new event made of the transaction `event`:
///
/// | field | value |
/// |---|---|
/// | [`id`](StandardEvent::id) | the transaction's id |
/// | [`user`](StandardEvent::user) | the transaction's user |
/// | [`amount_usd`](StandardEvent::amount_usd) | the amount in US dollars, unchanged |
/// | [`merchant`](StandardEvent::merchant) | the merchant |
/// | [`timestamp`](StandardEvent::timestamp) | when the purchase was made, unchanged |
/// | [`processed_at`](StandardEvent::processed_at) | the present, RFC 3339 in UTC |
/// | `user_name`, `user_tier`, `user_country` | `None`, until the event is enriched |
///
/// # Prints
///
/// Nothing.
///
/// # Judged
///
/// Every field. The time in `processed_at` must be the present, and its form RFC
/// 3339 in UTC, such as `2026-03-01T12:00:00Z`.
pub fn transform_event(event: &Transaction) -> StandardEvent {
    todo!()
}

/// Stage 3, enrich: the event with its user's name, tier and country.
///
/// Looks the user of `event` up in the table `table_name`, whose key is `userId` of
/// type `S`; see [GetItem]. User ids are taken as they are: `Alice` is not `alice`.
///
/// Returns the event. If the user was found, the item's attributes fill three fields:
///
/// | field | attribute, of type `S` |
/// |---|---|
/// | [`user_name`](StandardEvent::user_name) | `name` |
/// | [`user_tier`](StandardEvent::user_tier) | `tier` |
/// | [`user_country`](StandardEvent::user_country) | `country` |
///
/// All other fields stay as they were.
///
/// A user whom the table does not know costs no event, and neither does a lookup
/// that fails: the event is returned as it came, with the three fields `None`. An
/// item that lacks one of the three attributes counts as a lookup that failed.
///
/// # Errors
///
/// There are none to return: see above.
///
/// # Prints
///
/// Nothing if the user was found. Otherwise a line that says what happened, whose
/// first character after any blanks is `⚠`, on standard output or standard error.
/// The mark is judged, the words are not.
///
/// ```text
///   ⚠ Unknown user: mallory
///   ⚠ Enrichment failed: service error
/// ```
///
/// # Judged
///
/// The event that is returned: for known users, for unknown ones, and when every
/// lookup fails because there is no such table; and the warning in the latter two
/// cases. To remember users who were found in a table is fine; a lookup that failed is
/// made again.
///
/// [GetItem]: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html
pub async fn enrich_event(
    dynamodb: &aws_sdk_dynamodb::Client,
    table_name: &str,
    event: StandardEvent,
) -> StandardEvent {
    todo!()
}

/// Stage 4, classify: the risk of the event.
///
/// Returns the risk that follows from the amount of `event`, in US dollars:
///
/// | amount | risk |
/// |---|---|
/// | above 3000.00 | [`Risk::HighRisk`] |
/// | above 1000.00, up to 3000.00 | [`Risk::MediumRisk`] |
/// | up to 1000.00 | [`Risk::LowRisk`] |
///
/// # Prints
///
/// Nothing.
///
/// # Judged
///
/// The risk of amounts on both sides of each threshold, and on the thresholds.
pub fn classify_event(event: &StandardEvent) -> Risk {
    todo!()
}
