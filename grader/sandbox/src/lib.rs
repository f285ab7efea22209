//! A sandbox for one process: what it may read, write, connect to and use up. The program
//! of this package sets it up for itself, by Landlock, seccomp, resource limits and, where
//! they are wanted, namespaces, none of which needs a privilege. Then it becomes the program
//! that is to run in it.

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

/// By which the program of this package ends itself where the sandbox cannot be set up, or
/// the other program not be started. That one cannot send it: an exit code it could forge.
const NOT_SET_UP: Signal = Signal::SIGUSR1;

/// What a process in the sandbox may do. Everything else that reaches beyond it is refused,
/// with "permission denied": other files, other connections, other processes, signals.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Files, and folders with all below them, that may be read.
    pub read: Vec<PathBuf>,
    /// Files that may be executed, and read.
    pub execute: Vec<PathBuf>,
    /// Files and folders that may be written, and read.
    pub write: Vec<PathBuf>,
    /// TCP ports that may be connected to, on this machine.
    pub connect: Vec<u16>,
    /// Whether it may start other processes, which are in the sandbox too.
    pub processes: bool,
    /// Namespaces of its own, if it gets some.
    pub namespaces: Option<Namespaces>,
    pub limits: Limits,
}

/// A network, mounts, users and names of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Namespaces {
    /// Where to hand over sockets that listen on the ports of `connect` within: the name of an
    /// abstract Unix socket. There are no other connections.
    pub ports: Option<String>,
    /// A folder that is replaced by an empty one in memory, which ends with the process.
    pub folder: Option<Folder>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folder {
    pub path: PathBuf,
    /// What all that is in it may take, in bytes, and how many files there may be.
    pub size: u64,
    pub files: u64,
}

/// What a process may use up.
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

/// How much a sandbox keeps from the programs in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Nothing.
    None,
    /// Files, connections, processes and signals, by Landlock and seccomp; memory, processor
    /// time and files, by resource limits.
    Restricted,
    /// The same, and a network of its own and a limited folder, by namespaces.
    Isolated,
}

impl Level {
    /// In the order in which they are tried where nobody asks for one: `restricted` takes the
    /// least time.
    pub const ALL: [Self; 3] = [Self::Restricted, Self::Isolated, Self::None];

    /// Those for code that nobody has read, what keeps most first.
    pub const UNTRUSTED: [Self; 2] = [Self::Isolated, Self::Restricted];
}

/// As it is typed.
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
        named.ok_or_else(|| "give `none`, `restricted` or `isolated`".into())
    }
}

/// Ends this process, whose sandbox could not be set up.
pub fn give_up() -> ! {
    raise(NOT_SET_UP).ok();
    unreachable!("the signal ends the process")
}

/// Whether a process with this status ended before its program was started, since the sandbox
/// could not be set up.
pub fn gave_up(status: ExitStatus) -> bool {
    status.signal() == Some(NOT_SET_UP as i32)
}

/// Restricts this process for good.
///
/// # Errors
///
/// What of it this system does not do, in a sentence.
pub fn enter(policy: &Policy) -> Result<(), String> {
    #[cfg(target_os = "linux")]
    return linux::enter(policy);
    #[cfg(not(target_os = "linux"))]
    {
        let _ = policy;
        Err("this system has no sandbox for a process".into())
    }
}
