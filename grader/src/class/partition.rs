//! A class on several machines: each grades a part, and the results are merged.

use std::str::FromStr;

use super::{Entry, Results};
use crate::problem::{Problem, Result};
use crate::report::{Outcome, Report};
use crate::submission::digest;

/// Part `number` of `of` parts, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Partition {
    number: u64,
    of: u64,
}

impl FromStr for Partition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/');
        let parts = parts.and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        match parts {
            Some((number, of)) if (1..=of).contains(&number) => Ok(Self { number, of }),
            _ => Err("give a part and the number of parts, such as 3/20".into()),
        }
    }
}

impl Partition {
    /// Whether a submission belongs to this part. Only its name decides, so it stays in its part
    /// when it is handed in again.
    pub fn includes(&self, entry: &Entry) -> bool {
        let digest = digest([entry.name.as_bytes()].into_iter());
        let number = u64::from_str_radix(&digest[..15], 16).unwrap_or_default();
        number % self.of == self.number - 1
    }
}

/// Adds the results of a part. If a submission has a result in both, one with a verdict is kept.
///
/// # Errors
///
/// The parts have different terms, the same submission has two different results, or a file
/// cannot be read or written.
pub fn merge(into: &Results, part: &Results) -> Result<()> {
    for name in part.names()? {
        let ungraded = |report: Report| Report {
            grade: None,
            ..report
        };
        let added = ungraded(part.read(&name)?);
        match into.find(&name).map(ungraded) {
            Some(known) if added.outcome == Outcome::CouldNotGrade || known == added => {}
            Some(_) => {
                return Err(Problem::usage(
                    format!("{name} has two different results"),
                    "Merge the parts of one run, each submission in one part.",
                ));
            }
            None => into.finish(&name, &added)?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_submission_is_in_one_part() {
        let parts: Vec<Partition> = (1..=7)
            .map(|at| format!("{at}/7").parse().unwrap())
            .collect();
        for name in ["ann", "bob", "carl", "Zoë Ö_12_assignsubmission_file_"] {
            let entry = Entry {
                name: name.to_owned(),
                path: "/anywhere".into(),
            };
            let of = parts.iter().filter(|part| part.includes(&entry));
            assert_eq!(of.count(), 1, "{name}");
        }
    }

    #[test]
    fn a_part_is_one_of_some_parts() {
        for wrong in ["", "3", "0/4", "5/4", "1/0", "a/b", "-1/2"] {
            assert!(wrong.parse::<Partition>().is_err(), "{wrong}");
        }
        assert!("4/4".parse::<Partition>().is_ok());
    }
}
