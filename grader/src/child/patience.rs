//! How long a process is waited for, and all of a submission's together.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};
use tokio::time::{Instant, sleep_until};

use super::tree;

/// How often a process that is over its limit on a busy machine is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// How many times over the time limit is extended on a busy machine.
const MOST_EXTENSIONS: u32 = 2;

/// How much of its time limit a process has left. Only the time of calls counts, not what
/// the grader does between them.
#[derive(Clone)]
pub struct Patience {
    pid: u32,
    pub limit: Duration,
    left: Arc<Mutex<Duration>>,
}

/// A call that is being waited for. On a machine that is too busy it gets more time, since
/// that is not its fault.
pub struct Waiting<'a> {
    patience: &'a Patience,
    since: Instant,
    /// What was left then.
    left: Duration,
    /// What [`tree::cpu_seconds`] and [`tree::stalled`] said then.
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
            used: tree::cpu_seconds(self.pid).unwrap_or_default(),
            stalled: tree::stalled(),
        }
    }
}

impl Waiting<'_> {
    fn stalled(&self) -> Duration {
        tree::stalled().saturating_sub(self.stalled)
    }

    /// When it is over, as far as is known now.
    fn end(&self) -> Instant {
        let used = tree::cpu_seconds(self.patience.pid).unwrap_or_default() - self.used;
        self.since + self.left + extension(self.left, used, self.stalled())
    }

    pub async fn is_over(&self) {
        past(self.since + self.left, || self.end()).await;
    }
}

/// Waits for an end that may move, but never to before `earliest`.
async fn past(earliest: Instant, end: impl Fn() -> Instant) {
    // Most calls are answered before anything has to be read.
    sleep_until(earliest).await;
    loop {
        let (end, now) = (end(), Instant::now());
        if end <= now {
            return;
        }
        // A process may use up its processor time before.
        sleep_until(end.min(now + LOOK_EVERY)).await;
    }
}

/// However the waiting ends, its time is spent.
impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let spent = self.since.elapsed().saturating_sub(self.stalled());
        *self.patience.left() = self.left.saturating_sub(spent);
    }
}

/// By how much a limit is extended where processes had to wait for a processor for so long.
/// One that has had as much processor time as its limit, in seconds, was not kept waiting by
/// others: the load is its own.
fn extension(limit: Duration, used: f64, stalled: Duration) -> Duration {
    if used >= limit.as_secs_f64() {
        return Duration::ZERO;
    }
    longest(limit, stalled)
}

fn longest(limit: Duration, stalled: Duration) -> Duration {
    stalled.min(limit * MOST_EXTENSIONS)
}

/// The time on the clock that all processes of a submission have together.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    since: Instant,
    limit: Duration,
    /// What [`tree::stalled`] said then.
    stalled: Duration,
}

impl Budget {
    /// A budget of so much time from now on.
    pub fn new(limit: Duration) -> Self {
        Self {
            since: Instant::now(),
            limit,
            stalled: tree::stalled(),
        }
    }

    pub fn seconds(&self) -> f64 {
        self.limit.as_secs_f64()
    }

    /// It is longer where processes had to wait for a processor.
    fn end(&self) -> Instant {
        let stalled = tree::stalled().saturating_sub(self.stalled);
        self.since + self.limit + longest(self.limit, stalled)
    }
}

/// Waits until the budget is spent; for ever if there is none.
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
