//! Calls cargo to build what the grader needs besides itself.

use std::process::{Command, Stdio};

use crate::course::Course;
use crate::problem::Problem;

/// The profile this grader was built with, and the folder cargo builds that into.
pub const PROFILE: (&str, &str) = if cfg!(debug_assertions) {
    ("dev", "debug")
} else {
    ("release", "release")
};

/// The longest part of a line of cargo's output that is shown, in characters.
const LONGEST_LINE: usize = 200;

/// Builds a package of the course in the same way as the grader itself was built.
pub fn build(course: &Course, package: &str) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args(["build", "--package", package, "--profile", PROFILE.0])
        .arg("--target-dir")
        .arg(&course.target)
        .current_dir(&course.root)
        .stdin(Stdio::null());
    command
}

pub fn did_not_start(e: &std::io::Error) -> Problem {
    Problem::machine(
        format!("cargo did not start: {e}"),
        "Install Rust from https://rustup.rs, or check your PATH.",
    )
}

/// The first error, and the last line if it is not an error: cargo names the cause there.
pub fn cause(said: &str) -> String {
    let mut lines = said.lines().map(str::trim).filter(|line| !line.is_empty());
    let is_error = |line: &&str| line.starts_with("error");
    let first = lines.clone().find(is_error);
    let last = lines.next_back().filter(|line| !is_error(line));
    let told: Vec<_> = first.into_iter().chain(last).map(shortened).collect();
    told.join(": ")
}

fn shortened(line: &str) -> String {
    let line = line.trim_start_matches("error: ");
    match line.char_indices().nth(LONGEST_LINE) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_what_cargo_says_the_first_error_and_the_last_line_are_told() {
        let said = "   Compiling a v0.1.0\nwarning: unused\nerror: failed to get `bollard`\n\n\
                    Caused by:\n  download failed\n\nCaused by:\n  [7] Could not connect\n";
        assert_eq!(
            cause(said),
            "failed to get `bollard`: [7] Could not connect"
        );
        let said = "error: unclosed delimiter\n --> main.rs:1\n\nerror: could not compile\n";
        assert_eq!(cause(said), "unclosed delimiter");
        assert_eq!(
            cause(&"long".repeat(1_000)).chars().count(),
            LONGEST_LINE + 1
        );
    }
}
