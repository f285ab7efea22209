//! `cargo grade dev seeds`: grades a submission with many seeds. A right submission must agree
//! with the reference for all of them. A wrong submission must give the same result each time.
//! The sizes of the smallest inputs that show its mistake are counted.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Serialize;

use crate::commands::{self, output};
use crate::course::Course;
use crate::engine::{Job, Session};
use crate::problem::{Problem, Result, exit};
use crate::report::StepReport;
use crate::step::{self, Step};
use crate::submission::Submission;

/// The results for all seeds.
#[derive(Default, Serialize)]
struct Tally {
    /// One outcome, unless a check without generated inputs depends on the seed or on chance.
    outcomes: Vec<Outcome>,
    /// For each failed check of generated inputs, how many records the smallest input has, seed
    /// by seed.
    counterexamples: BTreeMap<String, Vec<usize>>,
}

/// The findings, and the seeds that gave them.
#[derive(Serialize)]
struct Outcome {
    #[serde(flatten)]
    findings: Findings,
    seeds: Vec<u64>,
}

#[derive(Default, PartialEq, Eq, Serialize)]
struct Findings {
    /// The checks that did not pass, without those of generated inputs.
    fell: BTreeSet<String>,
    diagnoses: BTreeSet<String>,
}

pub async fn run(dir: &Path, steps: &[String], count: u64) -> Result<u8> {
    let course = Course::find()?;
    let all = step::load(&course)?;
    let job = Job {
        submission: Submission::read(&course, dir)?,
        steps: commands::select(all.clone(), steps)?,
        seed: None,
        secret_seed: None,
        with_calls: false,
        time_limit: None,
    };
    let session = commands::embedded_session(&course, &all).await?;
    let tally = session
        .unless_cancelled(over_seeds(&session, &job, count))
        .await;
    session.close().await?;
    let tally = tally?;
    let text = serde_json::to_string_pretty(&tally).expect("a tally is JSON");
    output::line(text)?;
    Ok(match tally.is_right() {
        true => exit::PASSED,
        false => exit::FELL_SHORT,
    })
}

async fn over_seeds(session: &Session, job: &Job, count: u64) -> Result<Tally> {
    let built = session.build(&job.submission).await?;
    let program = built
        .map_err(|_| Problem::usage("the submission does not compile", "Run `cargo grade`."))?;
    let mut tally = Tally::default();
    for seed in 1..=count {
        let reports = session.run(job, &program, seed).await?;
        tally.add(seed, &job.steps, &reports);
    }
    Ok(tally)
}

impl Tally {
    fn add(&mut self, seed: u64, steps: &[Step], reports: &[StepReport]) {
        let mut findings = Findings::default();
        for (step, report) in steps.iter().zip(reports) {
            for check in report.checks.iter().filter(|check| check.fell()) {
                let name = format!("{}.{}", step.id, check.id);
                if step.is_generated(&check.scenario) {
                    let records = check.counterexample.as_ref().map(|c| c.records);
                    self.counterexamples
                        .entry(name)
                        .or_default()
                        .extend(records);
                } else {
                    findings.fell.insert(name);
                }
            }
            let diagnosis = report.diagnosis.iter();
            findings.diagnoses.extend(diagnosis.map(|d| d.id.clone()));
        }
        let mut outcomes = self.outcomes.iter_mut();
        match outcomes.find(|outcome| outcome.findings == findings) {
            Some(outcome) => outcome.seeds.push(seed),
            None => self.outcomes.push(Outcome {
                findings,
                seeds: vec![seed],
            }),
        }
    }

    fn is_right(&self) -> bool {
        let all_passed = |outcome: &Outcome| outcome.findings == Findings::default();
        self.outcomes.iter().all(all_passed) && self.counterexamples.is_empty()
    }
}
