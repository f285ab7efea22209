//! The rules in the documents, and the checks that cover them: each rule is judged, and each
//! check has a rule.

mod sentences;
mod table;

use serde::Deserialize;

use crate::course::Course;
use crate::problem::{Problem, Result, read};
use crate::step::Step;
use sentences::{of_markdown, of_rust};
use table::{Documents, Table};

pub use table::Findings;

/// A step's file of rules.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rules {
    #[serde(default, rename = "rule")]
    rules: Vec<Entry>,
    /// Sentences without a rule to judge: background, advice, permission.
    #[serde(default)]
    told: Vec<Entry>,
}

/// A sentence of a document, or a part of one.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    says: String,
    /// The document's path in the course; the student's file if this is missing.
    #[serde(rename = "in")]
    document: Option<String>,
    /// The item with this comment, if other comments say the same.
    of: Option<String>,
    /// The checks that fail for a submission that breaks the rule.
    #[serde(default)]
    checks: Vec<String>,
    /// Why no check covers the rule yet.
    unjudged: Option<String>,
}

/// Compares the rules of all steps with the documents and the checks.
pub fn findings(course: &Course, steps: &[Step]) -> Result<Findings> {
    let mut table = Table::default();
    for step in steps {
        let file = format!("grader/steps/{}-{}/rules.toml", step.number, step.id);
        let text = read(&course.root.join(&file))?;
        let rules = toml::from_str(&text).map_err(|e| Problem::bug(format!("{file}: {e}")))?;
        table.add(step, &file, rules);
    }
    let mut documents = Documents::new();
    for name in table.documents() {
        let text = read(&course.root.join(name))?;
        let sentences = match name.ends_with(".rs") {
            true => of_rust(&text),
            false => of_markdown(&text),
        };
        documents.insert(name.to_owned(), sentences);
    }
    Ok(table.findings(&documents))
}
