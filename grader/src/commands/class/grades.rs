//! The gradebooks and the pages of a class.

use std::path::{Path, PathBuf};

use super::shown;
use crate::class::{self, Filled, Results, Row, Rubric};
use crate::commands::cli::GradesArgs;
use crate::problem::{Problem, Result, read};
use crate::step::Step;

/// The copy of the rubric in the folder of the results.
const RUBRIC: &str = "rubric.toml";

/// How results become grades.
pub struct Grades<'a> {
    rubric: Option<Rubric>,
    /// The gradebook of a learning platform: its file and its text.
    fill: Option<(&'a Path, String)>,
    column: Option<&'a str>,
}

impl<'a> Grades<'a> {
    /// # Errors
    ///
    /// A file cannot be read, or is no rubric or no gradebook.
    pub fn read(args: &'a GradesArgs, steps: &[Step], results: &Results) -> Result<Self> {
        // Without it, another run would replace the grades by scores.
        let kept = results.beside(RUBRIC);
        let kept = Some(kept)
            .filter(|_| args.rubric.is_none())
            .filter(|file| file.is_file());
        if let Some(kept) = &kept {
            eprintln!("  The rubric is {}, as in the last run.", kept.display());
        }
        let rubric = args.rubric.as_ref().or(kept.as_ref());
        let rubric = rubric.map(|file| Rubric::read(file, steps));
        let fill = args.fill.as_deref().map(|file| Ok((file, read(file)?)));
        let grades = Self {
            rubric: rubric.transpose()?,
            fill: fill.transpose()?,
            column: args.column.as_deref(),
        };
        // A file of another form is found before the work.
        grades.filled(&[])?;
        if let Some(file) = &args.rubric {
            results.write_beside(RUBRIC, &read(file)?)?;
        }
        Ok(grades)
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
        let gradebook = class::gradebook(&ids, rows, self.rubric.as_ref());
        Ok([
            results.write_beside("gradebook.csv", &gradebook)?,
            results.write_beside("index.html", &class::page(steps, rows, false))?,
        ])
    }

    fn filled(&self, rows: &[Row]) -> Result<Option<Filled>> {
        let Some((file, text)) = &self.fill else {
            return Ok(None);
        };
        let filled = class::fill(text, self.column, rows, self.rubric.as_ref());
        filled.map(Some).map_err(|what| {
            Problem::usage(
                format!("{}: {what}", file.display()),
                "See \"Moodle and Canvas\" in INSTRUCTORS.md.",
            )
        })
    }
}
