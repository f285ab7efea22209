//! The sandbox around every process that runs a submission's code or compiles it.

use std::path::{Path, PathBuf};
use std::process::Command;

use sandbox::{Limits, Policy};

pub use sandbox::{Level, offered};

use crate::cargo;
use crate::course::Course;
use crate::problem::{Problem, Result};

/// What every program on the machine needs to start, and is no secret.
const SYSTEM: [&str; 14] = [
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/nix/store",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/usr/share/zoneinfo",
    "/dev/null",
    "/dev/zero",
    "/dev/random",
    "/dev/urandom",
    // Of the process itself.
    "/proc/self",
];

/// What the kernel starts first, to load a program's libraries.
const LOADERS: [&str; 5] = [
    // Where each program brings its own.
    "/nix/store",
    "/lib64/ld-linux-x86-64.so.2",
    "/lib/ld-linux-aarch64.so.1",
    "/lib/ld-musl-x86_64.so.1",
    "/lib/ld-musl-aarch64.so.1",
];

/// What a process may use up, beside its time.
const RUN: Limits = Limits {
    memory: 4 << 30,
    processor: 600,
    file: 256 << 20,
    open_files: 1024,
};

/// The same for the compiler.
pub const COMPILE: Limits = Limits {
    memory: 4 << 30,
    processor: 300,
    file: 1 << 30,
    open_files: 4096,
};

/// How processes with a submission's code are started.
#[derive(Clone, Debug)]
pub struct Sandbox {
    pub level: Level,
    /// The program that sets it up.
    program: PathBuf,
    /// What every program of a submission is linked to.
    libraries: Vec<PathBuf>,
}

impl Sandbox {
    /// A sandbox of the level that is wanted, else of the highest one there is.
    ///
    /// # Errors
    ///
    /// This machine does not offer the level.
    pub fn open(course: &Course, libraries: Vec<PathBuf>, wanted: Option<Level>) -> Result<Self> {
        let program = course.target.join(cargo::PROFILE.1).join("sandbox");
        let sandbox = Self {
            level: wanted.unwrap_or_else(offered),
            program,
            libraries,
        };
        match (sandbox.level, wanted) {
            (Level::None, _) => Ok(sandbox),
            (_, Some(_)) => sandbox.tried(),
            // What is offered may be out of order; nobody asked for it.
            (_, None) => Ok(sandbox.tried().unwrap_or_else(|_| sandbox.without())),
        }
    }

    /// This sandbox, if a shell that does nothing starts in it.
    fn tried(&self) -> Result<Self> {
        let refused = |why: String| {
            Problem::machine(
                format!("this machine offers no sandbox of the level `restricted`: {why}"),
                "It takes Linux 6.12 or later with Landlock. Where you have read the code, \
                 `--sandbox none` does without.",
            )
        };
        let shell = Path::new("/bin/sh");
        let policy = Policy {
            read: paths(&SYSTEM),
            execute: executable(shell),
            limits: RUN,
            ..Policy::default()
        };
        let mut nothing = Command::new(shell);
        nothing.args(["-c", ":"]);
        let tried = self.inside(&policy, &nothing).output();
        let tried = tried.map_err(|e| refused(format!("{}: {e}", self.program.display())))?;
        match tried.status.success() {
            true => Ok(self.clone()),
            false => Err(refused(
                String::from_utf8_lossy(&tried.stderr).trim().to_owned(),
            )),
        }
    }

    /// None at all, for a program that is the course's own.
    pub fn without(&self) -> Self {
        Self {
            level: Level::None,
            ..self.clone()
        }
    }

    /// A submission's program, which may write in its folder and connect to the ports that
    /// its environment names.
    pub fn run(&self, program: &Path, folder: &Path, environment: &[(&str, String)]) -> Command {
        let mut command = Command::new(program);
        command.current_dir(folder);
        command.envs(environment.iter().map(|(name, value)| (name, value)));
        let policy = Policy {
            read: [paths(&SYSTEM), self.libraries.clone()].concat(),
            execute: executable(program),
            write: writable(folder),
            connect: environment.iter().filter_map(|(_, it)| port(it)).collect(),
            limits: RUN,
        };
        self.inside(&policy, &command)
    }

    /// A call of the compiler, which may read all of `read` and write in its folder.
    pub fn compile(&self, compiler: &Command, read: Vec<PathBuf>, folder: &Path) -> Command {
        let policy = Policy {
            read: [paths(&SYSTEM), read].concat(),
            execute: executable(Path::new(compiler.get_program())),
            write: writable(folder),
            connect: Vec::new(),
            limits: COMPILE,
        };
        self.inside(&policy, compiler)
    }

    /// A command with just the environment it names, in the sandbox.
    fn inside(&self, policy: &Policy, command: &Command) -> Command {
        let mut inside = match self.level {
            Level::None => Command::new(command.get_program()),
            Level::Restricted => {
                let mut sandbox = Command::new(&self.program);
                sandbox.arg(serde_json::to_string(policy).expect("a policy is JSON"));
                sandbox.arg(command.get_program());
                sandbox
            }
        };
        let set = command.get_envs();
        let set = set.filter_map(|(name, value)| Some((name, value?)));
        inside.args(command.get_args()).env_clear().envs(set);
        if let Some(folder) = command.get_current_dir() {
            inside.current_dir(folder);
        }
        inside
    }
}

fn paths(names: &[&str]) -> Vec<PathBuf> {
    names.iter().map(PathBuf::from).collect()
}

fn executable(program: &Path) -> Vec<PathBuf> {
    [paths(&LOADERS), vec![program.to_owned()]].concat()
}

fn writable(folder: &Path) -> Vec<PathBuf> {
    vec![folder.to_owned(), "/dev/null".into()]
}

/// The port at the end of an address such as `http://127.0.0.1:4566`.
fn port(address: &str) -> Option<u16> {
    let (host, port) = address.rsplit_once(':')?;
    let host = host.strip_prefix("http://").unwrap_or(host);
    (host == "127.0.0.1" || host == "localhost").then_some(())?;
    port.trim_end_matches('/').parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_may_connect_to_the_ports_that_its_environment_names() {
        let named = [
            "http://127.0.0.1:4566",
            "127.0.0.1:9001",
            "us-east-1",
            "a:b",
        ];
        let ports: Vec<_> = named.iter().filter_map(|it| port(it)).collect();
        assert_eq!(ports, [4566, 9001]);
    }
}
