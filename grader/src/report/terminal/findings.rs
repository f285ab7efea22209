//! The details of a check that did not pass.

use console::{Alignment, measure_text_width, pad_str};

use super::page::{Look, Page};
use super::trace::trace;
use crate::check::Status;
use crate::report::CheckReport;
use crate::report::words::Words;
use crate::scenario::Location;

/// How many differences of one check are shown, if not all are shown.
const DIFFERENCES: usize = 4;

/// The labels of the two sides.
const EXPECTED: &str = "expected ";
const YOURS: &str = "yours    ";

/// Two texts of at most this width are shown on one line.
const SHORT: usize = 12;

/// How many lines of standard error are shown.
const LAST_LINES: usize = 8;

/// Where the details begin: below the titles, if there is room.
pub fn indent(columns: usize) -> usize {
    if columns >= 64 { 19 } else { 4 }
}

/// How much is shown.
#[derive(Clone, Copy, Debug)]
pub struct Telling {
    /// Everything, and nothing cut.
    pub all: bool,
    /// The standard error of its scenario was already shown.
    pub heard: bool,
}

/// Why the check did not pass.
pub fn explain(page: &mut Page, check: &CheckReport, telling: Telling) {
    let indent = indent(page.columns);
    location(page, indent, check);
    if check.is_unwritten() {
        return;
    }
    if check.differences.is_empty() {
        page.wrapped(indent, Look::Dimmed, &check.message);
    }
    match &check.counterexample {
        Some(example) if !example.trace.is_empty() => {
            trace(page, indent, example, check, telling.all);
        }
        _ => {
            inputs(page, indent, check, telling.all);
            differences(page, indent, check, telling.all);
        }
    }
    page.block();
    if !check.stderr.is_empty() && !telling.heard {
        page.wrapped(indent, Look::Dimmed, "on standard error:");
        let last = check.stderr.len().saturating_sub(LAST_LINES);
        let printed = check.stderr[last..].iter();
        printed.for_each(|line| page.cut(indent + 2, line));
    }
    page.block();
    if !check.asked.is_empty() {
        let asked = check.asked.iter();
        let asked: Vec<_> = asked
            .map(|(name, count)| format!("{count} {name}"))
            .collect();
        let asked = format!("you asked AWS for {}", asked.join(", "));
        page.wrapped(indent, Look::Dimmed, &asked);
    }
    page.block();
    if matches!(check.status, Status::Failed | Status::Missed) {
        let rule = format!("Rule: {}", check.rule);
        page.wrapped(indent, Look::Dimmed, &rule);
    }
}

/// The line to look at. An editor can match it: it is the first one below the title.
fn location(page: &mut Page, indent: usize, check: &CheckReport) {
    let Some(location) = &check.location else {
        if check.is_unwritten() {
            page.wrapped(indent, Look::Dimmed, &check.message);
        }
        return;
    };
    let Location {
        file,
        line,
        function,
    } = location;
    let what = match check.is_unwritten() {
        true => format!("{function} is not implemented yet"),
        false => function.clone(),
    };
    page.wrapped(indent, Look::Dimmed, &format!("{file}:{line} · {what}"));
}

fn differences(page: &mut Page, indent: usize, check: &CheckReport, whole: bool) {
    let all = &check.differences;
    let most = if whole { usize::MAX } else { DIFFERENCES };
    let shown = all.iter().take(most);
    let shown: Vec<_> = shown.map(|one| Words::of(one).on_a_line()).collect();
    side_by_side(page, indent, &shown, whole);
    let more = all.len() - shown.len();
    if more > 0 {
        page.block();
        let more = format!("… and {more} more like these");
        page.wrapped(indent, Look::Dimmed, &more);
    }
}

