//! The AWS calls of a scenario over time: a lane for each shard, the submission's above the
//! reference's.

use std::fmt::Write as _;

use maud::{Markup, html};

use super::text;
use crate::report::{ScenarioReport, compared, number_of};
use crate::scenario::AwsCall;

/// The size of a drawing, in units of the SVG.
const WIDTH: f64 = 720.0;
const LANE: f64 = 22.0;
const NAMES: f64 = 150.0;
const AXIS: f64 = 20.0;

/// How many lanes are drawn. The table has the calls of all shards.
const MOST_LANES: usize = 14;

/// Whether a scenario has calls that read a stream.
pub fn reads_a_stream(scenario: &ScenarioReport) -> bool {
    scenario.calls.iter().any(|call| call.shard.is_some())
}

/// Both sides drawn on one scale, and the same calls as a table.
pub fn figure(scenario: &ScenarioReport, reference: Option<&ScenarioReport>) -> Markup {
    let sides = [("yours", Some(scenario)), ("reference", reference)];
    let sides = sides.into_iter().filter_map(|(name, it)| Some((name, it?)));
    let sides: Vec<_> = sides.collect();
    let ends = sides.iter().map(|(_, it)| last(it));
    let end = ends.fold(1, u64::max);
    html! {
        figure {
            div.scrolled tabindex="0" role="group" aria-label={ "Calls of the scenario " (text(&scenario.id)) } {
                @for (name, side) in &sides { (drawing(name, side, end)) }
            }
            figcaption { (legend()) }
        }
        (table(scenario, reference))
    }
}

/// What a call looks like.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Read,
    Empty,
    Other,
    Again,
    Refused,
}

impl Kind {
    const ALL: [Self; 5] = [
        Self::Read,
        Self::Empty,
        Self::Other,
        Self::Again,
        Self::Refused,
    ];

    fn of(call: &AwsCall) -> Self {
        match call {
            call if call.refused.is_some() => Self::Refused,
            call if call.again => Self::Again,
            call if call.records > 0 => Self::Read,
            call if call.operation == "GetRecords" => Self::Empty,
            _ => Self::Other,
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Empty => "empty",
            Self::Other => "other",
            Self::Again => "again",
            Self::Refused => "refused",
        }
    }

    fn meaning(self) -> &'static str {
        match self {
            Self::Read => "read or wrote records",
            Self::Empty => "an empty page",
            Self::Other => "another call",
            Self::Again => "tried again after a refusal",
            Self::Refused => "refused, or no answer",
        }
    }

    /// Its mark around a point: the shapes differ, so that no colour is needed.
    fn push_mark(self, path: &mut String, x: f64, y: f64) {
        let written = match self {
            Self::Read => write!(path, "M{x:.1} {:.1}v14", y - 7.0),
            Self::Empty => write!(path, "M{x:.1} {:.1}v4", y - 2.0),
            Self::Other => write!(path, "M{x:.1} {y:.1}h0"),
            Self::Again => write!(path, "M{:.1} {:.1}l4 -9l4 9z", x - 4.0, y + 4.0),
            Self::Refused => write!(path, "M{:.1} {:.1}l8 8m0 -8l-8 8", x - 4.0, y - 4.0),
        };
        written.expect("a String takes any text");
    }
}

/// The calls of a lane: those of one shard, or all others.
struct Lane<'a> {
    name: String,
    calls: Vec<&'a AwsCall>,
}

fn lanes(scenario: &ScenarioReport) -> Vec<Lane<'_>> {
    let mut lanes: Vec<Lane<'_>> = Vec::new();
    let mut others = Vec::new();
    for call in &scenario.calls {
        let Some(shard) = &call.shard else {
            others.push(call);
            continue;
        };
        let name = in_short(shard);
        match lanes.iter_mut().find(|lane| lane.name == name) {
            Some(lane) => lane.calls.push(call),
            None => lanes.push(Lane {
                name,
                calls: vec![call],
            }),
        }
    }
    lanes.sort_by(|one, other| one.name.cmp(&other.name));
    lanes.truncate(MOST_LANES);
    lanes.push(Lane {
        name: "other calls".into(),
        calls: others,
    });
    lanes
}

