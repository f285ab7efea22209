//! How long the grader waits for one process, and for all processes of a submission together.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};
use tokio::time::{Instant, sleep_until};

use super::platform;

/// The pause between checks of a process that is over its limit on a busy machine.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// On a busy machine, the time limit is extended by at most this multiple of itself.
const MOST_EXTENSIONS: u32 = 2;

/// The rest of the time limit of a process. Only the time of calls counts, not the time between
/// them.
#[derive(Clone)]
pub struct Patience {
    pid: u32,
    pub limit: Duration,
    left: Arc<Mutex<Duration>>,
}

/// A call that has not returned yet. On a busy machine it gets more time, because the load of
/// others is not its fault.
pub struct Waiting<'a> {
    patience: &'a Patience,
    since: Instant,
    /// The time that was left at the start.
    left: Duration,
    /// The values of [`platform::cpu_seconds`] and [`platform::stalled`] at the start.
    used: f64,
    stalled: Duration,
}

impl Patience {
    pub fn new(pid: u32, limit: Duration) -> Self {
        let left = Arc::new(Mutex::new(limit));
        Self { pid, limit, left }
    }

    fn left(&self) -> MutexGuard<'_, Duration> {
        self.left.lock()
    }

    pub fn wait(&self) -> Waiting<'_> {
        Waiting {
            patience: self,
            since: Instant::now(),
            left: *self.left(),
            used: platform::cpu_seconds(self.pid).unwrap_or_default(),
            stalled: platform::stalled(),
        }
    }
}

impl Waiting<'_> {
    fn stalled(&self) -> Duration {
        platform::stalled().saturating_sub(self.stalled)
    }

    /// The end of the time limit, as far as is known now.
    fn end(&self) -> Instant {
        let used = platform::cpu_seconds(self.patience.pid).unwrap_or_default() - self.used;
        self.since + self.left + extension(self.left, used, self.stalled())
    }

    pub async fn is_over(&self) {
        past(self.since + self.left, || self.end()).await;
    }
}

/// Waits for an end that may move, but is never before `earliest`.
async fn past(earliest: Instant, end: impl Fn() -> Instant) {
    // Most calls return before `earliest`, so `end` is rarely computed.
    sleep_until(earliest).await;
    loop {
        let (end, now) = (end(), Instant::now());
        if end <= now {
            return;
        }
        // The end may become earlier, if the process uses up its processor time.
        sleep_until(end.min(now + LOOK_EVERY)).await;
    }
}

/// The waiting uses up time, no matter how it ends.
impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let spent = self.since.elapsed().saturating_sub(self.stalled());
        *self.patience.left() = self.left.saturating_sub(spent);
    }
}

/// The extension of a limit, if processes had to wait for a processor this long. A process that
/// used as much processor time as its limit, in seconds, did not wait for others: the load is its
/// own.
fn extension(limit: Duration, used: f64, stalled: Duration) -> Duration {
    if used >= limit.as_secs_f64() {
        return Duration::ZERO;
    }
    longest(limit, stalled)
}

fn longest(limit: Duration, stalled: Duration) -> Duration {
    stalled.min(limit * MOST_EXTENSIONS)
}

/// The wall-clock time that all processes of a submission have together.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    since: Instant,
    limit: Duration,
    /// The value of [`platform::stalled`] at the start.
    stalled: Duration,
}

impl Budget {
    /// A budget of this time, from now on.
    pub fn new(limit: Duration) -> Self {
        Self {
            since: Instant::now(),
            limit,
            stalled: platform::stalled(),
        }
    }

    pub fn seconds(&self) -> f64 {
        self.limit.as_secs_f64()
    }

    /// The end, which is later if processes had to wait for a processor.
    fn end(&self) -> Instant {
        let stalled = platform::stalled().saturating_sub(self.stalled);
        self.since + self.limit + longest(self.limit, stalled)
    }
}

/// Waits until the budget is spent; forever without a budget.
pub async fn spent(budget: Option<Budget>) {
    let Some(budget) = budget else {
        return std::future::pending().await;
    };
    past(budget.since + budget.limit, || budget.end()).await;
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;

    #[test]
    fn a_limit_is_extended_for_the_load_of_others_and_not_for_its_own() {
        let limit = Duration::from_secs(10);
        let after = |used, stalled| extension(limit, used, Duration::from_secs(stalled));
        assert_eq!(after(0.5, 4), Duration::from_secs(4));
        assert_eq!(after(0.5, 90), limit * MOST_EXTENSIONS);
        assert_eq!(after(10.0, 90), Duration::ZERO);
    }

    #[tokio::test]
    async fn a_budget_is_spent_after_its_time_and_none_never_is() {
        let short = Duration::from_millis(20);
        let budget = Some(Budget::new(short));
        let spent_within = |budget, limit| timeout(limit, spent(budget));
        assert!(spent_within(budget, Duration::from_secs(60)).await.is_ok());
        assert!(spent_within(None, short).await.is_err());
    }
}
