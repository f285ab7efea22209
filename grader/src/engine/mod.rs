//! The engine under the commands. A [`Session`] has what several gradings share, a
//! [`Job`] is one of them. Nothing in here, or below, prints, listens to signals, or
//! keeps anything in a global: who listens is told by events, and a session ends early
//! when its cancellation says so.

mod earlier;
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
use crate::report::{Report, StepReport};
use crate::runs::Runs;
use crate::sandbox::{Level, Sandbox};
use crate::scenario::Observer;
use crate::seed::Register;
use crate::step::Step;
use crate::submission::{self, Compiler, CompilerMessage, Program, Submission};

/// How long the end of a session waits for a backend that is just starting, so that a
/// container which is being made is removed again; and for what is deleted on a backend.
const LAST_CHANCE: Duration = Duration::from_secs(30);

/// How many times the limit of one process all of them may take together. The solutions take
/// a fortieth of that.
const IN_ALL: u32 = 12;

/// What is graded, and how.
#[derive(Clone, Debug)]
pub struct Job {
    pub submission: Submission,
    pub steps: Vec<Step>,
    /// Of the generated inputs; drawn after the build unless given.
    pub seed: Option<u64>,
    /// Of generated inputs that are hidden: whether they pass is all that is shown of them.
    pub secret_seed: Option<u64>,
    /// Per scenario; the backend's own unless given.
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
    /// What is made on the backend.
    register: OnceCell<Register>,
    /// As many compilations at once as there are processors.
    compilers: Semaphore,
}

impl Session {
    /// A session on all `steps` of the course. It looks for the compiler and for a sandbox, of
    /// the first of `levels` that there is; the backend starts when it is needed.
    ///
    /// # Errors
    ///
    /// What submissions link to cannot be built, or this machine has no such sandbox.
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
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
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
            compilers: Semaphore::new(processors),
        })
    }

    /// Grades one submission. What the submission does wrong is in the report.
    ///
    /// # Errors
    ///
    /// It could not be graded, or the session was cancelled.
    pub async fn grade(&self, job: &Job) -> Result<Report> {
        self.unless_cancelled(grading::grade(self, job)).await
    }

    /// The reports of a job's steps on the inputs of one seed, for a program that was built.
    ///
    /// # Errors
    ///
    /// As for [`Self::grade`].
    pub async fn run(&self, job: &Job, program: &Program, seed: u64) -> Result<Vec<StepReport>> {
        self.unless_cancelled(grading::run(self, job, program, seed))
            .await
    }

    /// The result of `work`, unless the session is cancelled first.
    pub async fn unless_cancelled<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let done = self.cancellation.run_until_cancelled(work).await;
        done.unwrap_or_else(|| Err(Problem::interrupted()))
    }

    /// Builds a submission within the budget. The inner `Err` is the student's.
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

    /// The program of the solutions, against which generated inputs are judged.
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

    /// What puts a program through scenarios; beside the reference's program on inputs of a
    /// seed, where generated inputs are wanted.
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

    /// The backend, started by whoever needs it first.
    pub async fn backend(&self) -> Result<&Backend> {
        let start = || async {
            let (ready, backend) = oneshot::channel();
            let (course, choice) = (self.course.clone(), self.choice.clone());
            let events = self.events.clone();
            let starting = tokio::spawn(async move {
                let started = backend::start(&course, &choice, &events).await;
                // Nobody waits for it any more: the session was cancelled.
                if let Err(Ok(backend)) = ready.send(started) {
                    backend.stop().await.ok();
                }
            });
            *self.starting.lock() = Some(starting);
            backend.await.map_err(|e| Problem::bug(e.to_string()))?
        };
        self.backend.get_or_try_init(start).await
    }

    /// Stops the backend and leaves nothing behind, also when the session was cancelled.
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
