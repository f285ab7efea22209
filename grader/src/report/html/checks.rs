//! Checks on the page: those that did not pass with all that was found, the others by title.

use maud::{Markup, html};

use super::{mark, text};
use crate::check::Status;
use crate::report::stage::Stage;
use crate::report::words::Words;
use crate::report::{CheckReport, CounterexampleReport, State, number_of};

/// How many differences are listed.
const MOST: usize = 20;

/// Where a check is on the page.
pub fn anchor(step: usize, check: &str) -> String {
    format!("check-{step}-{check}")
}

/// Checks that passed.
pub fn passed(step: usize, checks: &[&CheckReport]) -> Markup {
    let bonus = checks.iter().filter(|check| check.bonus).count();
    let required = checks.len() - bonus;
    html! {
        details {
            summary { (number_of(required, "check")) " passed" @if bonus > 0 { ", " (bonus) " bonus earned" } }
            ul.passed {
                @for check in checks {
                    li id=(anchor(step, &check.id)) { (mark(State::of_check(check))) " " (text(&check.title)) " " (points(check)) }
                }
            }
        }
    }
}

/// A check that did not pass.
pub fn open(step: usize, check: &CheckReport) -> Markup {
    let is_judged = matches!(check.status, Status::Failed | Status::Missed);
    let is_told = check.fell() && !check.is_unwritten();
    html! {
        article.check id=(anchor(step, &check.id)) {
            h3 { (mark(State::of_check(check))) " " (text(&check.title)) " " (points(check)) }
            @if let Some(place) = &check.location {
                p { code { (text(&place.file)) ":" (place.line) } " · " code { (text(&place.function)) } }
            }
            @if is_told { (findings(check)) }
            @else if check.is_unwritten() { p { "This is not implemented yet." } }
            @if is_told && is_judged { p { strong { "Rule: " } (text(&check.rule)) "." } }
        }
    }
}

fn points(check: &CheckReport) -> Markup {
    html! {
        @if !check.bonus { span.points { (check.score) " of " (check.max_score) } }
    }
}

fn findings(check: &CheckReport) -> Markup {
    html! {
        @if check.differences.is_empty() { p { (text(&check.message)) } }
        @match &check.counterexample {
            Some(example) if !example.trace.is_empty() => { (stages(example, check)) }
            example => {
                @for (case, input) in &check.inputs {
                    p { (text(case)) ", given " code { (text(input)) } }
                }
                @if !check.differences.is_empty() { (differences(check)) }
                @if let Some(example) = example { (replay(example)) }
            }
        }
        @if !check.fixtures.is_empty() {
            p { "The input is in " code { (check.fixtures.join(", ")) } "." }
        }
        @for (name, lines) in [("output", &check.stdout), ("error", &check.stderr)] {
            @if !lines.is_empty() {
                details {
                    summary { "The last lines on standard " (name) }
                    pre tabindex="0" { (text(&lines.join("\n"))) }
                }
            }
        }
    }
}

fn differences(check: &CheckReport) -> Markup {
    let all = check.differences.iter().map(Words::of);
    let shown: Vec<_> = all.take(MOST).collect();
    let more = check.differences.len() - shown.len();
    let has_places = shown.iter().any(|one| !one.at.is_empty());
    html! {
        div.scrolled tabindex="0" role="group" aria-label="Expected and actual results" {
            table {
                thead {
                    tr {
                        @if has_places { th scope="col" { "Where" } }
                        th scope="col" { "Expected" }
                        th scope="col" { "Yours" }
                    }
                }
                tbody {
                    @for one in &shown {
                        tr {
                            @if has_places { th scope="row" { (text(&one.at)) } }
                            td.expected { (text(&one.expected)) }
                            td.yours { (text(&one.actual)) }
                        }
                    }
                }
            }
        }
        @if more > 0 { p { "… and " (more) " more like these" } }
    }
}

/// A record on its way through the stages.
fn stages(example: &CounterexampleReport, check: &CheckReport) -> Markup {
    let stages: Vec<_> = example.trace.iter().map(Stage::of).collect();
    let first = stages.iter().position(Stage::differs);
    html! {
        p { (text(&example.simplest(check))) }
        ol.stages {
            @for (at, stage) in stages.iter().enumerate() {
                li.differs[Some(at) == first] {
                    span.stage { (text(stage.name)) }
                    @if stage.differs() {
                        span.expected { "expected " (text(&stage.expected)) }
                        span.yours { "yours " (text(&stage.actual)) }
                    } @else {
                        span { (text(&stage.actual)) }
                    }
                }
            }
        }
        (replay(example))
    }
}

fn replay(example: &CounterexampleReport) -> Markup {
    html! { p { "The same input again: " code { (text(&example.replay)) } } }
}
