//! `cargo grade load`: measures step 7 with different numbers of shards and users. It compares
//! step 7 with plain reading of the same records, and with the module's Python program.

mod bars;
mod plots;

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use futures::stream::{self, TryStreamExt};
use protocol::Call;
use protocol::load::Load;
use serde::{Deserialize, Serialize};

use super::cli::LoadArgs;
use super::format::Format;
use super::reports::Reports;
use super::{does_not_compile, embedded_session, folder};
use crate::backend::{self, Backend, Ports};
use crate::call;
use crate::child::{Child, Launch};
use crate::course::Course;
use crate::fixture::{Record, Stream};
use crate::generate::Generator;
use crate::problem::{Problem, Result, exit};
use crate::provision;
use crate::step;
use crate::submission::{Submission, as_students};

/// The module's program.
const PYTHON: &str = include_str!("module.py");

/// Transactions of each user.
const EACH: usize = 2;

/// How often each reading is repeated. The fastest counts, because other work of the machine
/// slows the others down.
const TIMES: usize = 3;

/// How many records are put before the next check for a cancellation.
const BATCH: usize = 5_000;

/// How long one reading may take.
const PATIENCE: Duration = Duration::from_secs(600);

/// What to measure.
struct Plan {
    users: Vec<usize>,
    shards: Vec<i32>,
    /// A Python with boto3, if the module's program is also measured.
    python: Option<PathBuf>,
}

/// One measurement.
#[derive(Debug, Serialize)]
pub struct Point {
    pub users: usize,
    pub shards: i32,
    pub records: usize,
    pub records_per_second: f64,
    pub raw_records_per_second: f64,
    /// The memory for each user, in bytes.
    pub bytes_per_user: Option<f64>,
    pub python_records_per_second: Option<f64>,
}

impl Point {
    /// The rate of step 7 divided by the rate of plain reading.
    pub fn ratio(&self) -> f64 {
        self.records_per_second / self.raw_records_per_second
    }
}

pub async fn run(args: LoadArgs) -> Result<u8> {
    let reports = Reports::open(&args.report);
    reports.check()?;
    let course = Course::find()?;
    let plan = Plan {
        users: args.users.iter().map(|users| *users as usize).collect(),
        shards: args.shards,
        python: args.python,
    };
    let submission = Submission::read(&course, &folder(&course, args.dir))?;
    let session = embedded_session(&course, &step::load(&course)?).await?;
    let built = session.unless_cancelled(session.build(&submission)).await?;
    let program = match built {
        Ok(program) => program,
        Err(errors) => {
            return does_not_compile(&submission, &errors);
        }
    };
    let mut points = Vec::new();
    for (users, shards) in plan.points() {
        // Each point has its own backend, because the records stay in its memory.
        let backend = backend::start_embedded(Ports::default()).await?;
        let launch = Launch {
            binary: program.binary.clone(),
            environment: backend.endpoints.environment(),
            runs: session.runs.path(),
            time_limit: PATIENCE,
            budget: None,
            sandbox: session.sandbox.clone(),
            unstarted: Arc::default(),
        };
        let measured = plan.measure(&backend, &launch, users, shards);
        let measured = session.unless_cancelled(measured).await;
        backend.stop().await?;
        points.push(measured.map_err(|problem| Problem {
            what: as_students(&submission, &problem.what),
            ..problem
        })?);
    }
    reports.write(|format| match format {
        Format::Json => format!("{:#}\n", serde_json::json!(points)),
        Format::Html => plots::render(&points),
        // The command line accepts no other form.
        _ => bars::render(&points),
    })?;
    Ok(exit::PASSED)
}

impl Plan {
    /// Every number of shards with the fewest users, every number of users with the
    /// most shards.
    fn points(&self) -> Vec<(usize, i32)> {
        let fewest = self.users.iter().min().copied().unwrap_or(1);
        let most = self.shards.iter().max().copied().unwrap_or(1);
        let by_shards = self.shards.iter().map(|shards| (fewest, *shards));
        let by_users = self.users.iter().map(|users| (*users, most));
        let mut points: Vec<_> = by_shards.chain(by_users).collect();
        points.sort_unstable();
        points.dedup();
        points
    }

