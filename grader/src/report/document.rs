//! The report as a document. Its JSON form is [`Report`], field by field; the schema of
//! that form is `grader/report.schema.json`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::rubric::Grade;
use crate::check::{Row, Status};
use crate::child::TroubleKind;
use crate::diagnose::Diagnosis;
use crate::evidence::{Difference, Segment};
use crate::problem::Problem;
use crate::quiz::UNANSWERED;
use crate::scenario::{AwsCall, Location};
use crate::submission::{CompilerMessage, Submission};

/// The version of this form. It changes if a field is removed or gets a different meaning.
pub const VERSION: u32 = 1;

/// The outcome of a grading.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Report {
    #[cfg_attr(test, schemars(extend("const" = VERSION)))]
    pub version: u32,
    pub outcome: Outcome,
    pub status: Status,
    pub passed: bool,
    /// `null` if there is no verdict. This is not 0 points.
    pub score: Option<u32>,
    pub max_score: Option<u32>,
    /// The grade by an instructor's rubric, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grade: Option<Grade>,
    /// The folder that was graded, as it was named.
    pub submission: String,
    /// SHA-256 over the names and the texts of its sources.
    pub digest: Option<String>,
    pub grader_version: String,
    pub course_version: Option<String>,
    /// The compiler's own text about its version.
    pub toolchain: Option<String>,
    /// When the grading began, RFC 3339 in UTC.
    pub started: String,
    pub backend: String,
    /// The level of the sandbox that the submission was compiled and run in: `none`,
    /// `restricted` or `isolated`.
    pub sandbox: Option<String>,
    /// The seed of the generated inputs: the same seed makes the same inputs.
    pub seed: Option<u64>,
    pub seconds: Option<Seconds>,
    /// What an instructor should look at in the submission.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Why there is no verdict.
    pub problem: Option<Problem>,
    /// Empty unless the submission does not compile.
    pub compile_errors: Vec<CompilerMessage>,
    pub steps: Vec<StepReport>,
}

/// How a grading ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Graded,
    /// Also if there are no sources, such as in a damaged archive.
    DoesNotCompile,
    CouldNotGrade,
}

/// Wall-clock time spent, in seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Seconds {
    pub backend: f64,
    pub build: f64,
    pub grading: f64,
}

/// The outcome of one step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StepReport {
    pub number: usize,
    pub id: String,
    pub title: String,
    /// The student's file, below `src/`.
    pub file: String,
    pub status: Status,
    pub passed: bool,
    pub score: u32,
    pub max_score: u32,
    /// Wall-clock time.
    pub seconds: f64,
    pub scenarios: Vec<ScenarioReport>,
    pub checks: Vec<CheckReport>,
    /// The compiler's warnings in the step's file, if the step did not pass: values that must
    /// be used, but are not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<CompilerMessage>,
    /// What seems to be wrong, if this is known.
    pub diagnosis: Option<Diagnosis>,
}

/// A scenario that the submission ran in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ScenarioReport {
    pub id: String,
    /// Wall-clock time; scenarios run in parallel.
    pub seconds: f64,
    /// The AWS operations that were called, in the order of their first call, and how often.
    pub asked: Vec<(String, usize)>,
    /// The calls one by one, if the report was made with them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<AwsCall>,
}

/// The outcome of one check.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CheckReport {
    /// Unique in its step.
    pub id: String,
    pub title: String,
    pub status: Status,
    pub score: u32,
    pub max_score: u32,
    /// More than is required: not needed to pass.
    pub bonus: bool,
    /// What happened, in a sentence; empty if it passed.
    pub message: String,
    /// The first difference in words: the result of the reference …
    pub expected: Option<String>,
    /// … and the result of the submission.
    pub actual: Option<String>,
    /// The rule, with its source.
    // The name of version 1 of the document.
    #[serde(rename = "because")]
    pub rule: String,
    pub hint: String,
    /// The scenario that was observed for it.
    pub scenario: String,
    /// Where to look: where the code panicked or is not implemented yet, or else where the
    /// function begins that the check is about.
    pub location: Option<Location>,
    /// The last lines that its scenario wrote to standard output, if it did not pass …
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stdout: Vec<String>,
    /// … and to standard error.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stderr: Vec<String>,
    /// The AWS operations that were called and how often, if the check is about them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<(String, usize)>,
    /// The cases with differences, each with its input in words, if the check has named cases.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<(String, String)>,
    /// The files of the course with the input of its scenario.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fixtures: Vec<String>,
    /// The smallest generated input that was found for which the submission is wrong.
    pub counterexample: Option<CounterexampleReport>,
    /// All differences: first the data that could not be read, then the others in the order of
    /// the expectation.
    pub differences: Vec<Difference>,
    /// Why there was nothing to compare.
    pub trouble: Option<TroubleKind>,
}

