//! Markdown for a comment on GitHub or GitLab, or for `$GITHUB_STEP_SUMMARY`. A comment on GitHub
//! has at most 65,536 characters: <https://github.com/dead-claudia/github-limits>. A
//! summary may be longer.
//!
//! Text of a submission is only in code: GitHub makes no links and no mentions of it there:
//! <https://github.github.com/gfm/#fenced-code-blocks>.

use maud::html;

use super::{CheckReport, Report, State, StepReport, number_of, plain};

/// How many characters a comment has, without the last line.
const MOST: usize = 65_000;

pub fn render(report: &Report) -> String {
    let mut text = format!("## {}: {}\n", code(&report.submission), headline(report));
    let problem = report.problem.iter().map(|it| fenced(&plain::problem(it)));
    let errors = report.compile_errors.iter();
    let errors = errors.map(|error| fenced(&plain::compile_error(error)));
    let steps = report
        .steps
        .iter()
        .filter(|_| report.compile_errors.is_empty());
    let table = (!report.steps.is_empty()).then(|| table(report));
    let parts = problem
        .chain(table)
        .chain(errors)
        .chain(steps.flat_map(step));
    let mut left_out = 0;
    for part in parts {
        // A short part does not go in front of a long one that is left out.
        if left_out == 0 && text.chars().count() + part.chars().count() < MOST {
            text += &format!("\n{part}");
        } else {
            left_out += 1;
        }
    }
    if left_out > 0 {
        text += &format!(
            "\n… and {} that this comment has no room for\n",
            number_of(left_out, "part")
        );
    }
    text
}

fn headline(report: &Report) -> String {
    let score = report.points();
    let score = score.unwrap_or_else(|| "could not grade".into());
    match report.compile_errors.is_empty() {
        true => score,
        false if report.has_sources() => format!("{score}, the code does not compile"),
        false => format!("{score}, there are no sources"),
    }
}

fn table(report: &Report) -> String {
    let mut lines = vec![
        "| Step | Result | Points |".to_owned(),
        "|---|---|---:|".to_owned(),
    ];
    for step in &report.steps {
        let title = format!("{} · {}", step.number, prose(&step.title));
        let (state, score, of) = (State::of_step(step), step.score, step.max_score);
        lines.push(format!(
            "| {title} | {} {} | {score} / {of} |",
            state.mark(),
            state.word()
        ));
    }
    lines.join("\n") + "\n"
}

/// What was found about a step that did not pass; nothing if it did.
fn step(step: &StepReport) -> Vec<String> {
    if step.passed {
        return Vec::new();
    }
    let mut parts = vec![format!(
        "### Step {} · {}\n",
        step.number,
        prose(&step.title)
    )];
    let said = plain::step(step);
    if !said.is_empty() {
        parts.push(fenced(&said));
    }
    parts.extend(step.checks.iter().filter_map(failed));
    for state in [State::ToDo, State::Blocked] {
        let checks = step.checks.iter();
        let many = checks
            .filter(|check| State::of_check(check) == state)
            .count();
        if many > 0 {
            parts.push(format!(
                "{} {}: {}\n",
                state.mark(),
                state.word(),
                number_of(many, "check")
            ));
        }
    }
    parts
}

/// A failed check, folded.
fn failed(check: &CheckReport) -> Option<String> {
    let state = State::of_check(check);
    if !state.is_wrong() {
        return None;
    }
    let title = plain::line(&check.title);
    let title = html! {
        summary {
            (state.mark()) " " (state.word()) " · " (title)
            " · " (check.score) " of " (check.max_score)
        }
    };
    let found = fenced(&plain::check(check));
    // The empty lines end the HTML, so that the fence begins.
    Some(format!(
        "<details>{}\n\n{found}\n</details>\n",
        title.into_string()
    ))
}

/// Text of the course, in which no character is Markdown.
fn prose(text: &str) -> String {
    let mut shown = String::new();
    for c in plain::line(text).chars() {
        if "\\`*_[]<>|&~$#".contains(c) {
            shown.push('\\');
        }
        shown.push(c);
    }
    shown
}

/// Text of a submission on a line.
fn code(text: &str) -> String {
    let text = plain::line(text);
    let ticks = "`".repeat(longest_run(&text) + 1);
    format!("{ticks} {text} {ticks}")
}

/// Text of a submission on lines of its own.
fn fenced(text: &str) -> String {
    let fence = "`".repeat(longest_run(text).max(2) + 1);
    format!("{fence}text\n{text}\n{fence}\n")
}

/// How many backticks stand in a row: fewer than in a fence, so they do not end it.
fn longest_run(text: &str) -> usize {
    let runs = text.split(|c| c != '`').map(str::len);
    runs.max().unwrap_or_default()
}

#[cfg(test)]
mod tests;
