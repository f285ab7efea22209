//! The last part of a build. The program's `main` and the linker's arguments are the same
//! for every submission. So rustc compiles `main` and prints the arguments only once in each
//! slot. After that the linker is called without rustc, which takes half the time.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Compiler;
use super::slot::OUT;
use super::sources::digest;
use crate::problem::{Result, io, read};

/// The folder of this slot in which the program is linked.
pub struct Link<'a> {
    compiler: &'a Compiler,
    main: PathBuf,
    slot: &'a Path,
    /// Below the slot, named by a digest of the compiler and the source of `main`.
    folder: String,
}

impl<'a> Link<'a> {
    pub fn new(compiler: &'a Compiler, runner: &Path, slot: &'a Path) -> Result<Self> {
        let main = runner.join("main.rs");
        let parts = [compiler.digest.clone(), read(&main)?];
        let name = digest(parts.iter().map(String::as_bytes));
        Ok(Self {
            compiler,
            main,
            slot,
            folder: format!("link-{}", &name[..16]),
        })
    }

    pub fn program(&self) -> PathBuf {
        self.slot.join(&self.folder).join("program")
    }

    /// The file to which rustc writes its linker call, as a line for a shell.
    fn line(&self) -> PathBuf {
        self.slot.join(&self.folder).join("line")
    }

    /// The linker call of an earlier rustc run in this slot, if any.
    pub fn linker(&self) -> Option<Command> {
        let line = fs::read_to_string(self.line()).ok()?;
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(format!("exec env {line}"));
        Some(shell)
    }

    /// A rustc call that keeps the compiled `main` and writes its linker call to a file.
    pub fn rustc(&self) -> Result<Command> {
        self.clear()?;
        let mut rustc = self.compiler.rustc("program", &self.main, &self.folder);
        rustc.args(["--crate-type", "bin", "--emit", "link"]);
        rustc
            .arg("--extern")
            .arg(format!("runner={OUT}/librunner.rlib"));
        self.compiler.with_shared_library(&mut rustc);
        rustc.arg("-Csave-temps");
        rustc.arg(format!("--print=link-args={}/line", self.folder));
        Ok(rustc)
    }

    /// Makes an empty folder, and removes folders of other compilers.
    fn clear(&self) -> Result<()> {
        let entries = fs::read_dir(self.slot).map_err(io("cannot list", self.slot))?;
        for entry in entries.flatten() {
            if entry.file_name().as_encoded_bytes().starts_with(b"link-") {
                fs::remove_dir_all(entry.path()).ok();
            }
        }
        let folder = self.slot.join(&self.folder);
        fs::create_dir_all(&folder).map_err(io("cannot create", &folder))
    }
}
