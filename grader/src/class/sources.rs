//! The sources of a class, for programs that look for copied code, such as JPlag and Dolos. Both
//! take one file for each submission, and ignore what is also in a template.

use std::fs;
use std::path::Path;

use super::gradebook::csv_text;
use super::{Entry, Roster, label};
use crate::course::Course;
use crate::problem::{Problem, Result, io, read, write_whole};
use crate::step;
use crate::submission::Submission;

/// The names in the folder: the submissions, the stubs in a folder of their own, as JPlag wants
/// it, and the table that Dolos reads.
const SUBMISSIONS: &str = "submissions";
const TEMPLATE: &str = "template";
const TABLE: &str = "info.csv";

/// Writes the sources of each submission to a new folder. Returns what an instructor should look
/// at: the submissions without sources, and the notes of others.
///
/// # Errors
///
/// The folder is not empty, or a file cannot be read or written.
pub fn write_sources(
    course: &Course,
    entries: &[Entry],
    roster: Option<&Roster>,
    out: &Path,
) -> Result<Vec<String>> {
    if fs::read_dir(out).is_ok_and(|mut files| files.next().is_some()) {
        return Err(Problem::usage(
            format!("{} is not empty", out.display()),
            "Give --out a folder that does not exist yet.",
        ));
    }
    for folder in [SUBMISSIONS, TEMPLATE].map(|name| out.join(name)) {
        fs::create_dir_all(&folder).map_err(io("cannot create", &folder))?;
    }
    let mut template = Submission::read(course, &course.exercises())?;
    for step in step::load(course)? {
        let stub = read(&step.stub())?.into_bytes();
        template.files.insert(step.file.into(), stub);
    }
    let file = out.join(TEMPLATE).join("template.rs");
    write_whole(&file, joined(&template).as_bytes())?;
    let mut table = vec![["filename", "full_name"].map(str::to_owned).to_vec()];
    let mut notes = Vec::new();
    for entry in entries {
        let (name, submission) = (&entry.name, entry.submission(course)?);
        if submission.files.is_empty() {
            notes.push(format!("{name}: it has no sources"));
            continue;
        }
        notes.extend(
            submission
                .notes
                .iter()
                .map(|note| format!("{name}: {note}")),
        );
        let student = roster.and_then(|roster| roster.student(name));
        // JPlag shows the name of the file, Dolos that of the table.
        let label = label(name, student).replace('/', "_");
        let file = format!("{SUBMISSIONS}/{label}.rs");
        write_whole(&out.join(&file), joined(&submission).as_bytes())?;
        table.push(vec![file, student.unwrap_or(name).to_owned()]);
    }
    write_whole(&out.join(TABLE), csv_text(&table).as_bytes())?;
    Ok(notes)
}

/// All files of a submission as one text. Each is a module, so that the text is Rust again.
fn joined(submission: &Submission) -> String {
    let modules = submission.files.iter().map(|(file, text)| {
        let name = file.with_extension("").to_string_lossy().into_owned();
        let name = name.replace(|c: char| !c.is_alphanumeric(), "_");
        let text = String::from_utf8_lossy(text);
        format!("mod {name} {{\n{}\n}}\n", text.trim_end())
    });
    modules.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_is_a_module() {
        let files = [("lib.rs", "//! All.\nmod a;\n"), ("a/b-c.rs", "fn f() {}")];
        let files = files.map(|(file, text)| (file.into(), text.as_bytes().to_vec()));
        let submission = Submission {
            files: files.into(),
            ..Submission::default()
        };
        assert_eq!(
            joined(&submission),
            "mod a_b_c {\nfn f() {}\n}\nmod lib {\n//! All.\nmod a;\n}\n"
        );
    }
}
