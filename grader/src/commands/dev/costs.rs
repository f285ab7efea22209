//! `cargo grade dev costs`: measures the time for generated inputs, for the proxy, and for the
//! search for the smallest counterexample. Each is measured separately on the embedded backend.

use std::time::Instant;

use protocol::Call;
use serde::Serialize;

use crate::call::{self, Processor};
use crate::child::Child;
use crate::commands::{self, output};
use crate::course::Course;
use crate::engine::{Job, Session};
use crate::fixture;
use crate::problem::{Problem, Result, exit};
use crate::provision;
use crate::scenario::Observer;
use crate::step::{self, Step};
use crate::submission::{Program, Submission};

/// How often each is measured; the median counts.
const ROUNDS: u64 = 5;

/// A mistake that every seed shows: the threshold itself is left out.
const RIGHT: &str = "event.amount >= 100.00";
const WRONG: &str = "event.amount > 100.00";

/// Seconds with and without.
#[derive(Serialize)]
struct Cost {
    with: f64,
    without: f64,
}

#[derive(Serialize)]
struct Costs {
    /// All steps of the solutions, and the same without generated inputs.
    generation: Cost,
    /// The pipeline on hundreds of records, through the proxy and without it.
    proxy: Cost,
    /// The generated inputs of steps 2 and 3, for a wrong submission and for a right one.
    shrinking: Cost,
}

pub async fn run() -> Result<u8> {
    let course = Course::find()?;
    let session = commands::embedded_session(&course, &step::load(&course)?).await?;
    let costs = session.unless_cancelled(measured(&session)).await;
    session.close().await?;
    let costs = serde_json::to_string_pretty(&costs?).expect("costs are JSON");
    output::line(costs)?;
    Ok(exit::PASSED)
}

async fn measured(session: &Session) -> Result<Costs> {
    let solutions = Submission::read(&session.course, &session.course.solutions())?;
    let wrong = session.build(&with_mistake(&solutions)?).await?;
    let wrong = wrong.map_err(|_| Problem::bug("the solutions with a mistake do not compile"))?;
    let bench = Bench {
        right: session.reference().await?,
        session,
        solutions,
    };
    bench.costs(&wrong).await
}

fn with_mistake(solutions: &Submission) -> Result<Submission> {
    let mut wrong = solutions.clone();
    let mut changed = 0;
    for file in wrong.files.values_mut() {
        let text = String::from_utf8_lossy(file);
        changed += text.matches(RIGHT).count();
        *file = text.replace(RIGHT, WRONG).into_bytes();
    }
    match changed {
        1 => Ok(wrong),
        _ => Err(Problem::bug(format!(
            "the solutions contain `{RIGHT}` {changed} times"
        ))),
    }
}

struct Bench<'a> {
    session: &'a Session,
    solutions: Submission,
    right: &'a Program,
}

impl Bench<'_> {
    async fn costs(&self, wrong: &Program) -> Result<Costs> {
        let fixed: Vec<_> = self
            .session
            .steps
            .iter()
            .cloned()
            .map(without_generated)
            .collect();
        let (mut generation, mut proxy, mut shrinking) = (Vec::new(), Vec::new(), Vec::new());
        for seed in 1..=ROUNDS {
            generation.push((
                self.grading(&self.session.steps, seed).await?,
                self.grading(&fixed, seed).await?,
            ));
            proxy.push(self.pipeline(seed).await?);
            shrinking.push((
                self.generated(wrong, seed).await?,
                self.generated(self.right, seed).await?,
            ));
        }
        Ok(Costs {
            generation: medians(generation),
            proxy: medians(proxy),
            shrinking: medians(shrinking),
        })
    }

    /// Seconds to grade steps of the solutions.
    async fn grading(&self, steps: &[Step], seed: u64) -> Result<f64> {
        let job = Job {
            submission: self.solutions.clone(),
            steps: steps.to_vec(),
            seed: Some(seed),
            secret_seed: None,
            with_calls: false,
            time_limit: None,
        };
        let started = Instant::now();
        self.session.run(&job, self.right, seed).await?;
        Ok(started.elapsed().as_secs_f64())
    }

    /// Seconds of one run on a stream, through the proxy and without it.
    async fn pipeline(&self, seed: u64) -> Result<(f64, f64)> {
        let fixture = fixture::stream(&self.session.course, "pages")?;
        let users = fixture::users(&self.session.course, &fixture.users)?;
        let (stream, table) = (format!("stream-{seed}"), format!("table-{seed}"));
        let clients = self.session.backend().await?.endpoints.clients();
        let made = provision::Made::new(&clients);
        provision::stream(&made, &stream, &fixture).await?;
        provision::table(&made, &table, &users).await?;
        let call = call::process_stream(Processor::Stream, &table, &stream);
        let observer = self.observer(self.right, seed).await?;
        let (through, _proxy) = observer.start(None, &[], &[]).await?;
        let past = observer.start_reference()?;
        Ok((timed(through, &call).await?, timed(past, &call).await?))
    }

    /// Seconds that the generated inputs of steps 2 and 3 take.
    async fn generated(&self, program: &Program, seed: u64) -> Result<f64> {
        let observer = self.observer(program, seed).await?;
        let started = Instant::now();
        for step in &self.session.steps[1..=2] {
            observer.observe(&self.solutions, step.generated()).await?;
        }
        Ok(started.elapsed().as_secs_f64())
    }

    async fn observer(&self, program: &Program, seed: u64) -> Result<Observer<'_>> {
        self.session
            .observer(program, Some((self.right, seed)), None)
            .await
    }
}

fn without_generated(mut step: Step) -> Step {
    let whole = step.clone();
    step.scenarios.retain(|s| !whole.is_generated(&s.id));
    step.checks.retain(|c| !whole.is_generated(&c.scenario));
    step
}

/// Seconds of a call, after one that warms up the connections.
async fn timed(mut child: Child, call: &Call) -> Result<f64> {
    let mut seconds = 0.0;
    for _ in 0..2 {
        let started = Instant::now();
        let done = child.call(call).await;
        done.map_err(|trouble| Problem::bug(trouble.describe(call.name())))?;
        seconds = started.elapsed().as_secs_f64();
    }
    Ok(seconds)
}

fn medians(rounds: Vec<(f64, f64)>) -> Cost {
    let median = |mut seconds: Vec<f64>| {
        seconds.sort_by(f64::total_cmp);
        seconds[seconds.len() / 2]
    };
    let (with, without) = rounds.into_iter().unzip();
    Cost {
        with: median(with),
        without: median(without),
    }
}
