//! For people: a table of all steps, or one step check by check. Made for 80 columns.
//! Each mark has a word next to it, so the colours are not needed.

mod compile;
mod details;
mod findings;
mod marks;
mod overview;
mod page;
mod review;
#[cfg(test)]
pub mod tests;
mod trace;

use std::path::Path;

use super::Report;
use crate::quiz::QUIZ;
use crate::step::{self, Step};
use crate::submission::CompilerMessage;

use page::{Look, Page};
pub use page::{Screen, in_colour};
pub use review::{Reviewed, render as review};

/// How a report is shown.
#[derive(Clone, Copy, Debug, Default)]
pub struct View<'a> {
    /// Check by check, for steps that the command line names.
    pub in_detail: bool,
    /// All findings, however long the text gets.
    pub verbose: bool,
    /// What `--dir` was given, so that the next command can be typed as it is …
    pub dir: Option<&'a Path>,
    /// … and the other options of the grading, each after a space.
    pub options: &'a str,
    /// The step after those that were graded.
    pub following: Option<&'a Step>,
    pub screen: Screen,
    pub colour: bool,
    /// Keys are read: the next action is a save or a key, not a command.
    pub watched: bool,
}

impl View<'_> {
    /// The option for the next command that names the submission.
    fn dir(&self) -> String {
        dir_option(self.dir)
    }

    /// The key or the command that shows all findings of these steps.
    fn showing_all(&self, steps: &str) -> String {
        match self.watched {
            true => "v".to_owned(),
            false => format!("cargo grade{steps}{}{} -v", self.dir(), self.options),
        }
    }
}

/// The option that names a submission, after a space; nothing for the exercises.
pub fn dir_option(dir: Option<&Path>) -> String {
    let dir = dir.map(|dir| format!(" --dir {}", quoted(&dir.display().to_string())));
    dir.unwrap_or_default()
}

/// A word of a command, as a shell reads it.
pub fn quoted(word: &str) -> String {
    let quoted = shlex::try_quote(word);
    quoted.map_or_else(|_| word.to_owned(), std::borrow::Cow::into_owned)
}

/// The report as text.
pub fn render(report: &Report, view: &View<'_>) -> String {
    if let Some(problem) = &report.problem {
        return problem.told(view.screen.columns) + "\n";
    }
    let mut page = Page::new(view.screen.columns, view.colour);
    if !report.compile_errors.is_empty() {
        compile::errors(&mut page, report, view);
    } else if view.in_detail || view.verbose {
        let steps = report.steps.iter();
        steps.for_each(|step| details::step(&mut page, step, view));
        score(&mut page, report);
    } else {
        overview::table(&mut page, report, view);
        score(&mut page, report);
    }
    for note in &report.notes {
        page.wrapped(2, Look::Bold, &format!("Note: {note}."));
    }
    if let Some(seconds) = report.seconds.filter(|_| view.verbose) {
        let spent = format!(
            "backend {} {:.1} s · build {:.1} s · grading {:.1} s · sandbox {}",
            report.backend,
            seconds.backend,
            seconds.build,
            seconds.grading,
            report.sandbox.as_deref().unwrap_or("none"),
        );
        page.wrapped(2, Look::Dimmed, &spent);
    }
    next(report, view).show(&mut page);
    page.into_text()
}

fn score(page: &mut Page, report: &Report) {
    let score = report.points().unwrap_or_default();
    let look = match report.passed {
        true => Look::BoldGreen,
        false => Look::Bold,
    };
    let seed = format!("generated inputs: seed {}", report.seed.unwrap_or_default());
    let seed = match report.sandbox.as_deref() {
        Some("none") => format!("{seed} · without a sandbox"),
        _ => seed,
    };
    page.line(&format!(
        "  {} · {}",
        page.paint(look, &score),
        page.paint(Look::Dimmed, &seed)
    ));
}

/// What to do next.
struct Next {
    text: String,
    /// The command to type after it: never broken into lines, so that it can be copied.
    command: Option<String>,
}

impl Next {
    fn just(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            command: None,
        }
    }

    fn then(text: impl Into<String>, command: String) -> Self {
        Self {
            text: text.into(),
            command: Some(command),
        }
    }

    fn show(&self, page: &mut Page) {
        let head = format!("  {} ", page.paint(Look::Bold, "Next:"));
        let Some(command) = &self.command else {
            page.hanging(NEXT, &head, &self.text);
            return;
        };
        let line = match self.text.as_str() {
            "" => command.clone(),
            text => format!("{text}, then {command}"),
        };
        if NEXT + line.chars().count() <= page.columns || self.text.is_empty() {
            page.line(&format!("{head}{line}"));
        } else {
            page.hanging(NEXT, &head, &format!("{}, then", self.text));
            page.line(&format!("{:NEXT$}{command}", ""));
        }
    }
}

/// Where the text after `Next:` begins.
const NEXT: usize = 8;

fn next(report: &Report, view: &View<'_>) -> Next {
    let dir = view.dir() + view.options;
    let again = again(report, view);
    if let Some(error) = first_to_fix(&report.compile_errors) {
        let place = error.place();
        if let Some(module) = error.missing_file() {
            return restore(report, view, module);
        }
        return match view.watched {
            true => Next::just(format!("fix {place} and save the file")),
            false => Next::then(format!("fix {place}"), format!("cargo grade{again}{dir}")),
        };
    }
    let Some(step) = report.steps.iter().find(|step| !step.passed) else {
        return match view.following {
            Some(step) if view.watched => Next::just(format!("press n for step {}", step.number)),
            Some(step) => following(step, &dir),
            None => Next::just("nothing, every step passes"),
        };
    };
    if step.id == QUIZ && step.is_untouched() && !view.watched {
        let ask = format!("cargo grade quiz --ask{dir}");
        return Next::then("", ask);
    }
    let file = Path::new(&report.submission).join("src").join(&step.file);
    let (file, number) = (file.display(), step.number);
    match view.watched {
        true => Next::just(format!("edit {file} and save it")),
        false => Next::then(format!("edit {file}"), format!("cargo grade {number}{dir}")),
    }
}

/// How to go on with another step.
fn following(step: &Step, dir: &str) -> Next {
    let Step { number, id, .. } = step;
    let read = format!("read {}", step::page(*number, id));
    Next::then(read, format!("cargo grade {number}{dir}"))
}

/// How to restore a file that lib.rs names.
fn restore(report: &Report, view: &View<'_>, module: &str) -> Next {
    let file = format!("{module}.rs");
    let step = report.steps.iter().find(|step| step.file == file);
    match (step, view.dir) {
        (None, _) => Next::just(format!(
            "add src/{file}, or remove `mod {module};` from the file that has it"
        )),
        (Some(_), Some(_)) => Next::just(format!("restore src/{file}")),
        (Some(step), None) => Next::just(format!(
            "restore src/{file}, or get its stub with cargo grade reset {}",
            step.number
        )),
    }
}

/// The error to fix first: the first one, or the one of a changed function that the course
/// calls, unless the first one is a syntax error.
fn first_to_fix(errors: &[CompilerMessage]) -> Option<&CompilerMessage> {
    let first = errors.first()?;
    let mut calls = errors.iter().filter(|error| error.call.is_some());
    Some(
        calls
            .next()
            .filter(|_| first.code.is_some())
            .unwrap_or(first),
    )
}

/// The steps that the student has named, as the student types them.
fn again(report: &Report, view: &View<'_>) -> String {
    let numbers = report.steps.iter().map(|step| format!(" {}", step.number));
    numbers.filter(|_| view.in_detail).collect()
}
