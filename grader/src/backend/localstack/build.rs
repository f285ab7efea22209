//! Builds the program that manages the container: the first time, and after a change.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use tokio::process::Command;

use crate::cargo;
use crate::course::Course;
use crate::event::{Activity, Events};
use crate::problem::{Problem, Result, io};

/// The name of the package, and of its only program.
const PACKAGE: &str = "localstack";

/// The path of the program, which is built first if its sources are newer.
pub async fn binary(course: &Course, events: &Events) -> Result<PathBuf> {
    let binary = course.target.join(cargo::PROFILE.1).join(PACKAGE);
    if !is_fresh(&binary, &course.root)? {
        let begun = SystemTime::now();
        let doing = "Building the LocalStack backend, once";
        let _building = events.during(Activity::StartBackend(doing.into()));
        build(course).await?;
        // Cargo does not touch the file if it has nothing to build.
        let file = File::options().append(true).open(&binary);
        let marked = file.and_then(|file| file.set_modified(begun));
        marked.map_err(io("cannot write", &binary))?;
    }
    Ok(binary)
}

/// Whether the program is newer than all files that it is built from.
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
    let output = Command::from(cargo::build(course, PACKAGE))
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|e| cargo::did_not_start(&e))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Problem::machine(
        format!(
            "cargo could not build the LocalStack backend: {}",
            cargo::cause(&said)
        ),
        format!(
            "Run `cargo build --package {PACKAGE}` to see all errors, or use `--backend embedded`."
        ),
    ))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

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
