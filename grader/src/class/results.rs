//! The folder with the results of a class: one document for each submission. Each document is
//! written completely or not at all, so a run that was killed loses only what it was grading.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Roster, Row};
use crate::problem::{INCOMPLETE, Problem, Result, io, read, write_whole};
use crate::report::{self, Outcome, Report, Rubric};

/// The file with the terms, the folder of the documents, and the file that a run locks.
const TERMS: &str = "class.json";
const DOCUMENTS: &str = "results";
const LOCK: &str = ".lock";

/// The folder of the pages.
const PAGES: &str = "pages";

/// What all results of a class have in common. A result of other terms does not count.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Terms {
    /// The SHA-256 of the course and the grader.
    pub course: String,
    /// The ids of the graded steps.
    pub steps: Vec<String>,
    /// The seed of the generated inputs: the same for all submissions.
    pub seed: u64,
    /// The SHA-256 of the seed of the hidden inputs.
    pub secret_seed: Option<String>,
    pub backend: String,
    pub sandbox: String,
    /// In seconds, if it is not the usual one.
    pub time_limit: Option<f64>,
}

/// The results of a class. While it exists, no other run writes to its folder.
pub struct Results {
    out: PathBuf,
    _lock: File,
}

impl Results {
    /// Opens a folder for results, and makes it if necessary.
    ///
    /// # Errors
    ///
    /// It cannot be written, or another run uses it.
    pub fn open(out: &Path) -> Result<Self> {
        let cannot = |e: std::io::Error| {
            Problem::usage(
                format!("cannot write results to {}: {e}", out.display()),
                "Give --out a folder that you may write, or that does not exist yet.",
            )
        };
        fs::create_dir_all(out.join(DOCUMENTS)).map_err(cannot)?;
        let lock = File::create(out.join(LOCK)).map_err(cannot)?;
        if lock.try_lock().is_err() {
            return Err(Problem::usage(
                format!("another run writes to {}", out.display()),
                "Wait until it ends, or give another folder with --out.",
            ));
        }
        let results = Self {
            out: out.to_owned(),
            _lock: lock,
        };
        results.remove_incomplete();
        Ok(results)
    }

    /// Opens the results of an earlier run.
    ///
    /// # Errors
    ///
    /// The folder has no results of a class, or another run uses it.
    pub fn existing(out: &Path) -> Result<Self> {
        match out.join(TERMS).is_file() {
            true => Self::open(out),
            false => Err(Problem::usage(
                format!("{} has no results of a class", out.display()),
                "Give a folder that --out named.",
            )),
        }
    }

    /// Removes files that a run was writing when it was killed.
    fn remove_incomplete(&self) {
        for folder in [self.out.clone(), self.documents(), self.beside(PAGES)] {
            for file in fs::read_dir(folder).into_iter().flatten().flatten() {
                if file.file_name().to_string_lossy().starts_with(INCOMPLETE) {
                    fs::remove_file(file.path()).ok();
                }
            }
        }
    }

