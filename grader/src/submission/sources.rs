//! The sources of a submission, and nothing else. Grading never uses its manifest, build
//! script, lock file or cargo configuration.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use sha2::{Digest, Sha256};

use super::archive;
use super::gather::Gathered;
use crate::course::Course;
use crate::problem::{self, Problem, Result};

/// The folder in which the sources are compiled, as compiler messages and panics name it.
pub const COMPILED_AS: &str = "submission/src/";

/// The Rust files of a submission.
#[derive(Clone, Debug, Default)]
pub struct Submission {
    /// The path of the submission, as the student sees it.
    pub shown_as: String,
    /// Where it was read.
    pub path: PathBuf,
    /// By their paths below `src/`.
    pub files: BTreeMap<PathBuf, Vec<u8>>,
    /// What is not allowed, such as links instead of files. A submission with faults is not
    /// compiled.
    pub faults: Vec<String>,
    /// What an instructor should look at, although it is allowed.
    pub notes: Vec<String>,
}

impl Submission {
    /// Reads the sources below `src/` of a folder, a zip or a tar. The `src/` may also be in a
    /// folder inside it, if only one has a `src/lib.rs`. A folder may instead contain one archive,
    /// as Moodle exports a submission. Problems with the sources are in the
    /// faults.
    ///
    /// # Errors
    ///
    /// The folder or archive does not exist, or cannot be read.
    pub fn read(course: &Course, path: &Path) -> Result<Self> {
        let path = std::path::absolute(path).map_err(problem::io("cannot resolve", path))?;
        Self::read_as(course.display(&path), course, &path)
    }

    /// The same under another name, which the messages use.
    ///
    /// # Errors
    ///
    /// The same as for [`Self::read`].
    pub fn read_as(shown_as: String, course: &Course, path: &Path) -> Result<Self> {
        let path = std::path::absolute(path).map_err(problem::io("cannot resolve", path))?;
        let of_archive = |archive: &Path| {
            let file = File::open(archive).map_err(problem::io("cannot read", archive))?;
            Self::of_archive(shown_as.clone(), BufReader::new(file))
        };
        let read = if path.is_file() {
            of_archive(&path)?
        } else {
            match own_folder(&path) {
                Some(dir) => Self {
                    notes: other_archives(&path),
                    ..Self::of(shown_as, below(&dir)?)
                },
                None => match archives(&path).as_slice() {
                    [] => return Err(no_submission(&shown_as, course, &path)),
                    [only] => of_archive(only)?,
                    several => {
                        return Err(Problem::usage(
                            format!("{shown_as} has {} archives", several.len()),
                            "Keep only the one with the submission.",
                        ));
                    }
                },
            }
        };
        Ok(Self { path, ..read })
    }

    /// The submission in a zip or a tar.
    ///
    /// # Errors
    ///
    /// The file is not a zip or a tar, or cannot be read.
    pub fn of_archive(shown_as: String, file: impl Read + Seek) -> Result<Self> {
        let gathered = archive::read(&shown_as, file)?;
        Ok(Self::of(shown_as, gathered))
    }

    fn of(shown_as: String, gathered: Gathered) -> Self {
        let (files, faults) = gathered.below_src();
        Self {
            shown_as,
            path: PathBuf::new(),
            files,
            faults,
            notes: Vec::new(),
        }
    }

    /// The path of a source file, as the student sees it.
    pub fn source(&self, name: &str) -> String {
        let file = Path::new(&self.shown_as).join("src").join(name);
        file.display().to_string()
    }

    /// The text of a source file, if it exists and is UTF-8.
    pub fn text(&self, name: &Path) -> Option<&str> {
        std::str::from_utf8(self.files.get(name)?).ok()
    }

    /// The SHA-256 of the sources in hexadecimal digits: the name and the text of each file, in
    /// order, each after its length.
    pub fn digest(&self) -> String {
        let files = self.files.iter();
        let parts = files.flat_map(|(name, text)| [name.as_os_str().as_encoded_bytes(), text]);
        digest(parts)
    }

    /// Whether the program contains the text of one of its own files as a value.
    pub fn takes_in_files(&self) -> bool {
        fn has_macro(tokens: TokenStream) -> bool {
            tokens.into_iter().any(|token| match token {
                TokenTree::Ident(name) => name == "include_str" || name == "include_bytes",
                TokenTree::Group(group) => has_macro(group.stream()),
                _ => false,
            })
        }
        let texts = self.files.keys().filter_map(|name| self.text(name));
        texts.filter_map(|text| text.parse().ok()).any(has_macro)
    }

