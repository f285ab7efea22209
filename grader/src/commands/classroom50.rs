//! What the runner of Classroom 50 says about the submission, in environment variables.

use std::env;

use serde_json::{Map, Value};

use crate::problem::{Problem, Result};
use crate::report::classroom50::IDENTITY;

/// The fields whose variables are set.
pub fn identity() -> Map<String, Value> {
    let fields = IDENTITY.iter().filter_map(|(field, variable)| {
        let value = env::var(variable).ok()?;
        Some(((*field).to_owned(), value.into()))
    });
    fields.collect()
}

/// # Errors
///
/// A variable is not set, so the result would belong to nobody; or the grade is one of a rubric,
/// which may have fractions of points.
pub fn check(with_rubric: bool) -> Result<()> {
    if with_rubric {
        return Err(Problem::usage(
            "Classroom 50 takes only whole points, and no grade of a rubric",
            "Remove --rubric or --report classroom50.",
        ));
    }
    let missing = IDENTITY
        .iter()
        .find(|(_, variable)| env::var(variable).is_err());
    missing.map_or(Ok(()), |(_, variable)| {
        Err(Problem::usage(
            format!("--report classroom50 needs the environment variable {variable}"),
            "Run the command in the runner of Classroom 50, which sets it.",
        ))
    })
}
