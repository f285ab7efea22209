//! The sandbox around every process that runs, compiles or links a submission's code.

#[cfg(target_os = "linux")]
mod ports;
#[cfg(not(target_os = "linux"))]
#[path = "ports_elsewhere.rs"]
mod ports;

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

pub use ports::Ports;
pub use sandbox::Level;
use sandbox::{Folder, Limits, Namespaces, Policy};

use crate::cargo;
use crate::course::Course;
use crate::problem::{Problem, Result};
use crate::runs::Runs;

/// Files that every program on the machine needs to start, and that are not secret.
const SYSTEM: [&str; 15] = [
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
    // About the process itself: where its stack is, and how many processors it may use.
    "/proc/self/maps",
    "/proc/self/cgroup",
];

/// The loaders that the kernel starts first, to load a program's libraries.
const LOADERS: [&str; 5] = [
    // On NixOS each program has its own loader.
    "/nix/store",
    "/lib64/ld-linux-x86-64.so.2",
    "/lib/ld-linux-aarch64.so.1",
    "/lib/ld-musl-x86_64.so.1",
    "/lib/ld-musl-aarch64.so.1",
];

/// A program that every system has.
const SHELL: &str = "/bin/sh";

/// The limits of a process, in addition to its time limit.
const RUN: Limits = Limits {
    memory: 4 << 30,
    processor: 600,
    file: 256 << 20,
    open_files: 1024,
};

/// The limits of a process's own folder, in bytes and files, at the level `isolated`.
const FOLDER: (u64, u64) = (256 << 20, 10_000);

/// The limits of the compiler and the linker.
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
    /// The program that sets up the sandbox.
    program: PathBuf,
    /// The libraries that every program of a submission is linked to.
    libraries: Vec<PathBuf>,
}

impl Sandbox {
    /// A sandbox at the first of these levels that this machine supports.
    ///
    /// # Errors
    ///
    /// This machine supports none of them.
    pub fn open(
        course: &Course,
        runs: &Runs,
        libraries: Vec<PathBuf>,
        levels: &[Level],
    ) -> Result<Self> {
        let program = course.target.join(cargo::PROFILE.1).join("sandbox");
        let of_level = |level| Self {
            level,
            program: program.clone(),
            libraries: libraries.clone(),
        };
        let mut offered = Err(Problem::bug("no level of the sandbox is wanted"));
        for level in levels {
            offered = of_level(*level).tried(&runs.path());
            if offered.is_ok() {
                break;
            }
        }
        offered
    }

    /// This sandbox, if a shell that does nothing starts in it.
    fn tried(self, folder: &Path) -> Result<Self> {
        if self.level == Level::None {
            return Ok(self);
        }
        let refused = |why: String| {
            let needs = match self.level {
                Level::Isolated => {
                    "It needs Linux 5.19 or later and unprivileged user namespaces, \
                     which containers and some systems forbid."
                }
                _ => "It needs Linux 6.7 or later with Landlock.",
            };
            Problem::machine(
                format!(
                    "this machine does not support the sandbox level `{}`: {why}",
                    self.level
                ),
                format!("{needs} If you have read the code, you can use `--sandbox none`."),
            )
        };
        let policy = Policy {
            read: paths(&SYSTEM),
            execute: executable(SHELL),
            namespaces: self.namespaces(None, Some(folder)),
            limits: RUN,
            ..Policy::default()
        };
        let mut nothing = Command::new(SHELL);
        nothing.args(["-c", ":"]);
        let tried = self.inside(&policy, &nothing).output();
        let tried = tried.map_err(|e| refused(format!("{}: {e}", self.program.display())))?;
        match tried.status.success() {
            true => Ok(self),
            false => Err(refused(
                String::from_utf8_lossy(&tried.stderr).trim().to_owned(),
            )),
        }
    }

    /// Whether a process with this status ended before the submission's code started, because
    /// its sandbox could not be set up. Without a sandbox the code itself can end with this
    /// status, so then the answer is false.
    pub fn gave_up(&self, status: ExitStatus) -> bool {
        self.level > Level::None && sandbox::gave_up(status)
    }

    /// The same without a sandbox, for the course's own programs.
    pub fn without(&self) -> Self {
        Self {
            level: Level::None,
            ..self.clone()
        }
    }

    /// A command for a submission's program. The program may write in its folder. It may
    /// connect to the ports that its environment names, as long as the returned `Ports` live.
    ///
    /// # Errors
    ///
    /// The system has no free socket for the ports.
    pub fn run(
        &self,
        program: &Path,
        folder: &Path,
        environment: &[(&str, String)],
    ) -> io::Result<(Command, Option<Ports>)> {
        let mut command = Command::new(program);
        command.current_dir(folder);
        command.envs(environment.iter().map(|(name, value)| (name, value)));
        // Both services may use the same port.
        let connect: BTreeSet<_> = environment.iter().filter_map(|(_, it)| port(it)).collect();
        let connect: Vec<_> = connect.into_iter().collect();
        let ports = match self.level {
            Level::Isolated if !connect.is_empty() => Some(Ports::serve(connect.clone())?),
            _ => None,
        };
        let policy = Policy {
            read: [paths(&SYSTEM), self.libraries.clone()].concat(),
            execute: executable(program),
            write: writable(folder),
            connect,
            processes: false,
            namespaces: self.namespaces(ports.as_ref(), Some(folder)),
            limits: RUN,
        };
        Ok((self.inside(&policy, &command), ports))
    }

    /// A call of the compiler. It may read everything in `read` and write in its folder.
    pub fn compile(&self, compiler: &Command, read: Vec<PathBuf>, folder: &Path) -> Command {
        let policy = Policy {
            read: [paths(&SYSTEM), read].concat(),
            execute: executable(compiler.get_program()),
            write: writable(folder),
            namespaces: self.namespaces(None, None),
            limits: COMPILE,
            ..Policy::default()
        };
        self.inside(&policy, compiler)
    }

    /// A call of the linker. It may start programs from anywhere, and write in its folder.
    pub fn link(&self, linker: &Command, folder: &Path) -> Command {
        let policy = Policy {
            execute: vec!["/".into()],
            write: writable(folder),
            processes: true,
            namespaces: self.namespaces(None, None),
            limits: COMPILE,
            ..Policy::default()
        };
        let mut linker = self.inside(&policy, linker);
        // `PATH` finds the linker, and it may need other variables.
        linker.envs(std::env::vars_os());
        if self.level > Level::None {
            linker.env("TMPDIR", folder);
        }
        linker
    }

    fn namespaces(&self, ports: Option<&Ports>, folder: Option<&Path>) -> Option<Namespaces> {
        let (size, files) = FOLDER;
        (self.level == Level::Isolated).then(|| Namespaces {
            ports: ports.map(|ports| ports.name.clone()),
            folder: folder.map(|path| Folder {
                path: path.to_owned(),
                size,
                files,
            }),
        })
    }

    /// The command in the sandbox, with only the environment variables that it sets.
    fn inside(&self, policy: &Policy, command: &Command) -> Command {
        let mut inside = match self.level {
            Level::None => Command::new(command.get_program()),
            Level::Restricted | Level::Isolated => {
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

fn executable(program: impl AsRef<Path>) -> Vec<PathBuf> {
    [paths(&LOADERS), vec![program.as_ref().to_owned()]].concat()
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
