//! `cargo grade`: grades steps, and shows the result.

use std::path::PathBuf;

use time::OffsetDateTime;

use super::cli::{Format, GradeArgs};
use super::progress::Progress;
use super::{folder, output, quiz, select, session};
use crate::backend::Choice;
use crate::course::Course;
use crate::engine::Job;
use crate::problem::{Problem, Result, exit};
use crate::report::{self, Begun, Report};
use crate::step;
use crate::submission::Submission;

pub async fn run(args: GradeArgs) -> Result<u8> {
    let started = OffsetDateTime::now_utc();
    match graded(&args).await {
        Ok(code) => Ok(code),
        Err(problem) => {
            if args.report == Format::Json {
                let report = could_not_grade(&args, started, problem.clone());
                output::print(&report::json(&report))?;
            }
            Err(problem)
        }
    }
}

/// Prints what is wrong with the command line, or the help. With `--report json`, an error is
/// also a document.
pub fn not_understood(error: &clap::Error) -> u8 {
    let asked_for_json = || {
        let arguments: Vec<_> = std::env::args().collect();
        let pair = |pair: &[String]| pair[0] == "--report" && pair[1] == "json";
        arguments.windows(2).any(pair) || arguments.iter().any(|it| it == "--report=json")
    };
    if error.use_stderr() && asked_for_json() {
        let text = error.to_string();
        let first = text.lines().next().unwrap_or_default();
        let what = first.trim_start_matches("error: ");
        let problem = Problem::usage(what, "See `cargo grade --help`.");
        let report = begun(None, &Choice::Embedded).could_not_grade(problem);
        output::print(&report::json(&report)).ok();
    }
    error.print().ok();
    u8::try_from(error.exit_code()).unwrap_or(exit::USAGE)
}

async fn graded(args: &GradeArgs) -> Result<u8> {
    let course = Course::find()?;
    let all = step::load(&course)?;
    let steps = select(all.clone(), &args.steps)?;
    let dir = folder(&course, args.target.dir.clone());
    if args.ask {
        let asked = quiz::run(&course, &steps, &dir, args.target.dir.as_deref());
        if asked.await? == quiz::End::Stopped {
            return Ok(exit::PASSED);
        }
    }
    let job = Job {
        submission: Submission::read(&course, &dir)?,
        steps,
        seed: args.seed,
        secret_seed: args.secret_seed,
        time_limit: args.time_limit,
    };
    let session = session(&course, &all, &args.target.backend, &args.target.levels()?).await?;
    let report = session.grade(&job).await;
    session.close().await?;
    let report = report?;
    let mut progress = Progress::load(&course);
    let here = progress.of(args.target.dir.as_deref());
    here.note(&report);
    let following = here.following(&all, job.steps.last());
    // A program that grades the work of others does not ask for hints.
    if args.target.dir.is_none() || args.report == Format::Terminal {
        progress.save(&course);
    }
    let text = match args.report {
        Format::Json => report::json(&report),
        Format::Terminal => {
            let view = report::View {
                in_detail: !args.steps.is_empty(),
                verbose: args.verbose,
                dir: args.target.dir.as_deref(),
                options: &args.options(),
                following,
                screen: report::Screen::here(),
                colour: report::in_colour(),
                watched: false,
            };
            report::terminal(&report, &view)
        }
    };
    output::print(&text)?;
    Ok(if report.passed {
        exit::PASSED
    } else {
        exit::FELL_SHORT
    })
}

/// The report on a grading that failed, with the facts that are known.
fn could_not_grade(args: &GradeArgs, started: OffsetDateTime, problem: Problem) -> Report {
    let backend = &args.target.backend;
    let begun = begun(args.target.dir.clone(), backend);
    begun.since(started).could_not_grade(problem)
}

fn begun(named: Option<PathBuf>, backend: &Choice) -> Begun {
    match Course::find() {
        Ok(course) => Begun::anywhere(&course, &folder(&course, named), backend),
        Err(_) => Begun::nowhere(&named.unwrap_or_default(), backend),
    }
}
