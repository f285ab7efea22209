//! The submissions in a folder: each folder, zip or tar in it is one.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::course::{Course, EXERCISES};
use crate::problem::{Fault, Problem, Result, io};
use crate::submission::{Submission, digest, without_any_ending};

/// How Moodle names the folder of a text that was typed into the page, beside the files.
const ONLINE_TEXT: &str = "_assignsubmission_onlinetext_";

/// The longest name in bytes: file systems allow 255, and an ending is added.
const LONGEST: usize = 200;

/// A submission of a class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name of its folder or archive, without the ending.
    pub name: String,
    pub path: PathBuf,
}

impl Entry {
    /// The submission, with paths as in the student's own checkout. A folder or a file that is
    /// not a submission has a fault, like an archive that cannot be read. So has a link, which
    /// could lead to the solutions.
    ///
    /// # Errors
    ///
    /// A file cannot be read on this machine.
    pub fn submission(&self, course: &Course) -> Result<Submission> {
        let without_sources = |fault: String| Submission {
            path: self.path.clone(),
            faults: vec![fault],
            ..Submission::default()
        };
        let submission = if self.path.is_symlink() {
            without_sources("it is a link: only folders and archives count".to_owned())
        } else {
            // Its path is different on each machine, and a student does not know it.
            match Submission::read_as("it".to_owned(), course, &self.path) {
                Err(problem) if problem.fault == Fault::Usage => without_sources(problem.what),
                read => read?,
            }
        };
        Ok(Submission {
            shown_as: EXERCISES.to_owned(),
            ..submission
        })
    }
}

/// What is in the folder of a class.
#[derive(Debug, Default)]
pub struct Collected {
    /// In the order of their names.
    pub entries: Vec<Entry>,
    /// The names of files that are no submissions.
    pub ignored: Vec<String>,
}

/// The submissions in a folder. Hidden files, and what macOS adds, do not count.
///
/// # Errors
///
/// The folder cannot be listed, has no submission, or is itself one submission.
pub fn collect(dir: &Path) -> Result<Collected> {
    if !dir.is_dir() {
        return Err(Problem::usage(
            format!("there is no folder {}", dir.display()),
            "Give a folder with one folder, zip or tar for each submission.",
        ));
    }
    if dir.join("src/lib.rs").is_file() {
        return Err(Problem::usage(
            format!("{} is one submission, not a class", dir.display()),
            format!("Grade it with `cargo grade --dir {}`.", dir.display()),
        ));
    }
    let mut collected = Collected::default();
    for path in listed(dir)? {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            collected.ignored.push(path.display().to_string());
            continue;
        };
        match without_any_ending(name) {
            _ if path.is_dir() && !name.ends_with(ONLINE_TEXT) => collected.add(name, path.clone()),
            Some(short) => collected.add(short, path.clone()),
            None => collected.ignored.push(name.to_owned()),
        }
    }
    collected.tell_apart();
    match collected.entries.is_empty() {
        true => Err(Problem::usage(
            format!("{} has no submissions", dir.display()),
            "Give a folder with one folder, zip or tar for each submission.",
        )),
        false => Ok(collected),
    }
}

impl Collected {
    fn add(&mut self, name: &str, path: PathBuf) {
        let name = short(name);
        self.entries.push(Entry { name, path });
    }

    /// Gives a folder and an archive of the same name different names, and sorts all by name.
    fn tell_apart(&mut self) {
        let mut names: BTreeMap<String, usize> = BTreeMap::new();
        for entry in &self.entries {
            *names.entry(entry.name.clone()).or_default() += 1;
        }
        for entry in &mut self.entries {
            if names[&entry.name] > 1
                && let Some(whole) = entry.path.file_name().and_then(|name| name.to_str())
            {
                entry.name = short(whole);
            }
        }
        self.entries.sort_by(|one, other| one.name.cmp(&other.name));
    }
}

/// A name that is not too long for the name of a file.
fn short(name: &str) -> String {
    if name.len() <= LONGEST {
        return name.to_owned();
    }
    let begin: String = name.chars().take(LONGEST / 8).collect();
    let digest = digest([name.as_bytes()].into_iter());
    format!("{begin}-{}", &digest[..16])
}

/// The paths in a folder that are not hidden.
fn listed(dir: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(dir).map_err(io("cannot list", dir))?;
    let entries = entries.flatten().filter(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        !name.starts_with('.') && name != "__MACOSX"
    });
    Ok(entries.map(|entry| entry.path()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(files: &[&str]) -> tempfile::TempDir {
        let home = tempfile::tempdir().unwrap();
        for file in files {
            let file = home.path().join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, "").unwrap();
        }
        home
    }

    fn names(files: &[&str]) -> Vec<String> {
        let home = class(files);
        let entries = collect(home.path()).unwrap().entries.into_iter();
        entries.map(|entry| entry.name).collect()
    }

    #[test]
    fn folders_and_archives_are_submissions() {
        let files = [
            "bob.zip",
            "alice/src/lib.rs",
            "eve.tar.gz",
            "Finn.ZIP",
            "gus.rar",
            ".DS_Store",
            "grades.csv",
        ];
        assert_eq!(names(&files), ["Finn", "alice", "bob", "eve", "gus"]);
        let ignored = collect(class(&files).path()).unwrap().ignored;
        assert_eq!(ignored, ["grades.csv"]);
    }

    #[test]
    fn a_text_typed_into_moodle_is_no_submission() {
        let files = [
            "Ann_77_assignsubmission_file_/work.zip",
            "Ann_77_assignsubmission_onlinetext_/onlinetext.html",
        ];
        assert_eq!(names(&files), ["Ann_77_assignsubmission_file_"]);
    }

    #[test]
    fn two_of_one_name_keep_their_endings() {
        assert_eq!(
            names(&["ann.zip", "ann.tgz", "ann/src/lib.rs"]),
            ["ann", "ann.tgz", "ann.zip"]
        );
    }

    #[test]
    fn what_is_no_submission_says_why_without_its_path() {
        let home = class(&["seven.7z", "empty/notes.txt"]);
        let course = Course {
            root: home.path().to_owned(),
            target: home.path().to_owned(),
        };
        let entries = collect(home.path()).unwrap().entries.into_iter();
        let faults = entries.map(|entry| entry.submission(&course).unwrap().faults.join("; "));
        assert_eq!(
            faults.collect::<Vec<_>>(),
            [
                "it is not a submission: it has no src/lib.rs",
                "it is not a folder, a zip or a tar"
            ]
        );
    }

    #[test]
    fn a_long_name_is_cut() {
        let [one, other] = ["a", "b"].map(|end| short(&("x".repeat(220) + end)));
        assert!(one.len() < 60 && one != other);
        assert_eq!(short("ann"), "ann");
    }

    #[test]
    fn one_submission_or_none_is_no_class() {
        let one = collect(class(&["src/lib.rs"]).path()).unwrap_err();
        assert!(one.what.contains("one submission"), "{one}");
        let none = collect(class(&["notes.txt"]).path()).unwrap_err();
        assert!(none.what.contains("no submissions"), "{none}");
    }
}
