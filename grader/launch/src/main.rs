//! `cargo grade` starts here. If the grader is up to date, it starts immediately, without
//! output of cargo. A missing or outdated grader is built first, with cargo's output.

#[cfg(windows)]
compile_error!(
    "streamlings runs on Linux and macOS. On Windows, install WSL (`wsl --install`), clone the \
     course inside it, and run the command there."
);

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::SystemTime;
use std::{env, fs};

/// The exit code for "could not grade", the same as the grader's.
const COULD_NOT_GRADE: u8 = 3;

/// The variable that tells the grader which course to use.
const COURSE: &str = "STREAMLINGS_COURSE";

fn main() -> ExitCode {
    // The value that cargo sets now: if a checkout was copied with its target directory, the
    // value from compile time names the old checkout.
    let package = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let package = package.unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let course = package
        .ancestors()
        .nth(2)
        .expect("this package lies two folders below the course");
    let Some(grader) = env::current_exe()
        .ok()
        .map(|exe| exe.with_file_name("grade"))
    else {
        eprintln!("could not grade: the launcher cannot find its own file");
        return ExitCode::from(COULD_NOT_GRADE);
    };
    if !is_fresh(&grader, course) {
        if !build(course, grader.exists()) {
            eprintln!("could not grade: cargo could not build the grader; its errors are above");
            return ExitCode::from(COULD_NOT_GRADE);
        }
        mark_fresh(&grader);
    }
    let failed = Command::new(&grader)
        .args(env::args_os().skip(1))
        .env(COURSE, course)
        .exec();
    eprintln!(
        "could not grade: {} did not start: {failed}",
        grader.display()
    );
    ExitCode::from(COULD_NOT_GRADE)
}

/// Whether the grader was built from this course (in a copied checkout it was not), and is
/// newer than its files: those that cargo lists in the `.d` file, and the manifests.
fn is_fresh(grader: &Path, course: &Path) -> bool {
    let Some(built) = modified(grader) else {
        return false;
    };
    let Ok(dep_info) = fs::read_to_string(grader.with_extension("d")) else {
        return false;
    };
    let manifests = [
        "Cargo.toml",
        "Cargo.lock",
        "grader/Cargo.toml",
        "grader/contract/Cargo.toml",
        "grader/protocol/Cargo.toml",
        "grader/sandbox/Cargo.toml",
        "grader/sandbox/src/main.rs",
    ];
    let main = course.join("grader/src/main.rs");
    let own = sources(&dep_info).any(|file| file == main);
    own && sources(&dep_info)
        .chain(manifests.map(|file| course.join(file)))
        .all(|file| modified(&file).is_some_and(|at| at <= built))
}

/// The paths after the colon of a Makefile rule. In a path, `\ ` is a space.
fn sources(dep_info: &str) -> impl Iterator<Item = PathBuf> {
    let list = dep_info.split_once(": ").map_or("", |(_, list)| list);
    let marked = list.replace("\\ ", "\0");
    let paths: Vec<_> = marked
        .split_whitespace()
        .map(|path| PathBuf::from(path.replace('\0', " ")))
        .collect();
    paths.into_iter()
}

fn modified(file: &Path) -> Option<SystemTime> {
    fs::metadata(file).and_then(|meta| meta.modified()).ok()
}

fn build(course: &Path, again: bool) -> bool {
    if !again {
        eprintln!(
            "First build: cargo compiles the AWS SDK and the grader, some 300 packages. This takes \
             a few minutes; cargo shows how far it is."
        );
    }
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--package", "grader", "--bin", "grade"])
        .args(["--package", "sandbox", "--bin", "sandbox"])
        .current_dir(course)
        .status();
    status.is_ok_and(|status| status.success())
}

/// If cargo had nothing to build, the file is still old. The new time lets `is_fresh` succeed.
fn mark_fresh(grader: &Path) {
    if let Ok(file) = fs::File::options().append(true).open(grader) {
        file.set_modified(SystemTime::now()).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dep_info_is_read_with_its_escaped_spaces() {
        let rule = "/t/grade: /course/a.rs /my\\ course/b.rs\n";
        let files: Vec<_> = sources(rule).collect();
        assert_eq!(
            files,
            [
                PathBuf::from("/course/a.rs"),
                PathBuf::from("/my course/b.rs")
            ]
        );
    }
}
