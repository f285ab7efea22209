//! What `cargo grade class` shows: the progress, and a summary.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::class::{self, Change, Columns, Done, Filled, Results, Roster, Row};
use crate::commands::output;
use crate::problem::Result;
use crate::report::{self, Outcome, harmless_line, number_of};

/// The table of submissions in an export of Gradescope.
const METADATA: &str = "submission_metadata.yml";

/// What was graded, what an instructor should look at, and where the results are.
pub fn summary(rows: &[Row], results: &Results, [gradebook, page]: &[PathBuf; 2]) -> Result<()> {
    let number = |state: fn(&Row) -> bool| rows.iter().filter(|row| state(row)).count();
    let counts = [
        (number(|row| row.outcome == Outcome::Graded), "graded"),
        (
            number(|row| row.outcome == Outcome::DoesNotCompile && row.has_sources),
            "with errors of the compiler",
        ),
        (number(|row| !row.has_sources), "without sources"),
        (
            number(|row| row.outcome == Outcome::CouldNotGrade),
            "not graded",
        ),
    ];
    let mut lines = vec![
        format!("  {}", number_of(rows.len(), "submission")),
        String::new(),
    ];
    lines.extend(counts.map(|(number, what)| format!("  {number:>5} {what}")));
    lines.push(String::new());
    let to_look_at = rows.iter().filter(|row| {
        !row.note.is_empty() && (row.outcome != Outcome::DoesNotCompile || !row.has_sources)
    });
    let to_look_at = to_look_at.map(|row| format!("  {}: {}", row.label(), row.note));
    let again = rows.iter().any(|row| row.outcome == Outcome::CouldNotGrade);
    let again =
        again.then(|| "  What is not graded has no score. Run the same command again.".to_owned());
    let notes: Vec<_> = to_look_at.chain(again).collect();
    if !notes.is_empty() {
        lines.extend(notes.iter().map(|note| harmless_line(note, false)));
        lines.push(String::new());
    }
    let (gradebook, page) = (gradebook.display(), page.display());
    let documents = results.documents();
    lines.extend([
        format!("  {gradebook}  a row for each submission"),
        format!("  {page}  the class, with a link to each submission"),
        format!(
            "  {}/  a JSON report for each submission",
            documents.display()
        ),
    ]);
    output::line(lines.join("\n"))
}

/// The files beside the submissions.
pub fn ignored(names: &[String], dir: &Path, has_roster: bool) -> Result<()> {
    let (rosters, others): (Vec<_>, Vec<_>) = names.iter().partition(|name| *name == METADATA);
    if !others.is_empty() {
        let others: Vec<_> = others.into_iter().map(String::as_str).collect();
        let line = format!("  Not a submission: {}", others.join(", "));
        output::line(harmless_line(&line, false))?;
    }
    if !rosters.is_empty() && !has_roster {
        let file = report::quoted(&dir.join(METADATA).display().to_string());
        output::line(format!("  For the names of the students: --roster {file}"))?;
    }
    Ok(())
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
pub fn sources(out: &Path, notes: &[String]) -> Result<()> {
    for note in notes {
        output::line(harmless_line(&format!("  {note}"), false))?;
    }
    let out = report::quoted(&out.display().to_string());
    output::line(format!(
        "  JPlag:  java -jar jplag.jar -l rust -bc {out}/template {out}/submissions\n  \
         Dolos:  dolos run -f web -l rust -i {out}/template/template.rs {out}/info.csv"
    ))
}

/// Whose score or grade differs between two runs.
pub fn changes(changes: &[Change], roster: Option<&Roster>) -> Result<()> {
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
        let name = class::label(name, roster.and_then(|roster| roster.student(name)));
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

    /// Shows a submission that has its result, under this label.
    pub fn done(&self, label: &str, done: &Done) {
        let row = &done.row;
        let name = harmless_line(label, false);
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
