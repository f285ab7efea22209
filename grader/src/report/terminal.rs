//! For people: a short table over all steps, or one step check by check. Made for
//! 80 columns; marks stand beside words, so nothing hangs on colour.

use std::fmt::Write as _;
use std::path::Path;

use colored::{ColoredString, Colorize};
use console::{Alignment, measure_text_width, pad_str, truncate_str};

use super::{Report, StepReport};
use crate::check::{Counterexample, Difference, Status, Verdict};

const WIDTH: usize = 80;

/// Where the titles of checks begin, and what is said about them below.
const INDENT: usize = 19;

/// How many differences of one check are shown.
const DIFFERENCES: usize = 4;

/// How many compiler errors are shown in full.
const COMPILE_ERRORS: usize = 3;

/// How a report is shown.
#[derive(Clone, Copy, Debug, Default)]
pub struct View<'a> {
    /// Check by check, for steps that were asked for by name.
    pub in_detail: bool,
    /// What `--dir` was given, so that the next command can be typed as it is.
    pub dir: Option<&'a Path>,
    /// The step after those that were graded.
    pub following: Option<usize>,
}

/// The report as text.
pub fn render(report: &Report, view: &View<'_>) -> String {
    let mut out = String::new();
    if report.compile_errors.is_empty() {
        if view.in_detail {
            report.steps.iter().for_each(|step| details(&mut out, step));
        } else {
            table(&mut out, report);
        }
        let seed = format!("seed {}", report.seed).dimmed();
        line(&mut out, &format!("  {} · {seed}", score(report)));
    } else {
        compile_errors(&mut out, report);
    }
    line(
        &mut out,
        &format!("  {} {}", "Next:".bold(), next(report, view)),
    );
    out
}

fn compile_errors(out: &mut String, report: &Report) {
    let errors = &report.compile_errors;
    for error in errors.iter().take(COMPILE_ERRORS) {
        let rendered = &error.rendered;
        out.push_str(&if colored::control::SHOULD_COLORIZE.should_colorize() {
            rendered.clone()
        } else {
            console::strip_ansi_codes(rendered).into_owned()
        });
    }
    let more = errors.len().saturating_sub(COMPILE_ERRORS);
    if more > 0 {
        line(
            out,
            &format!("  … and {more} more, often gone with the first."),
        );
    }
    line(
        out,
        &format!(
            "  {} {} does not compile, so nothing could be checked.",
            "✗".red(),
            report.submission
        ),
    );
}

fn table(out: &mut String, report: &Report) {
    line(
        out,
        &format!(
            "  {} on the {} backend",
            report.submission.bold(),
            report.backend
        ),
    );
    line(out, "");
    for step in &report.steps {
        let (mark, word) = summary(step);
        let points = format!("{}/{}", step.score, step.max_score);
        let head = format!(
            "  {} {:<9} {mark} {word:<8} {points:>6}",
            step.number, step.id
        );
        match step.checks.iter().find(|check| check.fell()) {
            None => line(out, &head),
            Some(check) => {
                let message = textwrap::wrap(&check.message, WIDTH - 7);
                line(out, &head);
                for part in message.iter().take(2) {
                    line(out, &format!("      {}", part.dimmed()));
                }
            }
        }
    }
    line(out, "");
}

fn details(out: &mut String, step: &StepReport) {
    let points = format!("{}/{}", step.score, step.max_score);
    let title = format!("Step {} · {}", step.number, step.title);
    let gap = WIDTH.saturating_sub(4 + title.chars().count() + points.len());
    line(
        out,
        &format!("  {}{}{points}", title.bold(), " ".repeat(gap)),
    );
    line(out, "");
    let mut said = Vec::new();
    for check in &step.checks {
        verdict(out, check, &mut said);
    }
    line(out, "");
    if let Some(diagnosis) = &step.diagnosis {
        line(
            out,
            &format!("  {} {}", "It looks as if".bold(), diagnosis.name),
        );
        line(
            out,
            &format!("  cargo grade hint {} helps you on.\n", step.number)
                .dimmed()
                .to_string(),
        );
    }
}

/// One check. What was said already, of a cause that fails many checks, is not
/// said again.
fn verdict(out: &mut String, check: &Verdict, said: &mut Vec<String>) {
    if check.bonus {
        let mark = if check.passed() {
            "★".green()
        } else {
            "☆".normal()
        };
        line(out, &format!("  {mark} bonus          {}", check.title));
        return;
    }
    let (mark, word) = mark(check.status);
    line(
        out,
        &format!(
            "  {mark} {word:<8} {:>2}/{:<2} {}",
            check.score, check.max_score, check.title
        ),
    );
    if check.passed() || said.contains(&check.message) {
        return;
    }
    said.push(check.message.clone());
    let indent = &" ".repeat(INDENT);
    if check.differences.is_empty() {
        text(out, indent, &check.message);
    }
    match &check.counterexample {
        Some(example) if !example.trace.is_empty() => trace(out, indent, example, check),
        _ => differences(out, indent, check),
    }
    if !check.stderr.is_empty() && !said.contains(&check.scenario) {
        said.push(check.scenario.clone());
        text(out, indent, "on standard error:");
        for printed in &check.stderr {
            let room = WIDTH - indent.len() - 2;
            let printed = truncate_str(printed, room, "…").into_owned();
            line(out, &format!("{indent}  {printed}"));
        }
    }
    if !check.asked.is_empty() {
        let asked = check
            .asked
            .iter()
            .map(|(name, count)| format!("{count} {name}"));
        let asked = asked.collect::<Vec<_>>().join(", ");
        text(out, indent, &format!("you asked AWS for {asked}"));
    }
    if check.status == Status::Failed && check.unwritten.is_none() {
        text(out, indent, &format!("because {}", check.because));
    }
}

