//! Step 6: the patterns of stream processing, one small function each.
//!
//! The first two are stateless: each event is processed by itself. The others are
//! stateful: what one event comes to depends on those before it. Each takes a batch of
//! events in the order in which they arrive. No AWS is involved.
//!
//! The types are in `grader/contract/src/patterns.rs`. Times are event times, in
//! seconds, and less than 2^62; `lateness` and `gap` may be any `u64`. Users, ids and
//! types are equal letter by letter or not at all.

use std::collections::BTreeMap;

use contract::Transaction;
use contract::patterns::{Alert, Branches, Commerce, Event, Hours, Joined, Login, Session};

/// Converts transactions to CSV (stateless: a map).
///
/// Returns a header line `transactionId,userId,amount,merchant,timestamp`, then one
/// line for each transaction, in order; every line ends with `\n`. Amounts have two
/// decimals.
///
/// A field that contains a comma, a quote or a line break (`\n` or `\r`) stands in
/// quotes, and each quote in it is doubled ([RFC 4180], section 2): `Zoo, Inc.` becomes
/// `"Zoo, Inc."`.
///
/// [RFC 4180]: https://www.rfc-editor.org/rfc/rfc4180
pub fn to_csv(transactions: &[Transaction]) -> String {
    todo!()
}

/// Sends events to different streams by their type (stateless: split, or branch).
///
/// Returns the events of type `order`, those of type `payment`, and all others, each
/// in the order in which they came.
pub fn split(events: Vec<Event>) -> Branches {
    todo!()
}

/// Counts events per user (stateful: an aggregation).
///
/// Returns each user who has an event, with how many there are.
pub fn count_per_user(events: &[Event]) -> BTreeMap<String, u64> {
    todo!()
}

/// Counts events per hour (stateful: a tumbling window on event time).
///
/// An event at second `at` belongs to the hour that begins at `at - at % 3600`,
/// whenever it arrives: events may come out of order.
///
/// `lateness`, in seconds, says how long an hour is kept open. The watermark is the
/// latest event time seen among the events before, minus `lateness`. An event is late
/// if its hour had ended by then, that is if the hour's last second is before the
/// watermark: it is not counted, and its id is listed instead.
pub fn count_per_hour(events: &[Event], lateness: u64) -> Hours {
    todo!()
}

/// The average of all amounts up to each one (stateful: a sum and a count).
///
/// Returns one average for each amount, in US dollars; nothing for no amounts.
pub fn running_average(amounts: &[f64]) -> Vec<f64> {
    todo!()
}

/// Counts events and reports every hundredth (stateful: a count that outlives the
/// batch).
#[derive(Debug, Default)]
pub struct Progress {
    // What does it have to remember?
}

impl Progress {
    /// Begins at zero.
    pub fn new() -> Self {
        todo!()
    }

    /// Counts one more event. The hundredth gives `Processed 100 events`, the two
    /// hundredth `Processed 200 events`, and so on; all others give `None`.
    pub fn count(&mut self, event: &Event) -> Option<String> {
        todo!()
    }
}

/// Joins orders with their payments (stateful: a join).
///
/// Both arrive interleaved, a payment sometimes before its order. Each order comes once,
/// and may be paid in parts. [`Joined`] has the orders that were `paid`, with the sum of their
/// payments, and the sorted ids of those `unpaid`, and of payments that are `unmatched`:
/// no order has the id they name.
pub fn join(events: &[Commerce]) -> Joined {
    todo!()
}

/// Groups the events of each user into sessions (stateful: session windows).
///
/// A session ends when its user is inactive for more than `gap` seconds; a pause of
/// just `gap` seconds does not end it. Events may come out of order: event time
/// counts. Returns the sessions sorted by user, then by start.
pub fn sessions(events: &[Event], gap: u64) -> Vec<Session> {
    todo!()
}

/// Raises an alert on three failed logins of one user within five minutes (stateful:
/// pattern detection in a sliding window).
///
/// Logins come in the order of their times, several in one second perhaps. The third
/// failure raises the alert if it is at most 300 seconds after the first of the three. A
/// successful login makes the user's earlier failures forgotten, and so does an alert:
/// the next one takes three new failures. Returns the alerts as they are raised.
pub fn failed_logins(logins: &[Login]) -> Vec<Alert> {
    todo!()
}
