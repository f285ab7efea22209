//! Builds the program that keeps the container: once, and again after it changed.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::SystemTime;

use tokio::process::Command;

use crate::course::Course;
use crate::event::{Activity, Events};
use crate::problem::{Problem, Result, io};

/// The package, and its only program.
const PACKAGE: &str = "localstack";

/// The profile this grader was built with, and the folder cargo builds that into.
const PROFILE: (&str, &str) = if cfg!(debug_assertions) {
    ("dev", "debug")
} else {
    ("release", "release")
};

/// How much of a line of cargo's is told, in characters.
const LONGEST_LINE: usize = 200;

/// The program, as new as its sources.
pub async fn binary(course: &Course, events: &Events) -> Result<PathBuf> {
    let binary = course.target.join(PROFILE.1).join(PACKAGE);
    if !is_fresh(&binary, &course.root)? {
        let begun = SystemTime::now();
        let doing = "Building the LocalStack backend, once";
        let _building = events.during(Activity::StartBackend(doing.into()));
        build(course).await?;
        // Cargo leaves the file alone if it finds nothing to do.
        let file = File::options().append(true).open(&binary);
        let marked = file.and_then(|file| file.set_modified(begun));
        marked.map_err(io("cannot write", &binary))?;
    }
    Ok(binary)
}

/// Whether the program is newer than all it is made from.
fn is_fresh(binary: &Path, root: &Path) -> Result<bool> {
    let modified = |file: &Path| fs::metadata(file).and_then(|about| about.modified());
    let Ok(built) = modified(binary) else {
        return Ok(false);
    };
    let src = root.join("grader/localstack/src");
    let manifests = ["Cargo.toml", "Cargo.lock", "grader/localstack/Cargo.toml"];
    let mut made_from: Vec<_> = manifests.iter().map(|file| root.join(file)).collect();
    for entry in fs::read_dir(&src).map_err(io("cannot list", &src))? {
        made_from.push(entry.map_err(io("cannot list", &src))?.path());
    }
    let older = |file: &PathBuf| modified(file).is_ok_and(|at| at <= built);
    Ok(made_from.iter().all(older))
}

async fn build(course: &Course) -> Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["build", "--package", PACKAGE, "--profile", PROFILE.0])
        .arg("--target-dir")
        .arg(&course.target)
        .current_dir(&course.root)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|e| {
            Problem::machine(
                format!("cargo did not start: {e}"),
                "Install Rust from https://rustup.rs, or check your PATH.",
            )
        })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Problem::machine(
        format!("the LocalStack backend did not build: {}", cause(&said)),
        format!(
            "`cargo build --package {PACKAGE}` says more; `--backend embedded` needs no build."
        ),
    ))
}

/// The first error, and the last line unless that is an error too: it is where cargo
/// comes to the cause.
fn cause(said: &str) -> String {
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
    use std::time::Duration;

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

    #[test]
    fn the_program_is_built_again_when_a_file_it_is_made_from_is_newer() {
        let course = tempfile::tempdir().unwrap();
        let file = |name: &str, at: u64| {
            let path = course.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let file = File::create(&path).unwrap();
            let at = SystemTime::UNIX_EPOCH + Duration::from_secs(at);
            file.set_modified(at).unwrap();
            path
        };
        let binary = course.path().join("target/debug/localstack");
        let is_fresh = || is_fresh(&binary, course.path()).unwrap();
        for made_from in [
            "Cargo.toml",
            "Cargo.lock",
            "grader/localstack/Cargo.toml",
            "grader/localstack/src/main.rs",
        ] {
            file(made_from, 10);
        }
        assert!(!is_fresh());
        file("target/debug/localstack", 20);
        assert!(is_fresh());
        file("Cargo.lock", 30);
        assert!(!is_fresh());
        file("Cargo.lock", 10);
        file("grader/localstack/src/new.rs", 30);
        assert!(!is_fresh());
    }
}