fn differences(out: &mut String, indent: &str, check: &Verdict) {
    let shown = &check.differences[..check.differences.len().min(DIFFERENCES)];
    side_by_side(out, indent, shown);
    let more = check.differences.len() - shown.len();
    if more > 0 {
        let more = format!("{indent}… and {more} more like these");
        line(out, &more.dimmed().to_string());
    }
}

/// One record on its way through the stages, with the first one where the
/// submission parts from the reference.
fn trace(out: &mut String, indent: &str, example: &Counterexample, check: &Verdict) {
    let record = check.differences.first().map(|first| first.at.as_str());
    let record = record
        .and_then(|at| at.split(" · ").next())
        .unwrap_or_default();
    let before = match example.records {
        0 | 1 => String::new(),
        more => format!(", after {} more", more - 1),
    };
    text(
        out,
        indent,
        &format!("the simplest record that shows it: {record}{before}"),
    );
    let parting = example.parting();
    for row in &example.trace {
        let stage = format!("{:<11}", row.stage);
        let room = WIDTH - indent.len() - 2 - stage.len();
        let cut = |text: &str, room| truncate_str(text, room, "…").into_owned();
        let mark = if Some(row) == parting {
            "▸".red()
        } else {
            " ".normal()
        };
        if row.expected == row.actual {
            let same = format!("{stage}{}", cut(&row.actual, room));
            line(out, &format!("{indent}{mark} {}", same.dimmed()));
            continue;
        }
        let wanted = format!("expected {}", cut(&row.expected, room - 9).green());
        let given = format!("yours {}", cut(&row.actual, room - 9).red());
        if measure_text_width(&wanted) + measure_text_width(&given) + 2 <= room {
            line(out, &format!("{indent}{mark} {stage}{wanted}  {given}"));
        } else {
            line(out, &format!("{indent}{mark} {stage}{wanted}"));
            let given = cut(&row.actual, room - 9).red();
            line(out, &format!("{indent}  {:11}yours    {given}", ""));
        }
    }
}

/// Expected and actual beside each other, in columns, where they fit; below each
/// other where they do not.
fn side_by_side(out: &mut String, indent: &str, differences: &[Difference]) {
    let widest = |side: fn(&Difference) -> &str| {
        differences
            .iter()
            .map(|d| measure_text_width(side(d)))
            .max()
            .unwrap_or_default()
    };
    let (at, expected) = (widest(|d| &d.at), widest(|d| &d.expected));
    let columns = at + expected + widest(|d| &d.actual) + "  expected   yours ".len();
    let room = WIDTH - indent.len();
    let pad = |text, width| pad_str(text, width, Alignment::Left, None).into_owned();
    let cut = |text| truncate_str(text, room - "  expected ".len(), "…").into_owned();
    for difference in differences {
        let (wanted, given) = (&difference.expected, &difference.actual);
        if columns <= room {
            let place = if at == 0 {
                String::new()
            } else {
                pad(&difference.at, at + 2)
            };
            let wanted = pad(wanted, expected).green();
            line(
                out,
                &format!("{indent}{place}expected {wanted}  yours {}", given.red()),
            );
        } else {
            if at > 0 {
                line(out, &format!("{indent}{}", difference.at));
            }
            line(out, &format!("{indent}  expected {}", cut(wanted).green()));
            line(out, &format!("{indent}  yours    {}", cut(given).red()));
        }
    }
}

fn text(out: &mut String, indent: &str, text: &str) {
    for part in textwrap::wrap(text, WIDTH - indent.len()) {
        line(out, &format!("{indent}{}", part.dimmed()));
    }
}

fn summary(step: &StepReport) -> (ColoredString, &'static str) {
    if step.passed {
        mark(Status::Passed)
    } else {
        mark(Status::Failed)
    }
}

fn mark(status: Status) -> (ColoredString, &'static str) {
    match status {
        Status::Passed => ("✓".green(), "passed"),
        Status::Failed => ("✗".red(), "failed"),
        Status::Blocked => ("○".yellow(), "blocked"),
        Status::Error => ("!".red().bold(), "error"),
    }
}

fn score(report: &Report) -> String {
    let text = format!("{} of {} points", report.score, report.max_score);
    if report.passed {
        text.green().bold().to_string()
    } else {
        text.bold().to_string()
    }
}

/// The one command to type next.
fn next(report: &Report, view: &View<'_>) -> String {
    let dir = view
        .dir
        .map(|dir| format!(" --dir {}", dir.display()))
        .unwrap_or_default();
    let graded = report.steps.iter().map(|step| step.number.to_string());
    let again = match view.in_detail {
        true => format!(" {}", graded.collect::<Vec<_>>().join(" ")),
        false => String::new(),
    };
    if let Some(error) = report.compile_errors.first() {
        let line = error
            .line
            .map(|line| format!(":{line}"))
            .unwrap_or_default();
        return format!("mend {}{line}, then cargo grade{again}{dir}", error.file);
    }
    let Some(step) = report.steps.iter().find(|step| !step.passed) else {
        return match view.following {
            Some(number) => format!("cargo grade {number}{dir}"),
            None => "nothing, all of this passes".into(),
        };
    };
    let file = Path::new(&report.submission).join("src").join(&step.file);
    format!(
        "edit {}, then cargo grade {}{dir}",
        file.display(),
        step.number
    )
}

fn line(out: &mut String, text: &str) {
    writeln!(out, "{}", text.trim_end()).expect("a string takes everything");
}
