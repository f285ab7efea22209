//! The page of a class: scores, a map of submissions and checks, and what most submissions get
//! wrong. One page names the submissions and links to their pages; one does not.

use std::collections::BTreeMap;

use maud::{Markup, html};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::row::{Row, StepOfRow};
use crate::report::html::{anchor, text, wide_page};
use crate::report::{Outcome, State, number_of};
use crate::step::Step;

/// How many misconceptions and how many checks are listed.
const LISTED: usize = 15;

/// How many bars the histogram of the scores has.
const BARS: u8 = 10;

/// The page with names and links, or the page without them, for a lecture.
pub fn render(steps: &[Step], rows: &[Row], anonymous: bool) -> String {
    let graded = rows.iter().filter(|row| row.score.is_some()).count();
    let content = html! {
        header {
            h1 { "Class" }
            p.headline { (number_of(rows.len(), "submission")) ", " (graded) " with a score" }
        }
        nav aria-label="Contents" {
            ul {
                li { a href="#scores" { "Scores" } }
                li { a href="#misconceptions" { "Most common misconceptions" } }
                li { a href="#hardest" { "Checks that submissions fail most often" } }
                @if !anonymous { li { a href="#submissions" { "Submissions" } } }
            }
        }
        (scores(rows))
        (misconceptions(rows, anonymous))
        (hardest(steps, rows))
        @if !anonymous {
            (by_step(steps, rows))
            @for (at, step) in steps.iter().enumerate() { (by_check(step, at, rows)) }
        }
    };
    wide_page("Class · streamlings", &content)
}

fn has_grades(rows: &[Row]) -> bool {
    rows.iter().any(|row| row.grade.is_some())
}

/// How many submissions have which part of the points.
fn scores(rows: &[Row]) -> Markup {
    let has_grades = has_grades(rows);
    let mut bars = [0_usize; BARS as usize];
    for (points, of) in rows
        .iter()
        .filter_map(|row| row.points().zip(row.max_points()))
    {
        let at = part(points, of, BARS);
        bars[at.min(bars.len() - 1)] += 1;
    }
    let most = bars.iter().copied().max().unwrap_or_default().max(1);
    html! {
        section aria-labelledby="scores" {
            h2 #scores { "Scores" }
            table {
                thead { tr { th scope="col" { "Percent of the " @if has_grades { "grade" } @else { "points" } } th.number scope="col" { "Submissions" } th scope="col" { "" } } }
                tbody {
                    @for (at, many) in bars.iter().enumerate() {
                        tr {
                            th scope="row" { (at * 100 / bars.len()) " to " ((at + 1) * 100 / bars.len()) }
                            td.number { (many) }
                            td.bar { span style={ "width:" (many * 100 / most) "%" } {} }
                        }
                    }
                }
            }
        }
    }
}

