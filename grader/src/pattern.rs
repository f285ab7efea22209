//! One function of step 6 with its arguments. They come from a fixture or from a seed.

use contract::Transaction;
use contract::patterns::{Commerce, Event, Login};
use protocol::Call;
use serde::{Deserialize, Serialize};

/// One function of step 6, with its arguments.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pattern {
    ToCsv(Vec<Transaction>),
    Split(Vec<Event>),
    CountPerUser(Vec<Event>),
    CountPerHour {
        events: Vec<Event>,
        lateness: u64,
    },
    RunningAverage(Vec<f64>),
    /// The number of events in each batch.
    EveryHundredth(Vec<u64>),
    Join(Vec<Commerce>),
    Sessions {
        events: Vec<Event>,
        gap: u64,
    },
    FailedLogins(Vec<Login>),
}

impl Pattern {
    pub fn call(&self) -> Call {
        match self {
            Self::ToCsv(batch) => Call::new("patterns::to_csv", (batch,)),
            Self::Split(batch) => Call::new("patterns::split", (batch,)),
            Self::CountPerUser(batch) => Call::new("patterns::count_per_user", (batch,)),
            Self::CountPerHour { events, lateness } => {
                Call::new("patterns::count_per_hour", (events, lateness))
            }
            Self::RunningAverage(batch) => Call::new("patterns::running_average", (batch,)),
            Self::EveryHundredth(batch) => Call::new("patterns::Progress::count", (batch,)),
            Self::Join(batch) => Call::new("patterns::join", (batch,)),
            Self::Sessions { events, gap } => Call::new("patterns::sessions", (events, gap)),
            Self::FailedLogins(batch) => Call::new("patterns::failed_logins", (batch,)),
        }
    }
}
