//! Runs a submission through the scenarios of a step. Records what is visible from outside:
//! what it returned and printed, which AWS calls it made, and what it left in AWS.

mod cleanup;
mod context;
mod facet;
mod fault;
mod functions;
mod generated;
mod kind;
mod lambda;
mod patterns;
mod processor;
mod proxy;
mod quiz;
mod refusal;
mod scaling;
mod setup;
mod stages;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use contract::aws::Clients;
use futures::future::join_all;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::backend::Backend;
use crate::child::{Child, Environment, Launch, MARK, Polling, Trouble, kill_strays};
use crate::course::Course;
use crate::problem::{Problem, Result};
use crate::provision::{Made, Register};
use crate::submission::{COMPILED_AS, Program, Submission, as_students, function_at};

pub use fault::{Fault, Harm};
pub use kind::{Facet, Script};
pub use proxy::AwsCall;

use context::{Context, End, Facets, Stopped};
use kind::Kind;

/// A test of the submission. The result is a set of facets.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    pub id: String,
    pub script: Script,
    /// The faults of AWS calls.
    #[serde(default)]
    pub faults: Vec<Fault>,
    /// The maximum numbers of records on the pages of a shard, one after the other; if empty,
    /// the usual ones.
    #[serde(default)]
    pub page_limits: Vec<u64>,
}

/// The result of one scenario.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observation {
    /// The values that checks compare, by name.
    pub facets: BTreeMap<&'static str, Value>,
    /// The answers of the reference to generated inputs.
    pub reference: Option<Reference>,
    /// The inputs in words, if a facet names its cases by their descriptions.
    pub inputs: BTreeMap<String, String>,
    /// Why facets are missing, if any are.
    pub trouble: Option<Described>,
    /// The last lines on standard output.
    pub stdout: Vec<String>,
    /// The last lines on standard error, which also has the output of `dbg!` and `eprintln!`.
    pub stderr: Vec<String>,
    /// The AWS calls: operations in the order of their first call, with their numbers of calls.
    pub asked: Vec<(String, usize)>,
    /// The same calls one by one, in the order of their answers, if the observer reports them.
    pub calls: Vec<AwsCall>,
    /// Faults that hit no call.
    pub idle_faults: Vec<Fault>,
    /// Wall-clock time.
    pub seconds: f64,
}

/// The reference's answers, if a scenario is compared with them.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    pub facet: &'static str,
    pub expected: Value,
    /// The number of records that show the difference.
    pub records: usize,
}

/// A trouble, with its description as a sentence.
#[derive(Clone, Debug, PartialEq)]
pub struct Described {
    pub trouble: Trouble,
    pub sentence: String,
    pub location: Option<Location>,
}

/// A place in the student's code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Location {
    pub file: String,
    pub line: u32,
    /// The function that was called.
    pub function: String,
}

/// Everything that a scenario needs.
pub struct Observer<'a> {
    course: &'a Course,
    backend: &'a Backend,
    clients: Clients,
    upstream: proxy::Upstream,
    launch: Launch,
    /// The reference's program, which calls the backend without a proxy.
    reference: Option<Launch>,
    /// The seed of the generated inputs.
    seed: u64,
    /// Marks the processes of this grading.
    mark: String,
    /// What the grader creates for the scenarios.
    register: &'a Register,
    /// What the submission creates, with names of its choice. It is deleted when no step is
    /// being observed, because a later scenario may use the same name.
    chosen: Arc<Made>,
    /// The number of steps that are being observed.
    observing: AtomicUsize,
    /// Whether observations have the AWS calls one by one.
    with_calls: bool,
}

