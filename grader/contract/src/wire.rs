//! The wire protocol between the grader and a submission: one JSON document a
//! line over a Unix socket, a [`Call`] down, a [`Reply`] back, strictly in turn.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::function::Function;
use crate::patterns::Pattern;
use crate::scaling::Scaling;
use crate::{Classified, Purchase, Rejected, StandardEvent, Stats, Transaction, User};

/// Which of the two processors a call is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Processor {
    Stream,
    Stateful,
}

/// One function of the submission, with its arguments.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    Function(Function),
    SetupStream {
        stream: String,
        shards: i32,
    },
    SetupReferenceData {
        table: String,
        users: Vec<User>,
    },
    SendTransactions {
        stream: String,
        purchases: Vec<Purchase>,
    },
    EnrichEvent {
        table: String,
        event: StandardEvent,
    },
    /// Every event at once, on one thread: calls that do not block overlap.
    EnrichTogether {
        table: String,
        events: Vec<StandardEvent>,
    },
    ProcessEvents {
        processor: Processor,
        table: String,
        events: Vec<Transaction>,
    },
    ProcessShard {
        processor: Processor,
        table: String,
        stream: String,
        shard_id: String,
    },
    ProcessStream {
        processor: Processor,
        table: String,
        stream: String,
    },
    DeleteStream {
        stream: String,
    },
    DeleteTable {
        table: String,
    },
    Pattern(Pattern),
    Scaling(Scaling),
    Quiz,
}

impl Call {
    /// A function that takes one value, such as `stages::filter_event`.
    pub fn of(function: &str, input: impl Serialize) -> Self {
        let input = serde_json::to_value(input).expect("what is passed is JSON");
        let function = function.to_owned();
        Self::Function(Function { function, input })
    }

    /// The name of the function as the student knows it.
    pub fn function(&self) -> &str {
        match self {
            Self::Function(function) => function.name(),
            Self::SetupStream { .. } => "setup_stream",
            Self::SetupReferenceData { .. } => "setup_reference_data",
            Self::SendTransactions { .. } => "send_transactions",
            Self::EnrichEvent { .. } | Self::EnrichTogether { .. } => "enrich_event",
            Self::ProcessEvents { .. } => "process_event",
            Self::ProcessShard { .. } => "process_shard",
            Self::ProcessStream { .. } => "process_stream",
            Self::DeleteStream { .. } => "delete_stream",
            Self::DeleteTable { .. } => "delete_table",
            Self::Pattern(pattern) => pattern.function(),
            Self::Scaling(scaling) => scaling.function(),
            Self::Quiz => "ANSWERS",
        }
    }
}

/// What became of a call that the submission's process lived to answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// The function returned this.
    Returned(Value),
    /// The function returned `Err`, which reads like this.
    Failed(String),
    /// The function panicked.
    Panicked(Panic),
}

/// A panic, caught: its message and where in the source it arose.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Panic {
    pub message: String,
    pub file: String,
    pub line: u32,
}

/// What a processor returned and remembers after a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// In the order they were returned; `None` for a filtered event, which only
    /// `process_event` reports.
    pub outputs: Vec<Option<Classified>>,
    pub stats: Stats,
    pub rejected: Vec<Rejected>,
    /// Running totals in US dollars, in the order they were returned; empty for
    /// the processor without state.
    pub totals: Vec<(String, f64)>,
    /// What it remembered after each event, where events were passed one by one.
    #[serde(default)]
    pub after: Vec<Memory>,
}

/// What a processor remembers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    pub stats: Stats,
    /// As in [`Run::totals`].
    pub totals: Vec<(String, f64)>,
}
