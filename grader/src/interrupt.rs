//! Ctrl-C and its kin: they end the work, not the tidying up.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::problem::{Problem, Result};

/// Listens from its creation on; a signal that arrives between two waits counts.
pub struct Interrupt {
    ctrl_c: Signal,
    terminate: Signal,
    hang_up: Signal,
}

impl Interrupt {
    pub fn listen() -> Result<Self> {
        let on = |kind| {
            signal(kind).map_err(|e| {
                Problem::machine(format!("cannot listen for signals: {e}"), "Try again.")
            })
        };
        Ok(Self {
            ctrl_c: on(SignalKind::interrupt())?,
            terminate: on(SignalKind::terminate())?,
            hang_up: on(SignalKind::hangup())?,
        })
    }

    /// Returns when the program is asked to end.
    pub async fn signalled(&mut self) {
        tokio::select! {
            _ = self.ctrl_c.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hang_up.recv() => {}
        }
    }

    /// The result of `work`, unless the program is asked to end first.
    pub async fn unless<T>(&mut self, work: impl Future<Output = Result<T>>) -> Result<T> {
        tokio::select! {
            biased;
            () = self.signalled() => Err(Problem::interrupted()),
            done = work => done,
        }
    }
}
