//! What is said of a check that did not pass.

use colored::Colorize;
use console::{Alignment, measure_text_width, pad_str, truncate_str};

use super::page::Page;
use crate::check::{Counterexample, Difference, Status, Verdict};

/// Where it begins: below the titles, where there is room for that.
pub fn indent(columns: usize) -> usize {
    if columns >= 64 { 19 } else { 4 }
}

/// Why the check did not pass, with so many differences. `heard`: what its scenario
/// wrote to standard error has been shown.
pub fn explain(page: &mut Page, check: &Verdict, most: usize, heard: bool) {
    let indent = indent(page.columns);
    if check.differences.is_empty() {
        page.wrapped(indent, &check.message.dimmed());
    }
    match &check.counterexample {
        Some(example) if !example.trace.is_empty() => trace(page, indent, example, check),
        _ => differences(page, indent, check, most),
    }
    if !check.stderr.is_empty() && !heard {
        page.wrapped(indent, &"on standard error:".dimmed());
        let printed = check.stderr.iter();
        printed.for_each(|line| page.cut(indent + 2, line));
    }
    if !check.asked.is_empty() {
        let asked = check.asked.iter();
        let asked: Vec<_> = asked
            .map(|(name, count)| format!("{count} {name}"))
            .collect();
        let asked = format!("you asked AWS for {}", asked.join(", "));
        page.wrapped(indent, &asked.dimmed());
    }
    if check.status == Status::Failed && check.unwritten.is_none() {
        page.wrapped(indent, &format!("because {}", check.because).dimmed());
    }
}

fn differences(page: &mut Page, indent: usize, check: &Verdict, most: usize) {
    let shown = &check.differences[..check.differences.len().min(most)];
    side_by_side(page, indent, shown);
    let more = check.differences.len() - shown.len();
    if more > 0 {
        page.wrapped(indent, &format!("… and {more} more like these").dimmed());
    }
}

/// One record on its way through the stages, with the first one where the
/// submission parts from the reference.
fn trace(page: &mut Page, indent: usize, example: &Counterexample, check: &Verdict) {
    let record = check.differences.first().map(|first| first.at.as_str());
    let record = record
        .and_then(|at| at.split(" · ").next())
        .unwrap_or_default();
    let before = match example.records {
        0 | 1 => String::new(),
        more => format!(", after {} more", more - 1),
    };
    let simplest = format!("the simplest record that shows it: {record}{before}");
    page.wrapped(indent, &simplest.dimmed());
    let parting = example.parting();
    for row in &example.trace {
        let stage = format!("{:<11}", row.stage);
        let room = page.columns.saturating_sub(indent + 2 + stage.len());
        let cut = |text: &str, room: usize| truncate_str(text, room, "…").into_owned();
        let mark = match Some(row) == parting {
            true => "▸".red(),
            false => " ".normal(),
        };
        if row.expected == row.actual {
            let same = format!("{stage}{}", cut(&row.actual, room));
            page.line(&format!("{:indent$}{mark} {}", "", same.dimmed()));
            continue;
        }
        let (expected, actual) = where_they_part(&row.expected, &row.actual, room - 9);
        let wanted = format!("expected {}", cut(&expected, room - 9).green());
        let given = format!("yours {}", cut(&actual, room - 9).red());
        if measure_text_width(&wanted) + measure_text_width(&given) + 2 <= room {
            page.line(&format!("{:indent$}{mark} {stage}{wanted}  {given}", ""));
        } else {
            page.line(&format!("{:indent$}{mark} {stage}{wanted}", ""));
            let given = cut(&actual, room - 9).red();
            page.line(&format!("{:indent$}  {:11}yours    {given}", "", ""));
        }
    }
}

/// Two texts from shortly before they part, if they part only where they would be cut.
fn where_they_part(one: &str, other: &str, room: usize) -> (String, String) {
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

/// Line breaks and the like as they are written in Rust.
fn on_a_line(difference: &Difference) -> Difference {
    let visible = |text: &String| -> String {
        let shown = |c: char| match c.is_control() {
            true => c.escape_default().to_string(),
            false => c.to_string(),
        };
        text.chars().map(shown).collect()
    };
    Difference {
        at: visible(&difference.at),
        expected: visible(&difference.expected),
        actual: visible(&difference.actual),
    }
}

/// Expected and actual beside each other, in columns, where they fit; below each
/// other where they do not.
fn side_by_side(page: &mut Page, indent: usize, differences: &[Difference]) {
    let differences: Vec<_> = differences.iter().map(on_a_line).collect();
    let widest = |side: fn(&Difference) -> &str| {
        let widths = differences.iter().map(|d| measure_text_width(side(d)));
        widths.max().unwrap_or_default()
    };
    let (at, expected) = (widest(|d| &d.at), widest(|d| &d.expected));
    let columns = at + expected + widest(|d| &d.actual) + "  expected   yours ".len();
    let pad = |text, width| pad_str(text, width, Alignment::Left, None).into_owned();
    for difference in &differences {
        let (wanted, given) = (&difference.expected, &difference.actual);
        if columns <= page.columns - indent {
            let place = match at {
                0 => String::new(),
                _ => pad(&difference.at, at + 2),
            };
            let (wanted, given) = (pad(wanted, expected).green(), given.red());
            page.line(&format!(
                "{:indent$}{place}expected {wanted}  yours {given}",
                ""
            ));
        } else {
            if at > 0 {
                page.wrapped(indent, &difference.at.as_str().normal());
            }
            let room = page.columns.saturating_sub(indent + 2 + "expected ".len());
            let (wanted, given) = where_they_part(wanted, given, room);
            page.cut(indent + 2, &format!("expected {}", wanted.green()));
            page.cut(indent + 2, &format!("yours    {}", given.red()));
        }
    }
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