/// The input of the first case, or of all cases together with the file that contains it.
fn inputs(page: &mut Page, indent: usize, check: &CheckReport, whole: bool) {
    let most = if whole { usize::MAX } else { 1 };
    for (case, input) in check.inputs.iter().take(most) {
        page.wrapped(indent, Look::Dimmed, &format!("{case}, given {input}"));
        page.block();
    }
    if whole && !check.fixtures.is_empty() {
        let files = check.fixtures.join(" and ");
        page.wrapped(indent, Look::Dimmed, &format!("the input is in {files}"));
        page.block();
    }
}

/// Two texts from shortly before they differ, if they differ only where they would be cut.
pub fn where_they_part(one: &str, other: &str, room: usize) -> (String, String) {
    let alike = one.chars().zip(other.chars()).take_while(|(a, b)| a == b);
    let alike = alike.count();
    let is_cut = |text: &str| text.chars().count() > room;
    if alike <= room / 2 || !is_cut(one) && !is_cut(other) {
        return (one.to_owned(), other.to_owned());
    }
    let from = |text: &str| -> String {
        let rest = text.chars().skip(alike - room / 4);
        std::iter::once('…').chain(rest).collect()
    };
    (from(one), from(other))
}

/// Expected and actual next to each other, in columns, if they fit. Otherwise they are below
/// each other, and cut unless `whole` is set.
fn side_by_side(page: &mut Page, indent: usize, differences: &[Words], whole: bool) {
    let widest = |side: fn(&Words) -> &str| {
        let widths = differences.iter().map(|d| measure_text_width(side(d)));
        widths.max().unwrap_or_default()
    };
    let (at, expected) = (widest(|d| &d.at), widest(|d| &d.expected));
    let columns = at + expected + widest(|d| &d.actual) + "  expected   yours ".len();
    let pad = |text, width| pad_str(text, width, Alignment::Left, None).into_owned();
    for (at_which, difference) in differences.iter().enumerate() {
        // The first difference belongs to the text above it.
        if at_which > 0 {
            page.block();
        }
        let (wanted, given) = (&difference.expected, &difference.actual);
        if columns <= page.columns - indent {
            let place = match at {
                0 => String::new(),
                _ => pad(&difference.at, at + 2),
            };
            let wanted = page.paint(Look::Green, &pad(wanted, expected));
            let given = page.paint(Look::Red, given);
            page.line(&format!(
                "{:indent$}{place}expected {wanted}  yours {given}",
                ""
            ));
        } else {
            if at > 0 {
                page.wrapped(indent, Look::Plain, &difference.at);
            }
            both(page, indent + 2, (wanted, given), whole);
        }
    }
}

/// Expected and actual below each other; short texts on one line.
pub fn both(page: &mut Page, indent: usize, (wanted, given): (&str, &str), whole: bool) {
    if [wanted, given]
        .iter()
        .all(|it| measure_text_width(it) <= SHORT)
    {
        let (wanted, given) = (
            page.paint(Look::Green, wanted),
            page.paint(Look::Red, given),
        );
        page.cut(indent, &format!("{EXPECTED}{wanted}  yours {given}"));
        return;
    }
    if whole {
        page.headed(indent, EXPECTED, Look::Green, wanted);
        page.headed(indent, YOURS, Look::Red, given);
        return;
    }
    let room = page.columns.saturating_sub(indent + EXPECTED.len());
    let (wanted, given) = where_they_part(wanted, given, room);
    let wanted = page.paint(Look::Green, &wanted);
    let given = page.paint(Look::Red, &given);
    page.cut(indent, &format!("{EXPECTED}{wanted}"));
    page.cut(indent, &format!("{YOURS}{given}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_shown_from_where_they_part() {
        let parted = |one: &str, other: &str| where_they_part(one, other, 12);
        let kept = |one: &str, other: &str| (one.to_owned(), other.to_owned());
        assert_eq!(parted("short", "shore"), kept("short", "shore"));
        let early = ("abX, and so on for long", "abY, and so on for long");
        assert_eq!(parted(early.0, early.1), kept(early.0, early.1));
        let late = ("the same for a while, 1.00", "the same for a while, 2.00");
        assert_eq!(parted(late.0, late.1), kept("…e, 1.00", "…e, 2.00"));
    }
}
