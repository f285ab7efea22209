//! The messages, over a Unix socket, each one line of JSON. The grader sends a [`Call`], then
//! the process sends a [`Reply`], strictly in turn.

use contract::{Classified, Rejected, Stats};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One function of the submission, with its arguments.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// Its path in the submission, such as `stages::filter_event`. If there is more than one
    /// way to call it, a space and a word follow, which name the way.
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

    /// The name of the function as students see it, such as `Progress::count`: without the
    /// module, and without the type if it is a processor.
    pub fn name(&self) -> &str {
        let path = self.path();
        let name = path.split_once("::").map_or(path, |(_, name)| name);
        match name.split_once("Processor::") {
            Some((_, method)) => method,
            None => name,
        }
    }

    /// The arguments, in the types of the function.
    ///
    /// # Errors
    ///
    /// [`Failure::Refused`] if the arguments do not fit this function.
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
    /// The call is wrong: a bug in the course.
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
/// [`Failure::Refused`] if the value cannot be written as JSON.
pub fn value(returned: impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(returned).map_err(|e| Failure::Refused(format!("not JSON: {e}")))
}

/// The answer of the submission's process to a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// The function returned this.
    Returned(Value),
    /// The function returned `Err`, with this text.
    Failed(String),
    /// The function panicked.
    Panicked(Panic),
    /// The runner cannot run the call: a bug in the course.
    Refused(String),
}

/// A panic that was caught: its message and its place in the source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Panic {
    pub message: String,
    pub file: String,
    pub line: u32,
}

/// The result of a processor's run, and its memory afterwards.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// In the order in which they were returned. `None` is a filtered event; only
    /// `process_event` returns it.
    pub outputs: Vec<Option<Classified>>,
    pub stats: Stats,
    pub rejected: Vec<Rejected>,
    /// Running totals in US dollars, in the order in which they were returned; empty for the
    /// processor without state.
    pub totals: Vec<(String, f64)>,
    /// The memory after each event, if the events were passed one by one.
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
