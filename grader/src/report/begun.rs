//! What is known about a grading when it begins, and the three ways in which it ends.

use std::path::Path;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::document::{Outcome, Report, Seconds, StepReport, VERSION};
use super::status;
use crate::backend::Choice;
use crate::check::Status;
use crate::course::Course;
use crate::problem::Problem;
use crate::sandbox::Level;
use crate::submission::{CompilerMessage, Submission};

/// A grading that has begun.
pub struct Begun {
    started: OffsetDateTime,
    submission: String,
    digest: Option<String>,
    course_version: Option<String>,
    backend: String,
    toolchain: Option<String>,
    sandbox: Option<String>,
    notes: Vec<String>,
}

impl Begun {
    pub fn new(
        submission: &Submission,
        course: &Course,
        backend: &Choice,
        toolchain: &str,
        sandbox: Level,
    ) -> Self {
        Self {
            toolchain: Some(toolchain.to_owned()),
            sandbox: Some(sandbox.to_string()),
            ..Self::of(submission, course, backend)
        }
    }

    fn of(submission: &Submission, course: &Course, backend: &Choice) -> Self {
        Self {
            submission: submission.shown_as.clone(),
            digest: Some(submission.digest()),
            notes: submission.notes.clone(),
            course_version: course.version(),
            ..Self::nowhere(Path::new(""), backend)
        }
    }

    /// A grading of a folder that may not contain a submission.
    pub fn anywhere(course: &Course, dir: &Path, backend: &Choice) -> Self {
        match Submission::read(course, dir) {
            Ok(submission) => Self::of(&submission, course, backend),
            Err(_) => Self {
                course_version: course.version(),
                ..Self::nowhere(dir, backend)
            },
        }
    }

    /// A grading without a course.
    pub fn nowhere(dir: &Path, backend: &Choice) -> Self {
        Self {
            started: OffsetDateTime::now_utc(),
            submission: dir.display().to_string(),
            digest: None,
            course_version: None,
            backend: backend.to_string(),
            toolchain: None,
            sandbox: None,
            notes: Vec::new(),
        }
    }

    /// The same grading, with an earlier start.
    pub fn since(self, started: OffsetDateTime) -> Self {
        Self { started, ..self }
    }

    pub fn graded(self, seed: u64, seconds: Seconds, steps: Vec<StepReport>) -> Report {
        let passed = steps.iter().all(|step| step.passed);
        let status = status(passed, steps.iter().map(|step| step.status));
        let report = self.ended(Outcome::Graded, status);
        with_steps(report, seed, seconds, steps)
    }

    /// `steps` are the steps that could not be graded because of the errors.
    pub fn does_not_compile(
        self,
        seed: u64,
        seconds: Seconds,
        steps: Vec<StepReport>,
        errors: Vec<CompilerMessage>,
    ) -> Report {
        let report = self.ended(Outcome::DoesNotCompile, Status::Blocked);
        Report {
            compile_errors: errors,
            ..with_steps(report, seed, seconds, steps)
        }
    }

    /// There is no verdict, so there is no score.
    pub fn could_not_grade(self, problem: Problem) -> Report {
        Report {
            problem: Some(problem),
            ..self.ended(Outcome::CouldNotGrade, Status::Error)
        }
    }

    fn ended(self, outcome: Outcome, status: Status) -> Report {
        Report {
            version: VERSION,
            outcome,
            status,
            passed: status == Status::Passed,
            score: None,
            max_score: None,
            grade: None,
            submission: self.submission,
            digest: self.digest,
            grader_version: env!("CARGO_PKG_VERSION").to_owned(),
            course_version: self.course_version,
            toolchain: self.toolchain,
            started: rfc_3339(self.started),
            backend: self.backend,
            sandbox: self.sandbox,
            seed: None,
            seconds: None,
            notes: self.notes,
            problem: None,
            compile_errors: Vec::new(),
            steps: Vec::new(),
        }
    }
}

/// The time to the second.
fn rfc_3339(time: OffsetDateTime) -> String {
    let second = time.replace_nanosecond(0).unwrap_or(time);
    second.format(&Rfc3339).unwrap_or_default()
}

fn with_steps(report: Report, seed: u64, seconds: Seconds, steps: Vec<StepReport>) -> Report {
    Report {
        score: Some(steps.iter().map(|step| step.score).sum()),
        max_score: Some(steps.iter().map(|step| step.max_score).sum()),
        seed: Some(seed),
        seconds: Some(seconds),
        steps,
        ..report
    }
}
