//! Expectations: insta snapshots, read with insta and compared here. insta's
//! macros have switches that let a wrong value pass, so grading does not use them.

use std::path::Path;

use serde_json::Value;

use crate::problem::{Problem, Result};

/// What a facet must be.
#[derive(Clone, Debug, PartialEq)]
pub enum Expected {
    Json(Value),
    Text(String),
}

/// Reads a snapshot.
pub fn read(file: &Path) -> Result<Expected> {
    let snapshot = insta::Snapshot::from_file(file).map_err(|e| {
        Problem::course(
            format!("the expectation {} cannot be read: {e}", file.display()),
            "Restore it, or let the solutions write it: `cargo grade dev accept`.",
        )
    })?;
    let text = snapshot
        .as_text()
        .map(ToString::to_string)
        .unwrap_or_default();
    let text = text.trim_matches('\n');
    Ok(serde_json::from_str(text).map_or_else(|_| Expected::Text(text.to_owned()), Expected::Json))
}

/// A facet as a snapshot holds it: text as it is, all else as JSON.
pub fn as_text(facet: &Value) -> String {
    match facet {
        Value::String(text) => text.clone(),
        other => serde_json::to_string_pretty(other).expect("a value is JSON"),
    }
}
