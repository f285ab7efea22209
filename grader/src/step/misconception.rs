//! Mistakes that are known, as data.

use serde::Deserialize;

use crate::child::TroubleKind;

/// A mistake, with a wrong submission that makes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Misconception {
    /// The submission under `fixtures/wrong` that makes this mistake and no other.
    pub submission: String,
    /// What seems to be the matter: a clause without a full stop.
    pub name: String,
    /// All of these findings are there, and no other check of the step fails.
    pub symptom: Vec<Finding>,
    /// From a question to the near answer.
    pub hints: [String; 3],
}

/// A check that does not pass, and in which way. What is not given can be anything.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    pub check: String,
    /// Which record, field or line differs first, …
    pub at: Option<String>,
    /// … what it should be, …
    pub expected: Option<String>,
    /// … and what it is.
    pub actual: Option<String>,
    /// How many differences there are.
    pub count: Option<usize>,
    /// Why there was nothing to compare.
    pub trouble: Option<TroubleKind>,
}
