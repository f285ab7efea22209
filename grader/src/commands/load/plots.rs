//! The measurements as a page with plots.

use maud::{Markup, html};

use super::Point;
use super::bars::{BUILD, MORE_SHARDS};
use crate::report::html::page;
use crate::report::html::plot::{Plot, Series};

type Value = fn(&Point) -> Option<f64>;

/// The three ways of reading the same records.
const RATES: [(&str, Value); 3] = [
    ("plain reading", |point| Some(point.raw_records_per_second)),
    ("step 7", |point| Some(point.records_per_second)),
    ("the module's Python", |point| {
        point.python_records_per_second
    }),
];

const MEMORY: [(&str, Value); 1] = [("step 7", |point| point.bytes_per_user)];

pub fn render(points: &[Point]) -> String {
    let fewest = points.iter().map(|point| point.users).min();
    let most = points.iter().map(|point| point.shards).max();
    let by_shards: Vec<_> = points
        .iter()
        .filter(|it| Some(it.users) == fewest)
        .collect();
    let by_users: Vec<_> = points.iter().filter(|it| Some(it.shards) == most).collect();
    let shards = |point: &Point| f64::from(point.shards);
    let users = |point: &Point| point.users as f64;
    let rate = "records per second";
    page(
        "Load · streamlings",
        &html! {
            header {
                h1 { "Load" }
                p { "How fast step 7 reads a stream, and how much memory it needs. Measured with a " (BUILD) "." }
            }
            (plot("Speed by the number of shards", ("shards", rate), &RATES, &by_shards, shards))
            p { (MORE_SHARDS) " Compare the lines." }
            (plot("Speed by the number of users", ("users", rate), &RATES, &by_users, users))
            (plot("Memory by the number of users", ("users", "bytes for each user"), &MEMORY, &by_users, users))
        },
    )
}

fn plot(
    title: &'static str,
    (across, up): (&'static str, &'static str),
    lines: &[(&'static str, Value)],
    points: &[&Point],
    position: fn(&Point) -> f64,
) -> Markup {
    let series = lines.iter().map(|(name, value)| {
        let at = |point: &&Point| Some((position(point), value(point)?));
        Series {
            name,
            points: points.iter().filter_map(at).collect(),
        }
    });
    let plot = Plot {
        title,
        across,
        up,
        series: series.filter(|line| !line.points.is_empty()).collect(),
    };
    plot.figure()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_drawn_for_each_way_of_reading() {
        let point = |users, shards| Point {
            users,
            shards,
            records: 2 * users,
            records_per_second: 50_000.0,
            raw_records_per_second: 100_000.0,
            bytes_per_user: Some(96.4),
            python_records_per_second: None,
        };
        let page = render(&[point(1000, 1), point(1000, 10), point(9000, 10)]);
        let lines = page.matches("<polyline").count();
        // Two lines on each plot of speeds and one of memory, each also in its legend.
        assert_eq!(lines, 2 * (2 + 2 + 1));
        assert!(!page.contains("NaN") && !page.contains("Python"), "{page}");
    }
}
