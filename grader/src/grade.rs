//! The flow: backend and build → run and observe → check → report.

mod earlier;

use std::path::Path;
use std::time::{Duration, Instant};

use crate::backend::{self, Backend, Choice};
use crate::check::{self, Verdict};
use crate::course::Course;
use crate::interrupt::Interrupt;
use crate::observe::Observer;
use crate::problem::{Problem, Result};
use crate::progress::Progress;
use crate::report::{Report, Seconds, StepReport};
use crate::step::Step;
use crate::submission::{self, CompileError, Program, Submission};

/// What to grade, and how.
#[derive(Clone, Debug)]
pub struct Options<'a> {
    /// The submission's folder.
    pub dir: &'a Path,
    pub backend: &'a Choice,
    /// Per scenario; the backend's own unless given.
    pub time_limit: Option<Duration>,
}

/// Grades the steps of a submission.
pub async fn grade(course: &Course, steps: &[Step], options: &Options<'_>) -> Result<Report> {
    let submission = Submission::read(course, options.dir)?;
    let mut interrupt = Interrupt::listen()?;
    let started = Instant::now();
    // The backend starts while the compiler works.
    let starting = backend::Starting::new(options.backend);
    let built = interrupt.unless(build(course, &submission)).await;
    let building = started.elapsed();
    let mut backend = starting.ready(&mut interrupt).await?;
    let backend_up = backend.up_after;
    backend.time_limit = options.time_limit.unwrap_or(backend.time_limit);

    let started = Instant::now();
    let graded = match built {
        Ok(Ok(program)) => {
            interrupt
                .unless(run(course, steps, &submission, &program, &backend))
                .await
        }
        Ok(Err(errors)) => Ok(does_not_compile(steps, errors)),
        Err(problem) => Err(problem),
    };
    let seconds = Seconds {
        backend: backend_up.as_secs_f64(),
        build: building.as_secs_f64(),
        grading: started.elapsed().as_secs_f64(),
    };
    let stopped = backend.stop().await;
    let (steps, compile_errors) = graded?;
    stopped?;
    Ok(Report::new(
        &submission,
        options.backend,
        steps,
        compile_errors,
        seconds,
    ))
}

/// Builds without holding up the backend that starts meanwhile.
pub async fn build(
    course: &Course,
    submission: &Submission,
) -> Result<Result<Program, Vec<CompileError>>> {
    let _progress = Progress::start(&format!("Building {}", submission.shown_as));
    let (course, submission) = (course.clone(), submission.clone());
    tokio::task::spawn_blocking(move || submission::build(&course, &submission))
        .await
        .map_err(|e| Problem::bug(e.to_string()))?
}

type Graded = (Vec<StepReport>, Vec<CompileError>);

fn does_not_compile(steps: &[Step], errors: Vec<CompileError>) -> Graded {
    let verdicts = |step: &Step| {
        let blocked = |check| Verdict::blocked(check, "cannot be checked until the code compiles");
        step.checks.iter().map(blocked).collect()
    };
    (
        steps
            .iter()
            .map(|step| StepReport::new(step, verdicts(step)))
            .collect(),
        errors,
    )
}

/// Runs and judges step by step.
async fn run(
    course: &Course,
    steps: &[Step],
    submission: &Submission,
    program: &Program,
    backend: &Backend,
) -> Result<Graded> {
    let observer = Observer::new(course, backend, program).await?;
    let mut reports: Vec<StepReport> = Vec::new();
    for step in steps {
        let _progress = Progress::start(&format!("Grading {}", step.id));
        let seen = observer.observe(submission, &step.scenarios).await?;
        let mut verdicts = check::judge(step, &seen)?;
        if verdicts.iter().any(Verdict::fell) {
            // A backend that died fails every check, and says nothing of the code.
            if !backend.is_alive().await {
                return Err(Problem::machine(
                    "the backend stopped answering while grading",
                    "Run the command again; `cargo grade doctor` looks at the backend.",
                ));
            }
            if earlier::may_be_to_blame(step, &reports, &verdicts) {
                verdicts =
                    earlier::judge_without(course, step, submission, backend, verdicts).await?;
            }
        }
        reports.push(StepReport::new(step, verdicts));
    }
    Ok((reports, Vec::new()))
}
