//! The answers of the quiz: one field for each question, `None` until you answer it.
//!
//! Source of the questions: module 12, "Discussion Questions" and "Checkpoint", with
//! different numbers.

use serde::{Deserialize, Serialize};

/// Whether an operation must remember earlier events (stateful) or not (stateless).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    Stateless,
    Stateful,
}

/// The kind of processing that is best for a use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mode {
    Stream,
    Batch,
    Both,
}

/// All answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answers {
    pub state: State,
    pub mode: Modes,
    pub shards: Shards,
    pub scaling: Scaling,
    pub streaming: Streaming,
    pub stages: Stages,
}

/// 1. Which of these operations have to remember earlier events?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    pub json_to_csv: Option<Kind>,
    pub views_per_hour: Option<Kind>,
    pub amount_filter: Option<Kind>,
    pub failed_logins: Option<Kind>,
    pub country_lookup: Option<Kind>,
    pub running_average: Option<Kind>,
}

/// 2. Stream processing, batch processing, or both?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Modes {
    pub block_fraud: Option<Mode>,
    pub monthly_sales: Option<Mode>,
    pub active_users: Option<Mode>,
    pub model_training: Option<Mode>,
    pub recommendations: Option<Mode>,
    pub daily_warehouse: Option<Mode>,
}

/// 3. A count per user is too much for its only shard. Give whole numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shards {
    pub shards: Option<u64>,
    pub users_per_shard: Option<u64>,
    /// In megabytes.
    pub memory_per_shard: Option<u64>,
}

/// 4. Which of these are reasons why stateless processing is easier to scale?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scaling {
    pub any_processor_will_do: Option<bool>,
    pub nothing_to_recover: Option<bool>,
    pub events_are_smaller: Option<bool>,
    pub no_split_by_key: Option<bool>,
    pub order_is_kept: Option<bool>,
}

/// 5. Which of these are good uses of stream processing?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Streaming {
    pub annual_report: Option<bool>,
    pub login_alert: Option<bool>,
    pub model_of_five_years: Option<bool>,
    pub search_index: Option<bool>,
}

/// 6. What does the right order of the stages save? Give the numbers of calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stages {
    pub calls_filter_last: Option<u64>,
    pub calls_filter_first: Option<u64>,
    /// Of the calls of transform and enrich, in percent.
    pub wasted_percent: Option<u64>,
}
