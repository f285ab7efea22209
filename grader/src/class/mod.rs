//! A class: a folder of submissions, graded in one session: collect the submissions → grade
//! those without a result → write each result as it comes → the gradebook and the pages.

mod changes;
mod collect;
mod fill;
mod gradebook;
mod page;
mod partition;
mod results;
mod roster;
mod row;
mod sources;
mod version;

use std::path::Path;

use futures::{StreamExt, TryStreamExt, stream};

use crate::engine::{Job, Session};
use crate::problem::{Fault, Problem, Result};
use crate::report::{Begun, Outcome, Report};
use crate::submission::Submission;

pub use changes::{Change, changes};
pub use collect::{Collected, Entry, collect};
pub use fill::{Filled, fill};
pub use gradebook::{Columns, gradebook};
pub use page::render as page;
pub use partition::{Partition, merge};
pub use results::{Results, Terms};
pub use roster::Roster;
pub use row::{Row, label};
pub use sources::write_sources;
pub use version::version;

/// What is graded, and how.
pub struct Class {
    pub entries: Vec<Entry>,
    /// How each submission is graded; its own submission is not used.
    pub job: Job,
    /// How many submissions are graded at the same time.
    pub jobs: usize,
    pub again: Again,
}

/// Which submissions are graded although they have a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Again {
    Named(Vec<String>),
    All,
}

/// A submission that has its result.
pub struct Done {
    pub row: Row,
    /// The result is of an earlier run.
    pub kept: bool,
}

/// Grades all submissions of a class, and calls `heard` after each. A submission that could not
/// be graded is tried a second time at the end.
///
/// # Errors
///
/// A result could not be written, or the session was cancelled. The results so far are kept.
pub async fn grade(
    session: &Session,
    class: &Class,
    results: &Results,
    mut heard: impl FnMut(Done),
) -> Result<()> {
    let mut troubled = Vec::new();
    let all = class.entries.iter();
    let mut done = stream::iter(all.map(|entry| graded(session, class, results, entry)))
        .buffer_unordered(class.jobs);
    while let Some((entry, done)) = done.try_next().await? {
        match done.row.outcome {
            Outcome::CouldNotGrade => troubled.push(entry),
            _ => heard(done),
        }
    }
    for entry in troubled {
        heard(graded(session, class, results, entry).await?.1);
    }
    Ok(())
}

/// Grades a submission, unless its result is known.
async fn graded<'a>(
    session: &Session,
    class: &Class,
    results: &Results,
    entry: &'a Entry,
) -> Result<(&'a Entry, Done)> {
    let again = class.again.includes(&entry.name);
    let read = entry.submission(&session.course);
    let earlier = results.find(&entry.name).filter(|_| !again);
    if let (Ok(submission), Some(earlier)) = (&read, earlier)
        && is_of(&earlier, submission)
    {
        let row = Row::new(&entry.name, &earlier);
        return Ok((entry, Done { row, kept: true }));
    }
    let graded = match read {
        Ok(submission) => {
            let job = Job {
                submission,
                ..class.job.clone()
            };
            // In a box, because many of these futures are in one list.
            Box::pin(session.grade(&job)).await
        }
        Err(problem) => Err(problem),
    };
    let report = match graded {
        Err(problem) if problem.fault == Fault::Interrupted => return Err(problem),
        Err(problem) => without_verdict(session, &entry.path, problem),
        Ok(report) => report,
    };
    let report = Report {
        submission: entry.name.clone(),
        ..report
    };
    results.finish(&entry.name, &report)?;
    let row = Row::new(&entry.name, &report);
    Ok((entry, Done { row, kept: false }))
}

/// Whether the report is about the same sources with the same faults and notes.
fn is_of(report: &Report, submission: &Submission) -> bool {
    let errors = report.compile_errors.iter();
    let faults = errors.filter(|error| error.line.is_none() && error.file == submission.shown_as);
    report.digest == Some(submission.digest())
        && report.notes == submission.notes
        && faults.map(|error| &error.message).eq(&submission.faults)
}

fn without_verdict(session: &Session, path: &Path, problem: Problem) -> Report {
    let begun = Begun::anywhere(&session.course, path, &session.choice);
    begun.could_not_grade(problem)
}

impl Again {
    fn includes(&self, name: &str) -> bool {
        match self {
            Self::Named(names) => names.iter().any(|it| it == name),
            Self::All => true,
        }
    }
}
