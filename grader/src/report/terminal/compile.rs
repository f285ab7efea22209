//! Code that does not compile: the most important error first, as rustc shows it.

use super::page::{Look, Page};
use super::{Report, View, again};
use crate::submission::CompilerMessage;

/// How many errors after the first are named.
const NAMED: usize = 5;

pub fn errors(page: &mut Page, report: &Report, view: &View<'_>) {
    let errors = &report.compile_errors;
    let in_full = if view.verbose { errors.len() } else { 1 };
    for error in &errors[..in_full] {
        let rendered = error.shown(page.colour);
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
        page.wrapped(
            2,
            Look::Dimmed,
            "Other errors. Some may go away when the first is fixed:",
        );
        for error in others.iter().take(NAMED) {
            page.cut(2, error);
        }
        if others.len() > NAMED {
            let more = format!(
                "… and {} more ({} shows all)",
                others.len() - NAMED,
                view.showing_all(&again(report, view))
            );
            page.wrapped(2, Look::Dimmed, &more);
        }
        page.line("");
    }
    let call = errors
        .iter()
        .find_map(|error| Some((error.call.as_ref()?, error)));
    if let Some((call, error)) = call {
        page.wrapped(2, Look::Plain, &cannot_call(report, call, error));
        page.line("");
    }
    let mark = page.paint(Look::Red, "✗");
    let submission = &report.submission;
    let why = match report.has_sources() {
        true => "does not compile",
        false => "has no sources",
    };
    page.line(&format!(
        "  {mark} {submission} {why}, so nothing could be checked."
    ));
}

/// What the course cannot call any more, why, and how to fix it.
fn cannot_call(report: &Report, call: &str, error: &CompilerMessage) -> String {
    let function = match call {
        "" => "one of your functions",
        call => call,
    };
    if let Some((_, line)) = error.message.split_once("lib.rs has no ") {
        return format!("The course cannot call {function}: put {line} back into lib.rs.");
    }
    let file = call.split("::").next().map(|module| format!("{module}.rs"));
    let mut steps = report.steps.iter();
    let step = steps.find(|step| Some(&step.file) == file.as_ref());
    let reset = step.map_or("STEP".into(), |step| step.number.to_string());
    format!(
        "The course cannot call {function} any more: keep the name, the arguments, the result \
         and the `pub` of its stub (`cargo grade reset {reset}` brings the stub back and keeps \
         your file)."
    )
}
