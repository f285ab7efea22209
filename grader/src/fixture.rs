//! The data of the scenarios: files under `fixtures/`.

use crate::pattern::Pattern;
use contract::scaling::Checkpoint;
use protocol::Call;

use crate::call;
use contract::{Purchase, StandardEvent, Transaction, User};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::course::Course;
use crate::problem::{self, Problem, Result};

/// A file under `fixtures/`, by its name without folder and extension.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fixture {
    Users(String),
    Purchases(String),
    Events(String),
    StandardEvents(String),
    Stream(String),
    Functions(String),
    Patterns(String),
    Checkpoints(String),
}

impl Fixture {
    /// The folders of these files.
    pub const KINDS: [&str; 7] = [
        "users",
        "purchases",
        "events",
        "streams",
        "functions",
        "patterns",
        "checkpoints",
    ];

    /// The folder and the name.
    pub fn place(&self) -> (&'static str, &str) {
        match self {
            Self::Users(name) => ("users", name),
            Self::Purchases(name) => ("purchases", name),
            Self::Events(name) | Self::StandardEvents(name) => ("events", name),
            Self::Stream(name) => ("streams", name),
            Self::Functions(name) => ("functions", name),
            Self::Patterns(name) => ("patterns", name),
            Self::Checkpoints(name) => ("checkpoints", name),
        }
    }

    /// Checks that the file exists and has the type of data that a scenario expects.
    pub fn try_to_read(&self, course: &Course) -> Result<()> {
        match self {
            Self::Users(name) => users(course, name).map(drop),
            Self::Purchases(name) => purchases(course, name).map(drop),
            Self::Events(name) => transactions(course, name).map(drop),
            Self::StandardEvents(name) => standard_events(course, name).map(drop),
            // The stream names a file with the users of its table.
            Self::Stream(name) => users(course, &stream(course, name)?.users).map(drop),
            Self::Functions(name) => functions(course, name).map(drop),
            Self::Patterns(name) => patterns(course, name).map(drop),
            Self::Checkpoints(name) => checkpoints(course, name).map(drop),
        }
    }
}

/// A stream with its records.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stream {
    /// The purpose of the stream.
    pub about: String,
    pub shards: i32,
    /// The file with the users of the table.
    pub users: String,
    pub records: Vec<Record>,
    /// Records that are put after the only shard was split in two.
    #[serde(default)]
    pub after_split: Vec<Record>,
    /// Records that are put after the two shards were merged again.
    #[serde(default)]
    pub after_merge: Vec<Record>,
    /// Whether the shards get the records in turn, independent of the partition keys.
    #[serde(default)]
    pub in_turn: bool,
}

impl Stream {
    /// A stream without a file of users.
    pub fn new(shards: i32, records: Vec<Record>) -> Self {
        Self {
            about: String::new(),
            shards,
            users: String::new(),
            records,
            after_split: Vec::new(),
            after_merge: Vec::new(),
            in_turn: false,
        }
    }

    /// The transactions that the filter keeps.
    pub fn to_keep(&self) -> impl Iterator<Item = &Transaction> {
        self.transactions().filter(|it| it.amount >= KEPT_FROM)
    }

    /// All records, including those after the split and the merge.
    pub fn all_records(&self) -> impl Iterator<Item = &Record> {
        let records = self.records.iter().chain(&self.after_split);
        records.chain(&self.after_merge)
    }

    /// The records that are transactions.
    pub fn transactions(&self) -> impl Iterator<Item = &Transaction> {
        self.all_records().filter_map(|record| match record {
            Record::Transaction(transaction) if transaction.amount >= 0.0 => Some(transaction),
            _ => None,
        })
    }
}

/// The smallest amount that the filter keeps (module 12, stage 1).
const KEPT_FROM: f64 = 100.00;

/// A record: a transaction, or data that is not a transaction.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Record {
    Transaction(Transaction),
    Raw { key: String, data: String },
    Bytes { key: String, bytes: Vec<u8> },
}

impl Record {
    pub fn partition_key(&self) -> &str {
        match self {
            Self::Transaction(transaction) => &transaction.user_id,
            Self::Raw { key, .. } | Self::Bytes { key, .. } => key,
        }
    }

    pub fn data(&self) -> Vec<u8> {
        match self {
            Self::Transaction(transaction) => {
                serde_json::to_vec(transaction).expect("a transaction is JSON")
            }
            Self::Raw { data, .. } => data.clone().into_bytes(),
            Self::Bytes { bytes, .. } => bytes.clone(),
        }
    }
}

pub fn users(course: &Course, name: &str) -> Result<Vec<User>> {
    load(course, "users", name)
}

/// Lists of checkpoints to merge, each with its description.
pub fn checkpoints(course: &Course, name: &str) -> Result<Vec<(String, Vec<Checkpoint>)>> {
    load(course, "checkpoints", name)
}

pub fn purchases(course: &Course, name: &str) -> Result<Vec<Purchase>> {
    load(course, "purchases", name)
}

pub fn transactions(course: &Course, name: &str) -> Result<Vec<Transaction>> {
    load(course, "events", name)
}

pub fn standard_events(course: &Course, name: &str) -> Result<Vec<StandardEvent>> {
    load(course, "events", name)
}

/// A pattern with its input, and a description.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    about: String,
    input: Pattern,
}

pub fn patterns(course: &Course, name: &str) -> Result<Vec<(String, Pattern)>> {
    let cases: Vec<Case> = load(course, "patterns", name)?;
    Ok(cases
        .into_iter()
        .map(|case| (case.about, case.input))
        .collect())
}

/// A function with its argument, and a description.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FunctionCase {
    about: String,
    function: String,
    input: Value,
}

pub fn functions(course: &Course, name: &str) -> Result<Vec<(String, Call)>> {
    let cases: Vec<FunctionCase> = load(course, "functions", name)?;
    Ok(cases
        .into_iter()
        .map(|case| (case.about, call::with_one(&case.function, case.input)))
        .collect())
}

pub fn stream(course: &Course, name: &str) -> Result<Stream> {
    load(course, "streams", name)
}

fn load<T: DeserializeOwned>(course: &Course, kind: &str, name: &str) -> Result<T> {
    let file = course.fixtures().join(kind).join(format!("{name}.json"));
    let text = problem::read(&file)?;
    serde_json::from_str(&text).map_err(|e| Problem::bug(format!("{}: {e}", file.display())))
}
