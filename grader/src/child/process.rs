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
use super::{Outcome, Printed, Trouble, outcome, tree};
use crate::problem::{Problem, Result};
use crate::sandbox::{Ports, Sandbox};

/// What is kept of each stream, and what ends the process.
const KEPT: usize = 1 << 20;
const FLOOD: usize = 16 << 20;

/// The longest reply that is read, in bytes: those of the solutions have less than 16 KiB, and
/// as a value it takes many times its length.
const LONGEST_REPLY: u64 = 256 << 10;

/// How long a process may take to end once it has closed the channel.
const FAREWELL: Duration = Duration::from_millis(500);

/// Variables and their values.
pub type Environment = Vec<(&'static str, String)>;

/// How to start processes of one submission.
#[derive(Clone, Debug)]
pub struct Launch {
    pub binary: PathBuf,
    /// All the environment it gets.
    pub environment: Environment,
    /// Where each process gets an empty folder of its own to work in.
    pub runs: PathBuf,
    /// How long the calls to one process may take together, on a machine with time.
    pub time_limit: Duration,
    /// What all processes of the submission have together.
    pub budget: Option<Budget>,
    pub sandbox: Sandbox,
    /// Why a process did not start, once one did not: the machine's fault, whatever its
    /// scenario makes of it.
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
    /// Where it works; gone when the process is.
    _folder: TempDir,
    /// What it may connect to, where it has a network of its own.
    _ports: Option<Ports>,
}

impl Child {
    /// Starts a process, in a group of its own, with the channel as its standard
    /// input and nothing inherited.
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
        tree::give_way(pid);
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

    /// Runs one function of the submission. After a trouble that ended the process
    /// the child is of no more use.
    pub async fn call(&mut self, call: &Call) -> Outcome {
        let mut line = serde_json::to_vec(call).expect("a call is JSON");
        line.push(b'\n');
        self.ask(&line).await
    }

    /// What keeps a process from going on that is asked elsewhere, and so has nothing
    /// to say on the channel.
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
                busy: tree::cpu_seconds(pid),
                polling: None,
            }),
        }
    }

    /// `None` if the channel was closed instead of an answer.
    async fn exchange(&mut self, call: &[u8]) -> Option<Outcome> {
        self.calls.write_all(call).await.ok()?;
        let mut line = Vec::new();
        let mut limited = (&mut self.replies).take(LONGEST_REPLY);
        // A process that was killed resets the channel.
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
        // What it started goes first: its group is known to be its own only until the
        // process is reaped.
        if timeout(FAREWELL, tree::has_ended(self.pid)).await.is_err() {
            return Trouble::Garbled;
        }
        tree::kill_group(self.pid);
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

    /// What the runtime says of a crash, such as a stack overflow.
    async fn last_words(&mut self) -> &'static str {
        match self.said().await.contains("has overflowed its stack") {
            true => ": its stack overflowed",
            false => "",
        }
    }

    /// What a process that has ended said on standard error.
    async fn said(&mut self) -> String {
        let Ok(Ok(stderr)) = timeout(FAREWELL, &mut self.stderr).await else {
            return String::new();
        };
        let text = String::from_utf8_lossy(&stderr).into_owned();
        self.stderr = tokio::spawn(async move { stderr });
        text
    }

    /// Ends the process with all it started, and returns what it printed: the
    /// contract sees to it that this is out before a reply.
    pub async fn finish(mut self) -> Printed {
        // None once it was reaped.
        if self.process.id().is_some() {
            tree::kill_group(self.pid);
        }
        self.process.kill().await.ok();
        Printed {
            stdout: collect(self.stdout).await,
            stderr: collect(self.stderr).await,
        }
    }
}

/// What was read, once the stream is closed; a stray that holds it open is not
/// waited for.
async fn collect(mut reading: JoinHandle<Vec<u8>>) -> Vec<u8> {
    match timeout(FAREWELL, &mut reading).await {
        Ok(read) => read.unwrap_or_default(),
        Err(_) => {
            reading.abort();
            Vec::new()
        }
    }
}

/// Reads to the end and keeps the beginning.
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
