//! The wrong submissions: edits of the solutions, each with one mistake or one attack.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::course::Course;
use crate::problem::{Result, io, read};
use crate::sandbox::Level;
use crate::step::Step;
use crate::submission::Submission;

/// A wrong submission, as its file under `fixtures/wrong` or `fixtures/hostile` describes
/// it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wrong {
    /// The mistake, in a sentence.
    pub about: String,
    /// All checks that must not pass. Empty if the submission must not compile.
    #[serde(default)]
    pub fails: BTreeSet<String>,
    /// The checks that must be blocked.
    #[serde(default)]
    pub blocks: BTreeSet<String>,
    /// Bonus checks that must not pass.
    #[serde(default)]
    pub misses: BTreeSet<String>,
    /// The text that the verdict or the compiler must show for a hostile submission.
    pub says: Option<String>,
    /// Must not run without a sandbox, because it would harm the machine.
    #[serde(default)]
    pub dangerous: bool,
    /// The level of the sandbox that stops it, if not every level does.
    #[serde(default = "restricted")]
    pub level: Level,
    #[serde(rename = "edit")]
    pub edits: Vec<Edit>,
}

fn restricted() -> Level {
    Level::Restricted
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    pub file: PathBuf,
    pub find: String,
    pub replace: String,
}

/// Submissions by name. An `Err` says why a submission cannot be read.
type Corpus = BTreeMap<String, Result<Wrong, String>>;

/// The submissions that make a mistake.
pub fn all(course: &Course) -> Result<Corpus> {
    read_all(course, "wrong")
}

/// The submissions that attack the grader, the machine or other submissions.
pub fn hostile(course: &Course) -> Result<Corpus> {
    read_all(course, "hostile")
}

fn read_all(course: &Course, folder: &str) -> Result<Corpus> {
    let dir = course.fixtures().join(folder);
    let files = fs::read_dir(&dir).map_err(io("cannot list", &dir))?;
    let mut all = BTreeMap::new();
    for path in files.flatten().map(|file| file.path()) {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let parsed = toml::from_str(&read(&path)?);
        let wrong = parsed.map_err(|e| format!("{}: {e}", course.display(&path)));
        all.insert(name.into_owned(), wrong);
    }
    Ok(all)
}

impl Wrong {
    /// The submission: each edit must find its text exactly once, after the edits before it.
    /// Otherwise, what is wrong with the edits.
    pub fn of(&self, solutions: &Submission) -> Result<Submission, Vec<String>> {
        let mut wrong = solutions.clone();
        let mut faults = Vec::new();
        for (number, edit) in (1..).zip(&self.edits) {
            let file = wrong.files.entry(edit.file.clone()).or_default();
            let text = String::from_utf8_lossy(file);
            match text.matches(&edit.find).count() {
                1 => *file = text.replace(&edit.find, &edit.replace).into_bytes(),
                found => faults.push(format!(
                    "the text of edit {number} occurs {found} times in {}",
                    edit.file.display()
                )),
            }
        }
        match faults.is_empty() {
            true => Ok(wrong),
            false => Err(faults),
        }
    }

    /// The steps whose files it changes.
    pub fn changed<'a>(&self, steps: &'a [Step]) -> Vec<&'a Step> {
        let steps = steps.iter();
        steps.filter(|step| self.changes(step)).collect()
    }

    fn changes(&self, step: &Step) -> bool {
        let file = Path::new(&step.file);
        self.edits.iter().any(|edit| edit.file == file)
    }

    /// The steps that it can affect, in the order of the course: those whose files it changes,
    /// and those that depend on them. All steps, if it changes any other file.
    pub fn affected<'a>(&self, steps: &'a [Step]) -> Vec<&'a Step> {
        let is_a_steps = |edit: &Edit| steps.iter().any(|it| edit.file == Path::new(&it.file));
        if !self.edits.iter().all(is_a_steps) {
            return steps.iter().collect();
        }
        let mut affected: Vec<&Step> = Vec::new();
        for step in steps {
            let depends = affected.iter().any(|on| step.depends.contains(&on.id));
            if depends || self.changes(step) {
                affected.push(step);
            }
        }
        affected
    }
}
