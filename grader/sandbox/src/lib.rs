//! A sandbox for one process: what it may read, write, connect to and use. The program of
//! this package sets up the sandbox for itself, with Landlock, seccomp, resource limits and,
//! if wanted, namespaces. None of these needs a privilege. Then it becomes the program that
//! runs in the sandbox.

#[cfg(target_os = "linux")]
mod linux;

use std::fmt;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::str::FromStr;

use nix::sys::signal::{Signal, raise};
use serde::{Deserialize, Serialize};

#[cfg(target_os = "linux")]
pub use linux::received;

/// The signal with which the program of this package ends itself if it cannot set up the
/// sandbox or start the other program. A program in the sandbox cannot send this signal, but
/// it could return any exit code.
const NOT_SET_UP: Signal = Signal::SIGUSR1;

/// What a process in the sandbox may do. Access to anything else outside the process is
/// refused with "permission denied": other files, connections, processes, signals.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Files, and folders with everything below them, that it may read.
    pub read: Vec<PathBuf>,
    /// Files that it may execute and read.
    pub execute: Vec<PathBuf>,
    /// Files and folders that it may write and read.
    pub write: Vec<PathBuf>,
    /// TCP ports of this machine that it may connect to.
    pub connect: Vec<u16>,
    /// Whether it may start other processes, which are in the sandbox too.
    pub processes: bool,
    /// Its own namespaces, at the level `isolated`.
    pub namespaces: Option<Namespaces>,
    pub limits: Limits,
}

/// The process's own network, mounts, users and names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Namespaces {
    /// The name of an abstract Unix socket. The sandbox sends it sockets that listen on the
    /// ports of `connect` inside the new network, which has no other connections.
    pub ports: Option<String>,
    /// A folder that is replaced by an empty folder in memory, which ends with the process.
    pub folder: Option<Folder>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folder {
    pub path: PathBuf,
    /// The most bytes of all its files together, and the most files.
    pub size: u64,
    pub files: u64,
}

/// The limits of a process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Of address space, in bytes.
    pub memory: u64,
    /// Of processor time, in seconds.
    pub processor: u64,
    /// Of each file that it writes, in bytes.
    pub file: u64,
    pub open_files: u64,
}

/// What a sandbox restricts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Nothing.
    None,
    /// Files, connections, processes and signals, with Landlock and seccomp; memory, processor
    /// time and files, with resource limits.
    Restricted,
    /// The same, and with namespaces its own network and a limited folder.
    Isolated,
}

impl Level {
    /// In the order in which the grader tries them if no level is given: `restricted` takes the
    /// least time.
    pub const ALL: [Self; 3] = [Self::Restricted, Self::Isolated, Self::None];

    /// The levels for untrusted code, the strictest first.
    pub const UNTRUSTED: [Self; 2] = [Self::Isolated, Self::Restricted];
}

/// The level as it is typed on the command line.
impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Restricted => "restricted",
            Self::Isolated => "isolated",
        })
    }
}

impl FromStr for Level {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = Self::ALL.into_iter().find(|it| it.to_string() == text);
        named.ok_or_else(|| "use `none`, `restricted` or `isolated`".into())
    }
}

/// Ends this process because its sandbox could not be set up.
pub fn give_up() -> ! {
    raise(NOT_SET_UP).ok();
    unreachable!("the signal ends the process")
}

/// Whether a process with this status ended before its program started, because the sandbox
/// could not be set up.
pub fn gave_up(status: ExitStatus) -> bool {
    status.signal() == Some(NOT_SET_UP as i32)
}

/// Restricts this process permanently.
///
/// # Errors
///
/// A sentence that says what this system does not support.
pub fn enter(policy: &Policy) -> Result<(), String> {
    #[cfg(target_os = "linux")]
    return linux::enter(policy);
    #[cfg(not(target_os = "linux"))]
    {
        let _ = policy;
        Err("this system has no sandbox for processes".into())
    }
}
