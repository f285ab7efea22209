//! The wrong submissions: edits of the solutions, each with one mistake.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::course::Course;
use crate::problem::{Result, io, read};
use crate::step::Step;
use crate::submission::Submission;

/// A wrong submission, as its file under `fixtures/wrong` describes it.
#[derive(Debug, Deserialize)]
pub struct Wrong {
    /// A word that the verdict must have, for submissions that are hostile.
    pub verdict: Option<String>,
    edit: Vec<Edit>,
}

#[derive(Debug, Deserialize)]
struct Edit {
    file: PathBuf,
    find: String,
    replace: String,
}

/// All of them by name; those that cannot be read as what is wrong with them.
pub fn all(course: &Course) -> Result<BTreeMap<String, Result<Wrong, String>>> {
    let dir = course.fixtures().join("wrong");
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
    /// The submission: each edit finds its text once, after those before it. What is wrong
    /// with the edits otherwise.
    pub fn of(&self, solutions: &Submission) -> Result<Submission, Vec<String>> {
        let mut wrong = solutions.clone();
        let mut faults = Vec::new();
        for (number, edit) in (1..).zip(&self.edit) {
            let file = wrong.files.entry(edit.file.clone()).or_default();
            let text = String::from_utf8_lossy(file);
            match text.matches(&edit.find).count() {
                1 => *file = text.replace(&edit.find, &edit.replace).into_bytes(),
                found => faults.push(format!(
                    "what edit {number} is to find is {found} times in {}",
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
        let changes = |step: &&Step| {
            self.edit
                .iter()
                .any(|edit| edit.file == Path::new(&step.file))
        };
        steps.iter().filter(changes).collect()
    }
}
