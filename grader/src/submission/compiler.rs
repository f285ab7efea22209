//! How a submission is compiled: rustc, its flags, and the crates that it links to. Cargo's
//! messages about the build of the grader name these crates.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

use cargo_metadata::{Artifact, Message};
use serde::{Deserialize, Serialize};

use super::slot::OUT;
use super::sources::digest;
use crate::cargo;
use crate::course::Course;
use crate::problem::{Problem, Result, io, read, write_whole};

/// A submission may use the dependencies of this package.
const LIKE: &str = "solutions";

/// The only crate of the course that submissions may use.
const CONTRACT: &str = "contract";

/// The crate that contains all of them, as a shared library.
const SHARED: &str = "protocol";

/// How to call rustc for submissions of this course.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Compiler {
    /// The compiler itself, not the proxy of rustup.
    pub rustc: PathBuf,
    /// The output of `rustc --version`.
    pub version: String,
    /// When this compiler was installed. An update changes it.
    installed: SystemTime,
    /// The folder with the crates of std as shared libraries.
    std: PathBuf,
    /// The files of the crates, by the names that code uses.
    crates: BTreeMap<String, PathBuf>,
    shared: PathBuf,
    /// When the last of these files was built.
    pub built: Option<SystemTime>,
    optimized: bool,
    edition: String,
    /// A digest of the values above. The digest of each program includes it.
    pub digest: String,
}

impl Compiler {
    /// The compiler of this grader. Uses the note of an earlier run, unless the grader or the
    /// toolchain has changed since then.
    pub fn find(course: &Course) -> Result<Self> {
        let note = course.target.join("grade").join(note_name());
        let text = fs::read(&note).unwrap_or_default();
        let noted: Option<Self> = serde_json::from_slice(&text).ok();
        if let Some(noted) = noted.filter(|noted| noted.is_current(&note)) {
            return Ok(noted);
        }
        let asked = Self::ask_cargo(course)?;
        let dir = course.target.join("grade");
        fs::create_dir_all(&dir).map_err(io("cannot create", &dir))?;
        let text = serde_json::to_string_pretty(&asked).expect("a compiler is JSON");
        write_whole(&note, text.as_bytes())?;
        Ok(asked)
    }

    fn is_current(&self, note: &Path) -> bool {
        let grader = std::env::current_exe().ok();
        let grader = grader.and_then(|grader| modified(&grader));
        let made = modified(note);
        // A grader that was built after the note may link to other crates.
        grader.is_some() && grader <= made && !self.has_changed()
    }

    fn has_changed(&self) -> bool {
        modified(&self.rustc) != Some(self.installed) || last_built(self.files()) != self.built
    }

    /// Returns an error if the compiler has changed: then no result of this grading counts.
    ///
    /// # Errors
    ///
    /// The toolchain, or a crate that submissions link to, has changed.
    pub fn must_be_the_same(&self) -> Result<()> {
        match self.has_changed() {
            false => Ok(()),
            true => Err(Problem::machine(
                "the course or the toolchain has changed during the grading",
                "Run the command again.",
            )),
        }
    }

    /// Lets cargo build the crates that submissions link to, if necessary, and name their files.
    fn ask_cargo(course: &Course) -> Result<Self> {
        let artifacts = artifacts(course)?;
        let wanted = dependencies(course)?;
        let mut crates = BTreeMap::new();
        for artifact in artifacts
            .iter()
            .filter(|made| wanted.contains(&package(made)))
        {
            let rlib = artifact
                .filenames
                .iter()
                .find(|file| file.extension() == Some("rlib"));
            // Macros and build scripts have no rlib.
            if let Some(rlib) = rlib {
                crates.insert(artifact.target.name.replace('-', "_"), rlib.into());
            }
        }
        let protocol = artifacts.iter().find(|made| made.target.name == SHARED);
        let protocol =
            protocol.ok_or_else(|| unbuilt("cargo did not name the crate `protocol`"))?;
        let library = |ending: &str| {
            let mut files = protocol.filenames.iter();
            files
                .find(|file| file.extension() == Some(ending))
                .map(PathBuf::from)
        };
        let shared = library("so").or_else(|| library("dylib"));
        let shared = shared.ok_or_else(|| unbuilt("cargo built no shared library"))?;
        let sysroot = PathBuf::from(rustc_says(&["--print", "sysroot"])?);
        let rustc = sysroot.join("bin/rustc");
        let std = PathBuf::from(rustc_says(&["--print", "target-libdir"])?);
        let version = rustc_says(&["--version"])?;
        let installed = modified(&rustc).ok_or_else(|| unbuilt("rustc was not found"))?;
        let library = format!("{shared:?} {:?}", modified(&shared));
        let mut compiler = Self {
            installed,
            built: None,
            rustc,
            version,
            std,
            crates,
            shared,
            optimized: protocol.profile.opt_level != "0",
            edition: protocol.target.edition.to_string(),
            digest: String::new(),
        };
        compiler.built = last_built(compiler.files());
        let flags = format!("{:?}", compiler.rustc("", Path::new(""), OUT));
        let parts = [
            &compiler.version,
            &format!("{installed:?}"),
            &library,
            &flags,
        ];
        compiler.digest = digest(parts.into_iter().map(|part| part.as_bytes()));
        Ok(compiler)
    }

