//! Mistakes that are known, as data.

use serde::Deserialize;

/// A mistake, with a wrong submission that makes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Misconception {
    /// The submission under `fixtures/wrong` that makes this mistake and no other. What it
    /// gives is recorded, and who gives the same has made the same mistake.
    pub submission: String,
    /// What seems to be the matter: a clause without a full stop.
    pub name: String,
    /// From a question to the near answer.
    pub hints: [String; 3],
}
