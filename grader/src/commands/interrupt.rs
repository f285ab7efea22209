//! Ctrl-C and its kin, for the commands: they cancel the work, not the tidying up.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::problem::{Problem, Result};

/// A cancellation that comes with Ctrl-C, a request to terminate, or a terminal that is
/// closed. Signals count from now on.
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