    /// A call of rustc in a slot's folder, with the arguments that all calls have in common.
    /// The output goes to the folder `out` below it.
    pub fn rustc(&self, crate_name: &str, root: &Path, out: &str) -> Command {
        self.call(&self.rustc, crate_name, root, out)
    }

    /// The same call of clippy, if it is installed.
    pub fn clippy(&self, crate_name: &str, root: &Path, out: &str) -> Option<Command> {
        let clippy = self.rustc.with_file_name("clippy-driver");
        clippy
            .is_file()
            .then(|| self.call(&clippy, crate_name, root, out))
    }

    fn call(&self, program: &Path, crate_name: &str, root: &Path, out: &str) -> Command {
        let level = if self.optimized { "3" } else { "0" };
        let mut rustc = Command::new(program);
        // A submission must not read the environment with `env!`.
        rustc.env_clear();
        rustc
            .args(["--crate-name", crate_name, "--edition", &self.edition])
            .arg(root)
            .args([
                "--error-format=json",
                "--json=diagnostic-rendered-ansi,artifacts",
            ])
            .args(["--out-dir", out, "-C", "incremental=incremental"])
            .arg(format!("-Copt-level={level}"))
            .arg("-Cembed-bitcode=no")
            .arg(format!("-Ldependency={OUT}"));
        for dir in self.folders() {
            rustc.arg(format!("-Ldependency={}", dir.display()));
        }
        rustc
    }

    /// Lets the compiled crate use the crates that a submission may use.
    pub fn with_crates(&self, rustc: &mut Command) {
        for (name, file) in &self.crates {
            rustc
                .arg("--extern")
                .arg(format!("{name}={}", file.display()));
        }
    }

    /// Lets the compiled crate use the shared library, and lets a program find it.
    pub fn with_shared_library(&self, rustc: &mut Command) {
        let shared = self.shared.display();
        rustc.args(["-C", "prefer-dynamic", "--extern"]);
        rustc.arg(format!("{SHARED}={shared}"));
        for dir in [self.shared.parent().unwrap_or(&self.shared), &self.std] {
            rustc.arg(format!("-Clink-arg=-Wl,-rpath,{}", dir.display()));
        }
    }

    /// The libraries that programs of submissions are linked to: the shared library, and std.
    pub fn libraries(&self) -> Vec<PathBuf> {
        vec![self.shared.clone(), self.std.clone()]
    }

    /// What the compiler reads in addition to a submission: its own files, and the crates.
    pub fn reads(&self) -> Vec<PathBuf> {
        let sysroot = self.rustc.ancestors().nth(2).map(Path::to_owned);
        let folders = self.folders().into_iter().map(Path::to_owned);
        sysroot.into_iter().chain(folders).collect()
    }

    /// The folders that the crates are in.
    fn folders(&self) -> BTreeSet<&Path> {
        self.files().filter_map(|file| file.parent()).collect()
    }

    /// The files that submissions link to.
    fn files(&self) -> impl Iterator<Item = &PathBuf> {
        self.crates.values().chain([&self.shared])
    }
}

/// The name of the note. A debug build and a release build have different notes.
fn note_name() -> String {
    format!("compiler.{}.json", cargo::PROFILE.1)
}

