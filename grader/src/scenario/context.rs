//! The resources of one scenario, and the facets that it collects.

use std::collections::BTreeMap;

use contract::aws::Clients;
use protocol::Call;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Fault, Observer, Reference, Scenario, facet, proxy};
use crate::child::{self, Child, Environment, Outcome, Printed, Trouble};
use crate::course::Course;
use crate::problem::{Problem, Result};
use crate::provision;

/// The resources of one scenario: a process, and new names.
pub struct Context<'a> {
    pub course: &'a Course,
    pub clients: &'a Clients,
    /// The streams and tables that the grader and the submission create.
    pub made: provision::Made,
    pub child: Child,
    pub proxy: proxy::Proxy,
    pub observer: &'a Observer<'a>,
    /// The faults of the scenario.
    faults: Vec<Fault>,
    pub seed: u64,
    /// The time at which it was opened; all that the submission does is later.
    pub began: OffsetDateTime,
    /// A part of every name that the submission can see.
    namespace: String,
    pub stream: String,
    pub table: String,
    /// The output stream of a Lambda function.
    pub output: String,
}

/// A call that ended a scenario early.
pub struct Stopped {
    /// The name of the function that was called.
    pub function: String,
    /// The input, if the call is one of many.
    pub on: Option<String>,
    pub trouble: Trouble,
}

impl Stopped {
    /// A call of this function ended the scenario; the input does not matter.
    pub fn at(function: &str, trouble: Trouble) -> Self {
        Self {
            function: function.to_owned(),
            on: None,
            trouble,
        }
    }
}

/// Why a scenario ends early.
pub enum End {
    /// A call of the submission failed: the scenario cannot continue.
    Stopped(Box<Stopped>),
    /// A problem that is not the submission's.
    Problem(Problem),
}

impl From<Stopped> for End {
    fn from(stopped: Stopped) -> Self {
        Self::Stopped(Box::new(stopped))
    }
}

impl From<Problem> for End {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl<'a> Context<'a> {
    pub async fn open(observer: &'a Observer<'a>, scenario: &Scenario) -> Result<Self> {
        let namespace = Uuid::new_v4().simple().to_string();
        let start = observer.start(Some(&namespace), &scenario.faults, &scenario.page_limits);
        let (child, proxy) = start.await?;
        let context = Self {
            made: observer.register.part(),
            course: observer.course,
            clients: &observer.clients,
            child,
            proxy,
            observer,
            faults: scenario.faults.clone(),
            seed: observer.seed,
            began: OffsetDateTime::now_utc(),
            stream: format!("transaction-stream-{namespace}"),
            table: format!("user-info-{namespace}"),
            output: format!("classified-stream-{namespace}"),
            namespace,
        };
        context.made.note_stream(&context.stream);
        context.made.note_stream(&context.output);
        context.made.note_table(&context.table);
        Ok(context)
    }

    /// A new name for a stream that the submission can see.
    pub fn another_stream(&self) -> String {
        let fresh = Uuid::new_v4().simple();
        format!("transaction-stream-{}-{fresh}", self.namespace)
    }

    /// A new name for a table that the submission can see.
    pub fn another_table(&self) -> String {
        let fresh = Uuid::new_v4().simple();
        let table = format!("user-info-{}-{fresh}", self.namespace);
        self.made.note_table(&table);
        table
    }

    /// Starts the scenario's faults again, with a different error.
    pub fn strike_with(&self, error: &str) {
        let faults = self.faults.iter().cloned();
        let faults: Vec<_> = faults.map(|fault| fault.with_error(error)).collect();
        self.proxy.set_faults(&faults);
    }

    /// From now on the scenario's faults strike again, from their first call.
    pub fn strike_again(&self) {
        self.proxy.set_faults(&self.faults);
    }

    /// Ends the process as a crash does, and starts a new one.
    pub async fn crash(&mut self) -> Result<()> {
        self.restart(Vec::new()).await
    }

    /// The same, with more environment variables for the new process.
    pub async fn restart(&mut self, environment: Environment) -> Result<()> {
        let next = self.observer.start_function(&self.proxy, environment)?;
        std::mem::replace(&mut self.child, next).finish().await;
        Ok(())
    }

    /// Ends the process, and deletes what the scenario has created.
    pub async fn close(self) -> Printed {
        let printed = self.child.finish().await;
        self.made.delete().await;
        printed
    }

    /// Runs one function of the submission. Does not wait for code that polls forever.
    pub async fn ask(&mut self, call: &Call) -> Outcome {
        tokio::select! {
            biased;
            outcome = self.child.call(call) => outcome,
            () = self.proxy.polled_on() => Err(Trouble::PolledOn(proxy::POLLS_WITHOUT_END)),
        }
    }

