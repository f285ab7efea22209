//! One step, check by check. What does not fit on the screen is folded: checks that
//! passed first, then what is said of those that failed last.

use super::findings::Telling;
use super::page::{Look, Page};
use super::{View, findings, mark};
use crate::check::Status;
use crate::report::{CheckReport, StepReport};

/// What follows on the screen: the score, what to do next, and the prompt.
const CLOSING: usize = 3;

/// How many lines of the first check that failed are shown, however small the screen.
const LEAST: usize = 4;

/// Where the titles of checks begin.
const TITLE: usize = 19;

pub fn step(report: &mut Page, step: &StepReport, view: &View<'_>) {
    let page = &mut report.another();
    heading(page, step);
    let checks = explained(&step.checks, view.verbose, page);
    let closing = closing(step, view, page);
    let rows = view.screen.rows.saturating_sub(CLOSING);
    let all: usize = checks.iter().map(|said| said.lines.len()).sum();
    if view.verbose || page.lines.len() + all + closing.len() <= rows {
        page.lines
            .extend(checks.into_iter().flat_map(|said| said.lines));
    } else {
        let room = rows.saturating_sub(closing.len() + 2);
        fold(page, &checks, room);
        let more = format!("{} shows all that was found.", view.showing_all());
        page.wrapped(TITLE, Look::Dimmed, &more);
    }
    page.lines.extend(closing);
    report.lines.append(&mut page.lines);
}

fn heading(page: &mut Page, step: &StepReport) {
    let points = format!("{}/{}", step.score, step.max_score);
    let title = format!("Step {} · {}", step.number, step.title);
    let taken = 4 + title.chars().count() + points.len();
    let gap = " ".repeat(page.columns.saturating_sub(taken).max(2));
    let title = page.paint(Look::Bold, &title);
    page.line(&format!("  {title}{gap}{points}"));
    page.line("");
}

/// What seems to be the matter, and a line that sets the step apart.
fn closing(step: &StepReport, view: &View<'_>, page: &Page) -> Vec<String> {
    let mut page = page.another();
    page.line("");
    for said in &step.warnings {
        page.wrapped(2, Look::Bold, &said.warning());
        page.line("");
    }
    if let Some(diagnosis) = &step.diagnosis {
        let said = format!("It looks as if {}.", diagnosis.name);
        page.wrapped(2, Look::Bold, &said);
        let dir = view.dir.map(|dir| format!(" --dir {}", dir.display()));
        let dir = dir.unwrap_or_default();
        let hint = match view.watched {
            true => "h helps you on.".to_owned(),
            false => format!("cargo grade hint {}{dir} helps you on.", step.number),
        };
        page.wrapped(2, Look::Dimmed, &hint);
        page.line("");
    }
    page.lines
}

/// A check with all that is said of it.
struct Explained<'a> {
    check: &'a CheckReport,
    lines: Vec<String>,
    /// Where the lines may be cut.
    blocks: Vec<usize>,
    /// How many of the lines are its title.
    title: usize,
    /// The same was said of a check before.
    repeated: bool,
}

impl Explained<'_> {
    /// As many lines as there is room for, but no part of what is said together: who reads
    /// what was expected wants to see what was given.
    fn fitting(&self, room: usize) -> usize {
        if room >= self.lines.len() {
            return self.lines.len();
        }
        let ends = || self.blocks.iter().copied().filter(|end| *end > self.title);
        let fitting = ends().filter(|end| *end <= room).max();
        fitting.or_else(|| ends().min()).unwrap_or(room)
    }
}

