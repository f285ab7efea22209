//! The command line, as clap reads it. This module only declares it.

use std::num::NonZero;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use super::format;
use super::reports::Target;
use crate::backend::Choice;
use crate::class::Partition;
use crate::problem::{Problem, Result};
use crate::sandbox::Level;

/// Grades your exercises and says what to do next.
///
/// Without a step, the command grades all steps and shows a short table. With one or more
/// steps, by number or name, it shows each check with the expected result and your result.
#[derive(Debug, Parser)]
#[command(
    name = "cargo grade",
    bin_name = "cargo grade",
    version,
    max_term_width = 80,
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true,
    after_help = "Exit codes: 0 all passed · 1 something did not pass · 2 wrong command · \
                  3 could not grade · 70 a bug in the grader",
    after_long_help = "Examples:
  cargo grade                        all steps
  cargo grade 2                      step 2, check by check
  cargo grade setup pipeline         two steps
  cargo grade quiz --ask             the quiz, asked in the terminal and graded
  cargo grade --dir solutions        the reference solution
  cargo grade --backend localstack   on LocalStack, in a container
  cargo grade --report json          one JSON document on standard output
  cargo grade --report html=a.html   a page with drawings, and the text as usual

Exit codes: 0 all passed · 1 something did not pass · 2 wrong command
3 could not grade (no Docker, port in use, disk full: this is not 0 points)
70 a bug in the grader

Colours are used if the output is a terminal. NO_COLOR and CLICOLOR_FORCE change
that."
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
    /// Make the same generated inputs as an earlier run [a new seed]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub seed: Option<u64>,
    /// Also grade on hidden inputs, made from this seed; reports do not show the seed
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub secret_seed: Option<u64>,
    /// Also give a grade, by the rules in this file (INSTRUCTORS.md has an example)
    #[arg(long, value_name = "FILE")]
    pub rubric: Option<PathBuf>,
    /// Show all findings, on as many lines as needed
    #[arg(long, short)]
    pub verbose: bool,
    /// Ask the quiz in the terminal before grading: `cargo grade quiz --ask`
    #[arg(long, conflicts_with = "report")]
    pub ask: bool,
    /// `terminal`, `json`, `html`, `junit`, `gradescope`, `github`, `markdown` or `classroom50`, on
    /// standard output or in a file; repeatable [terminal]
    #[arg(long, value_name = "FORMAT[=PATH]")]
    pub report: Vec<Target>,
}

impl GradeArgs {
    /// The options to repeat in the next command, except `--dir`.
    pub fn options(&self) -> String {
        let mut options = self.target.options();
        if let Some(seed) = self.seed {
            options += &format!(" --seed {seed}");
        }
        if let Some(limit) = self.time_limit {
            options += &format!(" --time-limit {}", limit.as_secs_f64());
        }
        options
    }
}

/// What to run, and where.
#[derive(Debug, Args)]
pub struct TargetArgs {
    /// The submission: a folder such as `solutions`, a zip or a tar [exercises]
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// `embedded`, `localstack`, or the URL of an emulator that is already running
    #[arg(long, default_value = "embedded")]
    pub backend: Choice,
    /// How much the sandbox blocks: `none`, `restricted` or `isolated` [`restricted`, if this
    /// machine supports it]
    #[arg(long, value_name = "LEVEL")]
    pub sandbox: Option<Level>,
    /// For code that you have not reviewed: grade only in a sandbox
    #[arg(long)]
    pub untrusted: bool,
}

impl TargetArgs {
    /// The same options as text for the next command, without the folder.
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