    /// The same submission, with the source files of a folder added, or replacing its own.
    pub fn with_folder(&self, folder: &Path) -> Result<Self> {
        let mut mixed = self.clone();
        let mut gathered = Gathered::default();
        walk(folder, Path::new(""), &mut gathered)?;
        mixed.files.extend(gathered.files());
        Ok(mixed)
    }

    /// The same submission, with some of its module files replaced by those of another one.
    pub fn with_files_of(&self, other: &Self, names: &[String]) -> Self {
        let mut mixed = self.clone();
        for name in names.iter().map(PathBuf::from) {
            if let Some(text) = other.files.get(&name) {
                // Here the module may be in a folder: `stages/mod.rs`.
                let folder = name.with_extension("");
                mixed.files.retain(|file, _| !file.starts_with(&folder));
                mixed.files.insert(name, text.clone());
            }
        }
        mixed
    }
}

/// The SHA-256 of some texts in hexadecimal digits, each text after its length.
pub fn digest<'a>(parts: impl Iterator<Item = &'a [u8]>) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    let digest = hasher.finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Replaces the paths of compiled sources in a text by the student's own paths.
pub fn as_students(submission: &Submission, text: &str) -> String {
    text.replace(COMPILED_AS, &submission.source(""))
}

/// The folder that has the `src/lib.rs`: this folder, or the only one inside it.
fn own_folder(dir: &Path) -> Option<PathBuf> {
    let has_sources = |dir: &Path| dir.join("src/lib.rs").is_file();
    if has_sources(dir) {
        return Some(dir.to_owned());
    }
    let mut inner = inner_folders(dir);
    inner.extend(inner.clone().iter().flat_map(|dir| inner_folders(dir)));
    inner.retain(|dir| has_sources(dir));
    match inner.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    }
}

fn inner_folders(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    folders.map(|entry| entry.path()).collect()
}

/// A note about archives beside the sources: they may be newer.
fn other_archives(dir: &Path) -> Vec<String> {
    let note = "it has sources and an archive: only the sources count";
    let has_archive = !archives(dir).is_empty();
    has_archive.then(|| note.to_owned()).into_iter().collect()
}

/// The zips and tars in a folder.
fn archives(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    let paths = paths.filter(|path| {
        let name = path.file_name().and_then(|name| name.to_str());
        path.is_file() && name.is_some_and(|name| archive::without_ending(name).is_some())
    });
    paths.collect()
}

fn no_submission(shown_as: &str, course: &Course, dir: &Path) -> Problem {
    let has_sources = |dir: &&Path| dir.join("src/lib.rs").is_file();
    let next = match dir.parent().filter(has_sources) {
        Some(above) => format!("Did you mean --dir {}?", course.display(above)),
        None => "Give --dir a folder like exercises/, or a zip or tar of it.".into(),
    };
    let why = if dir.is_dir() {
        "it has no src/lib.rs"
    } else {
        "it does not exist"
    };
    Problem::usage(format!("{shown_as} is not a submission: {why}"), next)
}

/// The files below `dir/src`.
fn below(dir: &Path) -> Result<Gathered> {
    let mut gathered = Gathered::default();
    let src = dir.join("src");
    // A link could lead to the sources of another submission.
    if src.is_symlink() {
        gathered.fault("src is a link".into());
    } else {
        walk(&src, Path::new("src"), &mut gathered)?;
    }
    Ok(gathered)
}

/// Takes the files of a folder. Their names start with `name`.
fn walk(dir: &Path, name: &Path, gathered: &mut Gathered) -> Result<()> {
    let entries = std::fs::read_dir(dir).map_err(problem::io("cannot list", dir))?;
    for entry in entries.flatten() {
        let (path, name) = (entry.path(), name.join(entry.file_name()));
        let Ok(kind) = entry.file_type() else {
            continue;
        };
        if kind.is_dir() {
            walk(&path, &name, gathered)?;
        } else if !kind.is_file() {
            gathered.irregular(&name);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let mut file = File::open(&path).map_err(problem::io("cannot read", &path))?;
            if let Err(fault) = gathered.take(&name, &mut file) {
                gathered.fault(fault);
                return Ok(());
            }
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
            ..Submission::default()
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
