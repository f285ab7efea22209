//! `cargo grade hint`: one hint at a time, from a question to the near answer.

use colored::Colorize;

use crate::course::Course;
use crate::problem::{Problem, Result, exit};
use crate::standing::{Standing, StepStanding};
use crate::step::{self, Step};

/// The hint on a `todo!()`.
const UNWRITTEN: &str = "This is not written yet. The comment above the function says what it \
                         must do, return and print: write the plainest thing that does it.";

pub fn run(course: &Course, name: &str) -> Result<u8> {
    let step = step::select_one(step::load(course)?, name)?;
    let mut standing = Standing::load(course);
    let graded = |at: &&mut StepStanding| at.graded();
    let Some(at) = standing.steps.get_mut(&step.id).filter(graded) else {
        return Err(Problem::usage(
            format!("step {} has not been graded yet", step.number),
            format!(
                "Run `cargo grade {}` first: hints are on what it finds in code that compiles.",
                step.number
            ),
        ));
    };
    let again = format!("cargo grade hint {}", step.number);
    println!("{}", next(&step, at, &again));
    standing.save(course);
    Ok(exit::PASSED)
}

/// The next hint on what a step fails on, as text for 80 columns; `again` is how to
/// get another. The last one stays.
pub fn next(step: &Step, at: &mut StepStanding, again: &str) -> String {
    let Some((about, ladder)) = ladder(step, at) else {
        return format!(
            "  Step {} passes: there is nothing to hint at.",
            step.number
        );
    };
    at.hints = (at.hints + 1).min(ladder.len());
    let head = format!("Hint {} of {} · {about}", at.hints, ladder.len());
    let hint = textwrap::fill(
        ladder[at.hints - 1],
        textwrap::Options::new(78)
            .initial_indent("  ")
            .subsequent_indent("  "),
    );
    let more = match ladder.len() - at.hints {
        0 => format!(
            "That was the last one. cargo grade {} judges again.",
            step.number
        ),
        _ => format!("{again} goes one step further."),
    };
    format!("  {}\n{hint}\n  {}", head.bold(), more.dimmed())
}

/// What the hints are about, and the hints: those of the misconception that was
/// recognised, or else of the first check that fails.
fn ladder<'a>(step: &'a Step, at: &StepStanding) -> Option<(&'a str, Vec<&'a str>)> {
    let known = step
        .misconceptions
        .iter()
        .find(|known| Some(&known.submission) == at.diagnosis.as_ref());
    if let Some(known) = known {
        return Some((
            &known.name,
            known.hints.iter().map(String::as_str).collect(),
        ));
    }
    let failing = at.failing.as_ref()?;
    let check = step.checks.iter().find(|check| check.id == *failing)?;
    if at.unwritten {
        return Some((&check.title, vec![UNWRITTEN]));
    }
    Some((&check.title, vec![&check.hint, &check.because]))
}
