//! What was found, as plain text for other software. Each text has a limited length, no control
//! characters but line breaks, and no line that a CI treats as a command: any form may be printed
//! in its log.

use super::harmless::harmless;
use super::words::Words;
use super::{CheckReport, StepReport};
use crate::problem::Problem;
use crate::submission::CompilerMessage;

/// How many differences of a check are listed.
const MOST: usize = 20;

/// How many characters one text has.
const LONGEST: usize = 4_000;

/// A text of a submission.
pub fn text(text: &str) -> String {
    let text = harmless(text, false);
    let text = text.trim_end_matches('\n');
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}\n… (the rest is left out)", &text[..end]),
        None => text.to_owned(),
    }
}

/// The same on one line.
pub fn line(line: &str) -> String {
    text(&line.replace('\n', " "))
}

/// What was found about a check that did not pass.
pub fn check(check: &CheckReport) -> String {
    let mut lines = vec![check.message.clone()];
    lines.extend(differences(check));
    for (case, input) in &check.inputs {
        lines.push(format!("{case}, given {input}"));
    }
    if let Some(place) = &check.location {
        let (file, line) = (&place.file, place.line);
        lines.push(format!("Look at {file}:{line}, {}.", place.function));
    }
    if !check.fixtures.is_empty() {
        lines.push(format!("The input is in {}.", check.fixtures.join(", ")));
    }
    if let Some(example) = &check.counterexample {
        lines.push(format!("The same input again: {}", example.replay));
    }
    lines.push(format!("Rule: {}.", check.rule));
    for (name, written) in [("output", &check.stdout), ("error", &check.stderr)] {
        if !written.is_empty() {
            lines.push(format!("The last lines on standard {name}:"));
            lines.extend_from_slice(written);
        }
    }
    text(&lines.join("\n"))
}

/// The differences that the message does not name.
fn differences(check: &CheckReport) -> Vec<String> {
    let all = check.differences.iter().take(MOST);
    let all = all.map(|one| Words::of(one).sentence());
    let mut lines: Vec<_> = all.filter(|one| *one != check.message).collect();
    if check.differences.len() > MOST {
        let more = check.differences.len() - MOST;
        lines.push(format!("… and {more} more like these"));
    }
    lines
}

/// What was found about a step as a whole; empty if there is nothing to say.
pub fn step(step: &StepReport) -> String {
    let named = step.diagnosis.as_ref();
    let named = named.map(|named| format!("It looks as if {}.", named.name));
    let warnings = step.warnings.iter().map(|said| said.warning());
    let lines: Vec<_> = named.into_iter().chain(warnings).collect();
    text(&lines.join("\n"))
}

/// An error as rustc prints it. Errors about calls of the grader have only a message.
pub fn compile_error(error: &CompilerMessage) -> String {
    match error.rendered.as_str() {
        "" => text(&format!("{}: {}", error.place(), error.message)),
        _ => text(&error.shown(false)),
    }
}

/// Why there is no verdict, and what to do.
pub fn problem(problem: &Problem) -> String {
    text(&format!("{}.\n{}", problem.what, problem.next))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::saved;

    #[test]
    fn a_check_says_each_difference_once() {
        let report = saved("counterexample");
        let said = check(&report.steps[0].checks[0]);
        assert_eq!(said.matches("high_value: expected 1, yours 2").count(), 1);
        assert!(said.contains("\nLook at exercises/src/processor.rs:112, process_event.\n"));
        assert!(said.contains("\nRule: "), "{said}");
    }

    #[test]
    fn the_input_can_be_made_again() {
        let report = saved("counterexample");
        let said = check(report.steps[0].checks.last().unwrap());
        assert!(said.contains("again: cargo grade 3 --seed 7"), "{said}");
    }

    #[test]
    fn a_step_says_what_the_compiler_warns_of() {
        let report = saved("warnings");
        let said = step(&report.steps[0]);
        assert!(said.contains("The compiler warns about"), "{said}");
        assert_eq!(step(&saved("passed").steps[0]), "");
    }

    #[test]
    fn a_text_is_harmless_and_has_an_end() {
        assert_eq!(text("a\r\x1b[2J\nb\u{202e}"), "a\\r\\u{1b}[2J\nb\\u{202e}");
        assert_eq!(text("a\n::error::b\n"), "a\n\\::error::b");
        assert_eq!(line("a\nb"), "a b");
        let long = text(&"é".repeat(LONGEST + 1));
        assert!(long.starts_with(&"é".repeat(LONGEST)) && long.ends_with("(the rest is left out)"));
    }
}
