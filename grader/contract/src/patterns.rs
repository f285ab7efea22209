//! What the patterns of step 6 work on, and what they give.
//!
//! Source of the patterns: module 12, "Core Concepts" (stateless and stateful
//! processing, common processing patterns), discussion question 1 and checkpoint
//! question 2. Times are event times, in seconds since 1970-01-01 UTC: when something
//! happened, not when it is processed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    pub id: String,
    /// What kind of event it is, such as `order`, `payment` or `view`.
    #[serde(rename = "type")]
    pub kind: String,
    pub user: String,
    /// Event time, in seconds.
    pub at: u64,
}

impl Event {
    /// One of many events of several kinds and users, numbered from zero.
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

/// Events on their way to different streams.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Branches {
    pub orders: Vec<Event>,
    pub payments: Vec<Event>,
    /// Every other kind: nothing is lost.
    pub others: Vec<Event>,
}

/// Events counted hour by hour.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    /// The second with which an hour begins, and how many events are in it.
    pub counts: BTreeMap<u64, u64>,
    /// The ids of events that came too late to be counted, as they came.
    pub late: Vec<String>,
}

/// One of the two streams that are joined.
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

/// Orders and payments, joined on the order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Joined {
    /// Orders with at least one payment, by id.
    pub paid: BTreeMap<String, Paid>,
    /// The ids of orders without a payment, sorted.
    pub unpaid: Vec<String>,
    /// The ids that payments name and no order has, sorted, each once.
    pub unmatched: Vec<String>,
}

/// An order with its payments.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Paid {
    /// What the order is about, in US dollars.
    pub amount: f64,
    /// The sum of its payments, in US dollars.
    pub paid: f64,
}

/// Events of one user with no long pause between them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    pub user: String,
    /// Event time of the first event, in seconds, …
    pub start: u64,
    /// … and of the last.
    pub end: u64,
    /// How many events it has.
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

/// Too many failed logins in too short a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    pub user: String,
    /// Event time of the login that raised it, in seconds.
    pub at: u64,
}
