//! `cargo grade`: grades steps, and shows the result.

use std::path::PathBuf;

use clap::Parser as _;
use time::OffsetDateTime;

use super::cli::{Cli, GradeArgs};
use super::format::Format;
use super::progress::Progress;
use super::reports::{Reports, Target};
use super::{classroom50, folder, quiz, select, session};
use crate::backend::Choice;
use crate::course::Course;
use crate::engine::Job;
use crate::problem::{Problem, Result, exit};
use crate::report::{self, Begun, Outcome, Report, Rubric};
use crate::step::{self, Step};
use crate::submission::Submission;

pub async fn run(args: GradeArgs) -> Result<u8> {
    let started = OffsetDateTime::now_utc();
    let reports = Reports::open(&args.report);
    match graded(&args, &reports).await {
        Ok(None) => Ok(exit::PASSED),
        Ok(Some(graded)) => {
            reports.write(|format| graded.shown(format, &args))?;
            Ok(match graded.report.passed {
                true => exit::PASSED,
                false => exit::FELL_SHORT,
            })
        }
        Err(problem) => {
            let graded = Graded {
                report: could_not_grade(&args, started, problem.clone()),
                reference: None,
                following: None,
            };
            reports.write_problem(|format| graded.shown(format, &args))?;
            Err(problem)
        }
    }
}

/// Prints what is wrong with the command line, or the help. Reports that the command line asks
/// for say it, too.
pub fn not_understood(error: &clap::Error) -> u8 {
    let targets = asked_for();
    if error.use_stderr() && !targets.is_empty() {
        let text = error.to_string();
        let first = text.lines().next().unwrap_or_default();
        let what = first.trim_start_matches("error: ");
        let problem = Problem::usage(what, "See `cargo grade --help`.");
        let graded = Graded {
            report: begun(None, &Choice::Embedded).could_not_grade(problem),
            reference: None,
            following: None,
        };
        let args = Cli::parse_from(["cargo grade"]).grade;
        let reports = Reports::open(&targets);
        reports
            .write_problem(|format| graded.shown(format, &args))
            .ok();
    }
    error.print().ok();
    u8::try_from(error.exit_code()).unwrap_or(exit::USAGE)
}

/// The reports that the command line asks for, as far as it can be understood.
fn asked_for() -> Vec<Target> {
    let arguments: Vec<_> = std::env::args().collect();
    let pairs = arguments.windows(2);
    let separate = pairs.filter(|pair| pair[0] == "--report");
    let separate = separate.map(|pair| pair[1].as_str());
    let joined = arguments
        .iter()
        .filter_map(|it| it.strip_prefix("--report="));
    let targets = separate.chain(joined);
    targets.filter_map(|target| target.parse().ok()).collect()
}

/// The result of a grading.
struct Graded {
    report: Report,
    /// The reference on the same inputs, if a report compares both.
    reference: Option<Report>,
    /// The step after those that were graded.
    following: Option<Step>,
}

impl Graded {
    fn shown(&self, format: Format, args: &GradeArgs) -> String {
        let report = &self.report;
        match format {
            Format::Json => report::json(report),
            Format::Html => {
                report::html::render(&report.submission, report, self.reference.as_ref())
            }
            Format::Junit => report::junit::render(report),
            Format::Gradescope => report::gradescope::render(report),
            Format::Github => report::github::render(report),
            Format::Markdown => report::markdown::render(report),
            Format::Classroom50 => report::classroom50::render(report, &classroom50::identity()),
            Format::Terminal => {
                let view = report::View {
                    in_detail: !args.steps.is_empty(),
                    verbose: args.verbose,
                    dir: args.target.dir.as_deref(),
                    options: &args.options(),
                    following: self.following.as_ref(),
                    screen: report::Screen::here(),
                    colour: report::in_colour(),
                    watched: false,
                };
                report::terminal(report, &view)
            }
        }
    }
}

/// Grades what the command line names; `None` if the student stopped at a question.
async fn graded(args: &GradeArgs, reports: &Reports) -> Result<Option<Graded>> {
    reports.check()?;
    if reports.has(Format::Classroom50) {
        classroom50::check(args.rubric.is_some())?;
    }
    let course = Course::find()?;
    let all = step::load(&course)?;
    let steps = select(all.clone(), &args.steps)?;
    let rubric = args.rubric.as_ref().map(|file| Rubric::read(file, &all));
    let rubric = rubric.transpose()?;
    let dir = folder(&course, args.target.dir.clone());
    if args.ask {
        let asked = quiz::run(&course, &steps, &dir, args.target.dir.as_deref());
        if asked.await? == quiz::End::Stopped {
            return Ok(None);
        }
    }
    if args.target.untrusted && dir.is_symlink() {
        return Err(Problem::usage(
            format!(
                "{} is a link, and could lead to the solutions",
                dir.display()
            ),
            "Give --dir the folder or the archive itself.",
        ));
    }
    let job = Job {
        submission: Submission::read(&course, &dir)?,
        steps,
        seed: args.seed,
        secret_seed: args.secret_seed,
        with_calls: reports.has(Format::Html),
        time_limit: args.time_limit,
    };
    let session = session(&course, &all, &args.target.backend, &args.target.levels()?).await?;
    let report = session.grade(&job).await;
    let reference = match &report {
        Ok(report) if job.with_calls && report.outcome == Outcome::Graded => {
            // Without it, the page still has the verdict.
            session.grade_reference(&job, report.seed).await.ok()
        }
        _ => None,
    };
    session.close().await?;
    let mut report = report?;
    report.grade = rubric.and_then(|rubric| rubric.grade(&report));
    let mut progress = Progress::load(&course);
    let here = progress.of(args.target.dir.as_deref());
    here.note(&report);
    let following = here.following(&all, job.steps.last()).cloned();
    // A program that grades the work of others does not ask for hints.
    if args.target.dir.is_none() || reports.are_for_a_terminal() {
        progress.save(&course);
    }
    Ok(Some(Graded {
        report,
        reference,
        following,
    }))
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
