//! Where reports go: `--report FORMAT`, or `--report FORMAT=PATH` for a file. A file is opened
//! before the work starts, so a path that cannot be written costs nothing.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::ValueEnum as _;
use tempfile::NamedTempFile;

use super::format::Format;
use super::output;
use crate::problem::{Problem, Result, beside, io};

/// A report that the command line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub format: Format,
    /// Standard output if there is none.
    pub file: Option<PathBuf>,
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, file) = match text.split_once('=') {
            Some((_, "")) => return Err("give a path after the `=`".into()),
            Some((format, file)) => (format, Some(PathBuf::from(file))),
            None => (text, None),
        };
        let format = Format::from_str(format, false).map_err(|_| {
            let all = Format::names(Format::value_variants());
            format!("`{format}` is no format; use {all}")
        })?;
        Ok(Self { format, file })
    }
}

/// A place for a report.
enum Destination {
    Stdout,
    /// A file that is written beside its place first, so that a reader never finds half of it.
    File(NamedTempFile, PathBuf),
    /// A device or a pipe.
    Device(File, PathBuf),
    Unwritable(Problem),
}

/// The reports of one command.
pub struct Reports(Vec<(Format, Destination)>);

impl Reports {
    /// Opens all files. If nothing goes to standard output, the report for the terminal does.
    pub fn open(targets: &[Target]) -> Self {
        let opened = targets.iter().map(|target| {
            let destination = match &target.file {
                Some(file) => open(file).unwrap_or_else(Destination::Unwritable),
                None => Destination::Stdout,
            };
            (target.format, destination)
        });
        let mut reports = Self(opened.collect());
        if reports.printed().next().is_none() {
            reports.0.push((Format::Terminal, Destination::Stdout));
        }
        reports
    }

    /// # Errors
    ///
    /// A file cannot be written, or two reports go to standard output.
    pub fn check(&self) -> Result<()> {
        if self.printed().count() > 1 {
            return Err(Problem::usage(
                "two reports cannot both go to standard output",
                "Give all but one a file, such as --report json=report.json.",
            ));
        }
        let problem = self
            .0
            .iter()
            .find_map(|(_, destination)| match destination {
                Destination::Unwritable(problem) => Some(problem.clone()),
                _ => None,
            });
        problem.map_or(Ok(()), Err)
    }

    pub fn has(&self, format: Format) -> bool {
        self.0.iter().any(|(wanted, _)| *wanted == format)
    }

    /// Whether a person reads standard output.
    pub fn are_for_a_terminal(&self) -> bool {
        self.printed().any(|format| format == Format::Terminal)
    }

    fn printed(&self) -> impl Iterator<Item = Format> {
        let printed = self.0.iter();
        printed.filter_map(|(format, destination)| match destination {
            Destination::Stdout => Some(*format),
            _ => None,
        })
    }

    /// Writes each report in its form. If a person reads standard output, standard error names
    /// the files.
    ///
    /// # Errors
    ///
    /// A report could not be written; the others were.
    pub fn write(self, render: impl Fn(Format) -> String) -> Result<()> {
        let is_read = self.are_for_a_terminal();
        let mut written = Ok(());
        let mut files = Vec::new();
        for (format, destination) in self.0 {
            if let Destination::File(_, file) = &destination {
                files.push(file.display().to_string());
            }
            written = written.and(destination.write(&render(format)));
        }
        if is_read && written.is_ok() && !files.is_empty() {
            eprintln!("  Report written: {}", files.join(", "));
        }
        written
    }

    /// The same without the text for the terminal: a person finds the problem on standard error.
    pub fn write_problem(mut self, render: impl Fn(Format) -> String) -> Result<()> {
        self.0.retain(|(format, destination)| {
            !matches!(
                (format, destination),
                (Format::Terminal, Destination::Stdout)
            )
        });
        self.write(render)
    }
}

fn open(file: &Path) -> Result<Destination> {
    let cannot = |e: std::io::Error| {
        Problem::usage(
            format!("cannot write {}: {e}", file.display()),
            "Give --report a file in a folder that exists and that you may write.",
        )
    };
    let is_other = |about: &fs::Metadata| !about.is_file();
    if fs::metadata(file).is_ok_and(|about| is_other(&about)) {
        let device = File::options().write(true).open(file).map_err(cannot)?;
        return Ok(Destination::Device(device, file.to_owned()));
    }
    let beside = beside(file).map_err(cannot)?;
    Ok(Destination::File(beside, file.to_owned()))
}

impl Destination {
    fn write(self, text: &str) -> Result<()> {
        match self {
            Self::Stdout => output::print(text),
            Self::File(mut beside, file) => {
                let cannot = io("cannot write", &file);
                let written = beside.write_all(text.as_bytes());
                let written = written.and_then(|()| Ok(beside.persist(&file)?));
                written.map(|_| ()).map_err(cannot)
            }
            Self::Device(mut device, file) => {
                let written = device.write_all(text.as_bytes());
                written.map_err(io("cannot write", &file))
            }
            Self::Unwritable(_) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(text: &str) -> Result<Target, String> {
        text.parse()
    }

    #[test]
    fn a_format_may_have_a_file() {
        let html = Target {
            format: Format::Html,
            file: Some("a=b.html".into()),
        };
        assert_eq!(target("html=a=b.html"), Ok(html));
        assert!(target("json").is_ok_and(|it| it.file.is_none()));
        assert!(target("json=").is_err());
        let all = "`pdf` is no format; use terminal, json, html, junit, gradescope, github, \
                   markdown or classroom50";
        assert_eq!(target("pdf=x"), Err(all.into()));
    }

    #[test]
    fn each_file_has_its_report_and_the_terminal_has_the_rest() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("report.json");
        let targets = [Target {
            format: Format::Json,
            file: Some(file.clone()),
        }];
        let reports = Reports::open(&targets);
        assert!(reports.are_for_a_terminal() && reports.check().is_ok());
        reports
            .write_problem(|format| format!("{format:?}"))
            .unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "Json");
    }

    #[test]
    fn a_file_that_cannot_be_written_is_found_before_the_work() {
        let targets = ["json=/no/such/folder/a.json".parse().unwrap()];
        let problem = Reports::open(&targets).check().unwrap_err();
        assert!(problem.what.contains("/no/such/folder/a.json"), "{problem}");
        let both = ["json", "html"].map(|format| format.parse().unwrap());
        assert!(Reports::open(&both).check().is_err());
    }
}
