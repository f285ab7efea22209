//! The requests to end this program: signals, and the end of standard input.

use std::io;
use std::pin::pin;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::line::Problem;

/// How long to wait for running work. This is enough to create a container, and a created
/// container is removed when its start is dropped.
const LAST_CHANCE: Duration = Duration::from_secs(10);

/// Listens from its creation on, also between two waits.
pub struct Stop {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
    input_closed: oneshot::Receiver<()>,
}

impl Stop {
    pub fn listen() -> Result<Self, Problem> {
        let on = |kind| {
            signal(kind)
                .map_err(|e| Problem::new(format!("cannot listen for signals: {e}"), "Try again."))
        };
        Ok(Self {
            interrupt: on(SignalKind::interrupt())?,
            terminate: on(SignalKind::terminate())?,
            hang_up: on(SignalKind::hangup())?,
            input_closed: input_closed(),
        })
    }

    /// Returns when the program is asked to end. If the input was closed, this must not be
    /// called again.
    pub async fn asked(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hang_up.recv() => {}
            _ = &mut self.input_closed => {}
        }
    }

    /// The result of `work`, unless the program is asked to end first. Then the work gets a
    /// little more time, and its result is dropped.
    pub async fn soon_after<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        tokio::select! {
            done = &mut work => return Some(done),
            () = self.asked() => {}
        }
        timeout(LAST_CHANCE, work).await.ok();
        None
    }
}

/// Receives a message when standard input is closed. A separate thread reads, so that the
/// reading does not stop the program from ending.
fn input_closed() -> oneshot::Receiver<()> {
    let (closed, input_closed) = oneshot::channel();
    std::thread::spawn(move || {
        io::copy(&mut io::stdin().lock(), &mut io::sink()).ok();
        closed.send(()).ok();
    });
    input_closed
}
