//! A plot with a line for each series, on logarithmic scales.

use maud::{Markup, html};

use crate::report::grouped;

/// The size of a plot, in units of the SVG.
const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 300.0;
const LEFT: f64 = 90.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 36.0;
const BOTTOM: f64 = 40.0;

/// A line of a plot.
pub struct Series {
    pub name: &'static str,
    /// Both coordinates are above 0.
    pub points: Vec<(f64, f64)>,
}

/// A plot of several series.
pub struct Plot {
    pub title: &'static str,
    /// What the axes show, with the unit.
    pub across: &'static str,
    pub up: &'static str,
    pub series: Vec<Series>,
}

/// The part of an axis between two values.
struct Scale {
    from: f64,
    to: f64,
    start: f64,
    end: f64,
}

impl Scale {
    fn at(&self, value: f64) -> f64 {
        let whole = (self.to / self.from).ln();
        let part = if whole > 0.0 {
            (value / self.from).ln() / whole
        } else {
            0.5
        };
        self.start + part * (self.end - self.start)
    }

    /// Powers of ten within the axis.
    fn marks(&self) -> Vec<f64> {
        let first = self.from.log10().ceil() as i32;
        let last = self.to.log10().floor() as i32;
        (first..=last).map(|power| 10_f64.powi(power)).collect()
    }
}

impl Plot {
    /// The plot, and the same numbers as a table. Nothing if there are no points.
    pub fn figure(&self) -> Markup {
        let points = || self.series.iter().flat_map(|series| &series.points);
        let mut across: Vec<_> = points().map(|point| point.0).collect();
        across.sort_by(f64::total_cmp);
        across.dedup();
        let Some((first, last)) = across.first().zip(across.last()) else {
            return html! {};
        };
        let x = Scale {
            from: *first,
            to: *last,
            start: LEFT + 10.0,
            end: WIDTH - RIGHT,
        };
        let low = points().map(|point| point.1).fold(f64::MAX, f64::min);
        let high = points().map(|point| point.1).fold(0.0, f64::max);
        let y = Scale {
            from: 10_f64.powf(low.log10().floor()),
            to: 10_f64.powf(high.log10().ceil().max(low.log10().floor() + 1.0)),
            start: HEIGHT - BOTTOM,
            end: TOP,
        };
        html! {
            figure {
                h3 { (self.title) }
                div.scrolled tabindex="0" role="group" aria-label=(self.title) {
                    (self.drawing(&across, &x, &y))
                }
                figcaption { (self.legend()) }
            }
            (self.table(&across))
        }
    }

    fn drawing(&self, across: &[f64], x: &Scale, y: &Scale) -> Markup {
        html! {
            svg role="img" aria-label=(self.title) viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } {
                @for value in y.marks() {
                    @let at = y.at(value);
                    line.lane x1=(LEFT) y1=(at) x2=(WIDTH - RIGHT) y2=(at) {}
                    text.end x=(LEFT - 8.0) y=(at + 4.0) { (grouped(value)) }
                }
                @for value in across {
                    text.middle x=(x.at(*value)) y=(HEIGHT - BOTTOM + 18.0) { (grouped(*value)) }
                }
                text.side x="0" y="12" { (self.up) }
                text.end x=(WIDTH - RIGHT) y=(HEIGHT - 4.0) { (self.across) }
                @for (number, series) in self.series.iter().enumerate() {
                    @let points = series.points.iter();
                    @let points: Vec<_> = points.map(|(a, b)| format!("{:.1},{:.1}", x.at(*a), y.at(*b))).collect();
                    polyline class={ "series-" (number) } points=(points.join(" ")) {}
                    @for (a, b) in &series.points {
                        circle class={ "series-" (number) } cx=(format!("{:.1}", x.at(*a))) cy=(format!("{:.1}", y.at(*b))) r="4" {}
                    }
                }
            }
        }
    }

    fn legend(&self) -> Markup {
        html! {
            ul.legend {
                @for (number, series) in self.series.iter().enumerate() {
                    li {
                        svg aria-hidden="true" viewBox="0 0 16 16" {
                            polyline class={ "series-" (number) } points="0,8 16,8" {}
                            circle class={ "series-" (number) } cx="8" cy="8" r="4" {}
                        }
                        (series.name)
                    }
                }
            }
        }
    }

    fn table(&self, across: &[f64]) -> Markup {
        let value = |series: &Series, at: f64| {
            let found = series.points.iter().find(|point| point.0 == at);
            found.map_or("–".into(), |point| grouped(point.1))
        };
        html! {
            div.scrolled tabindex="0" role="group" aria-label={ (self.title) " as a table" } {
                table {
                    thead {
                        tr {
                            th scope="col" { (self.across) }
                            @for series in &self.series { th.number scope="col" { (series.name) } }
                        }
                    }
                    tbody {
                        @for at in across {
                            tr {
                                th scope="row" { (grouped(*at)) }
                                @for series in &self.series { td.number { (value(series, *at)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}
