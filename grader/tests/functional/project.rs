//! Builds submissions and runs the grader on them.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use grader::commands::dev::wrong::Edit;
use serde_json::Value;
use tempfile::TempDir;

use crate::schema::faults;
use crate::wrong::corpus;

/// The course that this test belongs to.
pub fn course() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// A submission in its own folder, named `exercises`.
pub struct Project {
    home: TempDir,
}

impl Project {
    /// The reference solution.
    pub fn solution() -> Self {
        Self::copy_of(&course().join("solutions"))
    }

    /// A wrong submission from `fixtures/wrong`.
    pub fn wrong(name: &str) -> Self {
        Self::solution().edits(&corpus()[name].edits)
    }

    /// The stubs that students start from.
    pub fn stubs() -> Self {
        Self::copy_of(&course().join("exercises"))
    }

    /// The sources of any submission.
    pub fn copy_of(dir: &Path) -> Self {
        let project = Self {
            home: tempfile::tempdir().unwrap(),
        };
        project.overlay(&dir.join("src"))
    }

    /// The folder to grade.
    pub fn dir(&self) -> PathBuf {
        self.home.path().join("exercises")
    }

    /// Copies the submission to another folder.
    pub fn copy_to(&self, dir: &Path) {
        copy(&self.dir(), dir);
    }

    /// Copies every file of a folder over the sources.
    pub fn overlay(self, from: &Path) -> Self {
        copy(from, &self.dir().join("src"));
        self
    }

    /// Replaces text that occurs exactly once.
    pub fn edit(self, file: &str, find: &str, replace: &str) -> Self {
        let path = self.dir().join("src").join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(
            text.matches(find).count(),
            1,
            "{file} has `{find}` not exactly once"
        );
        fs::write(&path, text.replace(find, replace)).unwrap();
        self
    }

    pub fn edits(self, edits: &[Edit]) -> Self {
        edits.iter().fold(self, |project, e| {
            project.edit(&e.file.to_string_lossy(), &e.find, &e.replace)
        })
    }

    /// Writes a file anywhere in the submission.
    pub fn file(self, name: &str, text: &str) -> Self {
        let path = self.dir().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    /// The text of a source file.
    pub fn source(&self, name: &str) -> String {
        fs::read_to_string(self.dir().join("src").join(name)).unwrap()
    }

    /// Runs the grader on this submission, from the folder above it.
    pub fn grade<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Graded {
        let output = grader()
            .current_dir(self.home.path())
            .args(arguments)
            .args(["--dir", "exercises"])
            .output();
        Graded::new(output.unwrap())
    }

    /// Grades and reads the JSON report, which must follow the schema.
    pub fn report(&self, arguments: &[&str]) -> Report {
        let report = self.grade(&[arguments, &["--report", "json"]].concat());
        let report = report.report();
        assert_eq!(faults(&report.document), [""; 0]);
        report
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            // Reads and writes, because a copy would keep the old time of the file.
            fs::write(target, fs::read(entry.path()).unwrap()).unwrap();
        }
    }
}

/// The grader, without colours and other settings of the caller's terminal.
pub fn grader() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_grade"));
    command.env_remove("CLICOLOR_FORCE").env("NO_COLOR", "1");
    // An empty progress, unless a test sets its own.
    let nobody = std::env::temp_dir().join(format!("progress-{}.json", uuid::Uuid::new_v4()));
    command.env("STREAMLINGS_PROGRESS", nobody);
    command
}

/// Runs the grader without a submission.
pub fn run(arguments: &[&str]) -> Graded {
    Graded::new(
        grader()
            .args(arguments)
            .current_dir(course())
            .output()
            .unwrap(),
    )
}

/// A folder for the files of reports.
pub struct Folder(TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The option for a report in a file of this folder.
    pub fn option(&self, format: &str, name: &str) -> String {
        format!("--report={format}={}", self.file(name).display())
    }

    pub fn text(&self, name: &str) -> String {
        fs::read_to_string(self.file(name)).unwrap()
    }
}

/// The grader's output and its exit code.
#[derive(Debug)]
pub struct Graded {
    pub stdout: String,
    pub stderr: String,
    pub code: Option<i32>,
}

impl Graded {
    pub fn new(output: Output) -> Self {
        Self {
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            code: output.status.code(),
        }
    }

    pub fn report(self) -> Report {
        let document = serde_json::from_str(&self.stdout);
        let document = document.unwrap_or_else(|e| panic!("no JSON alone ({e}): {self:?}"));
        Report {
            document,
            code: self.code,
        }
    }
}

/// A JSON report.
#[derive(Debug)]
pub struct Report {
    pub document: Value,
    pub code: Option<i32>,
}

impl Report {
    /// The checks by `step.check`, with status and message, without bonus checks.
    pub fn checks(&self) -> BTreeMap<String, (String, String)> {
        let text = |check: &Value, field: &str| check[field].as_str().unwrap().to_owned();
        self.all_checks()
            .filter(|(_, check)| check["bonus"] == false)
            .map(|(name, check)| (name, (text(check, "status"), text(check, "message"))))
            .collect()
    }

    /// The misconceptions that were recognised.
    pub fn diagnoses(&self) -> BTreeSet<String> {
        let steps = self.document["steps"].as_array().unwrap();
        let ids = steps
            .iter()
            .filter_map(|step| step["diagnosis"]["id"].as_str());
        ids.map(str::to_owned).collect()
    }

    /// The names of the bonus checks that were earned, or that were not.
    pub fn bonus(&self, earned: bool) -> BTreeSet<String> {
        self.all_checks()
            .filter(|(_, check)| check["bonus"] == true)
            .filter(|(_, check)| (check["status"] == "passed") == earned)
            .map(|(name, _)| name)
            .collect()
    }

    fn all_checks(&self) -> impl Iterator<Item = (String, &Value)> {
        let steps = self.document["steps"].as_array().unwrap();
        steps.iter().flat_map(|step| {
            let name = |check: &Value| {
                let id = |of: &Value| of["id"].as_str().unwrap().to_owned();
                format!("{}.{}", id(step), id(check))
            };
            let checks = step["checks"].as_array().unwrap();
            checks.iter().map(move |check| (name(check), check))
        })
    }

    /// The names of the checks with one of these statuses, with their messages.
    pub fn with_status(&self, statuses: &[&str]) -> BTreeMap<String, String> {
        let checks = self.checks().into_iter();
        checks
            .filter(|(_, (status, _))| statuses.contains(&status.as_str()))
            .map(|(name, (_, message))| (name, message))
            .collect()
    }

    pub fn score(&self) -> u64 {
        self.document["score"].as_u64().unwrap()
    }
}
