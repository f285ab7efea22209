//! Many submissions graded in one session, through the engine that the commands use.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use futures::stream::{self, StreamExt};
use grader::backend::Choice;
use grader::commands;
use grader::course::Course;
use grader::engine::{Job, Session};
use grader::event::Events;
use grader::runs::Runs;
use grader::sandbox::{Level, Sandbox};
use grader::step::{self, Step};
use grader::submission::Submission;
use tokio_util::sync::CancellationToken;

use crate::project::{Project, Report, course};

/// How many submissions are graded in parallel: enough for two processors, because each
/// grading also waits for its streams.
const AT_ONCE: usize = 4;

/// A submission to grade.
pub struct Asked {
    pub name: String,
    pub submission: Submission,
    pub steps: Vec<Step>,
    pub time_limit: Option<Duration>,
}

/// The sources of the solutions.
pub fn solutions() -> Submission {
    let mut solutions = Submission::read(&the_course(), &course().join("solutions")).unwrap();
    solutions.shown_as = "exercises".into();
    solutions
}

/// The reports by the names of the submissions, graded in the sandbox that this machine
/// supports.
pub fn reports(asked: Vec<Asked>) -> BTreeMap<String, Report> {
    reports_in(&Level::ALL, asked)
}

/// The same in a sandbox at the first of these levels that this machine supports.
pub fn reports_in(levels: &[Level], asked: Vec<Asked>) -> BTreeMap<String, Report> {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.enable_all().build().unwrap();
    runtime.block_on(async {
        let session = open(Choice::Embedded, levels, &CancellationToken::new()).await;
        let graded = asked.into_iter().map(|asked| report(&session, asked));
        let graded = stream::iter(graded).buffer_unordered(AT_ONCE);
        let reports = graded.collect().await;
        session.close().await.unwrap();
        reports
    })
}

/// A session on the course, without output of its events.
pub async fn open(choice: Choice, levels: &[Level], cancellation: &CancellationToken) -> Session {
    let course = the_course();
    let steps = step::load(&course).unwrap();
    let cancellation = cancellation.clone();
    let session = Session::open(
        &course,
        steps,
        &choice,
        levels,
        Events::unheard(),
        cancellation,
    );
    session.await.unwrap()
}

async fn report(session: &Session, asked: Asked) -> (String, Report) {
    let job = Job {
        submission: asked.submission,
        steps: asked.steps,
        seed: None,
        secret_seed: None,
        with_calls: false,
        time_limit: asked.time_limit,
    };
    let report = session.grade(&job).await.unwrap();
    let report = Report {
        document: serde_json::to_value(&report).unwrap(),
        code: Some(i32::from(!report.passed)),
    };
    (asked.name, report)
}

/// The course, with the target directory of the tested program.
pub fn the_course() -> Course {
    let program = Path::new(env!("CARGO_BIN_EXE_grade"));
    Course {
        root: course().to_owned(),
        target: program.ancestors().nth(2).unwrap().to_owned(),
    }
}

/// The job to grade these steps of a project, on the inputs of one seed.
pub fn job(session: &Session, project: &Project, steps: &[&str]) -> Job {
    let wanted: Vec<_> = steps.iter().map(|step| (*step).to_owned()).collect();
    Job {
        submission: Submission::read(&session.course, &project.dir()).unwrap(),
        steps: commands::select(session.steps.clone(), &wanted).unwrap(),
        seed: Some(1),
        secret_seed: None,
        with_calls: false,
        time_limit: None,
    }
}

/// Whether this machine supports a level of the sandbox.
pub fn offers(level: Level) -> bool {
    let runs = Runs::open(&the_course()).unwrap();
    Sandbox::open(&the_course(), &runs, Vec::new(), &[level]).is_ok()
}
