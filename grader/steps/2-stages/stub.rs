//! Step 2: the four stages of the pipeline.
//!
//! Each stage looks at one event and remembers nothing about other events. Step 3 calls
//! the stages in this order: filter, transform, enrich, classify.

use contract::{Risk, StandardEvent, Transaction};

/// Stage 1, filter: decides whether the pipeline keeps the transaction.
///
/// Returns `true` if the amount of `event` is 100.00 US dollars or more, and `false` if
/// it is less. A transaction of exactly 100.00 is kept.
///
/// # Prints
///
/// Nothing: the processor of step 3 prints which events are filtered out.
///
/// # Judged
///
/// The decision for amounts on both sides of the threshold, and exactly on the
/// threshold.
pub fn filter_event(event: &Transaction) -> bool {
    todo!()
}

/// Stage 2, transform: converts the transaction to the standard format.
///
/// Returns a new event, made from the transaction `event`:
///
/// | field | value |
/// |---|---|
/// | [`id`](StandardEvent::id) | the id of the transaction |
/// | [`user`](StandardEvent::user) | the user of the transaction |
/// | [`amount_usd`](StandardEvent::amount_usd) | the amount in US dollars, unchanged |
/// | [`merchant`](StandardEvent::merchant) | the merchant |
/// | [`timestamp`](StandardEvent::timestamp) | the time of the purchase, unchanged |
/// | [`processed_at`](StandardEvent::processed_at) | the current time, RFC 3339 in UTC |
/// | `user_name`, `user_tier`, `user_country` | `None`, until the event is enriched |
///
/// # Prints
///
/// Nothing.
///
/// # Judged
///
/// Every field. The time in `processed_at` must be the current time. Its form must be
/// RFC 3339 in UTC, such as `2026-03-01T12:00:00Z`.
pub fn transform_event(event: &Transaction) -> StandardEvent {
    todo!()
}

/// Stage 3, enrich: adds the name, tier and country of the user to the event.
///
/// Looks up the user of `event` in the table `table_name`, whose key is `userId` of
/// type `S`; see [GetItem]. User ids are used unchanged: `Alice` is not `alice`.
///
/// Returns the event. If the table has the user, the attributes of the item fill three
/// fields:
///
/// | field | attribute, of type `S` |
/// |---|---|
/// | [`user_name`](StandardEvent::user_name) | `name` |
/// | [`user_tier`](StandardEvent::user_tier) | `tier` |
/// | [`user_country`](StandardEvent::user_country) | `country` |
///
/// All other fields stay unchanged.
///
/// If the table does not have the user, the event is not lost: the function returns it
/// unchanged, with `None` in the three fields. If the lookup fails, the function does
/// the same. An item without one of the three attributes counts as a failed lookup.
///
/// # Errors
///
/// This function returns no errors; see above.
///
/// # Prints
///
/// Nothing if the table has the user. Otherwise the function prints a line that says
/// what happened, on standard output or standard error. The first character of this
/// line, after any spaces, is `⚠`. The `⚠` is judged; the words are not.
///
/// ```text
///   ⚠ Unknown user: mallory
///   ⚠ Enrichment failed: service error
/// ```
///
/// # Judged
///
/// - The returned event: for known users, for unknown users, and when every lookup
///   fails because the table does not exist.
/// - The warning in the last two cases.
///
/// Your code may remember users that it found in a table. It must not remember a failed
/// lookup: for the next event of this user, it looks up the user again.
///
/// [GetItem]: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_GetItem.html
pub async fn enrich_event(
    dynamodb: &aws_sdk_dynamodb::Client,
    table_name: &str,
    event: StandardEvent,
) -> StandardEvent {
    todo!()
}

/// Stage 4, classify: determines the risk of the event.
///
/// Returns the risk for the amount of `event`, in US dollars:
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
/// The risk of amounts on both sides of each threshold, and exactly on the thresholds.
pub fn classify_event(event: &StandardEvent) -> Risk {
    todo!()
}
