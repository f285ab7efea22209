//! One record on its way through the stages.

use super::findings::both;
use super::page::{Look, Page};
use crate::report::stage::Stage;
use crate::report::{CheckReport, CounterexampleReport};
use console::measure_text_width;

/// The record at each stage, with a mark at the first stage where the submission differs from
/// the reference. `whole`: nothing is cut.
pub fn trace(
    page: &mut Page,
    indent: usize,
    example: &CounterexampleReport,
    check: &CheckReport,
    whole: bool,
) {
    let simplest = example.simplest(check);
    page.wrapped(indent, Look::Dimmed, &simplest);
    let stages: Vec<_> = example.trace.iter().map(Stage::of).collect();
    let first = stages.iter().position(Stage::differs);
    for (at, stage) in stages.iter().enumerate() {
        let mark = match Some(at) == first {
            true => page.paint(Look::Red, "▸"),
            false => " ".to_owned(),
        };
        page.block();
        show(page, stage, indent, &mark, whole);
    }
}

fn show(page: &mut Page, stage: &Stage<'_>, indent: usize, mark: &str, whole: bool) {
    let start = format!("{:indent$}{mark} ", "");
    let name = format!("{:<11}", stage.name);
    let at = indent + 2 + name.len();
    let sides = if stage.differs() {
        let expected = page.paint(Look::Green, &stage.expected);
        let actual = page.paint(Look::Red, &stage.actual);
        format!("expected {expected}  yours {actual}")
    } else {
        page.paint(Look::Dimmed, &stage.actual)
    };
    if at + measure_text_width(&sides) <= page.columns {
        page.line(&format!("{start}{name}{sides}"));
        return;
    }
    // Below the name of the stage, as far as there is room.
    let mut below = page.another();
    match (stage.differs(), whole) {
        (true, _) => both(&mut below, at, (&stage.expected, &stage.actual), whole),
        (false, true) => below.headed(at, "", Look::Dimmed, &stage.actual),
        (false, false) => below.cut(at, &sides),
    }
    let head = " ".repeat(at);
    let first = below.lines[0].replacen(&head, &format!("{start}{name}"), 1);
    page.line(&first);
    page.lines.extend(below.lines.drain(1..));
}
