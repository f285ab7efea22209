//! What the gradebook and the page of a class need of a report.

use crate::report::{CheckReport, Grade, Outcome, Report, State, StepReport};

/// The result of one submission.
#[derive(Clone, Debug)]
pub struct Row {
    pub name: String,
    /// The student who handed it in, if there is a roster.
    pub student: Option<String>,
    /// Whether it was graded, or at least tried.
    pub is_done: bool,
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
    /// Why there is no verdict, why the code does not compile, or what the instructor should
    /// look at.
    pub note: String,
}

/// The result of one step: the points of the grade, or else of the score.
#[derive(Clone, Debug)]
pub struct StepOfRow {
    pub id: String,
    pub points: f64,
    pub max_points: f64,
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
            is_done: false,
            outcome: Outcome::CouldNotGrade,
            has_sources: true,
            score: None,
            max_score: None,
            grade: None,
            seconds: None,
            steps: Vec::new(),
            misconceptions: Vec::new(),
            note: String::new(),
        }
    }

    /// What happened to it, in words.
    pub fn outcome_in_words(&self) -> &'static str {
        match self.outcome {
            _ if !self.is_done => "not graded yet",
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

    /// The points of which these are: those of the grade, or else those of the score.
    pub fn max_points(&self) -> Option<f64> {
        let grade = self.grade.as_ref().map(|grade| grade.max_points);
        grade.or(self.max_score.map(f64::from))
    }

    /// The student, or else the name of the submission.
    pub fn title(&self) -> &str {
        self.student.as_deref().unwrap_or(&self.name)
    }

    /// The student and the submission.
    pub fn label(&self) -> String {
        label(&self.name, self.student.as_deref())
    }

    /// Whether there is code for a check that it does not pass.
    pub fn has_failed(&self) -> bool {
        let mut checks = self.steps.iter().flat_map(|step| &step.checks);
        self.outcome == Outcome::Graded && checks.any(|check| check.state.is_wrong())
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
            is_done: true,
            outcome: report.outcome,
            has_sources: report.has_sources(),
            score: report.score,
            max_score: report.max_score,
            grade: report.grade.clone(),
            seconds: report
                .seconds
                .map(|seconds| seconds.build + seconds.grading),
            misconceptions: diagnoses.map(|it| it.name.clone()).collect(),
            note: note(report),
            steps: steps
                .map(|step| StepOfRow::new(step, report.grade.as_ref()))
                .collect(),
        }
    }
}

/// The student, if known, and the submission.
pub fn label(name: &str, student: Option<&str>) -> String {
    match student {
        Some(student) => format!("{student} ({name})"),
        None => name.to_owned(),
    }
}

impl StepOfRow {
    fn new(step: &StepReport, grade: Option<&Grade>) -> Self {
        let (score, max_score) = (f64::from(step.score), f64::from(step.max_score));
        let grade = grade.and_then(|grade| grade.step(&step.id));
        let (points, max_points) =
            grade.map_or((score, max_score), |grade| (grade.points, grade.max_points));
        let check = |check: &CheckReport| CheckOfRow {
            id: check.id.clone(),
            state: State::of_check(check),
        };
        Self {
            id: step.id.clone(),
            points,
            max_points,
            checks: step.checks.iter().map(check).collect(),
        }
    }

    /// The state of a check.
    pub fn check(&self, id: &str) -> Option<State> {
        let mut checks = self.checks.iter();
        checks.find(|check| check.id == id).map(|check| check.state)
    }
}

fn note(report: &Report) -> String {
    let problem = report.problem.as_ref().map(|problem| problem.what.clone());
    let error = report.compile_errors.first();
    let error = error.map(|error| match report.has_sources() {
        true => format!("{}: {}", error.place(), error.message),
        false => error.message.clone(),
    });
    let note = report.notes.first().cloned();
    problem.or(error).or(note).unwrap_or_default()
}