/// Each check with its lines. Of a cause that fails many checks all is said once, and
/// what happened each time.
fn explained<'a>(checks: &'a [CheckReport], verbose: bool, page: &Page) -> Vec<Explained<'a>> {
    let mut said: Vec<&str> = Vec::new();
    let explain = |check: &'a CheckReport| {
        let mut page = page.another();
        title(&mut page, check);
        let title = page.lines.len();
        let repeated = said.contains(&check.message.as_str());
        // What a bonus wants is told to whoever wants to know all.
        let told = check.fell() || verbose && !check.passed();
        if told && repeated && !check.bonus {
            let indent = findings::indent(page.columns);
            page.wrapped(indent, Look::Dimmed, &check.message);
        } else if told {
            let heard = said.contains(&check.scenario.as_str());
            let telling = Telling {
                all: verbose,
                heard,
            };
            findings::explain(&mut page, check, telling);
            said.extend([check.message.as_str(), check.scenario.as_str()]);
        }
        Explained {
            check,
            lines: page.lines,
            blocks: page.blocks,
            title,
            repeated,
        }
    };
    checks.iter().map(explain).collect()
}

fn title(page: &mut Page, check: &CheckReport) {
    let (mark, word, points) = match (check.bonus, check.passed()) {
        (true, true) => (page.paint(Look::Green, "★"), "bonus", String::new()),
        (true, false) => ("☆".to_owned(), "bonus", String::new()),
        (false, _) => {
            let (mark, word) = mark(page, check.status);
            (mark, word, points(check.score, check.max_score))
        }
    };
    page.hanging(
        TITLE,
        &format!("  {mark} {word:<8} {points:<5} "),
        &check.title,
    );
}

fn points(score: u32, of: u32) -> String {
    format!("{score:>2}/{of}")
}

/// The step in so many rows: what passed in one line, what failed as far as there
/// is room, the first of it in any case.
fn fold(page: &mut Page, checks: &[Explained<'_>], rows: usize) {
    let of = |wanted: &dyn Fn(&CheckReport) -> bool| -> Vec<_> {
        checks.iter().filter(|said| wanted(said.check)).collect()
    };
    let failed = of(&|check| check.fell() && check.status != Status::Blocked);
    let folded = [
        (
            Status::Passed,
            of(&|check| check.passed() && !check.bonus),
            "passed",
        ),
        (
            Status::Blocked,
            of(&|check| check.status == Status::Blocked),
            "wait for what failed",
        ),
    ];
    let folded: Vec<_> = folded
        .into_iter()
        .filter(|(_, checks, _)| !checks.is_empty())
        .collect();
    let mut room = rows.saturating_sub(page.lines.len() + folded.len());
    for (at, said) in failed.iter().enumerate() {
        let others: usize = failed[at + 1..].iter().map(|said| said.title).sum();
        if room < said.title + usize::from(others > 0) {
            let more = format!("… and {} more failed", failed.len() - at);
            page.wrapped(TITLE, Look::Dimmed, &more);
            break;
        }
        // The titles of the others come before what is said of this one.
        let fits = match at {
            0 => said.fitting(room.saturating_sub(others).max(LEAST)),
            _ if !said.repeated && said.lines.len() + others <= room => said.lines.len(),
            _ => said.title,
        };
        page.lines.extend_from_slice(&said.lines[..fits]);
        room = room.saturating_sub(fits);
    }
    for (status, checks, what) in folded {
        let (mark, word) = mark(page, status);
        let sum = |of: fn(&CheckReport) -> u32| checks.iter().map(|said| of(said.check)).sum();
        let points = points(sum(|check| check.score), sum(|check| check.max_score));
        let what = match (checks.len(), status) {
            (1, Status::Blocked) => "1 check waits for what failed".to_owned(),
            (1, _) => "1 check passed".to_owned(),
            (many, _) => format!("{many} checks {what}"),
        };
        page.hanging(TITLE, &format!("  {mark} {word:<8} {points:<5} "), &what);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::terminal::tests::saved;

    /// A check of two title lines, with pairs of lines after them.
    fn fitting(room: usize) -> usize {
        let report = saved("diagnosis");
        let said = Explained {
            check: &report.steps[0].checks[0],
            lines: vec![String::new(); 9],
            blocks: vec![2, 4, 6, 8],
            title: 2,
            repeated: false,
        };
        said.fitting(room)
    }

    #[test]
    fn a_screen_does_not_end_in_the_middle_of_a_pair() {
        assert_eq!([9, 8, 7, 5, 4].map(fitting), [9, 8, 6, 4, 4]);
        assert_eq!(fitting(3), 4, "one pair is shown in any case");
    }
}
