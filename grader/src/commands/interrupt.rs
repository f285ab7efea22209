//! Ctrl-C and similar signals: they cancel the work, but not the cleanup.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::problem::{Problem, Result};

/// A cancellation by Ctrl-C, by a request to terminate, or by a terminal that closes. Signals
/// count from this call on.
pub fn cancellation() -> Result<CancellationToken> {
    let on = |kind| {
        signal(kind)
            .map_err(|e| Problem::machine(format!("cannot listen for signals: {e}"), "Try again."))
    };
    let mut ctrl_c = on(SignalKind::interrupt())?;
    let mut terminate = on(SignalKind::terminate())?;
    let mut hang_up = on(SignalKind::hangup())?;
    let cancellation = CancellationToken::new();
    let cancelled = cancellation.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = ctrl_c.recv() => {}
            _ = terminate.recv() => {}
            _ = hang_up.recv() => {}
        }
        cancelled.cancel();
    });
    Ok(cancellation)
}
