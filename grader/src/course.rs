//! Where things are: the course on disk, and the target directory it builds into.

use std::path::{Path, PathBuf};

use crate::problem::{Problem, Result};

/// The course: a checkout of this repository.
#[derive(Clone, Debug)]
pub struct Course {
    /// The top level, where `exercises/` and `solutions/` are.
    pub root: PathBuf,
    /// Cargo's target directory, shared by the grader and every submission.
    pub target: PathBuf,
}

impl Course {
    /// The course that was named by what started this program, else the one it was
    /// built from. Its target directory is the one this program lies in, so
    /// `CARGO_TARGET_DIR` is respected.
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
                    "there is no course at {}",
                    root.unwrap_or(Path::new("")).display()
                ),
                "Run `cargo grade` inside the checkout, so that it is built anew.",
            )),
        }
    }

    pub fn steps(&self) -> PathBuf {
        self.root.join("grader/steps")
    }

    pub fn fixtures(&self) -> PathBuf {
        self.root.join("fixtures")
    }

    pub fn exercises(&self) -> PathBuf {
        self.root.join("exercises")
    }

    pub fn solutions(&self) -> PathBuf {
        self.root.join("solutions")
    }

    /// The version that its manifest states.
    pub fn version(&self) -> Option<String> {
        let manifest = std::fs::read_to_string(self.root.join("Cargo.toml")).ok()?;
        let manifest: toml::Table = toml::from_str(&manifest).ok()?;
        let version = manifest.get("workspace")?.get("package")?.get("version")?;
        version.as_str().map(str::to_owned)
    }

    /// The sources of the runner, which is compiled around each submission.
    pub fn runner(&self) -> PathBuf {
        self.root.join("grader/runner/src")
    }

    /// The path as a person would type it from where they are.
    pub fn display(&self, path: &Path) -> String {
        let here = std::env::current_dir().unwrap_or_else(|_| self.root.clone());
        match path.strip_prefix(&here) {
            Ok(same) if same.as_os_str().is_empty() => ".".into(),
            Ok(below) => below.display().to_string(),
            Err(_) => path.display().to_string(),
        }
    }
}
