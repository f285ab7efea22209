//! The source files of a submission, taken one by one from a folder or an archive. Only
//! regular Rust files below `src/` count. Anything that is not allowed is noted as a fault.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};

/// The limits: the number of files, the bytes in one file and in all files, and the depth of
/// folders. No normal submission reaches them.
const MOST_FILES: usize = 2_000;
const LARGEST: u64 = 1 << 20;
const MOST_BYTES: u64 = 16 << 20;
const DEEPEST: usize = 16;

/// What was found, by paths from the top of the folder or archive.
#[derive(Default)]
pub struct Gathered {
    files: BTreeMap<PathBuf, Vec<u8>>,
    bytes: u64,
    faults: Vec<String>,
}

impl Gathered {
    /// Notes a fault, each only once.
    pub fn fault(&mut self, fault: String) {
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }

    /// Notes a link, a device or a pipe, if a source file or a source folder would count there.
    pub fn irregular(&mut self, path: &Path) {
        let may_be_folder = path.extension().is_none() && path.iter().any(|part| part == "src");
        if is_source(path) || may_be_folder && !is_hidden(path) {
            let path = path.display();
            self.fault(format!(
                "{path} is a link, a device or a pipe: only regular files count"
            ));
        }
    }

    /// Takes a file, if it is a source file.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or a limit is exceeded.
    pub fn take(&mut self, path: &Path, file: &mut impl Read) -> Result<(), String> {
        if !is_source(path) {
            return Ok(());
        }
        if path.to_str().is_none() {
            return Err(format!("the name {} is not UTF-8", path.display()));
        }
        if path.components().count() > DEEPEST {
            let path = path.display();
            return Err(format!("{path} is more than {DEEPEST} folders deep"));
        }
        let mut text = Vec::new();
        let read = file.take(LARGEST + 1).read_to_end(&mut text);
        read.map_err(|e| format!("{}: {e}", path.display()))?;
        let size = text.len() as u64;
        if size > LARGEST {
            let path = path.display();
            return Err(format!("{path} is larger than {} MiB", LARGEST >> 20));
        }
        self.bytes += size;
        if self.bytes > MOST_BYTES {
            return Err(format!(
                "its source files together are larger than {} MiB",
                MOST_BYTES >> 20
            ));
        }
        if self.files.insert(path.to_owned(), text).is_some() {
            self.fault(format!("{} occurs twice", path.display()));
        }
        if self.files.len() > MOST_FILES {
            return Err(format!("it has more than {MOST_FILES} source files"));
        }
        Ok(())
    }

    /// All files, even if there are faults.
    pub fn files(self) -> BTreeMap<PathBuf, Vec<u8>> {
        self.files
    }

    /// The files below `src/`, and the faults. The `src/` may be inside another folder.
    pub fn below_src(mut self) -> (BTreeMap<PathBuf, Vec<u8>>, Vec<String>) {
        let roots = self.files.keys().filter_map(|file| root(file));
        let mut roots: BTreeSet<_> = roots.collect();
        // The archive has a complete checkout.
        if let Some(exercises) = roots.iter().find(|root| root.ends_with("exercises/src")) {
            roots = BTreeSet::from([exercises.clone()]);
        }
        let root = match roots.len() {
            0 => {
                // Another fault may be the reason why src/lib.rs was not found.
                if self.faults.is_empty() {
                    self.fault("it has no src/lib.rs".into());
                }
                return (BTreeMap::new(), self.faults);
            }
            1 => roots.into_iter().next().unwrap_or_default(),
            _ => {
                let found: Vec<_> = roots.iter().map(|it| it.join("lib.rs")).collect();
                let found: Vec<_> = found.iter().map(|it| it.display().to_string()).collect();
                self.fault(format!(
                    "it has more than one src/lib.rs: {}",
                    found.join(", ")
                ));
                return (BTreeMap::new(), self.faults);
            }
        };
        let files = self.files.into_iter();
        let below = files.filter_map(|(path, text)| {
            let name = path.strip_prefix(&root).ok()?;
            Some((name.to_owned(), text))
        });
        let below: BTreeMap<_, _> = below.collect();
        let mut seen = BTreeMap::new();
        for (name, text) in &below {
            if let Err(e) = std::str::from_utf8(text) {
                let line = 1 + text[..e.valid_up_to()]
                    .iter()
                    .filter(|it| **it == b'\n')
                    .count();
                let fault = format!(
                    "src/{}:{line} is not UTF-8: save the file as UTF-8",
                    name.display()
                );
                self.faults.push(fault);
            }
            let folded = name.to_string_lossy().to_lowercase();
            if let Some(other) = seen.insert(folded, name) {
                let (one, other) = (other.display(), name.display());
                let fault = format!("src/{one} and src/{other} differ only in case");
                self.faults.push(fault);
            }
        }
        (below, self.faults)
    }
}

/// Whether the path is a Rust file that counts.
fn is_source(path: &Path) -> bool {
    path.extension().is_some_and(|e| e == "rs") && !is_hidden(path)
}

/// Whether editors, cargo or macOS put this path next to the sources.
fn is_hidden(path: &Path) -> bool {
    path.iter().any(|part| {
        let name = part.to_string_lossy();
        name.starts_with('.') || name == "__MACOSX" || name == "target"
    })
}

/// The folder `src` of a `src/lib.rs`.
fn root(file: &Path) -> Option<PathBuf> {
    let src = file.parent()?;
    (file.file_name()? == "lib.rs" && src.file_name()? == "src").then(|| src.to_owned())
}
