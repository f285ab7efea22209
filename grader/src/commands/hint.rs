//! `cargo grade hint`: one hint at a time, from a question to the near answer.

use std::path::Path;

use colored::Colorize;

use super::progress::{Progress, StepProgress};
use super::{output, select_one};
use crate::child::TroubleKind;
use crate::course::Course;
use crate::problem::{Problem, Result, exit};
use crate::report;
use crate::step::{self, Step};

/// The hint on a `todo!()`.
const UNWRITTEN: &str = "This is not written yet. The comment above the function says what it \
                         must do, return and print. Write the simplest code that does this.";

pub fn run(course: &Course, name: Option<&str>, dir: Option<&Path>) -> Result<u8> {
    let steps = step::load(course)?;
    let mut progress = Progress::load(course);
    let here = progress.of(dir);
    let step = match (name, here.following(&steps, None)) {
        (None, Some(step)) => step.clone(),
        (None, None) => {
            output::line("  Every step passes, so there is no hint.")?;
            return Ok(exit::PASSED);
        }
        (Some(name), _) => select_one(steps, name)?,
    };
    let named = report::dir_option(dir);
    let commands = Ways {
        hint: format!("cargo grade hint {}{named}", step.number),
        grade: format!("cargo grade {}{named}", step.number),
    };
    let graded = |at: &StepProgress| at.graded();
    if here.compile_error.is_none() && !here.steps.get(&step.id).is_some_and(graded) {
        return Err(Problem::usage(
            format!("step {} has not been graded yet", step.number),
            format!(
                "Run `{}` first: the hints depend on its findings.",
                commands.grade
            ),
        ));
    }
    let hint = next(&step, here, &commands);
    output::line(hint)?;
    progress.save(course);
    Ok(exit::PASSED)
}

/// How to continue: commands, or the keys of `cargo grade watch`.
pub struct Ways {
    pub hint: String,
    pub grade: String,
}

/// The next hint for a step, as text for 80 columns. After the last hint, the last hint is
/// repeated.
pub fn next(step: &Step, progress: &mut Progress, ways: &Ways) -> String {
    if let Some(error) = &progress.compile_error {
        let said = format!("Your code did not compile in the last grading: {error}");
        let then = format!(
            "Fix that first: {} shows all errors. Hints are only for code that compiles.",
            ways.grade
        );
        return format!("{}\n{}", indented(&said), indented(&then));
    }
    let at = progress.steps.entry(step.id.clone()).or_default();
    let found = at.clone();
    let Some((about, ladder)) = ladder(step, &found) else {
        return format!("  Step {} passes, so there is no hint for it.", step.number);
    };
    at.hints = (at.hints + 1).min(ladder.len());
    let bonus = if found.passed { "bonus: " } else { "" };
    let head = format!("Hint {} of {} · {bonus}{about}", at.hints, ladder.len());
    let hint = indented(ladder[at.hints - 1]);
    let more = match ladder.len() - at.hints {
        0 => format!(
            "This is the last hint. {} grades your code again.",
            ways.grade
        ),
        _ => format!("{} gives the next hint.", ways.hint),
    };
    format!("  {}\n{hint}\n  {}", head.bold(), more.dimmed())
}

fn indented(text: &str) -> String {
    let options = textwrap::Options::new(78);
    textwrap::fill(text, options.initial_indent("  ").subsequent_indent("  "))
}

/// The subject of the hints, and the hints: those of the misconception that was recognised,
/// otherwise those of the first check that fails.
fn ladder<'a>(step: &'a Step, at: &'a StepProgress) -> Option<(&'a str, Vec<&'a str>)> {
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
    // A step that passes may still have a bonus.
    let about = at.failing.as_ref().or(at.bonus.as_ref())?;
    let check = step.checks.iter().find(|check| check.id == *about)?;
    if at.trouble == Some(TroubleKind::Unwritten) {
        return Some((&check.title, vec![UNWRITTEN]));
    }
    let about_it = at.failing.is_some();
    let example = at.example.as_ref().filter(|_| about_it);
    let look = at.look.as_ref().filter(|_| about_it);
    // The verdict shows the rule of a check whose results differ.
    let rule = Some(&check.rule).filter(|_| !about_it || at.trouble.is_some());
    let hint = Some(&check.hint);
    // Only the verdict contains a generated input.
    let [second, third] = match step.is_generated(&check.scenario) {
        true => [example, hint],
        false => [hint, example],
    };
    let rungs = [at.clue.as_ref(), second, third, rule, look];
    let rungs = rungs.into_iter().flatten().map(String::as_str);
    Some((&check.title, rungs.collect()))
}
