//! Shows the work of a session on standard error, if that is a terminal.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::event::{Event, Events};

/// A listener that shows a line for each activity while it lasts. It shows nothing if standard
/// error is not a terminal.
pub fn events() -> Events {
    let lines = MultiProgress::new();
    let shown = Mutex::new(HashMap::new());
    Events::to(move |event| {
        let mut shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Started(activity) => {
                let bar = line(&lines, &activity.to_string());
                shown.insert(activity, bar);
            }
            Event::Finished(activity) => {
                if let Some(bar) = shown.remove(&activity) {
                    bar.finish_and_clear();
                    lines.remove(&bar);
                }
            }
        }
    })
}

fn line(lines: &MultiProgress, what: &str) -> ProgressBar {
    let bar = lines.add(ProgressBar::new_spinner());
    let style = ProgressStyle::with_template("{spinner} {msg} {elapsed:.dim}");
    bar.set_style(style.expect("the template is a constant"));
    bar.set_message(what.to_owned());
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}
