//! The texts of `cargo grade review`: they name every right submission of the course, and no
//! other.

use std::collections::BTreeSet;

use crate::course::Course;
use crate::problem::Result;
use crate::step::Step;

/// The faults of the texts.
pub fn faults(course: &Course, steps: &[Step]) -> Result<Vec<String>> {
    let folders = course.alternatives()?;
    let names = folders.iter().filter_map(|it| it.file_name());
    let known: BTreeSet<_> = names
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    let mut named = BTreeSet::new();
    let mut faults = Vec::new();
    for step in steps {
        for one in step.review()?.alternatives {
            let file = format!("fixtures/alternative/{}/{}", one.submission, step.file);
            if !course.root.join(&file).is_file() {
                let place = course.display(&step.dir.join("review.toml"));
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
