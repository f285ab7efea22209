//! The gradebooks and the pages of a class.

use std::path::{Path, PathBuf};

use super::shown;
use crate::class::{self, Columns, Filled, Results, Roster, Row};
use crate::commands::cli::GradesArgs;
use crate::problem::{Problem, Result, read};
use crate::report::Rubric;
use crate::step::Step;

/// The copies of the rubric and the roster in the folder of the results. Without them, another
/// run would lose the grades and the names.
const RUBRIC: &str = "rubric.toml";
const ROSTER: &str = "roster.csv";

/// How results become grades.
pub struct Grades<'a> {
    rubric: Option<Rubric>,
    roster: Option<Roster>,
    /// The gradebook of a learning platform: its file and its text.
    fill: Option<(&'a Path, String)>,
    column: Option<&'a str>,
}

impl<'a> Grades<'a> {
    /// The files that the command line names, or else those of the last run, for a course with
    /// these steps.
    ///
    /// # Errors
    ///
    /// A file cannot be read, or is no rubric, no roster or no gradebook.
    pub fn read(args: &'a GradesArgs, steps: &[Step], results: &Results) -> Result<Self> {
        let rubric = chosen(args.rubric.as_deref(), RUBRIC, results);
        let roster = chosen(args.roster.as_deref(), ROSTER, results);
        let fill = args.fill.as_deref().map(|file| Ok((file, read(file)?)));
        let grades = Self {
            rubric: rubric.map(|file| Rubric::read(&file, steps)).transpose()?,
            roster: roster.map(|file| Roster::read(&file)).transpose()?,
            fill: fill.transpose()?,
            column: args.column.as_deref(),
        };
        // A file of another form is found before the work.
        grades.filled(&[])?;
        if let Some(file) = &args.rubric {
            results.write_beside(RUBRIC, &read(file)?)?;
        }
        if let Some(roster) = &grades.roster {
            results.write_beside(ROSTER, &roster.csv())?;
        }
        Ok(grades)
    }

    /// Takes over the rubric and the roster of a part, unless the command line names others.
    ///
    /// # Errors
    ///
    /// The parts have different ones, or a file cannot be read or written.
    pub fn take_over(args: &GradesArgs, part: &Results, into: &Results) -> Result<()> {
        for (named, name) in [(&args.rubric, RUBRIC), (&args.roster, ROSTER)] {
            if named.is_none() {
                into.take_over(part, name)?;
            }
        }
        Ok(())
    }

    pub fn has_roster(&self) -> bool {
        self.roster.is_some()
    }

    /// The student and the submission.
    pub fn label(&self, name: &str) -> String {
        let student = self.roster.as_ref().and_then(|roster| roster.student(name));
        class::label(name, student)
    }

    /// The rows of these submissions. Their documents and pages get the grades and the names.
    ///
    /// # Errors
    ///
    /// A document cannot be read or written.
    pub fn rows<'n>(
        &self,
        names: impl Iterator<Item = &'n str>,
        results: &Results,
    ) -> Result<Vec<Row>> {
        let (rubric, roster) = (self.rubric.as_ref(), self.roster.as_ref());
        names
            .map(|name| results.settle(name, rubric, roster))
            .collect()
    }

    /// Writes the gradebook and the pages of the class.
    pub fn overview(
        &self,
        steps: &[Step],
        rows: &[Row],
        results: &Results,
    ) -> Result<[PathBuf; 2]> {
        let ids: Vec<_> = steps.iter().map(|step| step.id.clone()).collect();
        let lecture = class::page(steps, rows, true);
        results.write_beside("anonymous.html", &lecture)?;
        if let (Some(filled), Some((file, _))) = (self.filled(rows)?, &self.fill) {
            let name = file
                .file_name()
                .unwrap_or(file.as_os_str())
                .to_string_lossy();
            let file = results.write_beside(&format!("filled-{name}"), &filled.text)?;
            shown::filled(&file, &filled)?;
        }
        let absent = self.roster.as_ref().map(|roster| roster.absent(rows));
        let columns = Columns {
            steps: &ids,
            grades: self.rubric.is_some(),
            students: self.roster.is_some(),
            absent: &absent.unwrap_or_default(),
        };
        shown::names(columns, rows)?;
        Ok([
            results.write_beside("gradebook.csv", &class::gradebook(columns, rows))?,
            results.write_beside("index.html", &class::page(steps, rows, false))?,
        ])
    }

    fn filled(&self, rows: &[Row]) -> Result<Option<Filled>> {
        let Some((file, text)) = &self.fill else {
            return Ok(None);
        };
        let filled = class::fill(text, self.column, rows);
        filled
            .map(Some)
            .map_err(|what| Problem::in_file(file, &what, "Moodle and Canvas"))
    }
}

/// The roster of the last run, if there was one.
///
/// # Errors
///
/// It cannot be read.
pub fn roster(results: &Results) -> Result<Option<Roster>> {
    let file = results.beside(ROSTER);
    file.is_file().then(|| Roster::read(&file)).transpose()
}

/// The file that the command line names, or else the copy of the last run.
fn chosen(named: Option<&Path>, name: &str, results: &Results) -> Option<PathBuf> {
    if let Some(named) = named {
        return Some(named.to_owned());
    }
    let kept = results.beside(name);
    if !kept.is_file() {
        return None;
    }
    eprintln!("  As in the last run: {}", kept.display());
    Some(kept)
}
