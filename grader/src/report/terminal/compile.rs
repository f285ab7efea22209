//! Code that does not compile: the error that matters first, as rustc shows it.

use super::page::{Look, Page};
use super::{Report, View};

/// How many errors beside the first are named.
const NAMED: usize = 5;

pub fn errors(page: &mut Page, report: &Report, view: &View<'_>) {
    let errors = &report.compile_errors;
    let in_full = if view.verbose { errors.len() } else { 1 };
    for error in &errors[..in_full] {
        let rendered = match page.colour {
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
        .filter(|error| error.call.is_none());
    let others = others.map(|error| format!("{}  {}", error.place(), error.message));
    let mut others: Vec<_> = others.collect();
    others.dedup();
    if !others.is_empty() {
        page.wrapped(2, Look::Dimmed, "Others, often gone with the first:");
        for error in others.iter().take(NAMED) {
            page.cut(2, error);
        }
        if others.len() > NAMED {
            let more = format!(
                "… and {} more ({} shows all)",
                others.len() - NAMED,
                view.showing_all()
            );
            page.wrapped(2, Look::Dimmed, &more);
        }
        page.line("");
    }
    if let Some(call) = errors.iter().find_map(|error| error.call.as_ref()) {
        let function = match call.as_str() {
            "" => "one of your functions",
            call => call,
        };
        let calls = format!(
            "The course cannot call {function} any more: keep the name, the arguments and the \
             result of its stub (`cargo grade reset` brings the stub back and keeps your file)."
        );
        page.wrapped(2, Look::Plain, &calls);
        page.line("");
    }
    let mark = page.paint(Look::Red, "✗");
    let submission = &report.submission;
    page.line(&format!(
        "  {mark} {submission} does not compile, so nothing could be checked."
    ));
}
