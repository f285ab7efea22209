//! What `cargo grade class` shows: the progress, and a summary.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::class::{Change, Columns, Done, Filled, Results, Row};
use crate::commands::output;
use crate::problem::Result;
use crate::report::{self, Outcome, harmless_line, number_of};

/// What the instructor may want to look at in the folder of the submissions.
pub fn notes(ignored: &[String], with_archive: &[String]) -> Vec<String> {
    let ignored = Some(ignored.join(", ")).filter(|names| !names.is_empty());
    let ignored = ignored.map(|names| format!("Not a submission: {names}"));
    let with_archive = with_archive.iter();
    let with_archive =
        with_archive.map(|name| format!("{name} has sources and an archive: the sources count"));
    ignored.into_iter().chain(with_archive).collect()
}

/// What was graded, and where the results are.
pub fn summary(
    rows: &[Row],
    notes: &[String],
    results: &Results,
    [gradebook, page]: &[PathBuf; 2],
) -> Result<()> {
    let of = |outcome| rows.iter().filter(move |row| row.outcome == outcome);
    let number = |outcome| of(outcome).count();
    let unreadable: Vec<_> = rows.iter().filter(|row| !row.has_sources).collect();
    let mut lines = vec![
        format!("  {}", number_of(rows.len(), "submission")),
        String::new(),
        format!("  {:>5} graded", number(Outcome::Graded)),
        format!(
            "  {:>5} do not compile",
            number(Outcome::DoesNotCompile) - unreadable.len()
        ),
        format!("  {:>5} have no sources that can be read", unreadable.len()),
        format!(
            "  {:>5} could not be graded",
            number(Outcome::CouldNotGrade)
        ),
        String::new(),
    ];
    for Row { name, note, .. } in unreadable.into_iter().chain(of(Outcome::CouldNotGrade)) {
        lines.push(harmless_line(&format!("  {name}: {note}"), false));
    }
    if number(Outcome::CouldNotGrade) > 0 {
        lines.push("  They have no score. The same command again grades only these.".into());
        lines.push(String::new());
    }
    for note in notes {
        lines.push(harmless_line(&format!("  {note}"), false));
    }
    lines.push(format!(
        "  {}  a row for each submission",
        gradebook.display()
    ));
    lines.push(format!(
        "  {}  the class, with a link to each submission",
        page.display()
    ));
    let documents = results.documents();
    lines.push(format!(
        "  {}/  a JSON report for each submission",
        documents.display()
    ));
    output::line(lines.join("\n"))
}

/// Where the filled gradebook is, and which submissions are not in it.
pub fn filled(file: &Path, filled: &Filled) -> Result<()> {
    let rows = number_of(filled.filled, "grade");
    output::line(format!("  {}  with {rows} filled in", file.display()))?;
    let unknown = filled.unknown.iter();
    let unknown = unknown.map(|name| format!("  not in this gradebook: {name}"));
    let twice = filled.twice.iter();
    let twice = twice.map(|name| format!("  a second submission, the better grade counts: {name}"));
    let above = filled.above.iter();
    let above = above.map(|name| format!("  more than the most points of this gradebook: {name}"));
    unknown
        .chain(twice)
        .chain(above)
        .try_for_each(|line| output::line(harmless_line(&line, false)))
}

/// Which names the roster does not know, and which of its students have no submission.
pub fn names(columns: Columns<'_>, rows: &[Row]) -> Result<()> {
    let unknown = rows
        .iter()
        .filter(|row| columns.students && row.student.is_none());
    let unknown = unknown.map(|row| format!("  not in the roster: {}", row.name));
    let absent = columns.absent.iter();
    let absent = absent.map(|student| format!("  no submission: {student}"));
    unknown
        .chain(absent)
        .try_for_each(|line| output::line(harmless_line(&line, false)))
}

/// How to compare the sources that were written.
pub fn sources(out: &Path, without: &[String]) -> Result<()> {
    for name in without {
        output::line(harmless_line(&format!("  no sources: {name}"), false))?;
    }
    let out = report::quoted(&out.display().to_string());
    output::line(format!(
        "  JPlag:  java -jar jplag.jar -l rust -bc {out}/template {out}/submissions\n  \
         Dolos:  dolos run -f web -l rust -i {out}/template/template.rs {out}/info.csv"
    ))
}

/// Whose score differs between two runs.
pub fn changes(changes: &[Change]) -> Result<()> {
    if changes.is_empty() {
        return output::line("  Every score and grade is the same.");
    }
    let points = |score: Option<u32>| score.map_or("no score".to_owned(), |it| it.to_string());
    for Change {
        name,
        before,
        after,
        why,
    } in changes
    {
        let (before, after) = (points(*before), points(*after));
        output::line(harmless_line(
            &format!("  {name}: {before} → {after}"),
            false,
        ))?;
        for reason in why {
            output::line(harmless_line(&format!("      {reason}"), false))?;
        }
    }
    output::line(format!(
        "\n  {} changed",
        number_of(changes.len(), "result")
    ))
}

/// The progress on standard error: a bar on a terminal, otherwise a line for each submission.
pub struct Progress {
    bar: ProgressBar,
    is_terminal: bool,
}

impl Progress {
    pub fn new(submissions: usize) -> Self {
        let is_terminal = std::io::stderr().is_terminal();
        let bar = match is_terminal {
            true => ProgressBar::new(submissions as u64),
            false => ProgressBar::hidden(),
        };
        bar.set_length(submissions as u64);
        let style = "  {bar:24} {pos} of {len} · {eta} left · {wide_msg}";
        bar.set_style(ProgressStyle::with_template(style).expect("the template is a constant"));
        bar.enable_steady_tick(Duration::from_secs(1));
        Self { bar, is_terminal }
    }

    pub fn done(&self, done: &Done) {
        let row = &done.row;
        let name = harmless_line(&row.name, false);
        self.bar.set_message(name.clone());
        self.bar.inc(1);
        if !self.is_terminal {
            let (at, of) = (self.bar.position(), self.bar.length().unwrap_or_default());
            let kept = if done.kept { " (already graded)" } else { "" };
            eprintln!("{at}/{of} {name}: {}{kept}", in_short(row));
        }
    }

    pub fn end(&self) {
        self.bar.finish_and_clear();
    }
}

fn in_short(row: &Row) -> String {
    match (row.outcome, row.score, row.max_score) {
        (Outcome::Graded, Some(score), Some(of)) => format!("{score} of {of} points"),
        (Outcome::DoesNotCompile, ..) => row.outcome_in_words().to_owned(),
        _ => harmless_line(&format!("could not grade: {}", row.note), false),
    }
}
