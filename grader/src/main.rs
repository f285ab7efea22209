//! `cargo grade`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use grader::cli::{Cli, Command, Dev, Format, GradeArgs, TargetArgs};
use grader::course::Course;
use grader::grade::{self, Options};
use grader::problem::{Problem, Result, exit};
use grader::{demo, dev, doctor, list, report, serve, step};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let code = std::panic::catch_unwind(|| run(cli)).unwrap_or(exit::BUG);
    ExitCode::from(code)
}

#[tokio::main]
async fn run(cli: Cli) -> u8 {
    let outcome = match cli.command {
        None => grade_steps(cli.grade).await,
        Some(Command::List) => list::run(),
        Some(Command::Demo(target)) => demonstrate(target).await,
        Some(Command::Serve(args)) => serve::run(args).await,
        Some(Command::Doctor) => doctor::run().await,
        Some(Command::Dev(Dev::Check)) => dev::check::run().await,
        Some(Command::Dev(Dev::Accept { all })) => dev::accept::run(all).await,
    };
    outcome.unwrap_or_else(|problem: Problem| {
        eprintln!("{problem}");
        problem.exit_code()
    })
}

async fn grade_steps(args: GradeArgs) -> Result<u8> {
    let course = Course::find()?;
    let steps = step::select(step::load(&course)?, &args.steps)?;
    let dir = dir(&course, args.target.dir.clone());
    let options = Options {
        dir: &dir,
        backend: &args.target.backend,
        time_limit: args.time_limit,
    };
    let report = grade::grade(&course, &steps, &options).await?;
    match args.report {
        Format::Json => print!("{}", report::json(&report)),
        Format::Terminal => {
            let in_detail = !args.steps.is_empty();
            let dir = args.target.dir.as_deref();
            print!("{}", report::terminal(&report, in_detail, dir));
        }
    }
    Ok(if report.passed {
        exit::PASSED
    } else {
        exit::FELL_SHORT
    })
}

async fn demonstrate(target: TargetArgs) -> Result<u8> {
    let course = Course::find()?;
    let dir = dir(&course, target.dir);
    demo::run(&course, &dir, &target.backend).await
}

fn dir(course: &Course, named: Option<PathBuf>) -> PathBuf {
    named.unwrap_or_else(|| course.exercises())
}
