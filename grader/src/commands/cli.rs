//! The command line, as clap reads it. Nothing here does anything.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::backend::Choice;
use crate::problem::{Problem, Result};
use crate::sandbox::Level;

/// Grades your exercises and says what to do next.
///
/// Without a step, all steps are graded and shown in a short table. With one or
/// more, by number or name, each check is shown with what was expected and what
/// your code gave.
#[derive(Debug, Parser)]
#[command(
    name = "cargo grade",
    bin_name = "cargo grade",
    version,
    max_term_width = 80,
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true,
    after_help = "Exit codes: 0 all passed · 1 the work falls short · 2 usage · \
                  3 could not grade · 70 a bug in the grader",
    after_long_help = "Examples:
  cargo grade                        all steps
  cargo grade 2                      step 2, check by check
  cargo grade setup pipeline         two steps
  cargo grade quiz --ask             the quiz, asked in the terminal and graded
  cargo grade --dir solutions        the reference solution
  cargo grade --backend localstack   against LocalStack, in a container
  cargo grade --report json          one JSON document on standard output

Exit codes: 0 all passed · 1 the work falls short · 2 usage · 3 could not grade
(Docker missing, port taken, disk full: never a zero) · 70 a bug in the grader

Colour follows NO_COLOR, CLICOLOR_FORCE and whether the output is a terminal."
)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub grade: GradeArgs,
}

#[derive(Debug, Args)]
pub struct GradeArgs {
    /// Steps to grade, by number or name (`cargo grade list` shows them) [all]
    #[arg(value_name = "STEP")]
    pub steps: Vec<String>,
    #[command(flatten)]
    pub target: TargetArgs,
    /// Seconds that one scenario may take [10 embedded, 60 otherwise]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub time_limit: Option<Duration>,
    /// Make the same generated inputs as an earlier run [drawn anew]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Grade on hidden inputs too, made from this seed, which no report names
    #[arg(long, value_name = "N")]
    pub secret_seed: Option<u64>,
    /// Show all that was found, on as many lines as it takes
    #[arg(long, short)]
    pub verbose: bool,
    /// Ask in the terminal before grading: `cargo grade quiz --ask`
    #[arg(long, conflicts_with = "report")]
    pub ask: bool,
    /// What to print on standard output
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Terminal)]
    pub report: Format,
}

/// What to run, and where.
#[derive(Debug, Args)]
pub struct TargetArgs {
    /// The submission: a folder such as `solutions`, a zip or a tar [exercises]
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// `embedded`, `localstack`, or the URL of an emulator that is already up
    #[arg(long, default_value = "embedded")]
    pub backend: Choice,
    /// How much is kept from the submission: `none`, `restricted` or `isolated` [`restricted`,
    /// where this machine offers it]
    #[arg(long, value_name = "LEVEL")]
    pub sandbox: Option<Level>,
    /// For code that nobody has read: grade in a sandbox, or not at all
    #[arg(long)]
    pub untrusted: bool,
}

impl TargetArgs {
    /// How the same is asked for again, beside the folder.
    pub fn options(&self) -> String {
        let mut options = String::new();
        if self.backend != Choice::Embedded {
            options += &format!(" --backend {}", self.backend);
        }
        if let Some(level) = self.sandbox {
            options += &format!(" --sandbox {level}");
        }
        if self.untrusted {
            options += " --untrusted";
        }
        options
    }

