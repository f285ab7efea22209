//! The inputs and the results of the patterns of step 6.
//!
//! Source of the patterns: module 12, "Core Concepts" (stateless and stateful processing,
//! common processing patterns), discussion question 1 and checkpoint question 2. Times are
//! event times, in seconds since 1970-01-01 UTC: an event time says when something happened,
//! not when it is processed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// An event: something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    pub id: String,
    /// The type of the event, such as `order`, `payment` or `view`.
    #[serde(rename = "type")]
    pub kind: String,
    pub user: String,
    /// Event time, in seconds.
    pub at: u64,
}

impl Event {
    /// An event with this number. The types and the users alternate.
    pub fn numbered(number: u64) -> Self {
        let of = |names: [&str; 3]| names[(number % 3) as usize].into();
        Self {
            id: format!("event-{number}"),
            kind: of(["view", "order", "payment"]),
            user: of(["alice", "bob", "charlie"]),
            at: number,
        }
    }
}

/// The events for three different streams.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Branches {
    pub orders: Vec<Event>,
    pub payments: Vec<Event>,
    /// The events of all other types: no event is lost.
    pub others: Vec<Event>,
}

/// The events of each hour, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    /// The number of events in each hour, by the second at which the hour begins.
    pub counts: BTreeMap<u64, u64>,
    /// The ids of the late events, in the order in which the events arrived.
    pub late: Vec<String>,
}

/// An event of one of the two streams that are joined.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Commerce {
    Order(Order),
    Payment(Payment),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    pub order_id: String,
    /// US dollars.
    pub amount: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Payment {
    pub order_id: String,
    /// US dollars.
    pub amount: f64,
}

/// Orders and payments, joined by the id of the order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Joined {
    /// The orders with at least one payment, by id.
    pub paid: BTreeMap<String, Paid>,
    /// The ids of the orders without a payment, sorted.
    pub unpaid: Vec<String>,
    /// The ids that payments name but no order has, sorted, each once.
    pub unmatched: Vec<String>,
}

/// An order with its payments.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Paid {
    /// The amount of the order, in US dollars.
    pub amount: f64,
    /// The sum of its payments, in US dollars.
    pub paid: f64,
}

/// The events of one user without a long pause between them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    pub user: String,
    /// The event time of the first event, in seconds.
    pub start: u64,
    /// The event time of the last event, in seconds.
    pub end: u64,
    /// The number of events in the session.
    pub events: u64,
}

/// An attempt to log in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    pub user: String,
    /// Event time, in seconds.
    pub at: u64,
    pub success: bool,
}

/// An alert: three failed logins of one user within five minutes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    pub user: String,
    /// The event time of the login that raised the alert, in seconds.
    pub at: u64,
}
