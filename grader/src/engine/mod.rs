//! The engine behind the commands. A [`Session`] has what several gradings share, and a [`Job`]
//! is one grading. The engine and the modules that it uses do not print, do not listen to
//! signals, and have no global state. Events report the progress. A cancellation ends a session
//! early.

mod earlier_steps;
mod grading;
mod hidden;

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{OnceCell, Semaphore, SemaphorePermit, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::backend::{self, Backend, Choice};
use crate::child::{Budget, Launch};
use crate::course::Course;
use crate::event::{Activity, Events};
use crate::problem::{Problem, Result};
use crate::provision::Register;
use crate::report::{Report, StepReport};
use crate::runs::Runs;
use crate::sandbox::{Level, Sandbox};
use crate::scenario::Observer;
use crate::step::Step;
use crate::submission::{self, Compiler, CompilerMessage, Lint, Program, Submission};

/// How long the end of a session waits for a backend that is still starting, so that its
/// container is removed. It waits the same time until streams and tables are deleted.
const LAST_CHANCE: Duration = Duration::from_secs(30);

/// The time limit for all processes together, as a multiple of the limit for one process. The
/// solutions need a fortieth of it.
const IN_ALL: u32 = 12;

/// How many processors this machine has for the grader.
pub fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// What is graded, and how.
#[derive(Clone, Debug)]
pub struct Job {
    pub submission: Submission,
    pub steps: Vec<Step>,
    /// The seed of the generated inputs; drawn after the build if it is not given.
    pub seed: Option<u64>,
    /// The seed of hidden inputs: the report shows only whether they pass.
    pub secret_seed: Option<u64>,
    /// Whether the report has the AWS calls one by one.
    pub with_calls: bool,
    /// For each scenario; the limit of the backend if it is not given.
    pub time_limit: Option<Duration>,
}

/// What several gradings share: the course, a compiler, a backend, the reference's
/// program, and one budget for all of them.
pub struct Session {
    pub course: Course,
    /// All steps of the course.
    pub steps: Vec<Step>,
    pub compiler: Compiler,
    pub sandbox: Sandbox,
    pub choice: Choice,
    pub events: Events,
    pub cancellation: CancellationToken,
    pub runs: Runs,
    backend: OnceCell<Backend>,
    starting: Mutex<Option<JoinHandle<()>>>,
    reference: OnceCell<Program>,
    /// What was created on the backend.
    register: OnceCell<Register>,
    /// Allows as many compilations at the same time as there are processors.
    compilers: Semaphore,
}

impl Session {
    /// A session on all `steps` of the course. It finds the compiler, and a sandbox of the
    /// first of the `levels` that this machine has. The backend starts when it is needed.
    ///
    /// # Errors
    ///
    /// The libraries that submissions link to cannot be built, or this machine has no such
    /// sandbox.
    pub async fn open(
        course: &Course,
        steps: Vec<Step>,
        choice: &Choice,
        levels: &[Level],
        events: Events,
        cancellation: CancellationToken,
    ) -> Result<Self> {
        // A submission may open a thousand connections in each scenario.
        rlimit::increase_nofile_limit(u64::MAX).ok();
        let preparing = events.during(Activity::PrepareCompiler);
        let course_of_it = course.clone();
        let compiler = tokio::task::spawn_blocking(move || Compiler::find(&course_of_it))
            .await
            .map_err(|e| Problem::bug(e.to_string()))??;
        drop(preparing);
        let runs = Runs::open(course)?;
        let sandbox = Sandbox::open(course, &runs, compiler.libraries(), levels)?;
        Ok(Self {
            runs,
            course: course.clone(),
            steps,
            compiler,
            sandbox,
            choice: choice.clone(),
            events,
            cancellation,
            backend: OnceCell::new(),
            starting: Mutex::new(None),
            reference: OnceCell::new(),
            register: OnceCell::new(),
            compilers: Semaphore::new(processors()),
        })
    }

    /// Grades one submission. The failures of the submission are in the report.
    ///
    /// # Errors
    ///
    /// It could not be graded, or the session was cancelled.
    pub async fn grade(&self, job: &Job) -> Result<Report> {
        self.unless_cancelled(grading::grade(self, job)).await
    }

    /// Grades the reference on the steps and the inputs of a job that was graded.
    ///
    /// # Errors
    ///
    /// The same as for [`Self::grade`].
    pub async fn grade_reference(&self, job: &Job, seed: Option<u64>) -> Result<Report> {
        let submission = Submission::read(&self.course, &self.course.solutions())?;
        let job = Job {
            submission,
            seed,
            secret_seed: None,
            ..job.clone()
        };
        self.grade(&job).await
    }

    /// The reports of a job's steps on the inputs of one seed, for a program that was built.
    ///
    /// # Errors
    ///
    /// The same as for [`Self::grade`].
    pub async fn run(&self, job: &Job, program: &Program, seed: u64) -> Result<Vec<StepReport>> {
        self.unless_cancelled(grading::run(self, job, program, seed))
            .await
    }

    /// The result of `work`, unless the session is cancelled first.
    pub async fn unless_cancelled<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let done = self.cancellation.run_until_cancelled(work).await;
        done.unwrap_or_else(|| Err(Problem::interrupted()))
    }

    /// Builds a submission within the budget. The inner `Err` has the errors in the student's
    /// code.
    pub async fn build(
        &self,
        submission: &Submission,
    ) -> Result<Result<Program, Vec<CompilerMessage>>> {
        let _building = self
            .events
            .during(Activity::Build(submission.shown_as.clone()));
        let _permit = self.compile_permit().await?;
        submission::build(&self.course, &self.compiler, &self.sandbox, submission).await
    }

    /// The lints of clippy on a submission that compiles; `None` if clippy is not installed.
    ///
    /// # Errors
    ///
    /// Clippy could not be started, or the session was cancelled.
    pub async fn lints(&self, submission: &Submission) -> Result<Option<Vec<Lint>>> {
        let lints = async {
            let _permit = self.compile_permit().await?;
            submission::lints(&self.course, &self.compiler, &self.sandbox, submission).await
        };
        self.unless_cancelled(lints).await
    }

    /// The program of the solutions. Results for generated inputs are compared with its
    /// results.
    pub async fn reference(&self) -> Result<&Program> {
        let build = || async {
            let solutions = Submission::read(&self.course, &self.course.solutions())?;
            let _building = self.events.during(Activity::BuildReference);
            let _permit = self.compile_permit().await?;
            let built =
                submission::build(&self.course, &self.compiler, &self.sandbox, &solutions).await?;
            built.map_err(|_| Problem::bug("the solutions do not compile"))
        };
        self.reference.get_or_try_init(build).await
    }

    /// Runs a program in scenarios. For generated inputs, it also runs the reference's program
    /// on the inputs of a seed.
    pub async fn observer(
        &self,
        program: &Program,
        reference: Option<(&Program, u64)>,
        time_limit: Option<Duration>,
    ) -> Result<Observer<'_>> {
        let backend = self.backend().await?;
        let time_limit = time_limit.unwrap_or(backend.time_limit);
        let launch = Launch {
            binary: program.binary.clone(),
            environment: Vec::new(),
            runs: self.runs.path(),
            time_limit,
            budget: Some(Budget::new(time_limit * IN_ALL)),
            sandbox: self.sandbox.clone(),
            unstarted: Arc::default(),
        };
        let register = || async { Register::new(&backend.endpoints.clients()) };
        Ok(Observer::new(
            &self.course,
            backend,
            self.register.get_or_init(register).await,
            launch,
            reference,
        ))
    }

    async fn compile_permit(&self) -> Result<SemaphorePermit<'_>> {
        let permit = self.compilers.acquire().await;
        permit.map_err(|e| Problem::bug(e.to_string()))
    }

    /// The backend. The first call starts it.
    pub async fn backend(&self) -> Result<&Backend> {
        let start = || async {
            let (ready, backend) = oneshot::channel();
            let (course, choice) = (self.course.clone(), self.choice.clone());
            let events = self.events.clone();
            let starting = tokio::spawn(async move {
                let started = backend::start(&course, &choice, &events).await;
                // The session was cancelled, so nothing waits for the backend any more.
                if let Err(Ok(backend)) = ready.send(started) {
                    backend.stop().await.ok();
                }
            });
            *self.starting.lock() = Some(starting);
            backend.await.map_err(|e| Problem::bug(e.to_string()))?
        };
        self.backend.get_or_try_init(start).await
    }

    /// Stops the backend and deletes what was created on it, also if the session was cancelled.
    ///
    /// # Errors
    ///
    /// The backend could not be stopped.
    pub async fn close(self) -> Result<()> {
        if let Some(register) = self.register.get() {
            timeout(LAST_CHANCE, register.delete()).await.ok();
        }
        if let Some(backend) = self.backend.into_inner() {
            return backend.stop().await;
        }
        let starting = self.starting.into_inner();
        if let Some(starting) = starting {
            timeout(LAST_CHANCE, starting).await.ok();
        }
        Ok(())
    }
}