    /// The levels of the sandbox of which the first that there is will do.
    pub fn levels(&self) -> Result<Vec<Level>> {
        match (self.untrusted, self.sandbox) {
            (true, Some(Level::None)) => Err(Problem::usage(
                "code that nobody has read is graded in a sandbox",
                "Leave out --untrusted or --sandbox none.",
            )),
            (_, Some(level)) => Ok(vec![level]),
            (true, None) => Ok(Level::UNTRUSTED.to_vec()),
            (false, None) => Ok(Level::ALL.to_vec()),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Terminal,
    Json,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Grade again whenever a file is saved, and take keys for hints
    Watch {
        /// Step to begin with [the first that has not passed]
        step: Option<String>,
        #[command(flatten)]
        target: TargetArgs,
    },
    /// Give the next hint on what a step fails on
    Hint {
        /// By number or name
        step: String,
        /// The submission that was graded last with the same [exercises]
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
    /// Show the steps, their files, and where you stand
    List,
    /// Restore the stub of a step; your file is kept aside
    Reset {
        /// By number or name, or `all`
        step: String,
    },
    /// Show the solution of a step that has passed
    Solution {
        /// By number or name
        step: String,
        /// Show it before the step has passed, which is noted
        #[arg(long)]
        give_up: bool,
    },
    /// Run your own pipeline over the module's six transactions
    Demo(TargetArgs),
    /// Keep the embedded backend up, for the AWS CLI, boto3 or your own program
    Serve(ServeArgs),
    /// Measure how step 7 grows with shards and users
    Load(LoadArgs),
    /// Look at this machine: what grading needs, and what is missing
    Doctor,
    /// For authors of the course
    #[command(subcommand)]
    Dev(Dev),
}

#[derive(Clone, Copy, Debug, Args)]
pub struct ServeArgs {
    /// Port of Kinesis; 0 takes any free one
    #[arg(long, default_value_t = 0, value_name = "PORT")]
    pub kinesis_port: u16,
    /// Port of DynamoDB; 0 takes any free one
    #[arg(long, default_value_t = 0, value_name = "PORT")]
    pub dynamodb_port: u16,
}

#[derive(Clone, Debug, Args)]
pub struct LoadArgs {
    /// The submission: a folder such as `solutions`, a zip or a tar [exercises]
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// How many users, each with two transactions
    #[arg(long, value_delimiter = ',', default_value = "1000,10000,100000", value_name = "N,…",
          value_parser = clap::value_parser!(u32).range(1..=2_000_000))]
    pub users: Vec<u32>,
    /// On how many shards
    #[arg(long, value_delimiter = ',', default_value = "1,2,5,10", value_name = "N,…",
          value_parser = clap::value_parser!(i32).range(1..=100))]
    pub shards: Vec<i32>,
    /// Measure the module's Python program, too, with this Python; it needs boto3
    #[arg(long, value_name = "PYTHON")]
    pub python: Option<PathBuf>,
    /// What to print on standard output
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Terminal)]
    pub report: Format,
}

#[derive(Debug, Subcommand)]
pub enum Dev {
    /// Prove the course: stubs fail, solutions pass, one API, nothing stray
    Check,
    /// Renew the expectations from the solutions and the records of mistakes, with a review
    Accept {
        /// Steps to renew, by number or name [all]
        #[arg(value_name = "STEP")]
        steps: Vec<String>,
        /// Accept every change without asking
        #[arg(long)]
        all: bool,
    },
    /// Write the files of a new step, ready to be graded
    New {
        /// What is typed to grade it, and its module, such as `routing`
        name: String,
        /// Its title [its name]
        #[arg(long)]
        title: Option<String>,
    },
    /// Name mistakes that the records do not have, and count the false names, as JSON
    Unseen,
    /// Measure what generated inputs, proxy and counterexamples cost, as JSON
    Costs,
    /// Grade a submission over many seeds and say what came of it, as JSON
    Seeds {
        /// Steps to grade, by number or name [all]
        #[arg(value_name = "STEP")]
        steps: Vec<String>,
        /// The submission: a folder, a zip or a tar
        #[arg(long, value_name = "DIR", default_value = "solutions")]
        dir: PathBuf,
        /// How many seeds, from 1 on
        #[arg(long, value_name = "N", default_value_t = 50)]
        count: u64,
    },
}

fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<f64>() {
        Ok(seconds) if seconds > 0.0 && seconds <= 86_400.0 => Ok(Duration::from_secs_f64(seconds)),
        _ => Err("give a number of seconds above 0, such as 30".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }

    #[test]
    fn a_time_limit_is_a_positive_number() {
        assert!(seconds("0.5").is_ok());
        for wrong in ["0", "-1", "inf", "NaN", "ten"] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }
}
