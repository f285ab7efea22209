//! All steps, a line each, with the first thing that is wrong.

use super::page::{Look, Page};
use super::{Report, mark};
use crate::check::Status;

pub fn table(page: &mut Page, report: &Report) {
    let title = format!("{} on the {} backend", report.submission, report.backend);
    let title = page.paint(Look::Bold, &title);
    page.line(&format!("  {title}"));
    page.line("");
    for step in &report.steps {
        let status = match step.passed {
            true => Status::Passed,
            false => Status::Failed,
        };
        let (mark, word) = mark(page, status);
        let points = format!("{}/{}", step.score, step.max_score);
        let (number, id) = (step.number, &step.id);
        page.line(&format!("  {number} {id:<9} {mark} {word:<8} {points:>6}"));
        if let Some(check) = step.checks.iter().find(|check| check.fell()) {
            let message = textwrap::wrap(&check.message, page.columns.saturating_sub(7));
            for part in message.iter().take(2) {
                let part = page.paint(Look::Dimmed, part);
                page.line(&format!("      {part}"));
            }
        }
    }
    page.line("");
}
