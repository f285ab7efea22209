//! One step, check by check. If it does not fit on the screen, it is folded: first the checks
//! that passed, then the details of the last checks that failed.

use super::findings::Telling;
use super::page::{Look, Page};
use super::{View, findings};
use crate::report::{CheckReport, State, StepReport, number_of};

/// The lines that follow on the screen: the score, what to do next, and the prompt.
const CLOSING: usize = 4;

/// How many lines of the first failed check are shown, even on a very small screen.
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
        let mut end = folded(page, &checks);
        let command = view.showing_all(&format!(" {}", step.number));
        let all = match step.passed {
            true => "every check",
            false => "everything that was found",
        };
        end.wrapped(TITLE, Look::Dimmed, &format!("{command} shows {all}."));
        fold(
            page,
            &checks,
            rows.saturating_sub(closing.len() + end.lines.len()),
        );
        page.lines.append(&mut end.lines);
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

/// What seems to be wrong, and a line that separates the step from the next one.
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
        let hint = match view.watched {
            true => "h gives a hint.".to_owned(),
            false => format!(
                "cargo grade hint {}{} gives a hint.",
                step.number,
                view.dir()
            ),
        };
        page.wrapped(2, Look::Dimmed, &hint);
        page.line("");
    }
    if step.passed && !view.watched {
        let command = format!("cargo grade review {}{}", step.number, view.dir());
        let review = format!("Optional: {command} compares your calls with the reference.");
        page.wrapped(2, Look::Dimmed, &review);
        page.line("");
    }
    page.lines
}

/// A check with all lines about it.
struct Explained<'a> {
    check: &'a CheckReport,
    lines: Vec<String>,
    /// Where the lines may be cut.
    blocks: Vec<usize>,
    /// How many of the lines are its title.
    title: usize,
    /// An earlier check has the same message.
    repeated: bool,
}

impl Explained<'_> {
    /// The title, and as many complete blocks as fit: a reader of the expected value also wants
    /// to see the actual value. The first block is always shown. The last one is the rule, which
    /// is more useful than a second difference.
    fn fitting(&self, room: usize) -> Vec<String> {
        let inner = self.blocks.iter().copied();
        let inner = inner.filter(|at| (self.title + 1..self.lines.len()).contains(at));
        let mut ends: Vec<_> = [self.title].into_iter().chain(inner).collect();
        ends.push(self.lines.len());
        ends.dedup();
        let blocks: Vec<_> = ends
            .windows(2)
            .map(|ends| &self.lines[ends[0]..ends[1]])
            .collect();
        let Some((last, others)) = blocks.split_last() else {
            return self.lines.clone();
        };
        let Some((first, middle)) = others.split_first() else {
            return self.lines.clone();
        };
        let mut left = room.saturating_sub(self.title + first.len());
        let has_last = last.len() <= left;
        left -= if has_last { last.len() } else { 0 };
        let middle = middle.iter().take_while(|block| {
            let fits = block.len() <= left;
            left = left.saturating_sub(block.len());
            fits
        });
        let mut shown = self.lines[..self.title].to_vec();
        shown.extend_from_slice(first);
        middle.for_each(|block| shown.extend_from_slice(block));
        if has_last {
            shown.extend_from_slice(last);
        }
        shown
    }
}

/// Each check with its lines. If one cause fails many checks, the details are shown once, and
/// the message each time.
fn explained<'a>(checks: &'a [CheckReport], verbose: bool, page: &Page) -> Vec<Explained<'a>> {
    let mut said: Vec<&str> = Vec::new();
    let explain = |check: &'a CheckReport| {
        let mut page = page.another();
        title(&mut page, check);
        let title = page.lines.len();
        let repeated = said.contains(&check.message.as_str());
        // The details of a bonus are shown only with all findings.
        let told = check.fell() || verbose && !check.passed();
        if told && repeated && check.is_unwritten() {
            // The title is enough, because the message was shown above.
        } else if told && repeated && !check.bonus {
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
    let points = match check.bonus {
        true => String::new(),
        false => points(check.score, check.max_score),
    };
    let head = head(page, State::of_check(check), &points);
    page.hanging(TITLE, &head, &check.title);
}

