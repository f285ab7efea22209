//! `cargo grade hint`: one hint at a time, from a question to the near answer.

use std::path::Path;

use colored::Colorize;

use super::standing::{Standing, StepStanding};
use super::{output, select_one};
use crate::child::TroubleKind;
use crate::course::Course;
use crate::problem::{Problem, Result, exit};
use crate::step::{self, Step};

/// The hint on a `todo!()`.
const UNWRITTEN: &str = "This is not written yet. The comment above the function says what it \
                         must do, return and print: write the plainest thing that does it.";

pub fn run(course: &Course, name: &str, dir: Option<&Path>) -> Result<u8> {
    let step = select_one(step::load(course)?, name)?;
    let mut standing = Standing::load(course);
    let here = standing.of(dir);
    let named = dir.map(|dir| format!(" --dir {}", dir.display()));
    let named = named.unwrap_or_default();
    let commands = Ways {
        hint: format!("cargo grade hint {}{named}", step.number),
        grade: format!("cargo grade {}{named}", step.number),
    };
    let graded = |at: &StepStanding| at.graded();
    if here.compile_error.is_none() && !here.steps.get(&step.id).is_some_and(graded) {
        return Err(Problem::usage(
            format!("step {} has not been graded yet", step.number),
            format!(
                "Run `{}` first: hints are on what it finds.",
                commands.grade
            ),
        ));
    }
    let hint = next(&step, here, &commands);
    output::line(hint)?;
    standing.save(course);
    Ok(exit::PASSED)
}

/// How to go on: commands, or the keys of `cargo grade watch`.
pub struct Ways {
    pub hint: String,
    pub grade: String,
}

/// The next hint on what a step fails on, as text for 80 columns. The last one stays.
pub fn next(step: &Step, standing: &mut Standing, ways: &Ways) -> String {
    if let Some(error) = &standing.compile_error {
        let said = format!("Your code did not compile when it was graded last: {error}");
        let then = format!(
            "Mend that first; {} shows all the compiler says. Hints are on code that runs.",
            ways.grade
        );
        return format!("{}\n{}", indented(&said), indented(&then));
    }
    let at = standing.steps.entry(step.id.clone()).or_default();
    let found = at.clone();
    let Some((about, ladder)) = ladder(step, &found) else {
        return format!(
            "  Step {} passes: there is nothing to hint at.",
            step.number
        );
    };
    at.hints = (at.hints + 1).min(ladder.len());
    let head = format!("Hint {} of {} · {about}", at.hints, ladder.len());
    let hint = indented(ladder[at.hints - 1]);
    let more = match ladder.len() - at.hints {
        0 => format!("That was the last one. {} judges again.", ways.grade),
        _ => format!("{} goes one step further.", ways.hint),
    };
    format!("  {}\n{hint}\n  {}", head.bold(), more.dimmed())
}

fn indented(text: &str) -> String {
    let options = textwrap::Options::new(78);
    textwrap::fill(text, options.initial_indent("  ").subsequent_indent("  "))
}

/// What the hints are about, and the hints: those of the misconception that was
/// recognised, or else of the first check that fails.
fn ladder<'a>(step: &'a Step, at: &'a StepStanding) -> Option<(&'a str, Vec<&'a str>)> {
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
    // A step that passes may have a bonus left.
    let about = at.failing.as_ref().or(at.bonus.as_ref())?;
    let check = step.checks.iter().find(|check| check.id == *about)?;
    if at.trouble == Some(TroubleKind::Unwritten) {
        return Some((&check.title, vec![UNWRITTEN]));
    }
    let about_it = at.failing.is_some();
    let example = at.example.as_ref().filter(|_| about_it);
    let look = at.look.as_ref().filter(|_| about_it);
    // The reason was shown by the verdict: what was seen says more.
    let because = Some(&check.because).filter(|_| example.is_none());
    let hint = Some(&check.hint);
    // A generated input stands nowhere but in the verdict.
    let [second, third] = match step.is_generated(&check.scenario) {
        true => [example, hint],
        false => [hint, example],
    };
    let rungs = [at.clue.as_ref(), second, third, because, look];
    let rungs = rungs.into_iter().flatten().map(String::as_str);
    Some((&check.title, rungs.collect()))
}
