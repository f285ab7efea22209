//! The part of the page about one step.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::{calls, checks, mark, text};
use crate::report::{CheckReport, ScenarioReport, State, StepReport};

pub fn section(step: &StepReport, reference: Option<&StepReport>) -> Markup {
    let id = format!("step-{}", step.number);
    let (open, passed): (Vec<_>, Vec<_>) = step.checks.iter().partition(|check| !check.passed());
    html! {
        section aria-labelledby=(id) {
            h2 id=(id) {
                "Step " (step.number) " · " (step.title) " "
                span.points { (step.score) " of " (step.max_score) " points" }
            }
            p { (mark(State::of_step(step))) " · " code { "src/" (step.file) } }
            @if let Some(diagnosis) = &step.diagnosis {
                p.diagnosis { "It looks as if " (text(&diagnosis.name)) "." }
            }
            @for warning in &step.warnings { p.diagnosis { (text(&warning.warning())) } }
            @for check in open { (checks::open(step.number, check)) }
            @if !passed.is_empty() { (checks::passed(step.number, &passed)) }
            (figures(step, reference))
        }
    }
}

/// The calls of the scenarios that read a stream, as a drawing for each.
fn figures(step: &StepReport, reference: Option<&StepReport>) -> Markup {
    let drawn = step.scenarios.iter().filter(|it| calls::reads_a_stream(it));
    let drawn: Vec<_> = drawn.collect();
    let titles = titles(step);
    let failed = |scenario: &&&ScenarioReport| {
        let mut checks = step.checks.iter().filter(|check| check.fell());
        checks.any(|check| check.scenario == scenario.id)
    };
    let first = drawn.iter().find(failed).or(drawn.first());
    let first = first.map(|scenario| &scenario.id);
    html! {
        @if !drawn.is_empty() {
            h3 { "Calls to AWS" }
            p { "Each drawing is one scenario. It shows when AWS answered each call, in milliseconds after the first answer." }
            @for scenario in drawn {
                details open[Some(&scenario.id) == first] {
                    summary {
                        "Scenario " (text(&scenario.id)) ": "
                        (titles.get(scenario.id.as_str()).map(Vec::as_slice).unwrap_or_default().join("; "))
                    }
                    (calls::figure(scenario, reference.and_then(|it| it.scenario(&scenario.id))))
                }
            }
        }
    }
}

/// The titles of the checks about each scenario.
fn titles(step: &StepReport) -> BTreeMap<&str, Vec<&str>> {
    let mut titles: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for CheckReport {
        scenario, title, ..
    } in &step.checks
    {
        titles.entry(scenario).or_default().push(title);
    }
    titles
}