/// `shardId-000000000012` is shard 12.
fn in_short(shard: &str) -> String {
    let number = shard
        .strip_prefix("shardId-")
        .and_then(|it| it.parse::<u64>().ok());
    match number {
        Some(number) => format!("shard {number:>3}"),
        None => shard.chars().take(16).collect(),
    }
}

/// When the last call was answered, in milliseconds.
fn last(scenario: &ScenarioReport) -> u64 {
    let times = scenario.calls.iter().map(|call| call.at);
    times.max().unwrap_or_default()
}

fn drawing(name: &str, scenario: &ScenarioReport, end: u64) -> Markup {
    let lanes = lanes(scenario);
    let height = AXIS + LANE * lanes.len() as f64;
    let title = format!(
        "{name}: {} on {} in {} ms",
        number_of(scenario.calls.len(), "call"),
        number_of(lanes.len() - 1, "shard"),
        last(scenario)
    );
    let x_of = |at: u64| NAMES + (WIDTH - NAMES - 10.0) * at as f64 / end as f64;
    html! {
        svg role="img" aria-label=(title) viewBox={ "0 0 " (WIDTH) " " (height + AXIS) } {
            text.side x="0" y="14" { (title) }
            @for (at, lane) in lanes.iter().enumerate() {
                @let y = AXIS + LANE * (at as f64 + 0.5);
                line.lane x1=(NAMES) y1=(y) x2=(WIDTH) y2=(y) {}
                text x="0" y=(y + 4.0) { (text(&lane.name)) }
                @for kind in Kind::ALL {
                    @let path = path(lane, kind, y, &x_of);
                    @if !path.is_empty() { path class=(kind.class()) d=(path) {} }
                }
            }
            text x=(NAMES) y=(height + 14.0) { "0 ms" }
            text.end x=(WIDTH) y=(height + 14.0) { (end) " ms" }
        }
    }
}

/// All marks of one kind in a lane, as one path.
fn path(lane: &Lane<'_>, kind: Kind, y: f64, x_of: &impl Fn(u64) -> f64) -> String {
    let mut path = String::new();
    for call in lane.calls.iter().filter(|call| Kind::of(call) == kind) {
        kind.push_mark(&mut path, x_of(call.at), y);
    }
    path
}

fn legend() -> Markup {
    html! {
        ul.legend {
            @for kind in Kind::ALL {
                @let mut path = String::new();
                li {
                    svg aria-hidden="true" viewBox="0 0 16 16" {
                        @let () = kind.push_mark(&mut path, 8.0, 8.0);
                        path class=(kind.class()) d=(path) {}
                    }
                    (kind.meaning())
                }
            }
        }
    }
}

/// The calls by operation.
fn table(scenario: &ScenarioReport, reference: Option<&ScenarioReport>) -> Markup {
    let rows = compared(&[scenario], &reference.into_iter().collect::<Vec<_>>());
    html! {
        div.scrolled tabindex="0" role="group" aria-label="Calls by operation" {
            table {
                thead {
                    tr {
                        th scope="col" { "Operation" }
                        th.number scope="col" { "Your calls" }
                        th.number scope="col" { "Records" }
                        th.number scope="col" { "Refused" }
                        @if reference.is_some() {
                            th.number scope="col" { "Reference: calls" }
                            th.number scope="col" { "Records" }
                        }
                    }
                }
                tbody {
                    @for row in rows {
                        tr {
                            th scope="row" { (text(&row.operation)) }
                            td.number { (row.yours.calls) }
                            td.number { (row.yours.records) }
                            td.number { (row.yours.refused) }
                            @if reference.is_some() {
                                td.number { (row.reference.calls) }
                                td.number { (row.reference.records) }
                            }
                        }
                    }
                }
            }
        }
    }
}
