//! `cargo grade`: grades steps, and says what came of it.

use time::OffsetDateTime;

use super::cli::{Format, GradeArgs};
use super::standing::Standing;
use super::{folder, output, quiz, select, session};
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
        time_limit: args.time_limit,
    };
    let session = session(&course, &all, &args.target.backend).await?;
    let report = session.grade(&job).await;
    session.close().await?;
    let report = report?;
    // Only the exercises have a standing that outlives the command.
    let own = args.target.dir.is_none();
    let mut standing = match own {
        true => Standing::load(&course),
        false => Standing::default(),
    };
    standing.note(&report);
    if own {
        standing.save(&course);
    }
    let text = match args.report {
        Format::Json => report::json(&report),
        Format::Terminal => {
            let view = report::View {
                in_detail: !args.steps.is_empty(),
                verbose: args.verbose,
                dir: args.target.dir.as_deref(),
                following: standing.following(&all, job.steps.last()),
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

/// The report on a grading that failed, with what can be said all the same.
fn could_not_grade(args: &GradeArgs, started: OffsetDateTime, problem: Problem) -> Report {
    let backend = &args.target.backend;
    let named = args.target.dir.clone();
    let begun = match Course::find() {
        Ok(course) => Begun::anywhere(&course, &folder(&course, named), backend),
        Err(_) => Begun::nowhere(&named.unwrap_or_default(), backend),
    };
    begun.since(started).could_not_grade(problem)
}
