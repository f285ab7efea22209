//! The stage of one scenario, and what is gathered on it.

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
use crate::seed;

/// The stage of one scenario: a process, and fresh names to work on.
pub struct Scene<'a> {
    pub course: &'a Course,
    pub clients: &'a Clients,
    /// What is made, by the grader and by the submission.
    pub made: seed::Made,
    pub child: Child,
    pub proxy: proxy::Proxy,
    pub observer: &'a Observer<'a>,
    /// Those of the scenario.
    faults: Vec<Fault>,
    pub seed: u64,
    /// When it was opened: nothing is made before.
    pub began: OffsetDateTime,
    /// In every name that the submission is to see.
    namespace: String,
    pub stream: String,
    pub table: String,
    /// The stream that a Lambda function puts on.
    pub output: String,
}

/// A call that ended a scenario early.
pub struct Stopped {
    /// The name of the function that was called.
    pub function: String,
    /// The input, where a call is one of many.
    pub on: Option<String>,
    pub trouble: Trouble,
}

impl Stopped {
    /// A call of this function ended it, whatever its input was.
    pub fn at(function: &str, trouble: Trouble) -> Self {
        Self {
            function: function.to_owned(),
            on: None,
            trouble,
        }
    }
}

/// What ends a scenario early.
pub enum End {
    /// A call after which there is nothing more to see: the student's fault.
    Stopped(Box<Stopped>),
    /// Somebody else's.
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

impl<'a> Scene<'a> {
    pub async fn open(observer: &'a Observer<'a>, scenario: &Scenario) -> Result<Self> {
        let namespace = Uuid::new_v4().simple().to_string();
        let start = observer.start(Some(&namespace), &scenario.faults, &scenario.page_limits);
        let (child, proxy) = start.await?;
        let scene = Self {
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
        scene.made.note_stream(&scene.stream);
        scene.made.note_stream(&scene.output);
        scene.made.note_table(&scene.table);
        Ok(scene)
    }

    /// Another name for a stream that the submission is to see.
    pub fn another_stream(&self) -> String {
        let fresh = Uuid::new_v4().simple();
        format!("transaction-stream-{}-{fresh}", self.namespace)
    }

    /// Another name for a table that the submission is to see.
    pub fn another_table(&self) -> String {
        let fresh = Uuid::new_v4().simple();
        let table = format!("user-info-{}-{fresh}", self.namespace);
        self.made.note_table(&table);
        table
    }

    /// From now on the scenario's faults strike anew, with another error.
    pub fn strike_with(&self, error: &str) {
        let faults = self.faults.iter().cloned();
        let faults: Vec<_> = faults.map(|fault| fault.with_error(error)).collect();
        self.proxy.set_faults(&faults);
    }

    /// Ends the process as a crash would, and starts another one.
    pub async fn crash(&mut self) -> Result<()> {
        self.restart(Vec::new()).await
    }

    /// The same with more in the environment of the next one.
    pub async fn restart(&mut self, environment: Environment) -> Result<()> {
        let next = self.observer.start_function(&self.proxy, environment)?;
        std::mem::replace(&mut self.child, next).finish().await;
        Ok(())
    }

    /// Ends the process, and deletes what the scenario has made.
    pub async fn close(self) -> Printed {
        let printed = self.child.finish().await;
        self.made.delete().await;
        printed
    }

    /// Runs one function of the submission; who polls without end is not waited for.
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

    /// What a function returned, as the type that it returns.
    pub async fn call_for<T: DeserializeOwned>(&mut self, call: Call) -> Result<T, Stopped> {
        let function = call.name().to_owned();
        decode(&function, self.call(call).await?)
    }

    /// A call that AWS refuses: here an error is what is wanted.
    pub async fn refused(&mut self, call: Call) -> Result<Seen, Stopped> {
        let function = call.name().to_owned();
        let returned = match self.attempt(call).await? {
            Some(_) => "Ok",
            None => "an error",
        };
        let returned = json!({ format!("{function} returns"): returned });
        Ok(Seen::default().with("returned", returned))
    }

    /// A call that may fail: `None` if it returned an error.
    pub async fn attempt(&mut self, call: Call) -> Result<Option<Value>, Stopped> {
        match self.call(call).await {
            Ok(value) => Ok(Some(value)),
            Err(stopped) if matches!(stopped.trouble, Trouble::Failed(_)) => Ok(None),
            Err(stopped) => Err(stopped),
        }
    }

    /// The same, as the type that the function returns.
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

/// A name that comes before the given one in a list, and that the submission is to see, too.
pub fn first_in_a_list(name: &str) -> String {
    format!("archive-{name}")
}

/// What a function returned, as the type that it returns.
pub fn decode<T: DeserializeOwned>(function: &str, value: Value) -> Result<T, Stopped> {
    child::decode(&value).map_err(|trouble| Stopped::at(function, trouble))
}

/// The facets of a scenario as they are gathered; those of the printed text come
/// last, when the process has ended.
#[derive(Default)]
pub struct Seen {
    pub facets: BTreeMap<&'static str, Value>,
    pub reference: Option<Reference>,
    /// The inputs in words, where a facet names its cases by what they are about.
    pub inputs: BTreeMap<String, String>,
    pub printing: Option<Printing>,
}

/// How many events there are, and of how many a warning is to be printed.
#[derive(Clone, Copy)]
pub struct Warned {
    pub of: usize,
    pub events: usize,
}

/// Which facet is made of the printed text.
pub enum Printing {
    /// The text on standard output.
    Text(&'static str),
    /// Whether a line on either stream starts with ⚠ for each event that calls for one, and
    /// for no other.
    Warning(&'static str, Warned),
}

impl Seen {
    pub fn with(mut self, facet: &'static str, value: impl Into<Value>) -> Self {
        self.facets.insert(facet, value.into());
        self
    }

    /// A facet that is held against the reference's.
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
