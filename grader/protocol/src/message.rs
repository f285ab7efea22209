//! The messages: one JSON document a line over a Unix socket, a [`Call`] down, a
//! [`Reply`] back, strictly in turn.

use contract::{Classified, Rejected, Stats};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One function of the submission, with its arguments.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// Its path in the submission, such as `stages::filter_event`. A word after a blank
    /// says how it is called where there is more than one way.
    pub function: String,
    /// The arguments as a JSON array, without the AWS clients.
    pub arguments: Value,
}

impl Call {
    /// A call with a tuple of arguments.
    pub fn new(function: &str, arguments: impl Serialize) -> Self {
        Self {
            function: function.to_owned(),
            arguments: serde_json::to_value(arguments).expect("what is passed is JSON"),
        }
    }

    /// The path of the function, such as `patterns::Progress::count`.
    pub fn path(&self) -> &str {
        self.function.split(' ').next().unwrap_or_default()
    }

    /// The name of the function as the student knows it, such as `Progress::count`: without
    /// its module, and without the type where that is a processor.
    pub fn name(&self) -> &str {
        let path = self.path();
        let name = path.split_once("::").map_or(path, |(_, name)| name);
        match name.split_once("Processor::") {
            Some((_, method)) => method,
            None => name,
        }
    }

    /// The arguments, as the types of the function.
    ///
    /// # Errors
    ///
    /// [`Failure::Refused`] where these are no arguments of this function.
    pub fn arguments<T: DeserializeOwned>(self) -> Result<T, Failure> {
        let function = self.function;
        serde_json::from_value(self.arguments)
            .map_err(|e| Failure::Refused(format!("wrong arguments for {function}: {e}")))
    }

    /// The answer to a function that the runner does not know.
    pub fn unknown(&self) -> Failure {
        Failure::Refused(format!("the runner does not call {}", self.function))
    }
}

/// Why a call has no value.
#[derive(Debug)]
pub enum Failure {
    /// The function returned `Err`.
    Returned(contract::Error),
    /// The call is wrong, which is a fault of the course.
    Refused(String),
}

impl From<contract::Error> for Failure {
    fn from(error: contract::Error) -> Self {
        Self::Returned(error)
    }
}

/// What a function returned, as JSON.
///
/// # Errors
///
/// [`Failure::Refused`] where the value has no form in JSON.
pub fn value(returned: impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(returned).map_err(|e| Failure::Refused(format!("no JSON: {e}")))
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
    /// The call is none that the runner knows: a fault of the course.
    Refused(String),
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
