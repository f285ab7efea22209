//! The folders of the course: its checkout on disk, and the target directory.

use std::path::{Path, PathBuf};

use crate::problem::{Problem, Result, io};

/// The folder of the student's own files, as it is named from the top of the course.
pub const EXERCISES: &str = "exercises";

/// The course: a checkout of this repository.
#[derive(Clone, Debug)]
pub struct Course {
    /// The top level, where `exercises/` and `solutions/` are.
    pub root: PathBuf,
    /// Cargo's target directory, shared by the grader and every submission.
    pub target: PathBuf,
}

impl Course {
    /// The course that the launcher names in `STREAMLINGS_COURSE`, or else the course that
    /// this program was built from. The target directory is the one that this program is in,
    /// so `CARGO_TARGET_DIR` works.
    pub fn find() -> Result<Self> {
        let named = std::env::var_os("STREAMLINGS_COURSE").map(PathBuf::from);
        let built = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
        let root = named.as_deref().or(built);
        let exe = std::env::current_exe().ok();
        let target = exe.as_deref().and_then(|exe| exe.ancestors().nth(2));
        match (root, target) {
            (Some(root), Some(target)) if root.join("grader/steps").is_dir() => Ok(Self {
                root: root.to_owned(),
                target: target.to_owned(),
            }),
            _ => Err(Problem::machine(
                format!(
                    "the folder {} is not a checkout of the course",
                    root.unwrap_or(Path::new("")).display()
                ),
                "Run `cargo grade` inside the checkout: this builds the grader again.",
            )),
        }
    }

    pub fn steps(&self) -> PathBuf {
        self.root.join("grader/steps")
    }

    pub fn fixtures(&self) -> PathBuf {
        self.root.join("fixtures")
    }

    /// The folders of the right submissions that differ from the solutions.
    ///
    /// # Errors
    ///
    /// They cannot be listed.
    pub fn alternatives(&self) -> Result<Vec<PathBuf>> {
        let dir = self.fixtures().join("alternative");
        let folders = std::fs::read_dir(&dir).map_err(io("cannot list", &dir))?;
        Ok(folders.flatten().map(|folder| folder.path()).collect())
    }

    pub fn exercises(&self) -> PathBuf {
        self.root.join(EXERCISES)
    }

    pub fn solutions(&self) -> PathBuf {
        self.root.join("solutions")
    }

    /// The version in the course's `Cargo.toml`.
    pub fn version(&self) -> Option<String> {
        let manifest = std::fs::read_to_string(self.root.join("Cargo.toml")).ok()?;
        let manifest: toml::Table = toml::from_str(&manifest).ok()?;
        let version = manifest.get("workspace")?.get("package")?.get("version")?;
        version.as_str().map(str::to_owned)
    }

    /// The sources of the runner, which is compiled with each submission.
    pub fn runner(&self) -> PathBuf {
        self.root.join("grader/runner/src")
    }

    /// The path as a person would type it in the current directory.
    pub fn display(&self, path: &Path) -> String {
        let here = std::env::current_dir().unwrap_or_else(|_| self.root.clone());
        match path.strip_prefix(&here) {
            Ok(same) if same.as_os_str().is_empty() => ".".into(),
            Ok(below) => below.display().to_string(),
            Err(_) => path.display().to_string(),
        }
    }
}