fn misconceptions(rows: &[Row], anonymous: bool) -> Markup {
    let mut made: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        for name in &row.misconceptions {
            made.entry(name).or_default().push(row);
        }
    }
    let mut made: Vec<_> = made.into_iter().collect();
    made.sort_by_key(|(_, rows)| std::cmp::Reverse(rows.len()));
    let unnamed = rows
        .iter()
        .filter(|row| row.has_failed() && row.misconceptions.is_empty());
    let unnamed = unnamed.count();
    html! {
        section aria-labelledby="misconceptions" {
            h2 #misconceptions { "Most common misconceptions" }
            @if unnamed > 0 {
                p { (number_of(unnamed, "submission")) " with a failed check: no known mistake was recognised." }
            }
            @if made.is_empty() {
                p { "None was recognised." }
            } @else {
                table {
                    thead {
                        tr {
                            th scope="col" { "It looks as if" }
                            th.number scope="col" { "Submissions" }
                            @if !anonymous { th scope="col" { "Which" } }
                        }
                    }
                    tbody {
                        @for (name, rows) in made.iter().take(LISTED) {
                            tr {
                                th scope="row" { (text(name)) }
                                td.number { (rows.len()) }
                                @if !anonymous { td { (links(rows)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Links to these submissions, which open on demand.
fn links(rows: &[&Row]) -> Markup {
    html! {
        details {
            summary { "Show" }
            @for row in rows { a href=(link(row)) { (text(row.title())) } " " }
        }
    }
}

/// The checks that the fewest submissions pass, of those that have code for it.
fn hardest(steps: &[Step], rows: &[Row]) -> Markup {
    let mut checks = Vec::new();
    for step in steps {
        for check in step.checks.iter().filter(|check| !check.bonus) {
            let states = states(&step.id, &check.id, rows);
            let failed = states.iter().filter(|it| it.is_wrong()).count();
            if failed > 0 {
                checks.push((failed, states.len(), step, &check.title));
            }
        }
    }
    checks.sort_by_key(|(failed, ..)| std::cmp::Reverse(*failed));
    html! {
        section aria-labelledby="hardest" {
            h2 #hardest { "Checks that submissions fail most often" }
            @if checks.is_empty() {
                p { "No submission failed a check." }
            } @else {
                table {
                    thead { tr { th scope="col" { "Check" } th scope="col" { "Step" } th.number scope="col" { "Failed" } } }
                    tbody {
                        @for (failed, of, step, title) in checks.into_iter().take(LISTED) {
                            tr {
                                th scope="row" { (title) }
                                td { (step.number) }
                                td.number { (failed) " of " (of) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The states of one check in all submissions that have code for it.
fn states(step: &str, check: &str, rows: &[Row]) -> Vec<State> {
    let graded = rows.iter().filter(|row| row.outcome == Outcome::Graded);
    let steps = graded.filter_map(|row| row.step(step));
    let states = steps.filter_map(|step| step.check(check));
    states.filter(|state| *state != State::ToDo).collect()
}

/// A map of submissions and steps.
fn by_step(steps: &[Step], rows: &[Row]) -> Markup {
    let has_grades = has_grades(rows);
    html! {
        section aria-labelledby="submissions" {
            h2 #submissions { "Submissions" }
            div.scrolled tabindex="0" role="region" aria-labelledby="submissions" {
                table.map {
                    thead {
                        tr {
                            th scope="col" { "Name" }
                            th.number scope="col" { "Points" }
                            @if has_grades { th.number scope="col" { "Grade" } }
                            @for step in steps { th scope="col" { (step.id) } }
                            th.number scope="col" { "Seconds" }
                            th.note scope="col" { "Note" }
                        }
                    }
                    tbody {
                        @for row in rows {
                            tr {
                                th scope="row" { a href=(link(row)) { (text(row.title())) } }
                                td.number { (points(row)) }
                                @if has_grades { td.number { (grade(row)) } }
                                @for step in steps { (step_cell(row, step)) }
                                td.number { (seconds(row)) }
                                td.note { (text(&row.note)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The score, or why there is none.
fn points(row: &Row) -> String {
    match row.outcome {
        Outcome::Graded => row.score.unwrap_or_default().to_string(),
        _ => row.outcome_in_words().to_owned(),
    }
}

fn grade(row: &Row) -> String {
    let grade = row.grade.as_ref();
    grade
        .map(|grade| grade.points.to_string())
        .unwrap_or_default()
}

/// How long it took, with others beside it.
fn seconds(row: &Row) -> String {
    let seconds = row.seconds.map(|seconds| format!("{seconds:.1}"));
    seconds.unwrap_or_default()
}

/// How many whole parts of the points were reached, of so many parts.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a small number that is not negative"
)]
fn part(points: f64, of: f64, parts: u8) -> usize {
    let reached = points / of * f64::from(parts);
    match reached.is_finite() {
        true => reached.clamp(0.0, f64::from(parts)) as usize,
        false => 0,
    }
}

fn step_cell(row: &Row, step: &Step) -> Markup {
    let Some(result) = row.step(&step.id) else {
        return html! { td {} };
    };
    let StepOfRow {
        points, max_points, ..
    } = *result;
    let shade = part(points, max_points, 4);
    html! {
        td class={ "shade-" (shade) } {
            a href={ (link(row)) "#step-" (step.number) } { (points) "/" (max_points) }
        }
    }
}

/// A map of submissions and the checks of one step.
fn by_check(step: &Step, at: usize, rows: &[Row]) -> Markup {
    let id = format!("checks-{at}");
    html! {
        section aria-labelledby=(id) {
            h2 id=(id) { "Step " (step.number) " · " (step.title) }
            details {
                summary { "Each submission, check by check" }
                (legend())
                ol {
                    @for check in &step.checks { li { (check.title) } }
                }
                div.scrolled tabindex="0" role="region" aria-labelledby=(id) {
                    table.map {
                        thead {
                            tr {
                                th scope="col" { "Name" }
                                @for number in 1..=step.checks.len() { th scope="col" { (number) } }
                            }
                        }
                        tbody {
                            @for row in rows.iter().filter(|row| row.step(&step.id).is_some()) {
                                tr {
                                    th scope="row" { (text(row.title())) }
                                    @for check in &step.checks { (check_cell(row, step, &check.id)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What the marks mean.
fn legend() -> Markup {
    html! {
        ul.legend {
            @for state in State::ALL { li { (state.mark()) " " (state.words()) } }
        }
    }
}

fn check_cell(row: &Row, step: &Step, check: &str) -> Markup {
    let Some(state) = row.step(&step.id).and_then(|step| step.check(check)) else {
        return html! { td {} };
    };
    let shade = match state {
        State::Passed | State::BonusEarned => "shade-4",
        State::Failed | State::Error => "shade-0",
        State::ToDo | State::Blocked | State::BonusOpen => "",
    };
    let word = state.words();
    html! {
        td class=(shade) {
            a href={ (link(row)) "#" (anchor(step.number, check)) } aria-label=(word) title=(word) {
                (state.mark())
            }
        }
    }
}

/// The page of one submission, as the page of the class links to it.
fn link(row: &Row) -> String {
    let name = utf8_percent_encode(&row.name, NON_ALPHANUMERIC);
    format!("pages/{name}.html")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Rubric, saved};
    use crate::step;

    fn rendered(anonymous: bool) -> String {
        let report = saved("diagnosis");
        let rows = [Row::new("Ann <b>#1", &report), Row::missing("bob")];
        render(&step::of_checkout()[1..2], &rows, anonymous)
    }

    #[test]
    fn every_submission_has_a_link() {
        let page = rendered(false);
        assert!(
            page.contains("pages/Ann%20%3Cb%3E%231.html#step-2"),
            "{page}"
        );
        assert!(page.contains(".html#check-2-classify_high"), "{page}");
        assert!(page.contains("Ann &lt;b&gt;#1") && page.contains("not graded yet"));
        assert!(page.contains("classify_event returns HIGH_RISK for exactly 3000.00"));
    }

    #[test]
    fn grades_and_students_are_shown() {
        let report = saved("diagnosis");
        let rubric: Rubric = toml::from_str("[steps]\nstages = 50").unwrap();
        let row = Row {
            student: Some("Lee, Ann".into()),
            grade: rubric.grade(&report),
            ..Row::new("s77", &report)
        };
        let page = render(&step::of_checkout()[1..2], &[row], false);
        assert!(
            page.contains(">Lee, Ann</a>") && !page.contains(">s77<"),
            "{page}"
        );
        assert!(page.contains("<td class=\"number\">38</td>"), "{page}");
    }

    #[test]
    fn a_page_for_a_lecture_has_no_names() {
        let page = rendered(true);
        assert!(!page.contains("Ann") && !page.contains("bob") && !page.contains("pages/"));
        assert!(page.contains("2 submissions, 1 with a score"));
    }
}