/// The text in front of a title.
fn head(page: &Page, state: State, points: &str) -> String {
    let (mark, word) = (state.painted(page.colour), state.word());
    format!("  {mark} {word:<8} {points:<5} ")
}

fn points(score: u32, of: u32) -> String {
    format!("{score:>2}/{of}")
}

/// The passed checks in one line, and the blocked ones too.
fn folded(page: &Page, checks: &[Explained<'_>]) -> Page {
    let mut page = page.another();
    for state in [State::Passed, State::Blocked] {
        let checks = checks.iter();
        let checks = checks.filter(|said| State::of_check(said.check) == state);
        let checks: Vec<_> = checks.collect();
        if checks.is_empty() {
            continue;
        }
        let sum = |of: fn(&CheckReport) -> u32| checks.iter().map(|said| of(said.check)).sum();
        let points = points(sum(|check| check.score), sum(|check| check.max_score));
        let head = head(&page, state, &points);
        page.hanging(TITLE, &head, &in_short(state, &checks));
    }
    page
}

/// The failed checks of a step so that the page has at most this many rows, and always the
/// first failed check.
fn fold(page: &mut Page, checks: &[Explained<'_>], rows: usize) {
    let failed = checks
        .iter()
        .filter(|said| said.check.fell() && State::of_check(said.check) != State::Blocked);
    let failed: Vec<_> = failed.collect();
    let mut room = rows.saturating_sub(page.lines.len());
    for (at, said) in failed.iter().enumerate() {
        let others: usize = failed[at + 1..].iter().map(|said| said.title).sum();
        if at > 0 && room < said.title + usize::from(others > 0) {
            let more = match failed.len() - at {
                1 => "… and 1 more that did not pass".to_owned(),
                more => format!("… and {more} more that did not pass"),
            };
            page.wrapped(TITLE, Look::Dimmed, &more);
            break;
        }
        // The titles of the others are more important than the details of this one.
        let mut shown = match at {
            0 => said.fitting(room.saturating_sub(others).max(LEAST)),
            _ if !said.repeated && said.lines.len() + others <= room => said.lines.clone(),
            _ => said.lines[..said.title].to_vec(),
        };
        room = room.saturating_sub(shown.len());
        page.lines.append(&mut shown);
    }
}

/// The text for checks that are not shown one by one.
fn in_short(state: State, checks: &[&Explained<'_>]) -> String {
    let many = number_of(checks.len(), "check");
    let mut whys: Vec<_> = checks.iter().map(|said| &said.check.message).collect();
    whys.dedup();
    match (state, whys.as_slice()) {
        (State::Blocked, [why]) => match checks.len() {
            1 => format!("{many} {why}"),
            _ => format!("{many} {}", why.replacen("needs", "need", 1)),
        },
        (State::Blocked, _) => format!("{many} need other checks first"),
        _ => format!("{many} passed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::terminal::tests::saved;

    /// The lines that are shown of a title `t`, of the pairs of lines `a`, `b` and `c`, and of the
    /// rule `r`.
    fn fitting(room: usize) -> String {
        let report = saved("diagnosis");
        let lines = "taabbccr".chars();
        let said = Explained {
            check: &report.steps[0].checks[0],
            lines: lines.map(String::from).collect(),
            blocks: vec![1, 3, 5, 7],
            title: 1,
            repeated: false,
        };
        said.fitting(room).concat()
    }

    #[test]
    fn a_screen_shows_complete_pairs_and_the_rule() {
        assert_eq!(fitting(8), "taabbccr");
        assert_eq!(fitting(7), "taabbr");
        assert_eq!(fitting(5), "taar");
        assert_eq!(fitting(4), "taar");
        assert_eq!(fitting(2), "taa", "one pair is shown in any case");
    }
}
