//! The flow: backend and build → run and observe → check → report.

mod earlier;

use std::path::Path;
use std::time::{Duration, Instant};

use crate::backend::{self, Backend, Choice};
use crate::check::{self, Verdict};
use crate::course::Course;
use crate::generate;
use crate::interrupt::Interrupt;
use crate::observe::{Generated, Observer};
use crate::problem::{Problem, Result};
use crate::progress::Progress;
use crate::report::{Report, Seconds, StepReport};
use crate::step::Step;
use crate::submission::{self, CompilerMessage, Profile, Program, Submission};

/// What to grade, and how.
#[derive(Clone, Debug)]
pub struct Options<'a> {
    /// The submission's folder.
    pub dir: &'a Path,
    pub backend: &'a Choice,
    /// Per scenario; the backend's own unless given.
    pub time_limit: Option<Duration>,
    /// Of the generated inputs; drawn after the build unless given.
    pub seed: Option<u64>,
}

/// Grades the steps of a submission.
pub async fn grade(course: &Course, steps: &[Step], options: &Options<'_>) -> Result<Report> {
    let submission = Submission::read(course, options.dir)?;
    let mut interrupt = Interrupt::listen()?;
    let started = Instant::now();
    // The backend starts while the compiler works.
    let starting = backend::Starting::new(options.backend);
    let built = interrupt
        .unless(build_all(course, &submission, steps))
        .await;
    let building = started.elapsed();
    let mut backend = starting.ready(&mut interrupt).await?;
    let backend_up = backend.up_after;
    backend.time_limit = options.time_limit.unwrap_or(backend.time_limit);

    let started = Instant::now();
    // Drawn when nothing of the submission can change any more.
    let seed = options.seed.unwrap_or_else(generate::draw_seed);
    let graded = match built {
        Ok(Ok(programs)) => {
            let grading = Grading {
                course,
                submission: &submission,
                backend: &backend,
                reference: programs.reference.as_ref(),
                seed,
            };
            interrupt.unless(grading.run(steps, &programs.own)).await
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
        seed,
        steps,
        compile_errors,
        seconds,
    ))
}

/// What is run: the submission's own program, and the reference's where generated
/// inputs are held against it.
struct Programs {
    own: Program,
    reference: Option<Program>,
}

async fn build_all(
    course: &Course,
    submission: &Submission,
    steps: &[Step],
) -> Result<Result<Programs, Vec<CompilerMessage>>> {
    let own = match build(course, submission, Profile::Dev).await? {
        Ok(own) => own,
        Err(errors) => return Ok(Err(errors)),
    };
    let generated = steps.iter().any(|step| step.generated().next().is_some());
    let reference = match generated {
        true => Some(in_background("Building solutions", course, submission::reference).await?),
        false => None,
    };
    Ok(Ok(Programs { own, reference }))
}

/// Builds the submission.
pub async fn build(
    course: &Course,
    submission: &Submission,
    profile: Profile,
) -> Result<Result<Program, Vec<CompilerMessage>>> {
    let doing = format!("Building {}", submission.shown_as);
    let submission = submission.clone();
    let build = move |course: &Course| submission::build(course, &submission, profile);
    in_background(&doing, course, build).await
}

/// Works without holding up the backend that starts meanwhile.
async fn in_background<T: Send + 'static>(
    doing: &str,
    course: &Course,
    work: impl FnOnce(&Course) -> Result<T> + Send + 'static,
) -> Result<T> {
    let _progress = Progress::start(doing);
    let course = course.clone();
    tokio::task::spawn_blocking(move || work(&course))
        .await
        .map_err(|e| Problem::bug(e.to_string()))?
}

/// What came of each step, or the errors that kept all of them from being run.
pub type Graded = (Vec<StepReport>, Vec<CompilerMessage>);

fn does_not_compile(steps: &[Step], mut errors: Vec<CompilerMessage>) -> Graded {
    let files: Vec<_> = steps.iter().map(|step| step.file.as_str()).collect();
    submission::sort(&mut errors, &files);
    let verdicts = |step: &Step| {
        let blocked = |check| Verdict::blocked(check, "cannot be checked until the code compiles");
        step.checks.iter().map(blocked).collect()
    };
    (
        steps
            .iter()
            .map(|step| StepReport::new(step, verdicts(step), &[]))
            .collect(),
        errors,
    )
}

/// What all steps of one grading have in common.
pub struct Grading<'a> {
    pub course: &'a Course,
    pub submission: &'a Submission,
    pub backend: &'a Backend,
    /// Generated inputs are held against it.
    pub reference: Option<&'a Program>,
    pub seed: u64,
}

impl Grading<'_> {
    /// Runs and judges step by step.
    pub async fn run(&self, steps: &[Step], program: &Program) -> Result<Graded> {
        let observer = self.observer(program).await?;
        let mut reports: Vec<StepReport> = Vec::new();
        for step in steps {
            let _progress = Progress::start(&format!("Grading {}", step.id));
            let verdicts = self.judge(&observer, step, &reports).await;
            // A backend that died fails every check and stops the reference too, and
            // says nothing of the code.
            let trouble = match &verdicts {
                Ok(verdicts) => verdicts.iter().any(Verdict::fell),
                Err(_) => true,
            };
            if trouble && !self.backend.is_alive().await {
                return Err(Problem::machine(
                    "the backend stopped answering while grading",
                    "Run the command again; `cargo grade doctor` looks at the backend.",
                ));
            }
            reports.push(StepReport::new(step, verdicts?, &program.warnings));
        }
        Ok((reports, Vec::new()))
    }

    /// The verdicts of one step, after those of the steps before it.
    async fn judge(
        &self,
        observer: &Observer<'_>,
        step: &Step,
        earlier: &[StepReport],
    ) -> Result<Vec<Verdict>> {
        let seen = observer.observe(self.submission, &step.scenarios).await?;
        let verdicts = check::judge(step, &seen)?;
        let blamed = earlier::may_be_to_blame(self, observer, step, earlier, &verdicts);
        match blamed.await? {
            true => earlier::judge_without(self, step, verdicts).await,
            false => Ok(verdicts),
        }
    }

    async fn observer(&self, program: &Program) -> Result<Observer<'_>> {
        let seed = self.seed;
        let generated = self
            .reference
            .map(|reference| Generated { seed, reference });
        Observer::new(self.course, self.backend, program, generated).await
    }
}
