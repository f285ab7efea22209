//! For people who would rather look than read: one page, in one file, that needs no network.

mod calls;
mod checks;
pub mod plot;
mod steps;

use maud::{DOCTYPE, Markup, PreEscaped, html};

pub use checks::anchor;

pub use super::harmless::harmless_text as text;
use super::rubric::StepGrade;
use super::{Outcome, Report, State};

/// The page of a grading, about `name`. If the reference was graded on the same inputs, its AWS
/// calls are drawn below those of the submission.
pub fn render(name: &str, report: &Report, reference: Option<&Report>) -> String {
    let title = format!("{name} · streamlings");
    page(
        &title,
        &html! {
            (summary(name, report))
            @if report.outcome == Outcome::DoesNotCompile { (compile_errors(report)) }
            @if report.outcome == Outcome::Graded {
                (table(report))
                @for step in &report.steps {
                    (steps::section(step, reference.and_then(|it| it.step(step.number))))
                }
            }
            (facts(report))
        },
    )
}

/// A page with this title and content.
pub fn page(title: &str, content: &Markup) -> String {
    page_of(title, None, content)
}

/// The same for wide tables.
pub fn wide_page(title: &str, content: &Markup) -> String {
    page_of(title, Some("wide"), content)
}

fn page_of(title: &str, width: Option<&str>, content: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (text(title)) }
                style { (PreEscaped(include_str!("style.css"))) }
            }
            body { main class=[width] { (content) } }
        }
    };
    page.into_string()
}

fn summary(name: &str, report: &Report) -> Markup {
    let passed = report.steps.iter().filter(|step| step.passed).count();
    html! {
        header {
            h1 { (text(name)) }
            @match (&report.problem, report.score.zip(report.max_score)) {
                (Some(problem), _) => {
                    p.headline { "Could not grade" }
                    p { (text(&problem.what)) "." }
                    p { (text(&problem.next)) }
                }
                (None, Some((score, of))) => {
                    p.headline {
                        strong { (score) } " of " (of) " points · "
                        (passed) " of " (report.steps.len()) " steps passed"
                    }
                    @if let Some(grade) = &report.grade {
                        p.headline { "Grade: " strong { (grade.points) } " of " (grade.max_points) }
                        p { (grade.rubric.in_words()) }
                    }
                }
                (None, None) => {}
            }
            @for note in &report.notes { p.diagnosis { "Note: " (text(note)) "." } }
        }
    }
}

fn compile_errors(report: &Report) -> Markup {
    html! {
        section aria-labelledby="errors" {
            h2 #errors {
                @if report.has_sources() { "The code does not compile, so nothing could be checked" }
                @else { "There are no sources, so nothing could be checked" }
            }
            @for error in &report.compile_errors {
                pre tabindex="0" { (text(&error.shown(false))) }
            }
        }
    }
}

fn table(report: &Report) -> Markup {
    html! {
        nav aria-label="Steps" {
            table.steps {
                thead {
                    tr {
                        th scope="col" { "Step" }
                        th scope="col" { "Result" }
                        th.number scope="col" { "Points" }
                        @if report.grade.is_some() { th.number scope="col" { "Grade" } }
                    }
                }
                tbody {
                    @for step in &report.steps {
                        tr {
                            th scope="row" {
                                a href={ "#step-" (step.number) } { (step.number) " · " (step.title) }
                            }
                            td { (mark(State::of_step(step))) }
                            td.number { (step.score) " / " (step.max_score) }
                            @if let Some(grade) = &report.grade { (of_grade(grade.step(&step.id))) }
                        }
                    }
                }
            }
        }
    }
}

fn of_grade(step: Option<&StepGrade>) -> Markup {
    html! {
        td.number {
            @if let Some(step) = step { (step.points) " / " (step.max_points) }
        }
    }
}

/// The mark and the word of a state.
fn mark(state: State) -> Markup {
    let class = match state {
        State::Passed | State::BonusEarned => "good",
        State::Failed | State::Error => "bad",
        State::Blocked => "blocked",
        State::ToDo | State::BonusOpen => "open",
    };
    html! {
        span class={ "mark " (class) } {
            span aria-hidden="true" { (state.mark()) } " " (state.words())
        }
    }
}

/// What one needs to know to grade it again.
fn facts(report: &Report) -> Markup {
    let seed = report.seed.map(|seed| seed.to_string());
    let facts = [
        ("Submission", Some(report.submission.clone())),
        ("Seed of the generated inputs", seed),
        ("Backend", Some(report.backend.clone())),
        ("Sandbox", report.sandbox.clone()),
        ("Started", Some(report.started.clone())),
        ("Compiler", report.toolchain.clone()),
        ("Grader", Some(report.grader_version.clone())),
        ("Course", report.course_version.clone()),
        ("SHA-256 of the sources", report.digest.clone()),
    ];
    html! {
        footer {
            h2 { "How it was graded" }
            dl {
                @for (name, value) in facts {
                    @if let Some(value) = value { div { dt { (name) } dd { (text(&value)) } } }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
