//! Many submissions graded in one session, through the engine that the commands use.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use futures::stream::{self, StreamExt};
use grader::backend::Choice;
use grader::course::Course;
use grader::engine::{Job, Session};
use grader::event::Events;
use grader::sandbox::Level;
use grader::step::{self, Step};
use grader::submission::Submission;
use tokio_util::sync::CancellationToken;

use crate::project::{Report, course};

/// Enough to keep two processors busy while streams are being created.
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
/// offers.
pub fn reports(asked: Vec<Asked>) -> BTreeMap<String, Report> {
    reports_in(None, asked)
}

/// The same in a sandbox of this level.
pub fn reports_in(level: Option<Level>, asked: Vec<Asked>) -> BTreeMap<String, Report> {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.enable_all().build().unwrap();
    runtime.block_on(async {
        let session = open(Choice::Embedded, level, &CancellationToken::new()).await;
        let graded = asked.into_iter().map(|asked| report(&session, asked));
        let graded = stream::iter(graded).buffer_unordered(AT_ONCE);
        let reports = graded.collect().await;
        session.close().await.unwrap();
        reports
    })
}

/// A session on the course that nobody watches.
pub async fn open(
    choice: Choice,
    level: Option<Level>,
    cancellation: &CancellationToken,
) -> Session {
    let course = the_course();
    let steps = step::load(&course).unwrap();
    let cancellation = cancellation.clone();
    let session = Session::open(
        &course,
        steps,
        &choice,
        level,
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
        time_limit: asked.time_limit,
    };
    let report = session.grade(&job).await.unwrap();
    let report = Report {
        document: serde_json::to_value(&report).unwrap(),
        code: Some(i32::from(!report.passed)),
    };
    (asked.name, report)
}

/// The course, and the target directory that the program under test lies in.
pub fn the_course() -> Course {
    let program = Path::new(env!("CARGO_BIN_EXE_grade"));
    Course {
        root: course().to_owned(),
        target: program.ancestors().nth(2).unwrap().to_owned(),
    }
}