/// A generated input for which the submission and the reference differ.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct CounterexampleReport {
    /// How many records it has.
    pub records: usize,
    /// The record for which they differ, stage by stage; empty if no record is followed through
    /// the stages.
    pub trace: Vec<Row>,
    /// The command that makes the same input again.
    pub replay: String,
}

impl Seconds {
    pub fn total(self) -> f64 {
        self.backend + self.build + self.grading
    }
}

impl Report {
    /// Whether there was something to compile: not if an archive cannot be read, or if a folder
    /// is no submission.
    pub fn has_sources(&self) -> bool {
        self.outcome != Outcome::DoesNotCompile
            || self.digest != Some(Submission::default().digest())
    }

    /// The score and the grade in words; `None` if there is no verdict.
    pub fn points(&self) -> Option<String> {
        let (score, of) = self.score.zip(self.max_score)?;
        let grade = self.grade.as_ref();
        let grade = grade.map(|grade| format!(" · grade {}", grade.in_words()));
        Some(format!(
            "{score} of {of} points{}",
            grade.unwrap_or_default()
        ))
    }

    pub fn step(&self, number: usize) -> Option<&StepReport> {
        self.steps.iter().find(|step| step.number == number)
    }
}

impl CounterexampleReport {
    /// Which record of a check it is, in words.
    pub fn simplest(&self, check: &CheckReport) -> String {
        let record = check.differences.first().and_then(|one| one.path.first());
        let record = match record {
            Some(Segment::Field(name)) => name.as_str(),
            _ => "",
        };
        let before = match self.records {
            0 | 1 => String::new(),
            more => format!(", after {} more", more - 1),
        };
        format!("the simplest record that shows it: {record}{before}")
    }
}

impl CheckReport {
    pub fn passed(&self) -> bool {
        self.status == Status::Passed
    }

    /// Whether this keeps the step from passing.
    pub fn fell(&self) -> bool {
        !self.passed() && !self.bonus
    }

    /// Whether there is no code for it yet: a `todo!()`, or a question without an answer.
    pub fn is_unwritten(&self) -> bool {
        self.trouble == Some(TroubleKind::Unwritten) || self.is_unanswered()
    }

    /// Whether it is about questions, and none of them has an answer.
    pub fn is_unanswered(&self) -> bool {
        let is_open = |one: &Difference| {
            let actual = one.actual.as_ref();
            actual.and_then(Value::as_str) == Some(UNANSWERED)
        };
        !self.differences.is_empty() && self.differences.iter().all(is_open)
    }
}

impl StepReport {
    pub fn scenario(&self, id: &str) -> Option<&ScenarioReport> {
        self.scenarios.iter().find(|scenario| scenario.id == id)
    }

    /// Whether the student has not started it.
    pub fn is_untouched(&self) -> bool {
        let mut left = self.checks.iter().filter(|check| check.fell());
        let is_open = |check: &CheckReport| check.is_unwritten() || check.status == Status::Blocked;
        !self.passed && self.score == 0 && left.all(is_open)
    }

    /// The first check that keeps the step from passing. A blocked check counts only if there is
    /// no other: the check that blocks it may come later.
    pub fn first_failure(&self) -> Option<&CheckReport> {
        let mut failed = self.checks.iter().filter(|check| check.fell());
        let first = failed.clone().find(|check| check.status != Status::Blocked);
        first.or_else(|| failed.next())
    }
}
