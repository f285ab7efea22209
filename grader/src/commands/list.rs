//! `cargo grade list`: the steps, and the student's progress.

use colored::Colorize;

use super::output;
use super::progress::Progress;
use crate::course::Course;
use crate::problem::{Result, exit};
use crate::report::{self, Screen, State};
use crate::step::{self, Step};

pub fn run(course: &Course) -> Result<u8> {
    let columns = Screen::here().columns;
    let progress = Progress::load(course);
    output::print(&render(&step::load(course)?, &progress, columns))?;
    Ok(exit::PASSED)
}

/// The list as text, with at most this many columns.
pub fn render(steps: &[Step], progress: &Progress, columns: usize) -> String {
    let options = || {
        textwrap::Options::new(columns.saturating_sub(6))
            .break_words(false)
            .word_splitter(textwrap::WordSplitter::NoHyphenation)
    };
    let mut out = String::new();
    for step in steps {
        let at = progress.steps.get(&step.id);
        let (state, points) = match at.filter(|at| at.graded()) {
            Some(at) => (at.state(), format!("{}/{}", at.score, step.points())),
            None => (State::ToDo, step.points().to_string()),
        };
        let mark = state.painted(report::in_colour());
        let gave_up = at.is_some_and(|at| at.gave_up);
        let note = if gave_up { "  solution seen" } else { "" };
        let head = format!("{} {:<9}", step.number, step.id);
        out += &format!(
            "  {mark} {} {points:>6} points  src/{}{note}\n",
            head.bold(),
            step.file
        );
        for line in textwrap::wrap(&step.summary, options()) {
            out += &format!("      {line}\n");
        }
        for line in textwrap::wrap(&step.functions.join(", "), options()) {
            out += &format!("      {}\n", line.dimmed());
        }
    }
    let scored: u32 = steps
        .iter()
        .filter_map(|step| progress.steps.get(&step.id))
        .map(|at| at.score)
        .sum();
    let total: u32 = steps.iter().map(Step::points).sum();
    out += &format!(
        "\n  {scored} of {total} points. Grade a step with `cargo grade 1` or `cargo grade setup`.\n"
    );
    out
}
