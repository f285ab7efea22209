//! `cargo grade review`: what there is to learn from a step that has passed.

use super::cli::ReviewArgs;
use super::progress::Progress;
use super::{folder, output, select_one, session};
use crate::course::Course;
use crate::engine::{Job, Session};
use crate::problem::{Problem, Result, exit};
use crate::report::{self, Outcome, Report, Reviewed, Screen};
use crate::step::{self, Step};
use crate::submission::{Lint, Submission};

/// What the engine found.
struct Found {
    report: Report,
    /// The reference and the lints, if the step passes.
    beside: Option<(Report, Option<Vec<Lint>>)>,
}

pub async fn run(args: ReviewArgs) -> Result<u8> {
    let course = Course::find()?;
    let all = step::load(&course)?;
    let step = select_one(all.clone(), &args.step)?;
    let dir = args.target.dir.as_deref();
    let job = Job {
        submission: Submission::read(&course, &folder(&course, args.target.dir.clone()))?,
        steps: vec![step.clone()],
        seed: args.seed,
        secret_seed: None,
        with_calls: true,
        time_limit: None,
    };
    let session = session(&course, &all, &args.target.backend, &args.target.levels()?).await?;
    let found = find(&session, &job).await;
    session.close().await?;
    let Found { report, beside } = found?;
    let mut progress = Progress::load(&course);
    let here = progress.of(dir);
    here.note(&report);
    let following = here.following(&all, Some(&step));
    progress.save(&course);

    let options = args.target.options();
    let colour = report::in_colour();
    let Some((reference, lints)) = beside else {
        let view = report::View {
            in_detail: true,
            dir,
            options: &options,
            screen: Screen::here(),
            colour,
            ..report::View::default()
        };
        let number = step.number;
        output::line(format!(
            "  A review is for a step that passes. Step {number} does not pass yet:\n"
        ))?;
        output::print(&report::terminal(&report, &view))?;
        return Ok(exit::FELL_SHORT);
    };
    let missing = || Problem::bug("a report lacks the step that was graded");
    let dir = report::dir_option(dir);
    let next = match following {
        Some(Step { number, id, .. }) => {
            let page = step::page(*number, id);
            format!("read {page}, then cargo grade {number}{dir}{options}")
        }
        None => "nothing, every step passes".to_owned(),
    };
    let reviewed = Reviewed {
        texts: &step.review()?,
        report: report.step(step.number).ok_or_else(missing)?,
        reference: reference.step(step.number).ok_or_else(missing)?,
        lints: lints.as_deref(),
        next,
        verbose: args.verbose,
        step: &step,
    };
    output::print(&report::review(&reviewed, Screen::here(), colour))?;
    Ok(exit::PASSED)
}

async fn find(session: &Session, job: &Job) -> Result<Found> {
    let report = session.grade(job).await?;
    let passed = report.outcome == Outcome::Graded && report.passed;
    let beside = match passed {
        true => {
            let reference = session.grade_reference(job, report.seed).await?;
            Some((reference, session.lints(&job.submission).await?))
        }
        false => None,
    };
    Ok(Found { report, beside })
}
