//! Directories in which submissions are compiled, each for one compilation at a time. A slot
//! keeps the compiler's incremental data. The next submission in it is usually the same one
//! after an edit, so only the changed parts are compiled again.

use std::collections::BTreeSet;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use super::Submission;
use super::sources::{COMPILED_AS, digest};
use crate::course::Course;
use crate::problem::{Result, io};

/// The folder with a slot's compiled crates.
pub const OUT: &str = "out";

/// The number of slots, each about 30 MB. Normally fewer are in use at the same time.
const MOST: usize = 8;

/// A directory to compile in, locked for this compilation.
pub struct Slot {
    pub dir: PathBuf,
    /// The lock ends when the file is closed.
    _lock: File,
}

impl Slot {
    /// The slot in which this submission was compiled before, or a free one.
    pub fn take(course: &Course, submission: &Submission) -> Result<Self> {
        let slots = course.target.join("grade/slots");
        fs::create_dir_all(&slots).map_err(io("cannot create", &slots))?;
        let path = submission.path.as_os_str().as_encoded_bytes();
        let owner = digest([submission.shown_as.as_bytes(), path].into_iter());
        let mut dirs: Vec<_> = (0..MOST).map(|n| slots.join(n.to_string())).collect();
        dirs.sort_by_key(|dir| {
            let known = fs::read_to_string(dir.join("owner")).ok();
            let used = fs::metadata(dir.join("owner")).and_then(|about| about.modified());
            // First its own slot, then unused slots, then the slot with the oldest use.
            (known.as_ref() != Some(&owner), known.is_some(), used.ok())
        });
        for dir in &dirs {
            if let Some(slot) = Self::lock(dir)? {
                return slot.owned_by(&owner);
            }
        }
        // All slots are in use: wait for one.
        let slot = Self::wait(&dirs[dirs.len() - 1])?;
        slot.owned_by(&owner)
    }

    fn lock(dir: &Path) -> Result<Option<Self>> {
        let lock = Self::lock_file(dir)?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(Self {
                dir: dir.to_owned(),
                _lock: lock,
            })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(e)) => Err(io("cannot lock", dir)(e)),
        }
    }

    fn wait(dir: &Path) -> Result<Self> {
        let lock = Self::lock_file(dir)?;
        lock.lock().map_err(io("cannot lock", dir))?;
        Ok(Self {
            dir: dir.to_owned(),
            _lock: lock,
        })
    }

    fn lock_file(dir: &Path) -> Result<File> {
        let out = dir.join(OUT);
        fs::create_dir_all(&out).map_err(io("cannot create", &out))?;
        let path = dir.join("lock");
        File::create(&path).map_err(io("cannot write", &path))
    }

    fn owned_by(self, owner: &str) -> Result<Self> {
        let path = self.dir.join("owner");
        fs::write(&path, owner).map_err(io("cannot write", &path))?;
        Ok(self)
    }

    /// Makes the slot's source folder contain exactly the submission's sources.
    pub fn stage(&self, submission: &Submission) -> Result<()> {
        let src = self.dir.join(COMPILED_AS);
        fs::create_dir_all(&src).map_err(io("cannot create", &src))?;
        let wanted: BTreeSet<_> = submission.files.keys().map(|name| src.join(name)).collect();
        remove_others(&src, &wanted)?;
        for (name, text) in &submission.files {
            write_if_changed(&src.join(name), text)?;
        }
        Ok(())
    }
}

/// Compares contents, not times: a file that was restored with an old time also counts as new.
fn write_if_changed(file: &Path, text: &[u8]) -> Result<()> {
    if fs::read(file).is_ok_and(|known| known == text) {
        return Ok(());
    }
    if let Some(dir) = file.parent() {
        fs::create_dir_all(dir).map_err(io("cannot create", dir))?;
    }
    fs::write(file, text).map_err(io("cannot write", file))
}

/// Removes files of an earlier submission that this submission does not have.
fn remove_others(dir: &Path, wanted: &BTreeSet<PathBuf>) -> Result<()> {
    let entries = fs::read_dir(dir).map_err(io("cannot list", dir))?;
    for path in entries.flatten().map(|entry| entry.path()) {
        let below = wanted.iter().any(|file| file.starts_with(&path));
        if path.is_dir() && below {
            remove_others(&path, wanted)?;
        } else if path.is_dir() {
            fs::remove_dir_all(&path).map_err(io("cannot remove", &path))?;
        } else if !wanted.contains(&path) {
            fs::remove_file(&path).map_err(io("cannot remove", &path))?;
        }
    }
    Ok(())
}