    /// The terms of the earlier run, if there was one.
    pub fn terms(&self) -> Option<Terms> {
        let text = fs::read(self.out.join(TERMS)).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// Begins a run under these terms. Results of other terms are moved to another folder, whose
    /// name is returned.
    ///
    /// # Errors
    ///
    /// The folder cannot be written.
    pub fn begin(&self, terms: &Terms) -> Result<Option<PathBuf>> {
        let documents = self.documents();
        let is_empty = self.names()?.is_empty();
        let aside = if is_empty || self.terms().as_ref() == Some(terms) {
            None
        } else {
            let aside = (1..).map(|number| self.out.join(format!("earlier-{number}")));
            let aside = aside.into_iter().find(|it| !it.exists());
            let aside = aside.expect("there is always another number");
            fs::create_dir(&aside).map_err(io("cannot create", &aside))?;
            fs::rename(&documents, aside.join(DOCUMENTS)).map_err(io("cannot move", &documents))?;
            fs::copy(self.out.join(TERMS), aside.join(TERMS)).ok();
            fs::create_dir(&documents).map_err(io("cannot create", &documents))?;
            Some(aside)
        };
        let text = serde_json::to_string_pretty(terms).expect("terms are JSON") + "\n";
        write_whole(&self.out.join(TERMS), text.as_bytes())?;
        Ok(aside)
    }

    /// Takes over a file that a part was graded with, such as the rubric, or compares them.
    ///
    /// # Errors
    ///
    /// The parts have different files, or one cannot be read or written.
    pub fn take_over(&self, part: &Self, name: &str) -> Result<()> {
        let [own, other] = [self, part].map(|results| results.beside(name));
        if !other.is_file() {
            return Ok(());
        }
        let other = read(&other)?;
        match own.is_file() {
            false => self.write_beside(name, &other).map(drop),
            true if read(&own)? == other => Ok(()),
            true => Err(Problem::usage(
                format!("{} has another {name} than the rest", part.out.display()),
                "Say with --rubric and --roster which files count.",
            )),
        }
    }

    /// Takes over the terms of a part, or compares them.
    ///
    /// # Errors
    ///
    /// The part has no terms or others, or the folder cannot be written.
    pub fn join(&self, part: &Self) -> Result<()> {
        let terms = part.terms().ok_or_else(|| {
            Problem::usage(
                format!("{} has no {TERMS}", part.out.display()),
                "Give the folders that --out named for the parts.",
            )
        })?;
        match self.terms() {
            Some(known) if known != terms => Err(Problem::usage(
                format!(
                    "{} has results of another course or other options",
                    part.out.display()
                ),
                "Grade all parts with the same course, steps, seed and options.",
            )),
            _ => self.begin(&terms).map(drop),
        }
    }

    /// The result of a submission. One without a verdict does not count.
    pub fn find(&self, name: &str) -> Option<Report> {
        let report = self.read(name).ok()?;
        (report.outcome != Outcome::CouldNotGrade).then_some(report)
    }

    pub fn has(&self, name: &str) -> bool {
        self.file(name).is_file()
    }

    /// # Errors
    ///
    /// There is no such result, or it cannot be read.
    pub fn read(&self, name: &str) -> Result<Report> {
        let file = self.file(name);
        let text = fs::read(&file).map_err(io("cannot read", &file))?;
        serde_json::from_slice(&text).map_err(|e| {
            Problem::usage(
                format!("{} is not a result: {e}", file.display()),
                "Delete it, and run the command again.",
            )
        })
    }

    /// Writes the document of a submission, which is then finished.
    ///
    /// # Errors
    ///
    /// The folder cannot be written.
    pub fn finish(&self, name: &str, report: &Report) -> Result<()> {
        write_whole(&self.file(name), report::json(report).as_bytes())
    }

    /// The row of a submission with its grade and its student, which are also noted in its
    /// document and on its page.
    ///
    /// # Errors
    ///
    /// The document cannot be read, or the folder cannot be written.
    pub fn settle(
        &self,
        name: &str,
        rubric: Option<&Rubric>,
        roster: Option<&Roster>,
    ) -> Result<Row> {
        let student = roster.and_then(|roster| roster.student(name));
        let student = student.map(str::to_owned);
        if !self.has(name) {
            return Ok(Row {
                student,
                ..Row::missing(name)
            });
        }
        let mut report = self.read(name)?;
        let grade = rubric.and_then(|rubric| rubric.grade(&report));
        if report.grade != grade {
            report.grade = grade;
            self.finish(name, &report)?;
        }
        let row = Row {
            student,
            ..Row::new(name, &report)
        };
        let page = report::html::render(row.title(), &report, None);
        self.write_beside(&format!("{PAGES}/{name}.html"), &page)?;
        Ok(row)
    }

    /// Writes a file of the whole class, such as the gradebook. Returns its path.
    ///
    /// # Errors
    ///
    /// The folder cannot be written.
    pub fn write_beside(&self, name: &str, text: &str) -> Result<PathBuf> {
        let file = self.beside(name);
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder).map_err(io("cannot create", folder))?;
        }
        write_whole(&file, text.as_bytes())?;
        Ok(file)
    }

    /// The path of a file of the whole class.
    pub fn beside(&self, name: &str) -> PathBuf {
        self.out.join(name)
    }

    pub fn documents(&self) -> PathBuf {
        self.out.join(DOCUMENTS)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.documents().join(format!("{name}.json"))
    }

    /// The names of the submissions with a document, in order.
    ///
    /// # Errors
    ///
    /// The folder cannot be listed.
    pub fn names(&self) -> Result<Vec<String>> {
        let dir = self.documents();
        let files = fs::read_dir(&dir).map_err(io("cannot list", &dir))?;
        let names = files.flatten().map(|file| file.file_name());
        let names = names.filter_map(|name| Some(name.to_str()?.strip_suffix(".json")?.to_owned()));
        let mut names: Vec<_> = names.collect();
        names.sort();
        Ok(names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::saved;

    fn terms(seed: u64) -> Terms {
        Terms {
            course: "abc".into(),
            steps: vec!["setup".into()],
            seed,
            secret_seed: None,
            backend: "embedded".into(),
            sandbox: "restricted".into(),
            time_limit: None,
        }
    }

    #[test]
    fn a_result_is_found_again_under_the_same_terms() {
        let home = tempfile::tempdir().unwrap();
        let report = saved("diagnosis");
        let results = Results::open(home.path()).unwrap();
        results.begin(&terms(7)).unwrap();
        results.finish("ann", &report).unwrap();
        assert!(Results::open(home.path()).is_err(), "it is in use");
        drop(results);
        let results = Results::open(home.path()).unwrap();
        assert_eq!(results.terms(), Some(terms(7)));
        assert_eq!(results.begin(&terms(7)), Ok(None));
        assert_eq!(results.find("ann"), Some(report));
    }

    #[test]
    fn results_of_other_terms_are_moved() {
        let home = tempfile::tempdir().unwrap();
        let results = Results::open(home.path()).unwrap();
        results.begin(&terms(7)).unwrap();
        results.finish("ann", &saved("diagnosis")).unwrap();
        let aside = results.begin(&terms(8)).unwrap().unwrap();
        assert!(aside.ends_with("earlier-1") && aside.join("results/ann.json").is_file());
        assert_eq!(results.find("ann"), None);
    }

    #[test]
    fn what_a_killed_run_was_writing_is_removed() {
        let home = tempfile::tempdir().unwrap();
        drop(Results::open(home.path()).unwrap());
        let half = home.path().join(format!("results/{INCOMPLETE}x"));
        fs::write(&half, "{").unwrap();
        let results = Results::open(home.path()).unwrap();
        assert!(!half.exists() && results.names().unwrap().is_empty());
    }

    #[test]
    fn a_result_without_a_verdict_does_not_count() {
        let home = tempfile::tempdir().unwrap();
        let results = Results::open(home.path()).unwrap();
        results.finish("ann", &saved("could_not_grade")).unwrap();
        assert_eq!(results.find("ann"), None);
        assert!(results.read("ann").is_ok());
    }
}
