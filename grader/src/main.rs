//! `cargo grade`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use grader::cli::{Cli, Command, Dev, Format, GradeArgs, LoadArgs, TargetArgs};
use grader::course::Course;
use grader::engine::Job;
use grader::problem::{Problem, Result, exit};
use grader::quiz::ask;
use grader::report::{Begun, Report};
use grader::standing::Standing;
use grader::submission::Submission;
use grader::{
    commands, demo, dev, doctor, hint, list, load, output, report, reset, serve, solution, step,
    watch,
};
use time::OffsetDateTime;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let code = std::panic::catch_unwind(|| run(cli)).unwrap_or(exit::BUG);
    ExitCode::from(code)
}

#[tokio::main]
async fn run(cli: Cli) -> u8 {
    let outcome = match cli.command {
        None => grade_steps(cli.grade).await,
        Some(Command::Watch { step, target }) => watch(step, target).await,
        Some(Command::Hint { step }) => Course::find().and_then(|c| hint::run(&c, &step)),
        Some(Command::List) => Course::find().and_then(|c| list::run(&c)),
        Some(Command::Reset { step }) => Course::find().and_then(|c| reset::run(&c, &step)),
        Some(Command::Solution { step, give_up }) => {
            Course::find().and_then(|c| solution::run(&c, &step, give_up))
        }
        Some(Command::Demo(target)) => demonstrate(target).await,
        Some(Command::Serve(args)) => serve::run(args).await,
        Some(Command::Load(args)) => measure_load(args).await,
        Some(Command::Doctor) => doctor::run().await,
        Some(Command::Dev(Dev::Check)) => dev::check::run().await,
        Some(Command::Dev(Dev::Accept { steps, all })) => dev::accept::run(&steps, all).await,
        Some(Command::Dev(Dev::New { name, title })) => {
            Course::find().and_then(|c| dev::new::run(&c, &name, title.as_deref()))
        }
        Some(Command::Dev(Dev::Unseen)) => dev::unseen::run().await,
        Some(Command::Dev(Dev::Costs)) => dev::costs::run().await,
        Some(Command::Dev(Dev::Seeds { steps, dir, count })) => {
            dev::seeds::run(&dir, &steps, count).await
        }
    };
    outcome.unwrap_or_else(|problem: Problem| {
        eprintln!("{problem}");
        problem.exit_code()
    })
}

async fn grade_steps(args: GradeArgs) -> Result<u8> {
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

/// Grades and says what came of it.
async fn graded(args: &GradeArgs) -> Result<u8> {
    let course = Course::find()?;
    let all = step::load(&course)?;
    let steps = step::select(all.clone(), &args.steps)?;
    let dir = dir(&course, args.target.dir.clone());
    if args.ask {
        let asked = ask::run(&course, &steps, &dir, args.target.dir.as_deref());
        if asked.await? == ask::End::Stopped {
            return Ok(exit::PASSED);
        }
    }
    let job = Job {
        submission: Submission::read(&course, &dir)?,
        steps,
        seed: args.seed,
        time_limit: args.time_limit,
    };
    let session = commands::session(&course, &all, &args.target.backend).await?;
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
        Ok(course) => Begun::anywhere(&course, &dir(&course, named), backend),
        Err(_) => Begun::nowhere(&named.unwrap_or_default(), backend),
    };
    begun.since(started).could_not_grade(problem)
}

async fn watch(step: Option<String>, target: TargetArgs) -> Result<u8> {
    let dir = target.dir.as_deref();
    watch::run(&Course::find()?, step.as_deref(), dir, &target.backend).await
}

async fn demonstrate(target: TargetArgs) -> Result<u8> {
    let course = Course::find()?;
    let dir = dir(&course, target.dir);
    demo::run(&course, &dir, &target.backend).await
}

async fn measure_load(args: LoadArgs) -> Result<u8> {
    let course = Course::find()?;
    let plan = load::Plan {
        dir: dir(&course, args.dir),
        users: args.users.iter().map(|users| *users as usize).collect(),
        shards: args.shards,
        python: args.python,
        as_json: matches!(args.report, Format::Json),
    };
    load::run(&course, &plan).await
}

fn dir(course: &Course, named: Option<PathBuf>) -> PathBuf {
    named.unwrap_or_else(|| course.exercises())
}
