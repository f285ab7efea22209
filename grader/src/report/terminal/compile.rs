//! Code that does not compile: the error that matters first, as rustc shows it.

use colored::Colorize;

use super::page::Page;
use super::{Report, View};
use crate::submission::CompilerMessage;

/// How many errors beside the first are named.
const NAMED: usize = 5;

pub fn errors(page: &mut Page, report: &Report, view: &View<'_>) {
    let errors = &report.compile_errors;
    let in_full = if view.verbose { errors.len() } else { 1 };
    for error in &errors[..in_full] {
        let rendered = match colored::control::SHOULD_COLORIZE.should_colorize() {
            true => error.rendered.clone(),
            false => console::strip_ansi_codes(&error.rendered).into_owned(),
        };
        rendered.lines().for_each(|line| page.line(line));
        if rendered.lines().last().is_some_and(|line| !line.is_empty()) {
            page.line("");
        }
    }
    let others = errors[in_full..]
        .iter()
        .filter(|error| !error.is_about_calls());
    let others: Vec<_> = others.collect();
    if !others.is_empty() {
        page.wrapped(2, &"Others, often gone with the first:".dimmed());
        for error in others.iter().take(NAMED) {
            page.cut(2, &format!("{}  {}", error.place(), error.message));
        }
        if others.len() > NAMED {
            let more = format!(
                "… and {} more ({} shows all)",
                others.len() - NAMED,
                view.showing_all()
            );
            page.wrapped(2, &more.dimmed());
        }
        page.line("");
    }
    if errors.iter().any(CompilerMessage::is_about_calls) {
        let calls = "The course cannot call one of your functions any more: keep the arguments \
                     and the result of its stub (`cargo grade reset` brings the stub back and \
                     keeps your file).";
        page.wrapped(2, &calls.normal());
        page.line("");
    }
    let mark = "✗".red();
    let submission = &report.submission;
    page.line(&format!(
        "  {mark} {submission} does not compile, so nothing could be checked."
    ));
}
