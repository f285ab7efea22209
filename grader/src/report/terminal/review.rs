//! The review of a step that has passed: its AWS calls next to the reference's, the lints of
//! clippy, other right ways, and the bonus checks that are still open.

use super::page::{Look, Page, Screen};
use crate::report::{Compared, ScenarioReport, State, StepReport, compared};
use crate::step::{Review, Step};
use crate::submission::Lint;

/// How many lints are shown, if not all are shown.
const LINTS: usize = 5;

/// A number of calls that is within this part of the reference's counts as the same: how often
/// a program polls depends on the time.
const ALIKE: f64 = 0.1;

/// What a review is made of.
pub struct Reviewed<'a> {
    pub step: &'a Step,
    pub texts: &'a Review,
    pub report: &'a StepReport,
    pub reference: &'a StepReport,
    /// `None` if clippy is not installed.
    pub lints: Option<&'a [Lint]>,
    /// The command for the next step, or the text that there is none.
    pub next: String,
    /// Shows all lints.
    pub verbose: bool,
}

/// The review as text.
pub fn render(reviewed: &Reviewed<'_>, screen: Screen, colour: bool) -> String {
    let mut page = Page::new(screen.columns, colour);
    let report = reviewed.report;
    let title = format!("Review of step {} · {}", report.number, report.title);
    let title = page.paint(Look::Bold, &title);
    page.line(&format!("  {title}"));
    calls(&mut page, reviewed);
    lints(&mut page, reviewed);
    alternatives(&mut page, reviewed);
    bonuses(&mut page, reviewed);
    page.line("");
    let next = page.paint(Look::Bold, "Next:");
    page.hanging(8, &format!("  {next} "), &reviewed.next);
    page.into_text()
}

fn heading(page: &mut Page, text: &str) {
    page.line("");
    page.wrapped(2, Look::Bold, text);
}

fn calls(page: &mut Page, reviewed: &Reviewed<'_>) {
    let rows = compared(
        &ordinary(reviewed.step, reviewed.report),
        &ordinary(reviewed.step, reviewed.reference),
    );
    if rows.is_empty() {
        return;
    }
    heading(
        page,
        "Calls to AWS, in the scenarios in which AWS returns no errors",
    );
    let of_what = format!("{:<24}{:>20}{:>24}", "", "calls", "records");
    let whose = format!(
        "{:<24}{:>8}{:>12}{:>12}{:>12}",
        "", "yours", "reference", "yours", "reference"
    );
    for head in [of_what, whose] {
        page.wrapped(4, Look::Dimmed, &head);
    }
    for row in &rows {
        let Compared {
            operation,
            yours,
            reference,
        } = row;
        page.cut(
            4,
            &format!(
                "{operation:<24}{:>8}{:>12}{:>12}{:>12}",
                yours.calls, reference.calls, yours.records, reference.records
            ),
        );
    }
    let different: Vec<_> = rows.iter().filter(|row| !is_alike(row)).collect();
    if different.is_empty() {
        page.wrapped(
            4,
            Look::Plain,
            "You call AWS as often as the reference does.",
        );
    }
    for row in different {
        page.hanging(6, "    ", &meaning(row, reviewed.texts));
    }
}

/// The scenarios of a step that have no faults.
fn ordinary<'a>(step: &Step, report: &'a StepReport) -> Vec<&'a ScenarioReport> {
    let scenarios = step.scenarios.iter().filter(|it| it.faults.is_empty());
    scenarios.filter_map(|it| report.scenario(&it.id)).collect()
}

fn is_alike(row: &Compared) -> bool {
    let (yours, reference) = (row.yours.calls as f64, row.reference.calls as f64);
    (yours - reference).abs() <= ALIKE * reference
}

/// What it means that the numbers of calls differ.
fn meaning(row: &Compared, texts: &Review) -> String {
    let operation = &row.operation;
    let text = texts.calls.iter().find(|it| it.operation == *operation);
    let is_more = row.yours.calls > row.reference.calls;
    let text = text.and_then(|it| if is_more { &it.more } else { &it.fewer }.as_ref());
    let difference = match (row.yours.calls, row.reference.calls) {
        (0, _) => "only the reference calls it".to_owned(),
        (_, 0) => "only you call it".to_owned(),
        _ if is_more => "more calls than the reference".to_owned(),
        _ => "fewer calls than the reference".to_owned(),
    };
    match text {
        Some(text) => format!("{operation}: {difference}. {text}"),
        None => format!("{operation}: {difference}."),
    }
}

fn lints(page: &mut Page, reviewed: &Reviewed<'_>) {
    let file = &reviewed.report.file;
    let Some(lints) = reviewed.lints else {
        heading(page, &format!("Clippy on src/{file}"));
        let install = "Clippy is not installed: rustup component add clippy";
        page.wrapped(4, Look::Plain, install);
        return;
    };
    let own = |lint: &&Lint| lint.message.file.ends_with(&format!("src/{file}"));
    let lints: Vec<_> = lints.iter().filter(own).collect();
    heading(page, &format!("Clippy on src/{file}"));
    if lints.is_empty() {
        page.wrapped(4, Look::Plain, "Clippy has nothing to improve.");
    }
    let most = if reviewed.verbose { usize::MAX } else { LINTS };
    for lint in lints.iter().take(most) {
        let said = &lint.message;
        let place = page.paint(Look::Dimmed, &said.place());
        page.cut(4, &place);
        let help = lint.help.as_deref().map(|help| format!(": {help}"));
        let text = format!("{}{}", said.message, help.unwrap_or_default());
        page.wrapped(6, Look::Plain, &text);
    }
    if lints.len() > most {
        let more = format!("… and {} more (-v shows all)", lints.len() - most);
        page.wrapped(4, Look::Dimmed, &more);
    }
}

fn alternatives(page: &mut Page, reviewed: &Reviewed<'_>) {
    let alternatives = &reviewed.texts.alternatives;
    if alternatives.is_empty() {
        return;
    }
    heading(page, "Other ways that also pass");
    for one in alternatives {
        let folder = format!("fixtures/alternative/{}/", one.submission);
        let folder = page.paint(Look::Dimmed, &folder);
        page.cut(4, &folder);
        let text = format!("{} {}", one.what, one.better);
        page.wrapped(6, Look::Plain, &text);
    }
}

fn bonuses(page: &mut Page, reviewed: &Reviewed<'_>) {
    let checks = reviewed.report.checks.iter();
    let open: Vec<_> = checks
        .filter(|check| State::of_check(check) == State::BonusOpen)
        .collect();
    if open.is_empty() {
        return;
    }
    heading(page, "Open bonus checks");
    for check in open {
        let mark = State::BonusOpen.painted(page.colour);
        page.hanging(6, &format!("    {mark} "), &check.title);
        page.wrapped(6, Look::Dimmed, &format!("Hint: {}", check.hint));
    }
}
