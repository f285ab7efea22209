//! The roster: which student handed in which submission.

use std::collections::BTreeMap;
use std::iter;
use std::path::Path;

use saphyr::{LoadableYamlNode as _, Yaml};

use super::Row;
use super::gradebook::csv_text;
use crate::problem::{Problem, Result, read};

/// The names of the two columns; a roster may have others.
const SUBMISSION: &str = "submission";
const STUDENT: &str = "student";

/// The students, by the name of the submission or by a part of it, such as a number.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Roster(BTreeMap<String, String>);

impl Roster {
    /// Reads a CSV, or the `submission_metadata.yml` of Gradescope's export.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or is not a roster.
    pub fn read(file: &Path) -> Result<Self> {
        let text = read(file)?;
        let is_yaml = file
            .extension()
            .is_some_and(|it| it == "yml" || it == "yaml");
        let roster = match is_yaml {
            true => of_gradescope(&text),
            false => of_csv(&text),
        };
        roster
            .map(Self)
            .map_err(|what| Problem::in_file(file, &what, "Names of the students"))
    }

    /// The roster as a CSV.
    pub fn csv(&self) -> String {
        let head = [SUBMISSION, STUDENT].map(str::to_owned).to_vec();
        let lines = self.0.iter();
        let lines = lines.map(|(submission, student)| vec![submission.clone(), student.clone()]);
        csv_text(&iter::once(head).chain(lines).collect::<Vec<_>>())
    }

    /// Who handed this submission in: the student of its name, or of the only part between
    /// underscores that the roster has. So `77` finds `Ann Lee_77_assignsubmission_file_`.
    pub fn student(&self, submission: &str) -> Option<&str> {
        self.key(submission).map(|key| self.0[key].as_str())
    }

    fn key<'a>(&self, submission: &'a str) -> Option<&'a str> {
        if self.0.contains_key(submission) {
            return Some(submission);
        }
        let mut parts = submission
            .split('_')
            .filter(|part| self.0.contains_key(*part));
        parts.next().filter(|_| parts.next().is_none())
    }

    /// The students without one of these submissions, in the order of their names.
    pub fn absent(&self, rows: &[Row]) -> Vec<String> {
        let here: Vec<_> = rows.iter().filter_map(|row| row.student.as_ref()).collect();
        let students = self.0.values();
        let mut absent: Vec<_> = students.filter(|it| !here.contains(it)).cloned().collect();
        absent.sort();
        absent.dedup();
        absent
    }
}

fn of_csv(text: &str) -> Result<BTreeMap<String, String>, String> {
    let mut table = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let head = table.headers().map_err(|e| e.to_string())?;
    let column = |name: &str| {
        let at = head.iter().position(|cell| cell == name);
        at.ok_or_else(|| format!("it has no column `{name}`"))
    };
    let (submission, student) = (column(SUBMISSION)?, column(STUDENT)?);
    let mut students = BTreeMap::new();
    for line in table.records() {
        let line = line.map_err(|e| e.to_string())?;
        let (submission, student) = (line[submission].to_owned(), line[student].to_owned());
        if submission.is_empty() || student.is_empty() {
            let number = line.position().map_or(0, csv::Position::line);
            return Err(format!("line {number} has no {SUBMISSION} or no {STUDENT}"));
        }
        if students.insert(submission.clone(), student).is_some() {
            return Err(format!("it has {submission} twice"));
        }
    }
    Ok(students)
}

/// The submitters of each folder. Gradescope writes the fields as Ruby's symbols, such as
/// `:submitters`.
fn of_gradescope(text: &str) -> Result<BTreeMap<String, String>, String> {
    let documents = Yaml::load_from_str(text).map_err(|e| e.to_string())?;
    let folders = documents.first().and_then(Yaml::as_mapping);
    let folders = folders.ok_or("it is not a table of submissions")?;
    let students = folders.iter().map(|(folder, about)| {
        let submitters = about
            .as_mapping_get(":submitters")
            .and_then(Yaml::as_sequence);
        let names = submitters.into_iter().flatten();
        let names = names.filter_map(|one| one.as_mapping_get(":name")?.as_str());
        let names = names.collect::<Vec<_>>().join(", ");
        match folder.as_str() {
            Some(folder) if !names.is_empty() => Ok((folder.to_owned(), names)),
            Some(folder) => Err(format!("{folder} has no :submitters with a :name")),
            None => Err("it has a folder without a name".to_owned()),
        }
    });
    students.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROSTER: &str = "\u{feff}email,submission,student\n\
                          a@x,77,\"Lee, Ann\"\n\
                          b@x,submission_5,Bob\n\
                          c@x, dora ,Dora\n";

    fn roster() -> Roster {
        Roster(of_csv(ROSTER).unwrap())
    }

    #[test]
    fn a_submission_has_a_student_by_its_name_or_its_number() {
        let roster = roster();
        let student = |name| roster.student(name);
        assert_eq!(student("Ann_77_assignsubmission_file_"), Some("Lee, Ann"));
        assert_eq!(student("submission_5"), Some("Bob"));
        assert_eq!(student("dora"), Some("Dora"));
        assert_eq!(student("submission_50"), None);
        assert_eq!(student("dora_77"), None, "there are two");
    }

    #[test]
    fn who_has_no_submission_is_absent() {
        let roster = roster();
        let row = Row {
            student: Some("Bob".into()),
            ..Row::missing("submission_5")
        };
        assert_eq!(roster.absent(&[row]), ["Dora", "Lee, Ann"]);
    }

    #[test]
    fn a_roster_is_the_same_after_it_was_written() {
        let written = of_csv(&roster().csv()).unwrap();
        assert_eq!(Roster(written), roster());
    }

    #[test]
    fn gradescope_names_the_submitters_of_each_folder() {
        let text = "---\nsubmission_77:\n  :submitters:\n  - :name: Ann Lee\n    :sid: '007'\n  \
                    - :name: Bob\n  :score: 1.0\n  :results: !ruby/object:Hash\n    tests: []\n\
                    submission_8:\n  :submitters:\n  - :name: Zoe\n";
        let students = of_gradescope(text).unwrap();
        assert_eq!(students["submission_77"], "Ann Lee, Bob");
        assert_eq!(students["submission_8"], "Zoe");
        assert_eq!(
            of_gradescope("a: 1\n").unwrap_err(),
            "a has no :submitters with a :name"
        );
        assert!(of_gradescope("- a\n").is_err() && of_gradescope("").is_err());
    }

    #[test]
    fn a_roster_says_what_is_wrong() {
        let fault = |text| of_csv(text).unwrap_err();
        assert_eq!(fault("name\nAnn\n"), "it has no column `submission`");
        assert_eq!(fault("submission\n1\n"), "it has no column `student`");
        assert_eq!(
            fault("submission,student\n1,Ann\n1,Bob\n"),
            "it has 1 twice"
        );
        let empty = "line 3 has no submission or no student";
        assert_eq!(fault("submission,student\n1,Ann\n2,\n"), empty);
        assert!(fault("submission,student\n1\n").contains("line: 2"));
    }
}