/// The artifacts of the build of the grader, including those that were up to date.
fn artifacts(course: &Course) -> Result<Vec<Artifact>> {
    let mut cargo = cargo::build(course, "grader")
        .args(["--package", "sandbox", "--bin", "sandbox"])
        .args([
            "--lib",
            "--offline",
            "--message-format=json-render-diagnostics",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| cargo::did_not_start(&e))?;
    let mut stderr = cargo.stderr.take().expect("stderr is piped");
    let chatter = std::thread::spawn(move || {
        let mut text = Vec::new();
        stderr.read_to_end(&mut text).ok();
        String::from_utf8_lossy(&text).into_owned()
    });
    let output = BufReader::new(cargo.stdout.take().expect("stdout is piped"));
    let mut made = Vec::new();
    for message in Message::parse_stream(output).flatten() {
        if let Message::CompilerArtifact(artifact) = message {
            made.push(artifact);
        }
    }
    let status = cargo
        .wait()
        .map_err(io("cannot wait for cargo in", &course.root))?;
    let chatter = chatter.join().unwrap_or_default();
    if !status.success() {
        return Err(unbuilt(&cargo::cause(&chatter)));
    }
    Ok(made)
}

fn unbuilt(why: &str) -> Problem {
    Problem::machine(
        format!("the crates that submissions use cannot be built: {why}"),
        "Run `cargo build --package grader` to see all errors, and fix them.",
    )
}

/// The packages that a submission may use, with their versions from the lock file. Of the
/// course's own packages this is only `contract`: the solutions also depend on the grader,
/// but only for their tests.
fn dependencies(course: &Course) -> Result<BTreeSet<String>> {
    #[derive(Deserialize)]
    struct Lock {
        package: Vec<Package>,
    }
    #[derive(Deserialize)]
    struct Package {
        name: String,
        version: String,
        /// Missing for the course's own packages.
        source: Option<String>,
        #[serde(default)]
        dependencies: Vec<String>,
    }
    let file = course.root.join("Cargo.lock");
    let lock: Lock = toml::from_str(&read(&file)?).map_err(|e| {
        let what = format!("{} is not a lock file: {}", file.display(), e.message());
        Problem::machine(what, "Restore it: git checkout Cargo.lock.")
    })?;
    let like = lock.package.iter().find(|package| package.name == LIKE);
    let names = like
        .map(|package| package.dependencies.as_slice())
        .unwrap_or_default();
    let mut wanted = BTreeSet::new();
    for name in names {
        // The version follows only if the lock file has two versions of the package.
        let mut parts = name.split(' ');
        let (name, version) = (parts.next().unwrap_or_default(), parts.next());
        let is_it = |package: &&Package| {
            package.name == name && version.is_none_or(|version| version == package.version)
        };
        let is_for_all = |package: &&Package| package.source.is_some() || name == CONTRACT;
        let found = lock.package.iter().find(is_it);
        if let Some(package) = found.filter(is_for_all) {
            wanted.insert(format!("{name} {}", package.version));
        }
    }
    Ok(wanted)
}

/// The name and the version of an artifact's package.
fn package(made: &Artifact) -> String {
    let id = made.package_id.repr.as_str();
    let (source, fragment) = id.rsplit_once('#').unwrap_or((id, ""));
    match fragment.split_once('@') {
        Some((name, version)) => format!("{name} {version}"),
        // The folder has the name of the package.
        None => {
            let folder = source.rsplit('/').next().unwrap_or_default();
            format!("{folder} {fragment}")
        }
    }
}

/// The output of rustc.
fn rustc_says(arguments: &[&str]) -> Result<String> {
    let output = Command::new("rustc").args(arguments).output();
    let output = output.ok().filter(|output| output.status.success());
    let output = output.ok_or_else(|| {
        Problem::machine("rustc does not run", "Install Rust from https://rustup.rs.")
    })?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn modified(file: &Path) -> Option<SystemTime> {
    fs::metadata(file).and_then(|about| about.modified()).ok()
}

/// When the last of these files was built; `None` if one is missing.
fn last_built<'a>(files: impl Iterator<Item = &'a PathBuf>) -> Option<SystemTime> {
    let times: Option<Vec<_>> = files.map(|file| modified(file)).collect();
    times?.into_iter().max()
}
