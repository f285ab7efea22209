//! What the gradebook and the page of a class need of a report.

use crate::report::{CheckReport, Grade, Outcome, Report, State, StepReport};
use crate::submission::Submission;

/// The result of one submission.
#[derive(Clone, Debug)]
pub struct Row {
    pub name: String,
    /// The student who handed it in, if there is a roster.
    pub student: Option<String>,
    pub outcome: Outcome,
    /// `false` for an archive that cannot be read, or a folder that is no submission.
    pub has_sources: bool,
    /// `None` if it could not be graded.
    pub score: Option<u32>,
    pub max_score: Option<u32>,
    pub grade: Option<Grade>,
    /// How long it was compiled and graded, in seconds of the clock.
    pub seconds: Option<f64>,
    pub steps: Vec<StepOfRow>,
    /// The misconceptions that were recognised.
    pub misconceptions: Vec<String>,
    /// Why there is no verdict, or why the code does not compile.
    pub note: String,
}

/// The result of one step.
#[derive(Clone, Debug)]
pub struct StepOfRow {
    pub id: String,
    pub score: u32,
    pub max_score: u32,
    pub checks: Vec<CheckOfRow>,
}

/// The result of one check.
#[derive(Clone, Debug)]
pub struct CheckOfRow {
    pub id: String,
    pub state: State,
}

impl Row {
    /// The row of a submission that has no result yet.
    pub fn missing(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            student: None,
            outcome: Outcome::CouldNotGrade,
            has_sources: true,
            score: None,
            max_score: None,
            grade: None,
            seconds: None,
            steps: Vec::new(),
            misconceptions: Vec::new(),
            note: "not graded yet".to_owned(),
        }
    }

    /// What happened to it, in words.
    pub fn outcome_in_words(&self) -> &'static str {
        match self.outcome {
            _ if !self.has_sources => "no sources",
            Outcome::Graded => "graded",
            Outcome::DoesNotCompile => "does not compile",
            Outcome::CouldNotGrade => "could not grade",
        }
    }

    /// The points that count: those of the grade, or else the score.
    pub fn points(&self) -> Option<f64> {
        let grade = self.grade.as_ref().map(|grade| grade.points);
        grade.or(self.score.map(f64::from))
    }

    /// The student, or else the name of the submission.
    pub fn title(&self) -> &str {
        self.student.as_deref().unwrap_or(&self.name)
    }

    pub fn step(&self, id: &str) -> Option<&StepOfRow> {
        self.steps.iter().find(|step| step.id == id)
    }

    pub fn new(name: &str, report: &Report) -> Self {
        let steps = report.steps.iter();
        let diagnoses = steps.clone().filter_map(|step| step.diagnosis.as_ref());
        Self {
            name: name.to_owned(),
            student: None,
            outcome: report.outcome,
            has_sources: has_sources(report),
            score: report.score,
            max_score: report.max_score,
            grade: report.grade.clone(),
            seconds: report
                .seconds
                .map(|seconds| seconds.build + seconds.grading),
            misconceptions: diagnoses.map(|it| it.name.clone()).collect(),
            note: note(report),
            steps: steps.map(StepOfRow::new).collect(),
        }
    }
}

impl StepOfRow {
    fn new(step: &StepReport) -> Self {
        let check = |check: &CheckReport| CheckOfRow {
            id: check.id.clone(),
            state: State::of_check(check),
        };
        Self {
            id: step.id.clone(),
            score: step.score,
            max_score: step.max_score,
            checks: step.checks.iter().map(check).collect(),
        }
    }

    /// The state of a check.
    pub fn check(&self, id: &str) -> Option<State> {
        let mut checks = self.checks.iter();
        checks.find(|check| check.id == id).map(|check| check.state)
    }
}

fn has_sources(report: &Report) -> bool {
    report.outcome != Outcome::DoesNotCompile
        || report.digest != Some(Submission::default().digest())
}

fn note(report: &Report) -> String {
    let problem = report.problem.as_ref().map(|problem| problem.what.clone());
    let error = report.compile_errors.first();
    let error = error.map(|error| match has_sources(report) {
        true => format!("{}: {}", error.place(), error.message),
        false => error.message.clone(),
    });
    problem.or(error).unwrap_or_default()
}
