//! The flow of one grading: build → backend → run and observe → judge → score →
//! diagnose → report.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use futures::future::join_all;

use super::{Job, Session, earlier_steps, hidden};
use crate::check::{self, Verdict};
use crate::course::EXERCISES;
use crate::diagnose::diagnose;
use crate::event::Activity;
use crate::generate;
use crate::problem::{Problem, Result};
use crate::report::{self, Begun, Judged, Report, ScenarioReport, Seconds, StepReport};
use crate::scenario::{Location, Observation, Observer};
use crate::score::score;
use crate::step::Step;
use crate::submission::{self, CompilerMessage, Program, Submission, lines_of_functions};

/// What was observed in each scenario, by its id.
type Seen = BTreeMap<String, Observation>;

/// Grades a job. Code that does not compile needs no backend.
pub async fn grade(session: &Session, job: &Job) -> Result<Report> {
    let begun = Begun::new(
        &job.submission,
        &session.course,
        &session.choice,
        &session.compiler.version,
        session.sandbox.level,
    );
    let started = Instant::now();
    let built = session.build(&job.submission).await?;
    let mut seconds = Seconds {
        build: started.elapsed().as_secs_f64(),
        ..Seconds::default()
    };
    // The seed is drawn here, because the submission cannot change after the build.
    let seed = job.seed.unwrap_or_else(generate::draw_seed);
    let program = match built {
        Ok(program) => program,
        Err(errors) => {
            let steps = blocked(&job.steps);
            return Ok(begun.does_not_compile(seed, seconds, steps, sorted(&job.steps, errors)));
        }
    };
    seconds.backend = session.backend().await?.up_after.as_secs_f64();
    let started = Instant::now();
    let mut steps = run(session, job, &program, seed).await?;
    if let Some(secret) = job.secret_seed {
        steps = hidden::judged(session, job, &program, secret, steps).await?;
    }
    seconds.grading = started.elapsed().as_secs_f64();
    Ok(begun.graded(seed, seconds, steps))
}

/// The reports of all steps of a program, for the inputs of one seed.
pub async fn run(
    session: &Session,
    job: &Job,
    program: &Program,
    seed: u64,
) -> Result<Vec<StepReport>> {
    let grading = Grading { session, job, seed };
    let reports = grading.run(program).await;
    // If the backend died, every check fails and the reference also stops. This shows nothing
    // about the code.
    let troubled = match &reports {
        Ok(reports) => reports.iter().any(|step| !step.passed),
        Err(_) => true,
    };
    if troubled {
        session.compiler.must_be_the_same()?;
        if !session.backend().await?.is_alive().await {
            return Err(Problem::machine(
                "the backend stopped answering during the grading",
                "Run the command again. `cargo grade doctor` checks the backend.",
            ));
        }
    }
    reports
}

/// What all steps of one grading have in common.
pub struct Grading<'a> {
    pub session: &'a Session,
    pub job: &'a Job,
    pub seed: u64,
}

impl Grading<'_> {
    pub fn submission(&self) -> &Submission {
        &self.job.submission
    }

    pub async fn observer(&self, program: &Program) -> Result<Observer<'_>> {
        let generated = self
            .job
            .steps
            .iter()
            .any(|step| step.generated().next().is_some());
        let reference = match generated {
            true => Some((self.session.reference().await?, self.seed)),
            false => None,
        };
        let observer = self
            .session
            .observer(program, reference, self.job.time_limit)
            .await?;
        Ok(observer.with_calls(self.job.with_calls))
    }

    /// The scenarios of all steps run at the same time. A step is judged after the steps before
    /// it, because their code may cause its failures.
    async fn run(&self, program: &Program) -> Result<Vec<StepReport>> {
        let observer = self.observer(program).await?;
        // The last steps take longest. If they started last, they would run alone at the end.
        let last_first = self.job.steps.iter().rev();
        let observed = join_all(last_first.map(|step| self.observe(&observer, step))).await;
        // A problem in one step does not stop the others from deleting their streams and
        // tables.
        let observed: Vec<_> = observed.into_iter().rev().collect::<Result<_>>()?;
        let mut reports: Vec<StepReport> = Vec::new();
        for (step, (seen, seconds)) in self.job.steps.iter().zip(observed) {
            let mut verdicts = check::judge(step, &seen)?;
            if earlier_steps::may_be_to_blame(self, &observer, step, &reports, &verdicts).await? {
                verdicts = earlier_steps::judge_without(self, step, verdicts).await?;
            }
            let score = score(step, &verdicts);
            let diagnosis = diagnose(step, &verdicts);
            let places = match score.passed {
                true => BTreeMap::new(),
                false => self.places(step),
            };
            let judged = Judged {
                scenarios: scenarios(step, &seen),
                verdicts,
                score,
                diagnosis,
                seconds,
                places,
                replay: self.replay(step),
            };
            reports.push(StepReport::new(step, judged, &program.warnings));
        }
        Ok(reports)
    }

    /// Where the functions are that the step's checks are about.
    fn places(&self, step: &Step) -> BTreeMap<String, Location> {
        let submission = self.submission();
        let Some(text) = submission.text(Path::new(&step.file)) else {
            return BTreeMap::new();
        };
        let lines = lines_of_functions(text);
        let functions = step.checks.iter().filter_map(|it| it.function.as_ref());
        let place = |function: &String| {
            let name = function.rsplit("::").next()?;
            let location = Location {
                file: submission.source(&step.file),
                line: u32::try_from(*lines.get(name)?).ok()?,
                function: function.clone(),
            };
            Some((function.clone(), location))
        };
        functions.filter_map(place).collect()
    }

    /// The observations of a step, and how many seconds they took.
    async fn observe(&self, observer: &Observer<'_>, step: &Step) -> Result<(Seen, f64)> {
        let _grading = self.session.events.during(Activity::Grade(step.id.clone()));
        let started = Instant::now();
        let seen = observer.observe(self.submission(), &step.scenarios).await?;
        Ok((seen, started.elapsed().as_secs_f64()))
    }

    /// The command that grades a step with the same generated inputs.
    fn replay(&self, step: &Step) -> String {
        let course = &self.session.course;
        let own = [course.display(&course.exercises()), EXERCISES.to_owned()];
        let dir = match &self.submission().shown_as {
            shown_as if own.contains(shown_as) => String::new(),
            other => format!(" --dir {}", report::quoted(other)),
        };
        format!("cargo grade {} --seed {}{dir}", step.number, self.seed)
    }
}

fn scenarios(step: &Step, seen: &Seen) -> Vec<ScenarioReport> {
    let scenarios = step.scenarios.iter();
    let report = |id| ScenarioReport::new(id, &seen[id]);
    scenarios.map(|scenario| report(&scenario.id)).collect()
}

/// The errors, those in the files of these steps first.
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