impl<'a> Observer<'a> {
    /// Prepares to launch a submission's program. For generated inputs, `reference` gives the
    /// program of the reference and the seed.
    pub fn new(
        course: &'a Course,
        backend: &'a Backend,
        register: &'a Register,
        mut launch: Launch,
        reference: Option<(&Program, u64)>,
    ) -> Self {
        let mark = Uuid::new_v4().to_string();
        launch.environment.push((MARK, mark.clone()));
        let beside = reference.map(|(reference, _)| {
            let mut launch = launch.clone();
            launch.binary = reference.binary.clone();
            launch.budget = None;
            // The reference looks up the host name of the backend.
            launch.sandbox = launch.sandbox.without();
            launch.environment.extend(backend.endpoints.environment());
            launch
        });
        let clients = backend.endpoints.clients();
        let chosen = Arc::new(register.part());
        Self {
            course,
            backend,
            upstream: proxy::Upstream::new(&backend.endpoints, &chosen),
            launch,
            reference: beside,
            seed: reference.map(|(_, seed)| seed).unwrap_or_default(),
            mark,
            register,
            chosen,
            observing: AtomicUsize::new(0),
            with_calls: false,
            clients,
        }
    }

    /// Whether each observation contains the AWS calls one by one.
    pub fn with_calls(mut self, with_calls: bool) -> Self {
        self.with_calls = with_calls;
        self
    }

    /// Runs scenarios of a step, several at the same time.
    pub async fn observe<'s>(
        &self,
        submission: &Submission,
        scenarios: impl IntoIterator<Item = &'s Scenario>,
    ) -> Result<BTreeMap<String, Observation>> {
        let runs = scenarios.into_iter().map(|scenario| async move {
            let _permit = self.backend.scenario_permit().await?;
            let observation = self.run(submission, scenario).await?;
            Ok::<_, Problem>((scenario.id.clone(), observation))
        });
        self.observing.fetch_add(1, Ordering::Relaxed);
        // Even if one scenario has a problem, the others delete what they created.
        let observed = join_all(runs).await;
        if self.observing.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.chosen.delete().await;
        }
        if let Some(why) = self.launch.unstarted.get() {
            return Err(Problem::unstarted("the submission's program", why));
        }
        observed.into_iter().collect()
    }

    /// Runs one scenario in its own process, with its own names.
    async fn run(&self, submission: &Submission, scenario: &Scenario) -> Result<Observation> {
        let started = Instant::now();
        let mut context = Context::open(self, scenario).await?;
        let seen = scenario.script.run(&mut context).await;
        let polling = context.proxy.polling(self.time_limit());
        let journal = context.proxy.journal();
        let idle_faults = context.proxy.idle_faults();
        let printed = context.close().await;
        let said = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes);
            last_lines(&as_students(submission, &text))
        };
        let calls = match self.with_calls {
            true => journal.timeline(),
            false => Vec::new(),
        };
        let observation = Observation {
            stdout: said(&printed.stdout),
            stderr: said(&printed.stderr),
            asked: journal.counts(),
            calls,
            idle_faults,
            seconds: started.elapsed().as_secs_f64(),
            ..Observation::default()
        };
        match seen {
            Ok(mut seen) => {
                seen.print(&printed);
                declared(scenario, &seen)?;
                Ok(Observation {
                    facets: seen.facets,
                    reference: seen.reference,
                    inputs: seen.inputs,
                    ..observation
                })
            }
            Err(End::Stopped(stopped)) => Ok(Observation {
                trouble: Some(stopped.after(polling).described(submission)),
                ..observation
            }),
            Err(End::Problem(problem)) => match deleted(&observation.asked) {
                Some(operation) => Ok(Observation {
                    trouble: Some(by_deleting(operation).described(submission)),
                    ..observation
                }),
                None => Err(problem),
            },
        }
    }

    /// Starts a process of the submission, and a proxy between it and AWS. The proxy shows it
    /// only names that contain `namespace`, or all names if `namespace` is `None`.
    pub async fn start(
        &self,
        namespace: Option<&str>,
        faults: &[Fault],
        page_limits: &[u64],
    ) -> Result<(Child, proxy::Proxy)> {
        let proxy = proxy::Proxy::start(&self.upstream, namespace, faults, page_limits).await?;
        Ok((self.start_behind(&proxy)?, proxy))
    }

    /// Starts another process of the submission, behind an existing proxy.
    pub fn start_behind(&self, proxy: &proxy::Proxy) -> Result<Child> {
        self.start_function(proxy, Vec::new())
    }

    /// The same, with more environment variables.
    pub fn start_function(&self, proxy: &proxy::Proxy, environment: Environment) -> Result<Child> {
        let mut launch = self.launch.clone();
        launch.environment.extend(proxy.endpoints().environment());
        launch.environment.extend(environment);
        Child::start(&launch)
    }

    /// Starts a process of the reference, which calls AWS directly.
    pub fn start_reference(&self) -> Result<Child> {
        self.start_reference_function(Vec::new())
    }

    /// The same, with more environment variables.
    pub fn start_reference_function(&self, environment: Environment) -> Result<Child> {
        let without = || Problem::bug("a scenario with generated inputs has no reference");
        let mut launch = self.reference.clone().ok_or_else(without)?;
        launch.environment.extend(environment);
        Child::start(&launch)
    }

    /// The time limit of a process.
    pub fn time_limit(&self) -> Duration {
        self.launch.time_limit
    }
}

