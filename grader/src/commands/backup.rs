//! Keeps the student's file before a command changes it. A file is changed completely or not at
//! all.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use crate::problem::{Problem, Result, io};

/// The folder for copies, in the submission's folder.
const BACKUP: &str = "backup";

/// Writes a copy of a source file into the folder of its submission, under the first free name.
/// Returns the path of the copy after it is safely on the disk.
pub fn keep(submission: &Path, name: &str, contents: &[u8]) -> Result<PathBuf> {
    let dir = submission.join(BACKUP);
    fs::create_dir_all(&dir).map_err(io("cannot create", &dir))?;
    for number in 1..10_000 {
        let path = dir.join(format!("{name}.{number}"));
        match File::create_new(&path) {
            Ok(mut copy) => {
                let written = copy.write_all(contents).and_then(|()| copy.sync_all());
                written.map_err(io("cannot write", &path))?;
                return Ok(path);
            }
            Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
            Err(e) => return Err(io("cannot write", &path)(e)),
        }
    }
    Err(Problem::machine(
        format!("there are too many files in {}", dir.display()),
        "Remove the files that you no longer need.",
    ))
}

/// Replaces the text of an existing file, completely or not at all. Its permissions and a link
/// to it stay. A read-only file is an error.
pub fn replace(file: &Path, text: &str) -> Result<()> {
    let replaced = || -> std::io::Result<()> {
        let file = fs::canonicalize(file)?;
        let permissions = fs::metadata(&file)?.permissions();
        // The rename below needs only the permission of the folder.
        if permissions.readonly() {
            return Err(std::io::Error::new(
                ErrorKind::PermissionDenied,
                "the file is read-only",
            ));
        }
        let dir = file.parent().unwrap_or(&file);
        let mut temporary = tempfile::NamedTempFile::new_in(dir)?;
        temporary.write_all(text.as_bytes())?;
        temporary.as_file().set_permissions(permissions)?;
        temporary.as_file().sync_all()?;
        temporary.persist(&file)?;
        Ok(())
    };
    replaced().map_err(io("cannot write", file))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn no_copy_overwrites_another() {
        let dir = tempfile::tempdir().unwrap();
        let first = keep(dir.path(), "stages.rs", b"one").unwrap();
        let second = keep(dir.path(), "stages.rs", b"two").unwrap();
        assert_eq!(first, dir.path().join("backup/stages.rs.1"));
        assert_eq!(second, dir.path().join("backup/stages.rs.2"));
        assert_eq!(fs::read(first).unwrap(), b"one");
    }

    #[test]
    fn permissions_and_links_outlive_a_replacement() {
        let dir = tempfile::tempdir().unwrap();
        let (file, link) = (dir.path().join("quiz.rs"), dir.path().join("link.rs"));
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        symlink(&file, &link).unwrap();
        replace(&link, "new").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
        assert!(link.is_symlink());
    }

    #[test]
    fn what_is_read_only_stays_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("quiz.rs");
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o444)).unwrap();
        let refused = replace(&file, "new").unwrap_err();
        assert!(refused.what.contains("read-only"), "{refused}");
        assert_eq!(fs::read_to_string(&file).unwrap(), "old");
    }
}
