//! Puts a submission through the scenarios of a step and notes what can be seen
//! from outside: what it returned and printed, what it asked of AWS, and what it
//! left there.

mod cleanup;
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
mod scene;
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
use crate::seed::{Made, Register};
use crate::submission::{COMPILED_AS, Program, Submission, as_students, function_at};

pub use fault::{Fault, Harm};
pub use kind::{Facet, Script};

use kind::Kind;
use scene::{End, Scene, Seen, Stopped};

/// Something to put the submission through. What is observed is a set of facets.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    pub id: String,
    pub script: Script,
    /// What goes wrong on the way to AWS.
    #[serde(default)]
    pub faults: Vec<Fault>,
    /// The most records on the pages of a shard, one after the other; those of
    /// every day unless given.
    #[serde(default)]
    pub page_limits: Vec<u64>,
}

/// What was seen in one scenario.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observation {
    /// What checks compare, by name.
    pub facets: BTreeMap<&'static str, Value>,
    /// What the reference gave for inputs that were generated.
    pub reference: Option<Reference>,
    /// The inputs in words, where a facet names its cases by what they are about.
    pub inputs: BTreeMap<String, String>,
    /// Why facets are missing, if any are.
    pub trouble: Option<Described>,
    /// The last lines on standard output …
    pub stdout: Vec<String>,
    /// … and on standard error, where `dbg!` and `eprintln!` go.
    pub stderr: Vec<String>,
    /// What was asked of AWS: operations in the order of their first call.
    pub asked: Vec<(String, usize)>,
    /// Faults that struck no call.
    pub idle_faults: Vec<Fault>,
    /// Wall-clock time.
    pub seconds: f64,
}

/// The reference's answers, where a scenario is held against them.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    pub facet: &'static str,
    pub expected: Value,
    /// How many records show the difference.
    pub records: usize,
}

/// A trouble, told as a sentence.
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

/// Everything a scenario needs.
pub struct Observer<'a> {
    course: &'a Course,
    backend: &'a Backend,
    clients: Clients,
    upstream: proxy::Upstream,
    launch: Launch,
    /// The reference's program, which talks to the backend itself.
    reference: Option<Launch>,
    /// Of the generated inputs.
    seed: u64,
    /// Marks the processes of this grading.
    mark: String,
    /// What is made for the scenarios …
    register: &'a Register,
    /// … and by the submission, under whatever names: deleted when nothing is observed any
    /// more, since another scenario may use the same name.
    chosen: Arc<Made>,
    /// How many steps are being observed.
    observing: AtomicUsize,
}

impl<'a> Observer<'a> {
    /// Prepares to launch a submission's program; beside the reference's on inputs of a seed,
    /// where generated inputs are wanted.
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
            // It looks up the names of the backend's host.
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
            clients,
        }
    }

    /// Runs scenarios of a step, several at a time.
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
        // A problem of one does not keep the others from deleting what they made.
        let observed = join_all(runs).await;
        if self.observing.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.chosen.delete().await;
        }
        if let Some(why) = self.launch.unstarted.get() {
            return Err(Problem::unstarted("the submission's program", why));
        }
        observed.into_iter().collect()
    }

    /// Runs one scenario in a process of its own, on names of its own.
    async fn run(&self, submission: &Submission, scenario: &Scenario) -> Result<Observation> {
        let started = Instant::now();
        let mut scene = Scene::open(self, scenario).await?;
        let seen = scenario.script.run(&mut scene).await;
        let polling = scene.proxy.polling(self.time_limit());
        let asked = scene.proxy.journal().counts();
        let idle_faults = scene.proxy.idle_faults();
        let printed = scene.close().await;
        let said = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes);
            last_lines(&as_students(submission, &text))
        };
        let observation = Observation {
            stdout: said(&printed.stdout),
            stderr: said(&printed.stderr),
            asked,
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

    /// A process of the submission that talks to AWS through a proxy, which shows it only
    /// what has `namespace` in its name; everything if it is none.
    pub async fn start(
        &self,
        namespace: Option<&str>,
        faults: &[Fault],
        page_limits: &[u64],
    ) -> Result<(Child, proxy::Proxy)> {
        let proxy = proxy::Proxy::start(&self.upstream, namespace, faults, page_limits).await?;
        Ok((self.start_behind(&proxy)?, proxy))
    }

    /// Another process of the submission, behind a proxy that is there already.
    pub fn start_behind(&self, proxy: &proxy::Proxy) -> Result<Child> {
        self.start_function(proxy, Vec::new())
    }

    /// The same with more in its environment.
    pub fn start_function(&self, proxy: &proxy::Proxy, environment: Environment) -> Result<Child> {
        let mut launch = self.launch.clone();
        launch.environment.extend(proxy.endpoints().environment());
        launch.environment.extend(environment);
        Child::start(&launch)
    }

    /// A process of the reference, which talks to AWS directly.
    pub fn start_reference(&self) -> Result<Child> {
        self.start_reference_function(Vec::new())
    }

    /// The same with more in its environment.
    pub fn start_reference_function(&self, environment: Environment) -> Result<Child> {
        let without = || Problem::bug("generated inputs need a reference");
        let mut launch = self.reference.clone().ok_or_else(without)?;
        launch.environment.extend(environment);
        Child::start(&launch)
    }

    /// How long a process may take.
    pub fn time_limit(&self) -> Duration {
        self.launch.time_limit
    }
}

/// The operation by which the submission deleted something, if it did: what the grader
/// cannot look at then is not missing by a fault of the machine.
fn deleted(asked: &[(String, usize)]) -> Option<&str> {
    let mut operations = asked.iter().map(|(operation, _)| operation.as_str());
    operations.find(|operation| ["DeleteStream", "DeleteTable"].contains(operation))
}

fn by_deleting(operation: &str) -> Stopped {
    Stopped::at("the program", Trouble::Deleted(operation.to_owned()))
}

/// Checks rely on the facets that a kind declares.
fn declared(scenario: &Scenario, seen: &Seen) -> Result<()> {
    let declared: BTreeSet<_> = scenario.script.facets().iter().copied().collect();
    let given: BTreeSet<_> = seen.facets.keys().copied().collect();
    if given == declared {
        return Ok(());
    }
    Err(Problem::bug(format!(
        "the scenario {} gives the facets {given:?}, and declares {declared:?}",
        scenario.id
    )))
}

impl Stopped {
    /// The same with what was asked of AWS before its time was over.
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
        // A `todo!()` may be in a function that the one which was called calls.
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
            // What is not written is not written for any input.
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

/// The function that has the `todo!()`.
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

/// How many lines of a stream are kept, and how many characters of a line.
const LAST_LINES: usize = 40;
const LONGEST_LINE: usize = 400;

fn last_lines(text: &str) -> Vec<String> {
    let cut = |line: &str| line.chars().take(LONGEST_LINE).collect();
    let lines: Vec<_> = text.lines().map(cut).collect();
    lines[lines.len().saturating_sub(LAST_LINES)..].to_vec()
}
