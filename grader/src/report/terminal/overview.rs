//! All steps, a line each, with the first thing that is wrong.

use colored::Colorize;

use super::page::Page;
use super::{Report, mark};
use crate::check::Status;

pub fn table(page: &mut Page, report: &Report) {
    let title = format!("{} on the {} backend", report.submission, report.backend);
    page.line(&format!("  {}", title.bold()));
    page.line("");
    for step in &report.steps {
        let (mark, word) = mark(match step.passed {
            true => Status::Passed,
            false => Status::Failed,
        });
        let points = format!("{}/{}", step.score, step.max_score);
        let (number, id) = (step.number, &step.id);
        page.line(&format!("  {number} {id:<9} {mark} {word:<8} {points:>6}"));
        if let Some(check) = step.checks.iter().find(|check| check.fell()) {
            let message = textwrap::wrap(&check.message, page.columns.saturating_sub(7));
            for part in message.iter().take(2) {
                page.line(&format!("      {}", part.dimmed()));
            }
        }
    }
    page.line("");
}