    async fn measure(
        &self,
        backend: &Backend,
        launch: &Launch,
        users: usize,
        shards: i32,
    ) -> Result<Point> {
        let name = "load";
        let clients = backend.endpoints.clients();
        let crowd = Generator::new(0, "load").crowd(users, EACH);
        provision::stream(
            &provision::Made::new(&clients),
            name,
            &Stream::new(shards, Vec::new()),
        )
        .await?;
        let records: Vec<_> = crowd.into_iter().map(Record::Transaction).collect();
        stream::iter(records.chunks(BATCH).map(Ok::<_, Problem>))
            .try_for_each_concurrent(2, |batch| provision::put(&clients, name, batch))
            .await?;
        let expected = records.len();
        let raw = best(launch, &call::read_raw(name), expected).await?;
        let own = best(launch, &call::scale_timed(name), users).await?;
        let python = match &self.python {
            Some(python) => Some(module(python, backend, name, expected).await?),
            None => None,
        };
        let records = expected as f64;
        Ok(Point {
            users,
            shards,
            records: expected,
            records_per_second: records / own.seconds,
            raw_records_per_second: records / raw.seconds,
            bytes_per_user: own.bytes.map(|bytes| bytes as f64 / users as f64),
            python_records_per_second: python.map(|seconds| records / seconds),
        })
    }
}

/// The fastest of several runs, each in its own process.
async fn best(launch: &Launch, call: &Call, expected: usize) -> Result<Load> {
    let mut loads: Vec<Load> = Vec::new();
    for _ in 0..TIMES {
        let mut child = Child::start(launch)?;
        let answer = child.call(call).await;
        child.finish().await;
        let answer = answer.map_err(|trouble| {
            let trouble = trouble.describe(call.name());
            Problem::usage(
                format!("cannot measure: {trouble}"),
                "First make step scaling pass: `cargo grade scaling`.",
            )
        })?;
        let load: Load = serde_json::from_value(answer)
            .map_err(|e| Problem::bug(format!("a reply is not a measurement: {e}")))?;
        if load.counted != expected {
            return Err(Problem::usage(
                format!(
                    "the measured run counted {} instead of {expected}",
                    load.counted
                ),
                "First make step scaling pass: `cargo grade scaling`.",
            ));
        }
        loads.push(load);
    }
    let fastest = loads
        .into_iter()
        .min_by(|a, b| a.seconds.total_cmp(&b.seconds));
    Ok(fastest.expect("it ran at least once"))
}

/// The output of the Python program.
#[derive(Deserialize)]
struct Said {
    records: usize,
    seconds: f64,
}

/// The fastest of several runs of the module's program, in seconds.
async fn module(
    python: &std::path::Path,
    backend: &Backend,
    stream: &str,
    expected: usize,
) -> Result<f64> {
    let mut fastest = f64::MAX;
    for _ in 0..TIMES {
        let run = tokio::process::Command::new(python)
            .args(["-c", PYTHON, stream])
            .envs(backend.endpoints.environment())
            .stdin(Stdio::null())
            .output()
            .await;
        let failed = |why: String| {
            Problem::machine(
                format!(
                    "{} did not run the module's program: {why}",
                    python.display()
                ),
                "Use --python with a Python that has boto3.",
            )
        };
        let run = run.map_err(|e| failed(e.to_string()))?;
        let stderr = String::from_utf8_lossy(&run.stderr);
        let said: Said = serde_json::from_slice(&run.stdout)
            .map_err(|_| failed(stderr.lines().last().unwrap_or("it printed nothing").into()))?;
        if said.records != expected {
            return Err(failed(format!(
                "it read {} of {expected} records",
                said.records
            )));
        }
        fastest = fastest.min(said.seconds);
    }
    Ok(fastest)
}
