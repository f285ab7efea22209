//! `cargo grade doctor`: what grading needs, and what is missing on this machine.

use std::path::Path;
use std::process::Command;

use colored::Colorize;

use super::output;
use crate::backend::{self, IMAGE, Ports};
use crate::course::Course;
use crate::problem::{Result, exit};
use crate::runs::Runs;
use crate::sandbox::{Level, Sandbox};

/// A full build needs about this much.
const DISK_NEEDED_MB: u64 = 3_000;

/// The result for one need.
struct Finding {
    what: &'static str,
    /// What exists, or what is missing with the next action.
    state: Result<String, String>,
    /// Whether grading needs it.
    required: bool,
}

pub async fn run() -> Result<u8> {
    let course = Course::find()?;
    let findings = [
        Finding {
            what: "Rust",
            state: version("rustc"),
            required: true,
        },
        Finding {
            what: "cargo",
            state: version("cargo"),
            required: true,
        },
        Finding {
            what: "target directory",
            state: writable(&course.target),
            required: true,
        },
        Finding {
            what: "free disk",
            state: free_disk(&course.target),
            required: true,
        },
        Finding {
            what: "embedded backend",
            state: embedded().await,
            required: true,
        },
        Finding {
            what: "sandbox",
            state: sandbox(&course),
            required: false,
        },
        Finding {
            what: "Docker image",
            state: image(),
            required: false,
        },
    ];
    for Finding {
        what,
        state,
        required,
    } in &findings
    {
        let (mark, text) = match state {
            Ok(text) => ("✓ ok     ".green(), text),
            Err(text) if *required => ("✗ missing".red(), text),
            Err(text) => ("○ absent ".yellow(), text),
        };
        for (number, line) in textwrap::wrap(text, 80 - 31).iter().enumerate() {
            match number {
                0 => output::line(format!("  {mark} {what:<17} {line}"))?,
                _ => output::line(format!("{:30}{line}", ""))?,
            }
        }
    }
    let fit = findings
        .iter()
        .all(|finding| finding.state.is_ok() || !finding.required);
    Ok(if fit {
        exit::PASSED
    } else {
        exit::COULD_NOT_GRADE
    })
}

fn version(program: &str) -> Result<String, String> {
    let output = Command::new(program).arg("--version").output();
    output
        .ok()
        .filter(|output| output.status.success())
        .map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
        .ok_or_else(|| format!("{program} does not run: install Rust from https://rustup.rs"))
}

fn writable(dir: &Path) -> Result<String, String> {
    tempfile::tempfile_in(dir)
        .map(|_| dir.display().to_string())
        .map_err(|e| {
            format!(
                "{}: {e}; set CARGO_TARGET_DIR to another folder",
                dir.display()
            )
        })
}

/// What the sandbox of this machine blocks.
fn sandbox(course: &Course) -> Result<String, String> {
    let keeps = "blocks other files, connections and processes, and limits resources";
    let runs = Runs::open(course);
    match runs.and_then(|runs| Sandbox::open(course, &runs, Vec::new(), &Level::UNTRUSTED)) {
        Ok(Sandbox { level, .. }) if level == Level::Isolated => {
            Ok(format!("{level}: {keeps}; its own network and folder"))
        }
        Ok(Sandbox { level, .. }) => Ok(format!("{level}: {keeps}")),
        Err(problem) => Err(format!("{}. {}", problem.what, problem.next)),
    }
}

fn free_disk(dir: &Path) -> Result<String, String> {
    let free = nix::sys::statvfs::statvfs(dir).map_err(|e| e.to_string())?;
    #[allow(
        clippy::unnecessary_cast,
        reason = "the types differ between Linux and macOS"
    )]
    let free_mb = free.blocks_available() as u64 * free.fragment_size() as u64 / 1_000_000;
    let text = format!("{free_mb} MB free");
    if free_mb < DISK_NEEDED_MB {
        return Err(format!(
            "{text}, but a full build needs {DISK_NEEDED_MB} MB: free some disk space"
        ));
    }
    Ok(text)
}

async fn embedded() -> Result<String, String> {
    let backend = backend::start_embedded(Ports::default())
        .await
        .map_err(|p| p.what)?;
    let alive = backend.is_alive().await;
    backend.stop().await.map_err(|p| p.what)?;
    if alive {
        Ok("Kinesis and DynamoDB answer on loopback".into())
    } else {
        Err("does not answer on loopback: check whether 127.0.0.1 is blocked".into())
    }
}

fn image() -> Result<String, String> {
    let name = format!("{}:{}", IMAGE.0, IMAGE.1);
    match backend::image_present() {
        Some(true) => Ok(format!("{name} is available for --backend localstack")),
        Some(false) => Err(format!(
            "--backend localstack will download {name} (about 1 GB)"
        )),
        None => Err("no Docker engine; only --backend localstack needs it".into()),
    }
}
