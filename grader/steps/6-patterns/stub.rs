//! Step 6: the patterns of stream processing, one small function each.
//!
//! The first two are stateless: they process each event by itself. The others are
//! stateful: the result for an event depends on earlier events. Each takes a batch of
//! events in the order in which they arrive. This step does not use AWS.
//!
//! The types are in `grader/contract/src/patterns.rs`. Times are event times, in
//! seconds, and less than 2^62; `lateness` and `gap` may be any `u64`. Two users, ids
//! or types are equal only if every character is equal.

use std::collections::BTreeMap;

use contract::Transaction;
use contract::patterns::{Alert, Branches, Commerce, Event, Hours, Joined, Login, Session};

/// Converts transactions to CSV (stateless: a map).
///
/// Returns a header line `transactionId,userId,amount,merchant,timestamp`, then one
/// line for each transaction, in order. Every line ends with `\n`. Amounts have two
/// decimals.
///
/// A field that contains a comma, a quote or a line break (`\n` or `\r`) is written in
/// quotes, and each quote in it is doubled ([RFC 4180], section 2): `Zoo, Inc.` becomes
/// `"Zoo, Inc."`.
///
/// [RFC 4180]: https://www.rfc-editor.org/rfc/rfc4180
pub fn to_csv(transactions: &[Transaction]) -> String {
    todo!()
}

/// Sends events to different streams by their type (stateless: split, or branch).
///
/// Returns the events of type `order`, the events of type `payment`, and all other
/// events, each group in the order in which its events arrived.
pub fn split(events: Vec<Event>) -> Branches {
    todo!()
}

/// Counts events per user (stateful: an aggregation).
///
/// Returns each user who has an event, with the number of their events.
pub fn count_per_user(events: &[Event]) -> BTreeMap<String, u64> {
    todo!()
}

/// Counts events per hour (stateful: a tumbling window on event time).
///
/// An event at second `at` belongs to the hour that begins at `at - at % 3600`. The
/// time of arrival does not matter: events may arrive out of order.
///
/// `lateness`, in seconds, says how long an hour stays open. The watermark is the
/// latest event time of all events that arrived before this event, minus `lateness`. An
/// event is late if the last second of its hour is before the watermark. A late event
/// is not counted: its id is listed instead.
pub fn count_per_hour(events: &[Event], lateness: u64) -> Hours {
    todo!()
}

/// Returns the average of all amounts up to each amount (stateful: a sum and a count).
///
/// The result has one average for each amount, in US dollars. Without amounts it is
/// empty.
pub fn running_average(amounts: &[f64]) -> Vec<f64> {
    todo!()
}

/// Counts events and reports every hundredth event (stateful: a count that continues in
/// the next batch).
#[derive(Debug, Default)]
pub struct Progress {
    // What must it remember?
}

impl Progress {
    /// Starts at zero.
    pub fn new() -> Self {
        todo!()
    }

    /// Counts one more event. The hundredth event gives `Processed 100 events`, the two
    /// hundredth gives `Processed 200 events`, and so on. All other events give `None`.
    pub fn count(&mut self, event: &Event) -> Option<String> {
        todo!()
    }
}

/// Joins orders with their payments (stateful: a join).
///
/// Orders and payments arrive mixed, and a payment may arrive before its order. Each
/// order arrives once, and may be paid in parts. [`Joined`] has the `paid` orders, with
/// the sum of their payments. It also has the sorted ids of the `unpaid` orders, and of
/// the `unmatched` payments. A payment is unmatched if no order has the id that it
/// names.
pub fn join(events: &[Commerce]) -> Joined {
    todo!()
}

/// Groups the events of each user into sessions (stateful: session windows).
///
/// A session ends when its user is inactive for more than `gap` seconds. A pause of
/// exactly `gap` seconds does not end it. Events may arrive out of order: only the
/// event time counts. Returns the sessions sorted by user, then by start.
pub fn sessions(events: &[Event], gap: u64) -> Vec<Session> {
    todo!()
}

/// Raises an alert for three failed logins of one user within five minutes (stateful:
/// pattern detection in a sliding window).
///
/// Logins arrive in the order of their times, and several may have the same second. The
/// third failure raises the alert if it is at most 300 seconds after the first of the
/// three. After a successful login, the earlier failures of this user no longer count.
/// The same is true after an alert: the next alert needs three new failures. Returns
/// the alerts in the order in which they are raised.
pub fn failed_logins(logins: &[Login]) -> Vec<Alert> {
    todo!()
}
