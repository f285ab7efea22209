//! What a student can learn after a step has passed, as data.

use serde::Deserialize;

/// What a review of a step says.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Review {
    /// What another number of calls means.
    #[serde(default)]
    pub calls: Vec<Calls>,
    /// Right submissions that do the step differently.
    #[serde(default, rename = "alternative")]
    pub alternatives: Vec<Alternative>,
}

/// An AWS operation, and what it means to call it more or less often than the reference.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calls {
    pub operation: String,
    pub more: Option<String>,
    pub fewer: Option<String>,
}

/// A right submission under `fixtures/alternative`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alternative {
    pub submission: String,
    /// What it does, in a sentence.
    pub what: String,
    /// When it is better, in one or two sentences.
    pub better: String,
}
