//! The main loop of a submission's process: it reads a call, runs it and replies.

use std::io::{self, BufRead, BufReader, IsTerminal, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;

use contract::aws::Clients;
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use rustix::event::{PollFd, PollFlags};
use serde_json::Value;
use tokio::runtime::Runtime;
use tokio::sync::OnceCell;

use crate::lambda::{self, Handle};
use crate::message::{Call, Failure, Reply};
use crate::panic;

/// Runs one call, and returns the value that the function returned, as JSON.
pub type Calls = fn(Call) -> LocalBoxFuture<'static, Result<Value, Failure>>;

static CLIENTS: OnceCell<Clients> = OnceCell::const_new();

/// The AWS clients to pass to the submission, made by the first call that needs them.
///
/// # Errors
///
/// [`Failure::Refused`] if the environment names no endpoints.
pub async fn clients() -> Result<&'static Clients, Failure> {
    let made = CLIENTS.get_or_try_init(contract::aws::clients).await;
    made.map_err(Failure::Refused)
}

/// The Kinesis client.
///
/// # Errors
///
/// As for [`clients`].
pub async fn kinesis() -> Result<&'static aws_sdk_kinesis::Client, Failure> {
    Ok(&clients().await?.kinesis)
}

/// The DynamoDB client.
///
/// # Errors
///
/// As for [`clients`].
pub async fn dynamodb() -> Result<&'static aws_sdk_dynamodb::Client, Failure> {
    Ok(&clients().await?.dynamodb)
}

/// Serves calls until the grader closes its end of the channel. The channel is this process's
/// standard input: a socket, so it works in both directions. As a Lambda function the process
/// answers events instead.
pub fn serve(calls: Calls, handle: Handle) -> ExitCode {
    let channel = take_channel();
    if channel.is_none() && !lambda::is_started() {
        eprintln!("Only the grader can run this program: use `cargo grade`.");
        return ExitCode::from(2);
    }
    panic::note_panics();
    if let Some(Ok(channel)) = channel.as_ref().map(UnixStream::try_clone) {
        std::thread::spawn(move || end_with_the_grader(&channel));
    }
    let served = runtime().and_then(|runtime| match channel {
        Some(channel) if !lambda::is_started() => {
            answer_all(&runtime, channel, calls)?;
            Ok(ExitCode::SUCCESS)
        }
        _ => Ok(runtime.block_on(lambda::run(handle))),
    });
    served.unwrap_or_else(|e| {
        eprintln!("the channel to the grader broke: {e}");
        ExitCode::FAILURE
    })
}

fn runtime() -> io::Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
}

/// Ends this process when the other end of the channel is closed, even in an endless loop: a
/// grader that was killed cannot end the process.
fn end_with_the_grader(channel: &UnixStream) {
    let mut hang_up = [PollFd::new(channel, PollFlags::empty())];
    loop {
        if rustix::event::poll(&mut hang_up, None).is_ok_and(|ready| ready > 0) {
            std::process::abort();
        }
    }
}

/// Takes the channel from standard input. Code that reads standard input then finds it empty,
/// and cannot take a call away.
fn take_channel() -> Option<UnixStream> {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        return None;
    }
    let channel = UnixStream::from(stdin.as_fd().try_clone_to_owned().ok()?);
    channel.peer_addr().ok()?;
    let empty = std::fs::File::open("/dev/null").ok()?;
    rustix::stdio::dup2_stdin(empty).ok()?;
    Some(channel)
}

fn answer_all(runtime: &Runtime, channel: UnixStream, calls: Calls) -> io::Result<()> {
    let mut replies = channel.try_clone()?;
    for line in BufReader::new(channel).lines() {
        let call: Call = serde_json::from_str(&line?)?;
        let reply = runtime.block_on(answer(calls, call));
        // The output belongs to this call, so it is written before the reply.
        io::stdout().flush().ok();
        let mut line = serde_json::to_vec(&reply)?;
        line.push(b'\n');
        replies.write_all(&line)?;
    }
    Ok(())
}

async fn answer(calls: Calls, call: Call) -> Reply {
    panic::take_first();
    let run = AssertUnwindSafe(async { calls(call).await });
    match run.catch_unwind().await {
        Ok(Ok(value)) => Reply::Returned(value),
        Ok(Err(Failure::Returned(error))) => Reply::Failed(with_sources(error.as_ref())),
        Ok(Err(Failure::Refused(why))) => Reply::Refused(why),
        Err(_) => Reply::Panicked(panic::take_first().unwrap_or_default()),
    }
}

/// The error and its causes on one line: the SDK has the message of AWS in a cause.
pub fn with_sources(error: &(dyn std::error::Error + 'static)) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(e) = next {
        let part = e.to_string();
        if !parts.iter().any(|said| said.contains(&part)) {
            parts.push(part);
        }
        next = e.source();
    }
    parts.join(": ")
}
