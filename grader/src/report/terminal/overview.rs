//! All steps, a line each, and the step that the student is at.

use super::page::{Look, Page};
use super::{Report, Screen, View, details};
use crate::report::{State, StepReport};
use crate::step;

/// The rows for the details, even on a low screen.
const LEAST: usize = 12;

pub fn table(page: &mut Page, report: &Report, view: &View<'_>) {
    let title = match report.backend.as_str() {
        "embedded" => report.submission.clone(),
        backend => format!("{} on the backend {backend}", report.submission),
    };
    let title = page.paint(Look::Bold, &title);
    page.line(&format!("  {title}"));
    page.line("");
    let current = report.steps.iter().position(|step| !step.passed);
    let is_begun = report.steps.iter().any(|step| !step.is_untouched());
    let at = current.filter(|_| is_begun).unwrap_or(report.steps.len());
    for (number, step) in report.steps.iter().enumerate() {
        let later = &report.steps[number..];
        if number > at && later.len() > 1 && later.iter().all(StepReport::is_untouched) {
            to_do(page, later);
            break;
        }
        line(page, step);
    }
    page.line("");
    match current.map(|at| &report.steps[at]) {
        Some(step) if is_begun => {
            let left = view.screen.rows.saturating_sub(page.lines.len());
            let screen = Screen {
                rows: left.max(LEAST),
                ..view.screen
            };
            details::step(page, step, &View { screen, ..*view });
        }
        Some(step) => start(page, step),
        None => {}
    }
}

fn line(page: &mut Page, step: &StepReport) {
    let state = State::of_step(step);
    let mark = state.painted(page.colour);
    let (number, id, word) = (step.number, &step.id, state.word());
    let points = format!("{}/{}", step.score, step.max_score);
    let line = format!("  {number} {id:<9} {mark} {word:<7} {points:>6}");
    match state {
        State::ToDo => {
            let title = page.paint(Look::Dimmed, &step.title);
            page.line(&format!("{line}  {title}"));
        }
        _ => page.line(&line),
    }
}

/// The steps that are left, in one line.
fn to_do(page: &mut Page, steps: &[StepReport]) {
    let [first, .., last] = steps else { return };
    let sum = |of: fn(&StepReport) -> u32| steps.iter().map(of).sum::<u32>();
    let points = format!("{}/{}", sum(|step| step.score), sum(|step| step.max_score));
    let numbers = format!("{} to {}", first.number, last.number);
    let (mark, word) = (State::ToDo.mark(), State::ToDo.word());
    page.line(&format!("  {numbers:<11} {mark} {word:<7} {points:>6}"));
}

/// Where to begin.
fn start(page: &mut Page, step: &StepReport) {
    let message = step.first_failure().map(|check| check.message.as_str());
    let begin = format!("Start with step {}, {}.", step.number, step.id);
    page.wrapped(2, Look::Bold, &begin);
    if let Some(message) = message {
        page.wrapped(2, Look::Plain, &format!("{message}."));
    }
    let pages = format!("{} explains the step.", step::page(step.number, &step.id));
    page.wrapped(2, Look::Plain, &pages);
    page.line("");
}
