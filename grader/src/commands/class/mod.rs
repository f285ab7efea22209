//! `cargo grade class`: grades a folder of submissions, or merges the results of its parts.

mod grades;
mod shown;

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::time::Duration;

use grades::Grades;

use super::cli::{ClassArgs, ClassCommand, GradeClassArgs, GradesArgs};
use super::{interrupt, select};
use crate::class::{self, Again, Class, Collected, Entry, Results, Roster, Row, Terms};
use crate::course::Course;
use crate::engine::{Job, Session, processors};
use crate::event::Events;
use crate::generate;
use crate::problem::{Fault, Problem, Result, closest, exit};
use crate::report::{self, Outcome};
use crate::step::{self, Step};
use crate::submission::{Submission, digest};

pub async fn run(args: ClassArgs) -> Result<u8> {
    match (args.command, args.grade) {
        (Some(ClassCommand::Merge { parts, out, grades }), _) => merge(&parts, &out, &grades),
        (Some(ClassCommand::Sources { dir, out, roster }), _) => {
            sources(&dir, &out, roster.as_deref())
        }
        (Some(ClassCommand::Diff { before, after }), _) => diff(&before, &after),
        (None, args) => grade(args).await,
    }
}

async fn grade(args: GradeClassArgs) -> Result<u8> {
    let course = Course::find()?;
    let all = step::load(&course)?;
    let steps = select(all.clone(), &args.steps)?;
    let (Some(dir), Some(out)) = (&args.dir, &args.out) else {
        return Err(Problem::bug("clap accepts a class without a folder"));
    };
    let mut collected = class::collect(dir)?;
    // The results may be inside the folder of the submissions.
    let own = out.canonicalize().ok();
    let is_own = |entry: &Entry| own.is_some() && entry.path.canonicalize().ok() == own;
    collected.entries.retain(|entry| !is_own(entry));
    known(&args.again, &collected)?;
    if let Some(partition) = args.partition {
        collected.entries.retain(|entry| partition.includes(entry));
    }
    let results = Results::open(out)?;
    let grades = Grades::read(&args.grades, &all, &results)?;
    let (levels, cancellation) = (args.levels(), interrupt::cancellation()?);
    let (choice, events) = (&args.backend, Events::unheard());
    let session = Session::open(&course, all, choice, &levels, events, cancellation).await?;
    let terms = terms(&args, &session, &steps, results.terms())?;
    if let Some(aside) = results.begin(&terms)? {
        eprintln!(
            "  The course, the steps or the options have changed since the last run. Its results \
             are in {}.",
            aside.display()
        );
    }
    let class = Class {
        job: job(&args, &terms, steps),
        jobs: args.jobs.map_or_else(processors, NonZero::get),
        again: match args.again_all {
            true => Again::All,
            false => Again::Named(args.again.clone()),
        },
        entries: collected.entries,
    };
    let progress = shown::Progress::new(class.entries.len());
    let mut finished = 0;
    let graded = class::grade(&session, &class, &results, |done| {
        finished += 1;
        progress.done(&grades.label(&done.row.name), &done);
    });
    let graded = graded.await;
    progress.end();
    session.close().await?;
    let names = class.entries.iter().map(|entry| entry.name.as_str());
    let rows = grades.rows(names, &results)?;
    let files = grades.overview(&class.job.steps, &rows, &results)?;
    graded.map_err(|problem| stopped(problem, finished, &class))?;
    shown::summary(&rows, &results, &files)?;
    shown::ignored(&collected.ignored, dir, grades.has_roster())?;
    Ok(exit_code(&rows))
}

