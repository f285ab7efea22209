//! The texts of `cargo grade review`: they name every right submission of the course, and no
//! other.

use std::collections::BTreeSet;
use std::fs;

use crate::course::Course;
use crate::problem::{Result, io};
use crate::step::Step;

/// The faults of the texts.
pub fn faults(course: &Course, steps: &[Step]) -> Result<Vec<String>> {
    let dir = course.fixtures().join("alternative");
    let folders = fs::read_dir(&dir).map_err(io("cannot list", &dir))?;
    let folders = folders.flatten().map(|it| it.file_name());
    let known: BTreeSet<_> = folders
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    let mut named = BTreeSet::new();
    let mut faults = Vec::new();
    for step in steps {
        for one in step.review()?.alternatives {
            let has_file = dir.join(&one.submission).join(&step.file).is_file();
            if !has_file {
                let place = course.display(&step.dir.join("review.toml"));
                let file = format!("fixtures/alternative/{}/{}", one.submission, step.file);
                faults.push(format!("{place}: there is no {file}"));
            }
            named.insert(one.submission);
        }
    }
    let unnamed = known.difference(&named);
    let told = unnamed.map(|name| format!("no review names fixtures/alternative/{name}"));
    faults.extend(told);
    Ok(faults)
}
