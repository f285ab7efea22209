//! `cargo grade dev costs`: what generated inputs, the proxy and the search for the
//! smallest counterexample cost, each measured apart on the embedded backend.

use std::time::Instant;

use contract::wire::{Call, Processor};
use serde::Serialize;

use crate::backend::{self, Backend, Choice};
use crate::child::Child;
use crate::course::Course;
use crate::fixture;
use crate::grade::{Grading, build};
use crate::observe::{Generated, Observer};
use crate::problem::{Problem, Result, exit};
use crate::seed;
use crate::step::{self, Step};
use crate::submission::{self, Profile, Program, Submission};

/// Each is measured so often; the median counts.
const ROUNDS: u64 = 5;

/// A mistake that every seed shows: a threshold that is missed.
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
    /// The pipeline over hundreds of records, through the proxy and past it.
    proxy: Cost,
    /// The generated inputs of steps 2 and 3 where the submission is wrong, and
    /// where it is right.
    shrinking: Cost,
}

pub async fn run() -> Result<u8> {
    let course = Course::find()?;
    let solutions = Submission::read(&course, &course.solutions())?;
    let right = submission::reference(&course)?;
    let Ok(wrong) = build(&course, &with_mistake(&solutions)?, Profile::Dev).await? else {
        return Err(Problem::bug("the solutions with a mistake do not compile"));
    };
    let bench = Bench {
        steps: step::load(&course)?,
        backend: backend::start(&Choice::Embedded).await?,
        course,
        solutions,
        right,
    };
    let costs = bench.costs(&wrong).await;
    bench.backend.stop().await?;
    let costs = costs?;
    println!(
        "{}",
        serde_json::to_string_pretty(&costs).expect("costs are JSON")
    );
    Ok(exit::PASSED)
}

fn with_mistake(solutions: &Submission) -> Result<Submission> {
    let mut wrong = solutions.clone();
    let mut changed = 0;
    for text in wrong.files.values_mut() {
        changed += text.matches(RIGHT).count();
        *text = text.replace(RIGHT, WRONG);
    }
    match changed {
        1 => Ok(wrong),
        _ => Err(Problem::bug(format!(
            "`{RIGHT}` is in the solutions {changed} times"
        ))),
    }
}

struct Bench {
    course: Course,
    steps: Vec<Step>,
    backend: Backend,
    solutions: Submission,
    right: Program,
}

impl Bench {
    async fn costs(&self, wrong: &Program) -> Result<Costs> {
        let fixed: Vec<_> = self.steps.iter().cloned().map(without_generated).collect();
        let (mut generation, mut proxy, mut shrinking) = (Vec::new(), Vec::new(), Vec::new());
        for seed in 1..=ROUNDS {
            generation.push((
                self.grading(&self.steps, seed).await?,
                self.grading(&fixed, seed).await?,
            ));
            proxy.push(self.pipeline(seed).await?);
            shrinking.push((
                self.generated(wrong, seed).await?,
                self.generated(&self.right, seed).await?,
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
        let grading = Grading {
            course: &self.course,
            submission: &self.solutions,
            backend: &self.backend,
            reference: Some(&self.right),
            seed,
        };
        let started = Instant::now();
        grading.run(steps, &self.right).await?;
        Ok(started.elapsed().as_secs_f64())
    }

    /// Seconds of one run over a stream, through the proxy and past it.
    async fn pipeline(&self, seed: u64) -> Result<(f64, f64)> {
        let fixture = fixture::stream(&self.course, "pages")?;
        let users = fixture::users(&self.course, &fixture.users)?;
        let (stream, table) = (format!("stream-{seed}"), format!("table-{seed}"));
        let clients = self.backend.endpoints.clients().await;
        seed::stream(&clients, &stream, &fixture).await?;
        seed::table(&clients, &table, &users).await?;
        let call = Call::ProcessStream {
            processor: Processor::Stream,
            stream,
            table,
        };
        let observer = self.observer(&self.right, seed).await?;
        let (through, _proxy) = observer.start(&[], &[]).await?;
        let past = observer.start_reference()?;
        Ok((timed(through, &call).await?, timed(past, &call).await?))
    }

    /// Seconds that the generated inputs of steps 2 and 3 take.
    async fn generated(&self, program: &Program, seed: u64) -> Result<f64> {
        let observer = self.observer(program, seed).await?;
        let started = Instant::now();
        for step in &self.steps[1..=2] {
            observer.observe(&self.solutions, step.generated()).await?;
        }
        Ok(started.elapsed().as_secs_f64())
    }

    async fn observer(&self, program: &Program, seed: u64) -> Result<Observer<'_>> {
        let reference = &self.right;
        let generated = Some(Generated { seed, reference });
        Observer::new(&self.course, &self.backend, program, generated).await
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
        done.map_err(|trouble| Problem::bug(trouble.describe(call.function())))?;
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
