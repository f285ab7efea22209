//! Step 6: the patterns of stream processing, one small function each.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use contract::Transaction;
use contract::patterns::{Alert, Branches, Commerce, Event, Hours, Joined, Login, Paid, Session};

const HOUR: u64 = 3600;
const FAILURES: usize = 3;
const WITHIN: u64 = 300;

pub fn to_csv(transactions: &[Transaction]) -> String {
    let mut csv = String::from("transactionId,userId,amount,merchant,timestamp\n");
    for transaction in transactions {
        let fields = [
            quoted(&transaction.transaction_id),
            quoted(&transaction.user_id),
            format!("{:.2}", transaction.amount),
            quoted(&transaction.merchant),
            quoted(&transaction.timestamp),
        ];
        csv.push_str(&fields.join(","));
        csv.push('\n');
    }
    csv
}

fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

pub fn split(events: Vec<Event>) -> Branches {
    let mut branches = Branches::default();
    for event in events {
        match event.kind.as_str() {
            "order" => branches.orders.push(event),
            "payment" => branches.payments.push(event),
            _ => branches.others.push(event),
        }
    }
    branches
}

pub fn count_per_user(events: &[Event]) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for event in events {
        *counts.entry(event.user.clone()).or_default() += 1;
    }
    counts
}

pub fn count_per_hour(events: &[Event], lateness: u64) -> Hours {
    let mut hours = Hours::default();
    let mut latest = 0_u64;
    for event in events {
        let hour = event.at - event.at % HOUR;
        let watermark = latest.saturating_sub(lateness);
        if hour + HOUR <= watermark {
            hours.late.push(event.id.clone());
        } else {
            *hours.counts.entry(hour).or_default() += 1;
        }
        latest = latest.max(event.at);
    }
    hours
}

pub fn running_average(amounts: &[f64]) -> Vec<f64> {
    let (mut sum, mut count) = (0.0, 0.0);
    let mut averages = Vec::new();
    for amount in amounts {
        sum += amount;
        count += 1.0;
        averages.push(sum / count);
    }
    averages
}

#[derive(Debug, Default)]
pub struct Progress {
    counted: u64,
}

impl Progress {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn count(&mut self, event: &Event) -> Option<String> {
        // Every event counts, with any content.
        let Event { .. } = event;
        self.counted += 1;
        let report = self.counted.is_multiple_of(100);
        report.then(|| format!("Processed {} events", self.counted))
    }
}

pub fn join(events: &[Commerce]) -> Joined {
    let (mut orders, mut payments) = (BTreeMap::new(), BTreeMap::<_, f64>::new());
    for event in events {
        match event {
            Commerce::Order(order) => {
                orders.insert(&order.order_id, order.amount);
            }
            Commerce::Payment(payment) => {
                *payments.entry(&payment.order_id).or_default() += payment.amount;
            }
        }
    }
    let mut joined = Joined::default();
    for (id, amount) in &orders {
        match payments.get(id) {
            Some(&paid) => {
                let paid = Paid {
                    amount: *amount,
                    paid,
                };
                joined.paid.insert(id.to_string(), paid);
            }
            None => joined.unpaid.push(id.to_string()),
        }
    }
    let unmatched: BTreeSet<_> = payments
        .keys()
        .filter(|id| !orders.contains_key(*id))
        .collect();
    joined.unmatched = unmatched.into_iter().map(|id| id.to_string()).collect();
    joined
}

pub fn sessions(events: &[Event], gap: u64) -> Vec<Session> {
    let mut sorted: Vec<_> = events.iter().collect();
    sorted.sort_by_key(|event| (&event.user, event.at));
    let mut sessions: Vec<Session> = Vec::new();
    for event in sorted {
        match sessions.last_mut() {
            Some(session) if session.user == event.user && event.at - session.end <= gap => {
                session.end = event.at;
                session.events += 1;
            }
            _ => sessions.push(Session {
                user: event.user.clone(),
                start: event.at,
                end: event.at,
                events: 1,
            }),
        }
    }
    sessions
}

pub fn failed_logins(logins: &[Login]) -> Vec<Alert> {
    let mut failures: BTreeMap<&str, VecDeque<u64>> = BTreeMap::new();
    let mut alerts = Vec::new();
    for login in logins {
        let recent = failures.entry(&login.user).or_default();
        if login.success {
            recent.clear();
            continue;
        }
        recent.push_back(login.at);
        while recent
            .front()
            .is_some_and(|first| login.at - first > WITHIN)
        {
            recent.pop_front();
        }
        if recent.len() == FAILURES {
            recent.clear();
            alerts.push(Alert {
                user: login.user.clone(),
                at: login.at,
            });
        }
    }
    alerts
}