/// Merges the results of parts that were graded elsewhere.
fn merge(parts: &[PathBuf], out: &Path, args: &GradesArgs) -> Result<u8> {
    let course = Course::find()?;
    let results = Results::open(out)?;
    for part in parts {
        let part = Results::existing(part)?;
        results.join(&part)?;
        Grades::take_over(args, &part, &results)?;
        class::merge(&results, &part)?;
    }
    let terms = results
        .terms()
        .ok_or_else(|| Problem::bug("merged results have no terms"))?;
    let all = step::load(&course)?;
    let grades = Grades::read(args, &all, &results)?;
    let steps = select(all, &terms.steps)?;
    let names = results.names()?;
    let rows = grades.rows(names.iter().map(String::as_str), &results)?;
    let files = grades.overview(&steps, &rows, &results)?;
    shown::summary(&rows, &results, &files)?;
    Ok(exit_code(&rows))
}

/// Writes the sources for programs that look for copied code.
fn sources(dir: &Path, out: &Path, roster: Option<&Path>) -> Result<u8> {
    let course = Course::find()?;
    let collected = class::collect(dir)?;
    let roster = roster.map(Roster::read).transpose()?;
    let notes = class::write_sources(&course, &collected.entries, roster.as_ref(), out)?;
    shown::sources(out, &notes)?;
    Ok(exit::PASSED)
}

/// Shows whose score differs, and why.
fn diff(before: &Path, after: &Path) -> Result<u8> {
    let (before, after) = (Results::existing(before)?, Results::existing(after)?);
    let roster = grades::roster(&after)?;
    shown::changes(&class::changes(&before, &after)?, roster.as_ref())?;
    Ok(exit::PASSED)
}

fn exit_code(rows: &[Row]) -> u8 {
    let is_complete = rows.iter().all(|row| row.outcome != Outcome::CouldNotGrade);
    if is_complete {
        exit::PASSED
    } else {
        exit::COULD_NOT_GRADE
    }
}

/// # Errors
///
/// A name of `--again` is not a submission.
fn known(again: &[String], collected: &Collected) -> Result<()> {
    let names: Vec<_> = collected.entries.iter().map(|it| it.name.clone()).collect();
    let Some(name) = again.iter().find(|name| !names.contains(name)) else {
        return Ok(());
    };
    let begins = names.iter().find(|known| known.starts_with(name.as_str()));
    let next = match begins.cloned().or_else(|| closest(name, names)) {
        Some(meant) => format!("Did you mean {}?", report::quoted(&meant)),
        None => "Give --again the name of a folder or an archive, without .zip or .tar.".to_owned(),
    };
    Err(Problem::usage(
        format!("there is no submission {name}"),
        next,
    ))
}

fn terms(
    args: &GradeClassArgs,
    session: &Session,
    steps: &[Step],
    earlier: Option<Terms>,
) -> Result<Terms> {
    let seed = args.seed.or(earlier.map(|earlier| earlier.seed));
    let secret = args.secret_seed.map(|seed| seed.to_string());
    Ok(Terms {
        course: class::version(&session.course)?,
        steps: steps.iter().map(|step| step.id.clone()).collect(),
        seed: seed.unwrap_or_else(generate::draw_seed),
        secret_seed: secret.map(|seed| digest([seed.as_bytes()].into_iter())),
        backend: args.backend.to_string(),
        sandbox: session.sandbox.level.to_string(),
        time_limit: args.time_limit.as_ref().map(Duration::as_secs_f64),
    })
}

fn job(args: &GradeClassArgs, terms: &Terms, steps: Vec<Step>) -> Job {
    Job {
        submission: Submission::default(),
        steps,
        seed: Some(terms.seed),
        secret_seed: args.secret_seed,
        with_calls: false,
        time_limit: args.time_limit,
    }
}

/// What is said when a run ends early.
fn stopped(problem: Problem, finished: usize, class: &Class) -> Problem {
    let next = match class.again {
        Again::All => "The others have their earlier results.",
        Again::Named(_) => "Run the same command again: it continues with the others.",
    };
    match problem.fault {
        Fault::Interrupted => Problem {
            what: format!(
                "interrupted after {finished} of {} submissions",
                class.entries.len()
            ),
            next: next.into(),
            ..problem
        },
        _ => problem,
    }
}
