//! One process of the submission.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream as StdUnixStream;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use protocol::Call;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::process::Command;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::patience::{Budget, Patience, spent};
use super::{Outcome, Printed, Trouble, outcome, platform};
use crate::problem::{Problem, Result};
use crate::sandbox::{Ports, Sandbox};

/// How many bytes of each stream are kept.
const KEPT: usize = 1 << 20;
/// A process that prints more bytes on a stream is ended.
const FLOOD: usize = 16 << 20;

/// The longest reply that is read, in bytes. Replies of the solutions are below 16 KiB. As a value,
/// a reply takes many times its length.
const LONGEST_REPLY: u64 = 256 << 10;

/// How long a process may take to end once it has closed the channel. On a busy machine, it takes
/// a process more than a second to release much memory.
const FAREWELL: Duration = Duration::from_secs(5);

/// Environment variables, with their values.
pub type Environment = Vec<(&'static str, String)>;

/// How to start processes of one submission.
#[derive(Clone, Debug)]
pub struct Launch {
    pub binary: PathBuf,
    /// The complete environment of the process.
    pub environment: Environment,
    /// The folder in which each process gets its own empty working folder.
    pub runs: PathBuf,
    /// The time limit for all calls of one process together, on a machine that is not busy.
    pub time_limit: Duration,
    /// The time that all processes of the submission have together.
    pub budget: Option<Budget>,
    pub sandbox: Sandbox,
    /// Why a process did not start, if one did not. This is a problem of the machine, independent
    /// of what the scenario reports.
    pub unstarted: Arc<OnceLock<String>>,
}

pub struct Child {
    process: tokio::process::Child,
    pid: u32,
    calls: OwnedWriteHalf,
    replies: BufReader<OwnedReadHalf>,
    stdout: JoinHandle<Vec<u8>>,
    stderr: JoinHandle<Vec<u8>>,
    flooded: Arc<Notify>,
    patience: Patience,
    budget: Option<Budget>,
    sandbox: Sandbox,
    unstarted: Arc<OnceLock<String>>,
    /// The working folder. It is deleted when this value is dropped.
    _folder: TempDir,
    /// The ports that it may connect to, if it has its own network.
    _ports: Option<Ports>,
}

impl Child {
    /// Starts a process in its own process group, with the channel as its standard input. It
    /// inherits nothing else.
    pub fn start(launch: &Launch) -> Result<Self> {
        Self::try_start(launch).map_err(|e| Problem::unstarted("the submission's program", e))
    }

    fn try_start(launch: &Launch) -> io::Result<Self> {
        let folder = tempfile::tempdir_in(&launch.runs)?;
        let (ours, theirs) = StdUnixStream::pair()?;
        ours.set_nonblocking(true)?;
        let (program, ports) =
            launch
                .sandbox
                .run(&launch.binary, folder.path(), &launch.environment)?;
        let mut process = Command::from(program)
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        let (replies, calls) = UnixStream::from_std(ours)?.into_split();
        let flooded = Arc::new(Notify::new());
        let stdout = process.stdout.take().expect("stdout is piped");
        let stderr = process.stderr.take().expect("stderr is piped");
        let pid = process.id().unwrap_or_default();
        platform::give_way(pid);
        Ok(Self {
            pid,
            process,
            calls,
            replies: BufReader::new(replies),
            stdout: tokio::spawn(capture(stdout, flooded.clone())),
            stderr: tokio::spawn(capture(stderr, flooded.clone())),
            flooded,
            patience: Patience::new(pid, launch.time_limit),
            budget: launch.budget,
            sandbox: launch.sandbox.clone(),
            unstarted: launch.unstarted.clone(),
            _folder: folder,
            _ports: ports,
        })
    }

    /// Runs one function of the submission. After a trouble that ended the process, the child
    /// cannot be used again.
    pub async fn call(&mut self, call: &Call) -> Outcome {
        let mut line = serde_json::to_vec(call).expect("a call is JSON");
        line.push(b'\n');
        self.ask(&line).await
    }

    /// Waits for a trouble of a process that gets its work elsewhere, and so sends no reply on the
    /// channel.
    pub async fn trouble(&mut self) -> Trouble {
        self.ask(&[]).await.err().unwrap_or(Trouble::Garbled)
    }

    async fn ask(&mut self, line: &[u8]) -> Outcome {
        let (flooded, patience) = (self.flooded.clone(), self.patience.clone());
        let (budget, pid) = (self.budget, self.pid);
        let waiting = patience.wait();
        tokio::select! {
            biased;
            () = flooded.notified() => Err(Trouble::Flooded(FLOOD >> 20)),
            answer = self.exchange(line) => match answer {
                Some(outcome) => outcome,
                None => Err(self.ended().await),
            },
            () = spent(budget) => Err(Trouble::Spent(budget.map_or(0.0, |it| it.seconds()))),
            () = waiting.is_over() => Err(Trouble::TimedOut {
                limit: patience.limit.as_secs_f64(),
                busy: platform::cpu_seconds(pid),
                polling: None,
            }),
        }
    }

    /// Sends a call and reads the reply. `None` if the process closed the channel.
    async fn exchange(&mut self, call: &[u8]) -> Option<Outcome> {
        self.calls.write_all(call).await.ok()?;
        let mut line = Vec::new();
        let mut limited = (&mut self.replies).take(LONGEST_REPLY);
        // If the process was killed, reading returns an error.
        match limited.read_until(b'\n', &mut line).await.ok()? {
            0 => None,
            read if read as u64 == LONGEST_REPLY && !line.ends_with(b"\n") => {
                let kib = LONGEST_REPLY >> 10;
                Some(Err(Trouble::Unreadable(format!(
                    "it is larger than {kib} KiB"
                ))))
            }
            _ => Some(outcome(&line)),
        }
    }

    /// How the process ended, after it closed the channel.
    async fn ended(&mut self) -> Trouble {
        // The processes that it started are ended first: after the process is reaped, another
        // process may get the number of its group.
        if timeout(FAREWELL, platform::has_ended(self.pid))
            .await
            .is_err()
        {
            return Trouble::Garbled;
        }
        platform::kill_group(self.pid);
        let Ok(status) = self.process.wait().await else {
            return Trouble::Garbled;
        };
        if self.sandbox.gave_up(status) {
            let why = self.said().await;
            self.unstarted.set(why.trim().to_owned()).ok();
        }
        match (status.code(), status.signal()) {
            (Some(code), _) => Trouble::Exited(code),
            (None, signal) => Trouble::Crashed {
                signal: signal.unwrap_or_default(),
                said: self.last_words().await.into(),
            },
        }
    }

    /// What the runtime printed about a crash, such as a stack overflow.
    async fn last_words(&mut self) -> &'static str {
        match self.said().await.contains("has overflowed its stack") {
            true => ": its stack overflowed",
            false => "",
        }
    }

    /// What an ended process printed on standard error.
    async fn said(&mut self) -> String {
        let Ok(Ok(stderr)) = timeout(FAREWELL, &mut self.stderr).await else {
            return String::new();
        };
        let text = String::from_utf8_lossy(&stderr).into_owned();
        self.stderr = tokio::spawn(async move { stderr });
        text
    }

    /// Ends the process and all that it started. Returns what it printed: the protocol writes the
    /// output before a reply.
    pub async fn finish(mut self) -> Printed {
        // `None` after it was reaped.
        if self.process.id().is_some() {
            platform::kill_group(self.pid);
        }
        self.process.kill().await.ok();
        Printed {
            stdout: collect(self.stdout).await,
            stderr: collect(self.stderr).await,
        }
    }
}

/// The text of a stream after it is closed. Does not wait long for another process that keeps the
/// stream open.
async fn collect(mut reading: JoinHandle<Vec<u8>>) -> Vec<u8> {
    match timeout(FAREWELL, &mut reading).await {
        Ok(read) => read.unwrap_or_default(),
        Err(_) => {
            reading.abort();
            Vec::new()
        }
    }
}

/// Reads a stream to its end, and keeps the beginning.
async fn capture(mut stream: impl AsyncRead + Unpin, flooded: Arc<Notify>) -> Vec<u8> {
    let (mut kept, mut total) = (Vec::new(), 0);
    let mut chunk = vec![0; 64 << 10];
    while let Ok(read @ 1..) = stream.read(&mut chunk).await {
        total += read;
        let room = KEPT.saturating_sub(kept.len()).min(read);
        kept.extend_from_slice(&chunk[..room]);
        if total > FLOOD {
            flooded.notify_one();
            break;
        }
    }
    kept
}