    /// The levels of the sandbox. The first level that this machine has is used.
    pub fn levels(&self) -> Result<Vec<Level>> {
        match (self.untrusted, self.sandbox) {
            (true, Some(Level::None)) => Err(Problem::usage(
                "--untrusted needs a sandbox, but --sandbox none turns it off",
                "Remove --untrusted or --sandbox none.",
            )),
            (_, Some(level)) => Ok(vec![level]),
            (true, None) => Ok(Level::UNTRUSTED.to_vec()),
            (false, None) => Ok(Level::ALL.to_vec()),
        }
    }
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Grade the step whose file you save; keys give hints and more
    Watch {
        /// Step to start with [the first that has not passed]
        step: Option<String>,
        #[command(flatten)]
        target: TargetArgs,
    },
    /// Give the next hint for a step
    Hint {
        /// Number or name of the step [the first that has not passed]
        step: Option<String>,
        /// The submission, the same as in the last grading [exercises]
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
    /// Show the steps, their files and your progress
    List,
    /// Restore the stub of a step, and keep a copy of your file
    Reset {
        /// Number or name of the step, or `all`
        step: String,
    },
    /// Compare a step that has passed with the reference, and show what else to learn
    Review(ReviewArgs),
    /// Show the solution of a step that has passed
    Solution {
        /// Number or name of the step
        step: String,
        /// Show it before the step has passed; `cargo grade list` notes that
        #[arg(long)]
        give_up: bool,
    },
    /// Run your program on the module's six transactions
    Demo(TargetArgs),
    /// Run the embedded backend for the AWS CLI, boto3 or your own program
    Serve(ServeArgs),
    /// Measure step 7 with different numbers of shards and users
    Load(LoadArgs),
    /// Grade a folder of submissions, and write a gradebook
    Class(Box<ClassArgs>),
    /// Check this machine: what grading needs, and what is missing
    Doctor,
    /// For authors of the course
    #[command(subcommand)]
    Dev(Dev),
}

#[derive(Debug, Args)]
pub struct ReviewArgs {
    /// Number or name of the step
    pub step: String,
    #[command(flatten)]
    pub target: TargetArgs,
    /// Make the same generated inputs as an earlier run [a new seed]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub seed: Option<u64>,
    /// Show all lints
    #[arg(long, short)]
    pub verbose: bool,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct ClassArgs {
    #[command(subcommand)]
    pub command: Option<ClassCommand>,
    #[command(flatten)]
    pub grade: GradeClassArgs,
}

#[derive(Debug, Subcommand)]
pub enum ClassCommand {
    /// Merge the results of parts that were graded with --partition
    Merge {
        /// The folders that --out named for the parts
        #[arg(required = true, value_name = "OUT")]
        parts: Vec<PathBuf>,
        /// Where the merged results go
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        #[command(flatten)]
        grades: GradesArgs,
    },
    /// Write the sources of all submissions for JPlag or Dolos, which look for copied code
    Sources {
        /// The folder with a folder, a zip or a tar for each submission
        dir: PathBuf,
        /// A new folder
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// To show the names of the students: a CSV with the columns `submission` and `student`, or
        /// Gradescope's `submission_metadata.yml`
        #[arg(long, value_name = "FILE")]
        roster: Option<PathBuf>,
    },
    /// Show whose score or grade differs between two folders of results, and why
    Diff {
        /// The earlier results
        before: PathBuf,
        /// The later results
        after: PathBuf,
    },
}

#[derive(Debug, Args)]
pub struct GradeClassArgs {
    /// The folder with a folder, a zip or a tar for each submission
    #[arg(required = true)]
    pub dir: Option<PathBuf>,
    /// Where the results go. The same command again continues where it stopped
    #[arg(long, value_name = "DIR", required = true)]
    pub out: Option<PathBuf>,
    /// Steps to grade, by number or name [all]
    #[arg(long, value_name = "STEP,…", value_delimiter = ',')]
    pub steps: Vec<String>,
    /// How many submissions are graded at the same time [one for each processor]
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZero<usize>>,
    /// Grade only a part of the submissions, such as 3/20: the third of 20 parts
    #[arg(long, value_name = "K/N", requires = "seed")]
    pub partition: Option<Partition>,
    #[command(flatten)]
    pub grades: GradesArgs,
    /// Grade this submission again; repeatable
    #[arg(long, value_name = "NAME")]
    pub again: Vec<String>,
    /// Grade every submission again
    #[arg(long)]
    pub again_all: bool,
    /// The seed of the generated inputs, the same for all [that of the results, or a new one]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub seed: Option<u64>,
    /// Also grade on hidden inputs, made from this seed; reports do not show the seed
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub secret_seed: Option<u64>,
    /// Seconds that one scenario may take [10 embedded, 60 otherwise]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub time_limit: Option<Duration>,
    /// `embedded`, `localstack`, or the URL of an emulator that is already running
    #[arg(long, default_value = "embedded")]
    pub backend: Choice,
    /// How much the sandbox blocks: `none`, `restricted` or `isolated` [the most that this
    /// machine supports, but not `none`]
    #[arg(long, value_name = "LEVEL")]
    pub sandbox: Option<Level>,
}

/// How results become grades.
#[derive(Debug, Args)]
pub struct GradesArgs {
    /// Also give grades, by the rules in this file (INSTRUCTORS.md has an example)
    #[arg(long, value_name = "FILE")]
    pub rubric: Option<PathBuf>,
    /// To show the names of the students: a CSV with the columns `submission` and `student`, or
    /// Gradescope's `submission_metadata.yml`
    #[arg(long, value_name = "FILE")]
    pub roster: Option<PathBuf>,
    /// Fill the grades into a copy of this file: a grading worksheet of Moodle, or a gradebook
    /// of Canvas
    #[arg(long, value_name = "FILE")]
    pub fill: Option<PathBuf>,
    /// The column to fill, such as the name of an assignment in Canvas
    #[arg(long, value_name = "NAME", requires = "fill")]
    pub column: Option<String>,
}

impl GradeClassArgs {
    /// The levels of the sandbox. The first level that this machine has is used.
    pub fn levels(&self) -> Vec<Level> {
        match self.sandbox {
            Some(level) => vec![level],
            None => Level::UNTRUSTED.to_vec(),
        }
    }
}

#[derive(Clone, Copy, Debug, Args)]
pub struct ServeArgs {
    /// Port of Kinesis; 0 means any free port
    #[arg(long, default_value_t = 0, value_name = "PORT")]
    pub kinesis_port: u16,
    /// Port of DynamoDB; 0 means any free port
    #[arg(long, default_value_t = 0, value_name = "PORT")]
    pub dynamodb_port: u16,
}

#[derive(Clone, Debug, Args)]
pub struct LoadArgs {
    /// The submission: a folder such as `solutions`, a zip or a tar [exercises]
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// Numbers of users; each user has two transactions
    #[arg(long, value_delimiter = ',', default_value = "1000,10000,100000", value_name = "N,…",
          value_parser = clap::value_parser!(u32).range(1..=2_000_000))]
    pub users: Vec<u32>,
    /// Numbers of shards
    #[arg(long, value_delimiter = ',', default_value = "1,2,5,10", value_name = "N,…",
          value_parser = clap::value_parser!(i32).range(1..=100))]
    pub shards: Vec<i32>,
    /// Also measure the module's Python program, with this Python; it needs boto3
    #[arg(long, value_name = "PYTHON")]
    pub python: Option<PathBuf>,
    /// `terminal`, `json` or `html`, on standard output or in a file; repeatable [terminal]
    #[arg(long, value_name = "FORMAT[=PATH]", value_parser = format::of_load)]
    pub report: Vec<Target>,
}

#[derive(Debug, Subcommand)]
pub enum Dev {
    /// Check the course: stubs fail, solutions pass, one API, no unused files
    Check,
    /// Update the expectations from the solutions and the records of mistakes, with a review
    Accept {
        /// Steps to update, by number or name [all]
        #[arg(value_name = "STEP")]
        steps: Vec<String>,
        /// Accept every change without asking
        #[arg(long)]
        all: bool,
    },
    /// Create the files of a new step, ready for grading
    New {
        /// The name to type, which is also the name of its module, such as `routing`
        name: String,
        /// Title of the step [its name]
        #[arg(long)]
        title: Option<String>,
    },
    /// Name mistakes that are not in the records, and count wrong names, as JSON
    Unseen,
    /// Measure the time for generated inputs, proxy and counterexamples, as JSON
    Costs,
    /// Grade a submission with many seeds and show the results, as JSON
    Seeds {
        /// Steps to grade, by number or name [all]
        #[arg(value_name = "STEP")]
        steps: Vec<String>,
        /// The submission: a folder, a zip or a tar
        #[arg(long, value_name = "DIR", default_value = "solutions")]
        dir: PathBuf,
        /// How many seeds, starting from 1
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
