//! The measurements as bars, for 80 columns.

use colored::Colorize;

use super::Point;
use crate::report::{grouped, number_of};

/// The longest bar.
const BAR: usize = 24;

/// Why the speed does not grow with the shards.
pub const MORE_SHARDS: &str = "More shards are not faster here: one machine simulates all of them \
    and reads all of them, and each shard needs its own requests. On AWS, each shard adds 2 MB of \
    reads per second (Kinesis developer guide, quotas and limits).";

/// What to look at instead.
const RATIO: &str = "Look at the ratio: it compares step 7 with plain reading of the same shards.";

/// What the figures are of.
pub const BUILD: &str = match cfg!(debug_assertions) {
    true => "debug build; for real figures: cargo run --release --bin grade -- load",
    false => "release build",
};

pub fn render(points: &[Point]) -> String {
    let mut out = format!("  {} · {}\n", "Load".bold(), BUILD.dimmed());
    let rates = points.iter().flat_map(|point| {
        let python = point.python_records_per_second;
        [point.raw_records_per_second, point.records_per_second]
            .into_iter()
            .chain(python)
    });
    let most = rates.fold(1.0, f64::max);
    for point in points {
        out += &format!(
            "\n  {} users, {} records, {}\n",
            grouped(point.users as f64),
            grouped(point.records as f64),
            number_of(point.shards.unsigned_abs() as usize, "shard"),
        );
        let mut line = |name: &str, rate: f64, note: String| {
            let length = (rate / most * BAR as f64).round().max(1.0) as usize;
            let bar = format!(
                "{}{}",
                "█".repeat(length),
                " ".repeat(BAR.saturating_sub(length))
            );
            out += &format!(
                "    {name:<9} {bar} {:>10} records/s{note}\n",
                grouped(rate)
            );
        };
        line("raw read", point.raw_records_per_second, String::new());
        line(
            "step 7",
            point.records_per_second,
            format!(" · {:.2}", point.ratio()),
        );
        if let Some(python) = point.python_records_per_second {
            let ratio = python / point.raw_records_per_second;
            line("Python", python, format!(" · {ratio:.2}"));
        }
        if let Some(bytes) = point.bytes_per_user {
            out += &format!(
                "    {:<9} {} bytes for each user\n",
                "memory",
                grouped(bytes)
            );
        }
    }
    out += "\n  The ratio at the end of a line: its rate divided by the rate of the raw read.\n";
    if points.iter().any(|point| point.shards != points[0].shards) {
        out += &format!(
            "\n{}\n",
            textwrap::fill(&format!("{MORE_SHARDS} {RATIO}"), margin())
        );
    }
    out
}

fn margin() -> textwrap::Options<'static> {
    let margin = textwrap::Options::new(78);
    margin.initial_indent("  ").subsequent_indent("  ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn why_more_shards_are_not_faster_is_said_where_there_are_more() {
        colored::control::set_override(false);
        let said = |shards: &[i32]| {
            let points: Vec<_> = shards.iter().map(|shards| point(*shards)).collect();
            render(&points).contains("More shards are not faster here")
        };
        assert!(said(&[1, 10]));
        assert!(!said(&[10]) && !said(&[]));
    }

    fn point(shards: i32) -> Point {
        Point {
            users: 1000,
            shards,
            records: 2000,
            records_per_second: 50_000.0,
            raw_records_per_second: 100_000.0,
            bytes_per_user: Some(96.4),
            python_records_per_second: Some(25_000.0),
        }
    }

    #[test]
    fn bars_are_as_long_as_the_rates() {
        let point = point(2);
        colored::control::set_override(false);
        let page = render(&[point]);
        let bars: Vec<_> = page.lines().map(|line| line.matches('█').count()).collect();
        assert_eq!(
            bars.iter().filter(|bar| **bar > 0).collect::<Vec<_>>(),
            [&24, &12, &6]
        );
        assert!(page.contains("96 bytes"), "{page}");
        assert!(
            page.lines().all(|line| line.chars().count() <= 80),
            "{page}"
        );
    }
}
