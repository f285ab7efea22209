//! The folders in which the processes of a session work. Each process has its own empty folder
//! in the folder of the session. If a grader was killed, a later session removes its folder.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::course::Course;
use crate::problem::{Result, io};

const LOCK: &str = "lock";

/// The folder of a session.
pub struct Runs {
    folder: TempDir,
    /// Held while the session exists.
    _lock: File,
}

impl Runs {
    pub fn open(course: &Course) -> Result<Self> {
        let all = course.target.join("grade/runs");
        fs::create_dir_all(&all).map_err(io("cannot create", &all))?;
        remove_abandoned(&all);
        let folder = tempfile::tempdir_in(&all).map_err(io("cannot create a folder in", &all))?;
        let lock = lock_file(folder.path()).map_err(io("cannot write in", folder.path()))?;
        lock.lock().map_err(io("cannot lock", folder.path()))?;
        Ok(Self {
            folder,
            _lock: lock,
        })
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().to_owned()
    }
}

/// Removes the folders of graders that were killed: no process holds their locks.
fn remove_abandoned(all: &Path) {
    for entry in fs::read_dir(all).into_iter().flatten().flatten() {
        let folder = entry.path();
        let abandoned = File::open(folder.join(LOCK)).is_ok_and(|lock| lock.try_lock().is_ok());
        if abandoned {
            fs::remove_dir_all(folder).ok();
        }
    }
}

fn lock_file(folder: &Path) -> std::io::Result<File> {
    File::create(folder.join(LOCK))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_removed_when_nobody_holds_its_lock() {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().to_owned();
        let target = root.join("target");
        let course = Course { root, target };
        let alive = Runs::open(&course).unwrap();
        let abandoned = course.target.join("grade/runs/abandoned");
        fs::create_dir_all(&abandoned).unwrap();
        lock_file(&abandoned).unwrap();
        let other = Runs::open(&course).unwrap();
        assert!(!abandoned.exists());
        assert!(alive.path().exists() && other.path().exists());
    }
}
