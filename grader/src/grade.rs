//! The flow: backend and build → run and observe → judge → score → diagnose → report.

mod earlier;

use std::path::Path;
use std::time::{Duration, Instant};

use crate::backend::{self, Backend, Choice};
use crate::check::{self, Verdict};
use crate::course::Course;
use crate::diagnose::diagnose;
use crate::generate;
use crate::interrupt::Interrupt;
use crate::observe::{Generated, Observer};
use crate::problem::{Problem, Result};
use crate::progress::Progress;
use crate::report::{Begun, Judged, Report, ScenarioReport, Seconds, StepReport};
use crate::score::score;
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
    let begun = Begun::new(&submission, course, options.backend);
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
            let graded = interrupt.unless(grading.run(steps, &programs.own)).await;
            graded.map(|reports| (reports, Vec::new()))
        }
        Ok(Err(errors)) => Ok((blocked(steps), sorted(steps, errors))),
        Err(problem) => Err(problem),
    };
    let seconds = Seconds {
        backend: backend_up.as_secs_f64(),
        build: building.as_secs_f64(),
        grading: started.elapsed().as_secs_f64(),
    };
    let stopped = backend.stop().await;
    let (reports, errors) = graded?;
    stopped?;
    Ok(match errors.is_empty() {
        true => begun.graded(seed, seconds, reports),
        false => begun.does_not_compile(seed, seconds, reports, errors),
    })
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

/// The errors that matter to these steps first.
fn sorted(steps: &[Step], mut errors: Vec<CompilerMessage>) -> Vec<CompilerMessage> {
    let files: Vec<_> = steps.iter().map(|step| step.file.as_str()).collect();
    submission::sort(&mut errors, &files);
    errors
}

/// Steps of a submission that does not compile.
fn blocked(steps: &[Step]) -> Vec<StepReport> {
    let report = |step: &Step| {
        let blocked = |check| Verdict::blocked(check, "cannot be checked until the code compiles");
        let verdicts: Vec<_> = step.checks.iter().map(blocked).collect();
        let judged = Judged {
            score: score(step, &verdicts),
            verdicts,
            ..Judged::default()
        };
        StepReport::new(step, judged, &[])
    };
    steps.iter().map(report).collect()
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
    pub async fn run(&self, steps: &[Step], program: &Program) -> Result<Vec<StepReport>> {
        let observer = self.observer(program).await?;
        let mut reports: Vec<StepReport> = Vec::new();
        for step in steps {
            let _progress = Progress::start(&format!("Grading {}", step.id));
            let started = Instant::now();
            let judged = self.judge(&observer, step, &reports).await;
            // A backend that died fails every check and stops the reference too, and
            // says nothing of the code.
            let trouble = match &judged {
                Ok((verdicts, _)) => verdicts.iter().any(Verdict::fell),
                Err(_) => true,
            };
            if trouble && !self.backend.is_alive().await {
                return Err(Problem::machine(
                    "the backend stopped answering while grading",
                    "Run the command again; `cargo grade doctor` looks at the backend.",
                ));
            }
            let (verdicts, scenarios) = judged?;
            let score = score(step, &verdicts);
            let diagnosis = diagnose(step, &verdicts);
            let judged = Judged {
                scenarios,
                verdicts,
                score,
                diagnosis,
                seconds: started.elapsed().as_secs_f64(),
                replay: self.replay(step),
            };
            reports.push(StepReport::new(step, judged, &program.warnings));
        }
        Ok(reports)
    }

    /// The verdicts of one step, after those of the steps before it, and what it was put
    /// through.
    async fn judge(
        &self,
        observer: &Observer<'_>,
        step: &Step,
        earlier: &[StepReport],
    ) -> Result<(Vec<Verdict>, Vec<ScenarioReport>)> {
        let seen = observer.observe(self.submission, &step.scenarios).await?;
        let scenarios = step.scenarios.iter();
        let scenarios =
            scenarios.map(|scenario| ScenarioReport::new(&scenario.id, &seen[&scenario.id]));
        let scenarios = scenarios.collect();
        let verdicts = check::judge(step, &seen)?;
        let blamed = earlier::may_be_to_blame(self, observer, step, earlier, &verdicts);
        let verdicts = match blamed.await? {
            true => earlier::judge_without(self, step, verdicts).await?,
            false => verdicts,
        };
        Ok((verdicts, scenarios))
    }

    /// The command that grades a step on the same generated inputs.
    fn replay(&self, step: &Step) -> String {
        let dir = match &self.submission.shown_as {
            own if *own == self.course.display(&self.course.exercises()) => String::new(),
            other => format!(" --dir {other}"),
        };
        format!("cargo grade {} --seed {}{dir}", step.number, self.seed)
    }

    async fn observer(&self, program: &Program) -> Result<Observer<'_>> {
        let seed = self.seed;
        let generated = self
            .reference
            .map(|reference| Generated { seed, reference });
        Observer::new(self.course, self.backend, program, generated).await
    }
}
