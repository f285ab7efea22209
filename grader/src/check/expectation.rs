//! Expectations: insta snapshots, read with insta and compared here. insta's macros have
//! options that let a wrong value pass, so grading does not use them.

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
            format!("cannot read the expectation {}: {e}", file.display()),
            "Restore the file, or create it from the solutions: `cargo grade dev accept`.",
        )
    })?;
    let text = snapshot
        .as_text()
        .map(ToString::to_string)
        .unwrap_or_default();
    let text = text.trim_matches('\n');
    Ok(serde_json::from_str(text).map_or_else(|_| Expected::Text(text.to_owned()), Expected::Json))
}

/// A facet in the form of a snapshot: text as it is, everything else as JSON.
pub fn as_text(facet: &Value) -> String {
    match facet {
        Value::String(text) => text.clone(),
        other => serde_json::to_string_pretty(other).expect("a value is JSON"),
    }
}
