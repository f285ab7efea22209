//! `cargo grade`.

use std::process::ExitCode;

use clap::Parser;
use grader::commands::cli::{Cli, Command, Dev};
use grader::commands::{
    class, demo, dev, doctor, grade, hint, list, load, reset, review, serve, solution, watch,
};
use grader::course::Course;
use grader::problem::{Problem, exit};
use grader::report;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return ExitCode::from(grade::not_understood(&error)),
    };
    let code = std::panic::catch_unwind(|| run(cli)).unwrap_or(exit::BUG);
    ExitCode::from(code)
}

#[tokio::main]
async fn run(cli: Cli) -> u8 {
    let outcome = match cli.command {
        None => grade::run(cli.grade).await,
        Some(Command::Watch { step, target }) => watch::run(step, target).await,
        Some(Command::Hint { step, dir }) => {
            Course::find().and_then(|c| hint::run(&c, step.as_deref(), dir.as_deref()))
        }
        Some(Command::List) => Course::find().and_then(|c| list::run(&c)),
        Some(Command::Reset { step }) => Course::find().and_then(|c| reset::run(&c, &step)),
        Some(Command::Review(args)) => review::run(args).await,
        Some(Command::Solution { step, give_up }) => {
            Course::find().and_then(|c| solution::run(&c, &step, give_up))
        }
        Some(Command::Demo(target)) => demo::run(target).await,
        Some(Command::Serve(args)) => serve::run(args).await,
        Some(Command::Load(args)) => load::run(args).await,
        Some(Command::Class(args)) => class::run(*args).await,
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
        eprint!("{}", report::harmless(&problem.to_string(), false));
        problem.exit_code()
    })
}
