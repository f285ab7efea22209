//! The workspace a submission is built in: the course's own lock file, profiles
//! and manifest, and beside them the student's sources.
//!
//! The grader is a member of that workspace too. It is not built there, but
//! selecting it together with the submission makes cargo choose the features
//! with which the grader's dependencies were built, so nothing is built twice.

use std::fs;
use std::path::{Path, PathBuf};

use super::Submission;
use crate::course::Course;
use crate::problem::{Result, io, read};

/// The name of the package a submission is built as.
pub const PACKAGE: &str = "submission";

/// Writes the workspace, touching only what changed, so that cargo rebuilds what
/// it must and nothing else. Returns its folder.
pub fn stage(course: &Course, submission: &Submission) -> Result<PathBuf> {
    let workspace = course.target.join("grade").join("workspace");
    let package = workspace.join(PACKAGE);
    fs::create_dir_all(package.join("src")).map_err(io("cannot create", &package))?;

    let root = read(&course.root.join("Cargo.toml"))?;
    write_if_changed(&workspace.join("Cargo.toml"), &as_workspace(&root))?;
    let manifest = read(&course.solutions().join("Cargo.toml"))?;
    let manifest = manifest.replace("name = \"solutions\"", &format!("name = \"{PACKAGE}\""));
    write_if_changed(&package.join("Cargo.toml"), &manifest)?;
    link(&course.root.join("grader"), &workspace.join("grader"))?;
    copy_lock(
        &course.root.join("Cargo.lock"),
        &workspace.join("Cargo.lock"),
    )?;

    remove_others(&package.join("src"), Path::new(""), submission)?;
    for (name, text) in &submission.files {
        write_if_changed(&package.join("src").join(name), text)?;
    }
    Ok(workspace)
}

/// The course's workspace manifest, with the submission as its only package
/// besides the grader and the contract.
fn as_workspace(root: &str) -> String {
    root.lines()
        .map(|line| {
            if line.starts_with("members = ") {
                format!("members = [\"{PACKAGE}\", \"grader\", \"grader/contract\"]\n")
            } else if line.starts_with("default-members = ") {
                String::new()
            } else {
                format!("{line}\n")
            }
        })
        .collect()
}

/// Cargo adapts the lock file to this workspace; it is renewed when the course's is.
fn copy_lock(from: &Path, to: &Path) -> Result<()> {
    let original = to.with_extension("lock.course");
    let text = read(from)?;
    if !to.is_file() || fs::read_to_string(&original).is_ok_and(|known| known != text) {
        write_if_changed(to, &text)?;
    }
    write_if_changed(&original, &text)
}

fn link(target: &Path, link: &Path) -> Result<()> {
    if fs::read_link(link).is_ok_and(|known| known == target) {
        return Ok(());
    }
    fs::remove_file(link).ok();
    std::os::unix::fs::symlink(target, link).map_err(io("cannot link", link))
}

/// Contents decide, not times: a file restored with an old time is still new.
fn write_if_changed(file: &Path, text: &str) -> Result<()> {
    if fs::read(file).is_ok_and(|known| known == text.as_bytes()) {
        return Ok(());
    }
    if let Some(dir) = file.parent() {
        fs::create_dir_all(dir).map_err(io("cannot create", dir))?;
    }
    fs::write(file, text).map_err(io("cannot write", file))
}

/// Removes what an earlier submission had and this one has not.
fn remove_others(src: &Path, below: &Path, submission: &Submission) -> Result<()> {
    let dir = src.join(below);
    for entry in fs::read_dir(&dir)
        .map_err(io("cannot list", &dir))?
        .flatten()
    {
        let relative = below.join(entry.file_name());
        let path = entry.path();
        if path.is_dir() {
            remove_others(src, &relative, submission)?;
        } else if !submission.files.contains_key(&relative) {
            fs::remove_file(&path).map_err(io("cannot remove", &path))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_members_of_the_workspace_change() {
        let root = "[workspace]\nresolver = \"3\"\nmembers = [\"a\"]\ndefault-members = [\"a\"]\n\n[profile.dev]\n";
        assert_eq!(
            as_workspace(root),
            "[workspace]\nresolver = \"3\"\nmembers = [\"submission\", \"grader\", \"grader/contract\"]\n\n[profile.dev]\n"
        );
    }
}
