//! The student's source files, staged into a pristine workspace and built there.

mod compile;
mod reference;
mod stage;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::course::Course;
use crate::problem::{self, Problem, Result};

pub use compile::{CompilerMessage, Profile, as_students, build, sort};
pub use reference::reference;

/// A submission: its Rust sources, and nothing else of it. Its manifest, build
/// script, lock file and cargo configuration never reach grading.
#[derive(Clone, Debug)]
pub struct Submission {
    /// Where the sources come from, as the student knows it.
    pub shown_as: String,
    /// Below `src/`.
    pub files: BTreeMap<PathBuf, String>,
}

/// A submission's program.
pub struct Program {
    pub binary: PathBuf,
    /// What the compiler warned of.
    pub warnings: Vec<CompilerMessage>,
    /// Deletes the binary when the grading is over; the reference's is kept.
    _home: Option<tempfile::TempDir>,
}

impl Submission {
    /// Reads the sources below `dir/src`.
    pub fn read(course: &Course, dir: &Path) -> Result<Self> {
        let dir = std::path::absolute(dir).map_err(problem::io("cannot resolve", dir))?;
        let shown_as = course.display(&dir);
        let src = dir.join("src");
        if !src.join("main.rs").is_file() {
            let above = dir
                .parent()
                .filter(|above| above.join("src/main.rs").is_file());
            let next = match above {
                Some(above) => format!("Did you mean --dir {}?", course.display(above)),
                None => "Name a folder like exercises/ with --dir.".into(),
            };
            let why = match dir.is_dir() {
                true => "it has no src/main.rs",
                false => "there is no such folder",
            };
            return Err(Problem::usage(
                format!("there is no submission at {shown_as}: {why}"),
                next,
            ));
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

    /// What the sources are, as SHA-256 in hexadecimal digits: of each file its name and its
    /// text, in order, each with its length before it.
    pub fn digest(&self) -> String {
        let mut hasher = Sha256::new();
        for (name, text) in &self.files {
            for part in [name.as_os_str().as_encoded_bytes(), text.as_bytes()] {
                hasher.update((part.len() as u64).to_be_bytes());
                hasher.update(part);
            }
        }
        let digest = hasher.finalize();
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether there is a file for a module at the top.
    fn has_module(&self, name: &str) -> bool {
        let file = |path: String| self.files.contains_key(Path::new(&path));
        file(format!("{name}.rs")) || file(format!("{name}/mod.rs"))
    }

    /// The same submission with some of its files replaced by another's.
    pub fn with_files_of(&self, other: &Self, names: &[String]) -> Self {
        let mut mixed = self.clone();
        for name in names.iter().map(PathBuf::from) {
            if let Some(text) = other.files.get(&name) {
                mixed.files.insert(name, text.clone());
            }
        }
        mixed
    }
}

fn collect(src: &Path, below: &Path, files: &mut BTreeMap<PathBuf, String>) -> Result<()> {
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
            files.insert(relative, problem::read(&path)?);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(files: &[(&str, &str)]) -> String {
        let files = files.iter();
        let files = files.map(|(name, text)| (PathBuf::from(name), (*text).to_owned()));
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