/// The operation with which the submission deleted something, if it did. If the grader then
/// cannot read a stream or a table, this is not a problem of the machine.
fn deleted(asked: &[(String, usize)]) -> Option<&str> {
    let mut operations = asked.iter().map(|(operation, _)| operation.as_str());
    operations.find(|operation| ["DeleteStream", "DeleteTable"].contains(operation))
}

fn by_deleting(operation: &str) -> Stopped {
    Stopped::at("the program", Trouble::Deleted(operation.to_owned()))
}

/// Checks that a scenario gives exactly the facets that its kind declares.
fn declared(scenario: &Scenario, seen: &Facets) -> Result<()> {
    let declared: BTreeSet<_> = scenario.script.facets().iter().copied().collect();
    let given: BTreeSet<_> = seen.facets.keys().copied().collect();
    if given == declared {
        return Ok(());
    }
    Err(Problem::bug(format!(
        "the scenario {} gives the facets {given:?}, but declares {declared:?}",
        scenario.id
    )))
}

impl Stopped {
    /// Adds the operation that was called most before the time limit.
    fn after(mut self, asked: Option<Polling>) -> Self {
        if let Trouble::TimedOut { polling, .. } = &mut self.trouble {
            *polling = asked;
        }
        self
    }

    fn described(self, submission: &Submission) -> Described {
        let Self {
            function,
            on,
            trouble,
        } = self;
        // The `todo!()` may be in another function, which the called function uses.
        let function = match trouble {
            Trouble::Unwritten { .. } => unwritten(submission, &trouble).unwrap_or(function),
            _ => function,
        };
        let location = trouble.place().map(|(file, line)| Location {
            file: as_students(submission, file),
            line,
            function: function.clone(),
        });
        let function = match on {
            // Code that is not written is missing for every input.
            Some(input) if !matches!(trouble, Trouble::Unwritten { .. }) => {
                format!("{function} ({input})")
            }
            _ => function,
        };
        let sentence = as_students(submission, &trouble.describe(&function));
        Described {
            trouble,
            sentence,
            location,
        }
    }
}

/// The function that contains the `todo!()`.
fn unwritten(submission: &Submission, trouble: &Trouble) -> Option<String> {
    let (file, line) = trouble.place()?;
    let name = file.strip_prefix(COMPILED_AS)?;
    let text = submission.text(Path::new(name))?;
    function_at(text, line as usize)
}

impl Drop for Observer<'_> {
    fn drop(&mut self) {
        kill_strays(&self.mark);
    }
}

/// The number of last lines that are kept of each stream.
const LAST_LINES: usize = 40;
/// The number of characters that are kept of each line.
const LONGEST_LINE: usize = 400;

fn last_lines(text: &str) -> Vec<String> {
    let cut = |line: &str| line.chars().take(LONGEST_LINE).collect();
    let lines: Vec<_> = text.lines().map(cut).collect();
    lines[lines.len().saturating_sub(LAST_LINES)..].to_vec()
}
