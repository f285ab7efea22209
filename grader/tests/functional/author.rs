//! The work of an author: a new step, from `dev new` until all tests pass.

use std::fs;
use std::path::Path;
use std::process::Command;

use grader::course::Course;

use crate::project::{Graded, Project, course, run};
use crate::wrong::corpus_of;

#[test]
fn a_new_step_needs_a_name_of_its_own() {
    for (name, why) in [
        ("Routing", "not a valid name of a Rust module"),
        ("match", "not a valid name of a Rust module"),
        ("list", "is a command"),
        ("stages", "is a step"),
        ("processor", "is a file of another step"),
    ] {
        let refused = run(&["dev", "new", name]);
        assert_eq!(refused.code, Some(2), "{name}");
        assert!(refused.stderr.contains(why), "{}", refused.stderr);
    }
}

#[test]
#[ignore = "copies the course and builds it anew"]
fn a_new_step_goes_from_dev_new_to_green() {
    let copy = Copy::new();
    copy.passes(&["dev", "new", "routing", "--title", "Routing by content"]);
    copy.passes(&["dev", "accept", "routing", "--all"]);
    copy.passes(&["dev", "check"]);
    let formatted = copy.cargo(&["fmt", "--all", "--check"]);
    assert_eq!(formatted.code, Some(0), "{formatted:?}");

    // Its check fails for the wrong submission, and the misconception has a name.
    let (name, wrong) = corpus_of(&Course {
        root: copy.path().to_owned(),
        target: copy.path().join("target"),
    })
    .into_iter()
    .find(|(name, _)| name.starts_with("routing-"))
    .unwrap();
    let submission = Project::copy_of(&copy.path().join("solutions")).edits(&wrong.edits);
    let dir = submission.dir();
    let graded = copy.grade(&[
        "routing",
        "--report",
        "json",
        "--dir",
        dir.to_str().unwrap(),
    ]);
    assert_eq!(graded.code, Some(1), "{graded:?}");
    let report = graded.report();
    let fell = report.with_status(&["failed"]);
    assert_eq!(fell.into_keys().collect::<Vec<_>>(), ["routing.keep"]);
    assert_eq!(report.diagnoses().into_iter().collect::<Vec<_>>(), [name]);
}

/// A copy of the checkout, with the built files of other crates.
struct Copy(tempfile::TempDir);

impl Copy {
    fn new() -> Self {
        let copy = Self(tempfile::tempdir().unwrap());
        for entry in fs::read_dir(course()).unwrap() {
            let name = entry.unwrap().file_name();
            if name != "target" && name != ".git" {
                clone(&course().join(&name), &copy.path().join(&name));
            }
        }
        let built = Path::new(env!("CARGO_BIN_EXE_grade")).parent().unwrap();
        fs::create_dir(copy.path().join("target")).unwrap();
        clone(built, &copy.path().join("target/debug"));
        copy
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn cargo(&self, arguments: &[&str]) -> Graded {
        let mut cargo = Command::new("cargo");
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CARGO")) {
            cargo.env_remove(name);
        }
        cargo.args(arguments).current_dir(self.path());
        Graded::new(cargo.env("NO_COLOR", "1").output().unwrap())
    }

    fn grade(&self, arguments: &[&str]) -> Graded {
        self.cargo(&[&["grade"], arguments].concat())
    }

    fn passes(&self, arguments: &[&str]) {
        let graded = self.grade(arguments);
        assert_eq!(graded.code, Some(0), "{arguments:?}: {graded:?}");
    }
}

/// Keeps the times of the files: cargo uses them to decide what to build.
fn clone(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").args([from, to]).status();
    assert!(copied.unwrap().success(), "{}", from.display());
}
