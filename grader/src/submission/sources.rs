//! The sources of a submission, and nothing else of it. Its manifest, build script, lock
//! file and cargo configuration never reach grading.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::course::Course;
use crate::problem::{self, Problem, Result};

/// The folder that the sources are compiled in, as the compiler and panics name it.
pub const COMPILED_AS: &str = "submission/src/";

/// The Rust files of a submission.
#[derive(Clone, Debug)]
pub struct Submission {
    /// Where the sources come from, as the student knows it.
    pub shown_as: String,
    /// Below `src/`. A file that is not text is the compiler's to complain about.
    pub files: BTreeMap<PathBuf, Vec<u8>>,
}

impl Submission {
    /// Reads the sources below `dir/src`.
    pub fn read(course: &Course, dir: &Path) -> Result<Self> {
        let dir = std::path::absolute(dir).map_err(problem::io("cannot resolve", dir))?;
        let shown_as = course.display(&dir);
        let src = dir.join("src");
        if !src.join("lib.rs").is_file() {
            return Err(no_submission(course, &dir));
        }
        let mut files = BTreeMap::new();
        collect(&src, Path::new(""), &mut files)?;
        Ok(Self { shown_as, files })
    }

    /// A source file as the student knows it.
    pub fn source(&self, name: &str) -> String {
        let file = Path::new(&self.shown_as).join("src").join(name);
        file.display().to_string()
    }

    /// What a source file says, if it is there and is text.
    pub fn text(&self, name: &Path) -> Option<&str> {
        std::str::from_utf8(self.files.get(name)?).ok()
    }

    /// What the sources are, as SHA-256 in hexadecimal digits: of each file its name and its
    /// text, in order, each with its length before it.
    pub fn digest(&self) -> String {
        let files = self.files.iter();
        let parts = files.flat_map(|(name, text)| [name.as_os_str().as_encoded_bytes(), text]);
        digest(parts)
    }

    /// The same submission with every source file of a folder in place of its own.
    pub fn with_folder(&self, folder: &Path) -> Result<Self> {
        let mut mixed = self.clone();
        collect(folder, Path::new(""), &mut mixed.files)?;
        Ok(mixed)
    }

    /// The same submission with some of its files, each a module, replaced by another's.
    pub fn with_files_of(&self, other: &Self, names: &[String]) -> Self {
        let mut mixed = self.clone();
        for name in names.iter().map(PathBuf::from) {
            if let Some(text) = other.files.get(&name) {
                // It may be in a folder here: `stages/mod.rs`.
                let folder = name.with_extension("");
                mixed.files.retain(|file, _| !file.starts_with(&folder));
                mixed.files.insert(name, text.clone());
            }
        }
        mixed
    }
}

/// SHA-256 in hexadecimal digits over texts, each with its length before it.
pub fn digest<'a>(parts: impl Iterator<Item = &'a [u8]>) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    let digest = hasher.finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Paths of compiled sources in a text, as the student's own.
pub fn as_students(submission: &Submission, text: &str) -> String {
    text.replace(COMPILED_AS, &submission.source(""))
}

fn no_submission(course: &Course, dir: &Path) -> Problem {
    let has_sources = |dir: &&Path| dir.join("src/lib.rs").is_file();
    let next = match dir.parent().filter(has_sources) {
        Some(above) => format!("Did you mean --dir {}?", course.display(above)),
        None => "Name a folder like exercises/ with --dir.".into(),
    };
    let why = if dir.is_dir() {
        "it has no src/lib.rs"
    } else {
        "there is no such folder"
    };
    let shown = course.display(dir);
    Problem::usage(format!("there is no submission at {shown}: {why}"), next)
}

fn collect(src: &Path, below: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) -> Result<()> {
    let dir = src.join(below);
    let entries = std::fs::read_dir(&dir).map_err(problem::io("cannot list", &dir))?;
    for entry in entries.flatten() {
        let relative = below.join(entry.file_name());
        let path = entry.path();
        // A link could lead out of the submission, so links are left alone.
        let Ok(kind) = entry.file_type() else {
            continue;
        };
        if kind.is_dir() {
            collect(src, &relative, files)?;
        } else if kind.is_file() && path.extension().is_some_and(|e| e == "rs") {
            let text = std::fs::read(&path).map_err(problem::io("cannot read", &path))?;
            files.insert(relative, text);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(files: &[(&str, &str)]) -> String {
        let files = files.iter();
        let files = files.map(|(name, text)| (PathBuf::from(name), text.as_bytes().to_vec()));
        let submission = Submission {
            shown_as: "anything".into(),
            files: files.collect(),
        };
        submission.digest()
    }

    #[test]
    fn a_digest_is_that_of_the_names_and_the_texts() {
        let one = digest(&[("a.rs", "b"), ("c.rs", "")]);
        assert_eq!(one.len(), 64);
        assert_eq!(one, digest(&[("c.rs", ""), ("a.rs", "b")]));
        for other in [
            digest(&[("a.rs", ""), ("c.rs", "b")]),
            digest(&[("a.rs", "b"), ("d.rs", "")]),
            digest(&[("a.rs", "bc.rs")]),
        ] {
            assert_ne!(one, other);
        }
    }
}
