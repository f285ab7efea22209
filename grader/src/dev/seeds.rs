//! `cargo grade dev seeds`: a submission's generated inputs over many seeds. A right
//! submission must agree with the reference on all of them; for a wrong one, the
//! sizes of the smallest inputs that show it are counted.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use crate::backend::{self, Backend, Choice};
use crate::check;
use crate::course::Course;
use crate::grade::build;
use crate::interrupt::Interrupt;
use crate::observe::{Generated, Observer};
use crate::problem::{Problem, Result, exit};
use crate::step::{self, Step};
use crate::submission::{self, Program, Submission};

/// What came of a step over all seeds.
#[derive(Default, Serialize)]
struct Tally {
    agreed: u64,
    /// The seeds on which it did not.
    parted: Vec<u64>,
    /// How many records the smallest inputs take, one for each of these seeds.
    records: Vec<usize>,
}

pub async fn run(dir: &Path, count: u64) -> Result<u8> {
    let course = Course::find()?;
    let submission = Submission::read(&course, dir)?;
    let mut interrupt = Interrupt::listen()?;
    let Ok(program) = interrupt.unless(build(&course, &submission)).await? else {
        return Err(Problem::usage(
            "the submission does not compile",
            "Run `cargo grade`.",
        ));
    };
    let reference = submission::reference(&course)?;
    let backend = backend::start(&Choice::Embedded).await?;
    let run = Run {
        course: &course,
        submission: &submission,
        program: &program,
        reference: &reference,
        backend: &backend,
    };
    let tallies = interrupt.unless(run.over(1..=count)).await;
    backend.stop().await?;
    let tallies = tallies?;
    println!(
        "{}",
        serde_json::to_string_pretty(&tallies).expect("tallies are JSON")
    );
    let agreed = tallies.values().all(|tally| tally.parted.is_empty());
    Ok(if agreed {
        exit::PASSED
    } else {
        exit::FELL_SHORT
    })
}

struct Run<'a> {
    course: &'a Course,
    submission: &'a Submission,
    program: &'a Program,
    reference: &'a Program,
    backend: &'a Backend,
}

impl Run<'_> {
    async fn over(&self, seeds: impl Iterator<Item = u64>) -> Result<BTreeMap<String, Tally>> {
        let steps = step::load(self.course)?;
        let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
        for seed in seeds {
            let reference = self.reference;
            let generated = Some(Generated { seed, reference });
            let observer =
                Observer::new(self.course, self.backend, self.program, generated).await?;
            for step in steps
                .iter()
                .filter(|step| step.generated().next().is_some())
            {
                let tally = tallies.entry(step.id.clone()).or_default();
                self.tally(&observer, step, seed, tally).await?;
            }
        }
        Ok(tallies)
    }

    async fn tally(
        &self,
        observer: &Observer<'_>,
        step: &Step,
        seed: u64,
        tally: &mut Tally,
    ) -> Result<()> {
        let seen = observer.observe(self.submission, step.generated()).await?;
        for verdict in check::judge(step, &seen)? {
            if verdict.passed() {
                tally.agreed += 1;
            } else {
                tally.parted.push(seed);
                tally
                    .records
                    .extend(verdict.counterexample.map(|c| c.records));
            }
        }
        Ok(())
    }
}
