//! The version of the course and its grader, for the question whether an earlier result counts.

use std::fs;
use std::path::Path;

use crate::course::Course;
use crate::problem::{Result, io};
use crate::submission::digest;

/// The parts of the course that a result depends on.
const PARTS: [&str; 10] = [
    "Cargo.lock",
    "exercises/src",
    "fixtures",
    "grader/contract",
    "grader/protocol",
    "grader/runner",
    "grader/sandbox",
    "grader/src",
    "grader/steps",
    "solutions/src",
];

/// The SHA-256 of the course's files and the grader's sources, in hexadecimal digits.
///
/// # Errors
///
/// A file cannot be read.
pub fn version(course: &Course) -> Result<String> {
    let mut files = Vec::new();
    for part in PARTS {
        add(&course.root.join(part), part, &mut files)?;
    }
    Ok(digest(files.iter().map(Vec::as_slice)))
}

/// Adds the name and the content of each file, in the order of the names.
fn add(path: &Path, name: &str, files: &mut Vec<Vec<u8>>) -> Result<()> {
    if !path.is_dir() {
        files.push(name.as_bytes().to_vec());
        files.push(fs::read(path).map_err(io("cannot read", path))?);
        return Ok(());
    }
    let inside = fs::read_dir(path).map_err(io("cannot list", path))?;
    let mut names: Vec<_> = inside.flatten().map(|entry| entry.file_name()).collect();
    names.sort();
    for inner in names {
        let name = format!("{name}/{}", inner.display());
        add(&path.join(&inner), &name, files)?;
    }
    Ok(())
}
