//! The outcome of a grading, and its forms.

mod json;
mod terminal;

use std::path::Path;

use serde::Serialize;

use crate::backend::Choice;
use crate::check::Verdict;
use crate::diagnose::{Diagnosis, diagnose};
use crate::step::Step;
use crate::submission::{CompilerMessage, Submission};

pub use json::render as json;
pub use terminal::{Screen, View, render as terminal};

/// The outcome of a grading. Its JSON form is this struct, field by field.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    pub passed: bool,
    pub score: u32,
    pub max_score: u32,
    /// The folder that was graded, as it was named.
    pub submission: String,
    pub backend: String,
    /// Of the generated inputs: the same seed makes the same inputs.
    pub seed: u64,
    pub seconds: Seconds,
    /// Empty unless the submission does not compile.
    pub compile_errors: Vec<CompilerMessage>,
    pub steps: Vec<StepReport>,
}

/// Wall-clock time spent, in seconds. Backend and build run side by side.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Seconds {
    pub backend: f64,
    pub build: f64,
    pub grading: f64,
}

/// The outcome of one step.
#[derive(Clone, Debug, Serialize)]
pub struct StepReport {
    pub number: usize,
    pub id: String,
    pub title: String,
    /// The student's file, below `src/`.
    pub file: String,
    pub passed: bool,
    pub score: u32,
    pub max_score: u32,
    pub checks: Vec<Verdict>,
    /// What the compiler warned of in the step's file, if it did not pass: values that
    /// are not used though they must be.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<CompilerMessage>,
    /// What seems to be the matter, if that is known.
    pub diagnosis: Option<Diagnosis>,
}

impl StepReport {
    pub fn new(step: &Step, checks: Vec<Verdict>, warnings: &[CompilerMessage]) -> Self {
        let passed = !checks.iter().any(Verdict::fell);
        let own = |said: &&CompilerMessage| !passed && Path::new(&said.file).ends_with(&step.file);
        Self {
            number: step.number,
            id: step.id.clone(),
            title: step.title.clone(),
            file: step.file.clone(),
            passed,
            warnings: warnings.iter().filter(own).cloned().collect(),
            score: checks.iter().map(|check| check.score).sum(),
            max_score: checks.iter().map(|check| check.max_score).sum(),
            diagnosis: diagnose(step, &checks),
            checks,
        }
    }
}

impl Report {
    pub fn new(
        submission: &Submission,
        backend: &Choice,
        seed: u64,
        steps: Vec<StepReport>,
        compile_errors: Vec<CompilerMessage>,
        seconds: Seconds,
    ) -> Self {
        Self {
            passed: compile_errors.is_empty() && steps.iter().all(|step| step.passed),
            score: steps.iter().map(|step| step.score).sum(),
            max_score: steps.iter().map(|step| step.max_score).sum(),
            submission: submission.shown_as.clone(),
            backend: backend.to_string(),
            seed,
            seconds,
            compile_errors,
            steps,
        }
    }
}
