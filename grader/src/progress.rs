//! Shows that something long is under way; nothing when nobody watches.

use std::sync::LazyLock;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

/// All lines there are: the backend starts while the compiler works. Without a
/// terminal on standard error none is drawn.
static LINES: LazyLock<MultiProgress> = LazyLock::new(MultiProgress::new);

/// A line on standard error that goes away when this is dropped.
pub struct Progress(ProgressBar);

impl Progress {
    pub fn start(what: &str) -> Self {
        let bar = LINES.add(ProgressBar::new_spinner());
        let style = ProgressStyle::with_template("{spinner} {msg} {elapsed:.dim}");
        bar.set_style(style.expect("the template is a constant"));
        bar.set_message(what.to_owned());
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(bar)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
        LINES.remove(&self.0);
    }
}
