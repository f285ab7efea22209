//! The roster: which student handed in which submission.

use std::collections::BTreeMap;
use std::path::Path;

use super::Row;
use crate::problem::{Problem, Result, read};

/// The names of the two columns; a roster may have others.
const SUBMISSION: &str = "submission";
const STUDENT: &str = "student";

/// The students, by the name of the submission or by a part of it, such as a number.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Roster(BTreeMap<String, String>);

impl Roster {
    /// # Errors
    ///
    /// The file cannot be read, or is not a roster.
    pub fn read(file: &Path) -> Result<Self> {
        Self::parse(&read(file)?).map_err(|what| {
            Problem::usage(
                format!("{}: {what}", file.display()),
                "See \"Names of the students\" in INSTRUCTORS.md.",
            )
        })
    }

    fn parse(text: &str) -> Result<Self, String> {
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
        Ok(Self(students))
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

#[cfg(test)]
mod tests {
    use super::*;

    const ROSTER: &str = "\u{feff}email,submission,student\n\
                          a@x,77,\"Lee, Ann\"\n\
                          b@x,submission_5,Bob\n\
                          c@x, dora ,Dora\n";

    #[test]
    fn a_submission_has_a_student_by_its_name_or_its_number() {
        let roster = Roster::parse(ROSTER).unwrap();
        let student = |name| roster.student(name);
        assert_eq!(student("Ann_77_assignsubmission_file_"), Some("Lee, Ann"));
        assert_eq!(student("submission_5"), Some("Bob"));
        assert_eq!(student("dora"), Some("Dora"));
        assert_eq!(student("submission_50"), None);
        assert_eq!(student("dora_77"), None, "there are two");
    }

    #[test]
    fn who_has_no_submission_is_absent() {
        let roster = Roster::parse(ROSTER).unwrap();
        let row = Row {
            student: Some("Bob".into()),
            ..Row::missing("submission_5")
        };
        assert_eq!(roster.absent(&[row]), ["Dora", "Lee, Ann"]);
    }

    #[test]
    fn a_roster_says_what_is_wrong() {
        let fault = |text| Roster::parse(text).unwrap_err();
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
