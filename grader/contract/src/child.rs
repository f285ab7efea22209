//! The main loop of a submission's process: read a call, run it, reply.

use std::io::{self, BufRead, BufReader, IsTerminal, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use futures::FutureExt;
use futures::future::LocalBoxFuture;
use rustix::event::{PollFd, PollFlags};
use serde_json::Value;
use tokio::runtime::Runtime;
use tokio::sync::OnceCell;

use crate::aws::Clients;
use crate::lambda::{self, Handle};
use crate::wire::{Call, Panic, Reply};

/// Runs one call. What it returns is the function's result as JSON.
pub type Handler = fn(Call) -> LocalBoxFuture<'static, crate::Result<Value>>;

/// The clients of this process, made for the first call that needs them.
static CLIENTS: OnceCell<Clients> = OnceCell::const_new();

/// The AWS clients to pass to the submission.
pub async fn clients() -> Clients {
    CLIENTS.get_or_init(crate::aws::clients).await.clone()
}

/// The first panic of the running call, on whichever thread: later ones, such as
/// the unwrap of a failed join, only follow from it.
static FIRST_PANIC: Mutex<Option<Panic>> = Mutex::new(None);

pub(crate) fn take_first_panic() -> Option<Panic> {
    let mut first = FIRST_PANIC.lock().unwrap_or_else(PoisonError::into_inner);
    first.take()
}

/// Serves calls until the grader closes its end of the channel, which is this
/// process's standard input: a socket, so it goes both ways. As a Lambda function it
/// answers events instead.
pub fn serve(handler: Handler, handle: Handle) -> ExitCode {
    let channel = take_channel();
    if channel.is_none() && !lambda::is_started() {
        eprintln!("This program is run by the grader: try `cargo grade`.");
        return ExitCode::from(2);
    }
    std::panic::set_hook(Box::new(|info| {
        let mut first = FIRST_PANIC.lock().unwrap_or_else(PoisonError::into_inner);
        first.get_or_insert_with(|| describe(info));
    }));
    if let Some(Ok(channel)) = channel.as_ref().map(UnixStream::try_clone) {
        std::thread::spawn(move || end_with_the_grader(&channel));
    }
    let served = runtime().and_then(|runtime| match channel {
        Some(channel) if !lambda::is_started() => {
            answer_all(&runtime, channel, handler)?;
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

/// Ends this process when the other end of the channel is gone, even in the middle
/// of an endless loop: a grader that was killed cannot end it.
fn end_with_the_grader(channel: &UnixStream) {
    let mut hang_up = [PollFd::new(channel, PollFlags::empty())];
    loop {
        if rustix::event::poll(&mut hang_up, None).is_ok_and(|ready| ready > 0) {
            std::process::abort();
        }
    }
}

/// Takes the channel off standard input, so that code which reads standard
/// input finds it empty and cannot swallow a call.
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

fn answer_all(runtime: &Runtime, channel: UnixStream, handler: Handler) -> io::Result<()> {
    let mut replies = channel.try_clone()?;
    for line in BufReader::new(channel).lines() {
        let call: Call = serde_json::from_str(&line?)?;
        let reply = runtime.block_on(answer(handler, call));
        // What was printed belongs to this call: it must be out before the reply.
        io::stdout().flush().ok();
        let mut line = serde_json::to_vec(&reply)?;
        line.push(b'\n');
        replies.write_all(&line)?;
    }
    Ok(())
}

async fn answer(handler: Handler, call: Call) -> Reply {
    take_first_panic();
    let run = AssertUnwindSafe(async { handler(call).await });
    match run.catch_unwind().await {
        Ok(Ok(value)) => Reply::Returned(value),
        Ok(Err(error)) => Reply::Failed(with_sources(error.as_ref())),
        Err(_) => Reply::Panicked(take_first_panic().unwrap_or_default()),
    }
}

fn describe(info: &std::panic::PanicHookInfo<'_>) -> Panic {
    let payload = info.payload();
    let message = payload
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| payload.downcast_ref::<String>().cloned());
    let location = info.location();
    Panic {
        message: message.unwrap_or_else(|| "(no message)".into()),
        file: location.map(|l| l.file().into()).unwrap_or_default(),
        line: location.map_or(0, |l| l.line()),
    }
}

/// The error and its causes on one line: the SDK keeps what AWS said in a cause.
pub(crate) fn with_sources(error: &(dyn std::error::Error + 'static)) -> String {
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
