//! A sandbox for one process: what it may read, write, connect to and use up. The program
//! of this package sets it up for itself, by Landlock, seccomp and resource limits, none
//! of which needs a privilege, and then becomes the program that is to run in it.

#[cfg(target_os = "linux")]
mod linux;

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The exit code of a sandbox that could not be set up.
pub const NOT_SET_UP: u8 = 125;

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
    /// TCP ports that may be connected to.
    pub connect: Vec<u16>,
    pub limits: Limits,
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

/// How much a sandbox on this machine keeps from the programs in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing: this system has no such means.
    None,
    /// Files, connections, processes and signals, by Landlock and seccomp; memory, processor
    /// time and files, by resource limits.
    Restricted,
}

/// As it is typed.
impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Restricted => "restricted",
        })
    }
}

impl FromStr for Level {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "none" => Ok(Self::None),
            "restricted" => Ok(Self::Restricted),
            _ => Err("give `none` or `restricted`".into()),
        }
    }
}

/// The highest level that this machine offers.
pub fn offered() -> Level {
    #[cfg(target_os = "linux")]
    if linux::is_offered() {
        return Level::Restricted;
    }
    Level::None
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