    pub async fn call(&mut self, call: Call) -> Result<Value, Stopped> {
        let outcome = self.ask(&call).await;
        outcome.map_err(|trouble| Stopped::at(call.name(), trouble))
    }

    /// The result of a function, in the type that it returns.
    pub async fn call_for<T: DeserializeOwned>(&mut self, call: Call) -> Result<T, Stopped> {
        let function = call.name().to_owned();
        decode(&function, self.call(call).await?)
    }

    /// A call that AWS refuses: the function should return an error.
    pub async fn refused(&mut self, call: Call) -> Result<Facets, Stopped> {
        let function = call.name().to_owned();
        let returned = match self.attempt(call).await? {
            Some(_) => "Ok",
            None => "an error",
        };
        let returned = json!({ format!("{function} returns"): returned });
        Ok(Facets::default().with("returned", returned))
    }

    /// A call that may fail: `None` if the function returned an error.
    pub async fn attempt(&mut self, call: Call) -> Result<Option<Value>, Stopped> {
        match self.call(call).await {
            Ok(value) => Ok(Some(value)),
            Err(stopped) if matches!(stopped.trouble, Trouble::Failed(_)) => Ok(None),
            Err(stopped) => Err(stopped),
        }
    }

    /// The same, in the type that the function returns.
    pub async fn attempt_for<T: DeserializeOwned>(
        &mut self,
        call: Call,
    ) -> Result<Option<T>, Stopped> {
        let function = call.name().to_owned();
        let value = self.attempt(call).await?;
        value.map(|value| decode(&function, value)).transpose()
    }

    pub async fn call_on(&mut self, input: &str, call: Call) -> Result<Value, Stopped> {
        let outcome = self.ask(&call).await;
        outcome.map_err(|trouble| Stopped {
            on: Some(input.to_owned()),
            ..Stopped::at(call.name(), trouble)
        })
    }
}

/// A name that comes before the given name in a list. The submission can also see it.
pub fn first_in_a_list(name: &str) -> String {
    format!("archive-{name}")
}

/// A name that starts with the given name. The submission can also see it.
pub fn longer_name(name: &str) -> String {
    format!("{name}-archive")
}

/// The result of a function, in the type that it returns.
pub fn decode<T: DeserializeOwned>(function: &str, value: Value) -> Result<T, Stopped> {
    child::decode(&value).map_err(|trouble| Stopped::at(function, trouble))
}

/// The facets of a scenario. The facets of the printed text are added last, when the process has
/// ended.
#[derive(Default)]
pub struct Facets {
    pub facets: BTreeMap<&'static str, Value>,
    pub reference: Option<Reference>,
    /// The inputs in words, if a facet names its cases by their descriptions.
    pub inputs: BTreeMap<String, String>,
    pub printing: Option<Printing>,
}

/// The number of events that need a warning, and the number of all events.
#[derive(Clone, Copy)]
pub struct Warned {
    pub of: usize,
    pub events: usize,
}

/// The facet that is made from the printed text.
pub enum Printing {
    /// The text on standard output.
    Text(&'static str),
    /// Whether standard output or standard error has a line that starts with ⚠ for each event
    /// that needs one, and for no other.
    Warning(&'static str, Warned),
}

impl Facets {
    pub fn with(mut self, facet: &'static str, value: impl Into<Value>) -> Self {
        self.facets.insert(facet, value.into());
        self
    }

    /// A facet that is compared with the reference's.
    pub fn against(
        mut self,
        facet: &'static str,
        yours: Value,
        expected: Value,
        records: usize,
    ) -> Self {
        self.reference = Some(Reference {
            facet,
            expected,
            records,
        });
        self.with(facet, yours)
    }

    pub fn with_inputs(mut self, inputs: BTreeMap<String, String>) -> Self {
        self.inputs = inputs;
        self
    }

    pub fn with_text(mut self, facet: &'static str) -> Self {
        self.printing = Some(Printing::Text(facet));
        self
    }

    pub fn with_warnings(mut self, facet: &'static str, warned: Warned) -> Self {
        self.printing = Some(Printing::Warning(facet, warned));
        self
    }

    pub fn print(&mut self, printed: &Printed) {
        match self.printing {
            Some(Printing::Text(facet)) => {
                self.facets.insert(facet, facet::text(&printed.stdout));
            }
            Some(Printing::Warning(facet, warned)) => {
                self.facets.insert(facet, facet::warned(printed, warned));
            }
            None => {}
        }
    }
}
