//! The lints of clippy and of the compiler on a submission that passes.

use std::collections::BTreeMap;

use cargo_metadata::diagnostic::{Diagnostic, DiagnosticLevel};

use super::{CompilerMessage, Submission};

/// The groups of lints, those from which a student learns most first.
pub const GROUPS: [&str; 5] = [
    "clippy::correctness",
    "clippy::suspicious",
    "clippy::perf",
    "clippy::complexity",
    "clippy::style",
];

/// Helps that say nothing about the code.
const OTHER: [&str; 2] = ["for further information", "to override"];

/// A lint at a place in the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lint {
    pub message: CompilerMessage,
    /// What to write instead, if the lint says so.
    pub help: Option<String>,
}

impl Lint {
    pub fn as_students(self, submission: &Submission) -> Self {
        let message = self.message.as_students(submission);
        Self { message, ..self }
    }
}

/// The lints in the order of [`GROUPS`], and in each group in the order of the code. The
/// compiler's own lints come after them.
pub fn sorted(messages: &[Diagnostic]) -> Vec<Lint> {
    let groups = groups(messages);
    let rank = |said: &Diagnostic| {
        let group = said.code.as_ref().and_then(|code| groups.get(&*code.code));
        group.copied().unwrap_or(GROUPS.len())
    };
    let mut lints: Vec<_> = messages
        .iter()
        .filter(|said| said.level == DiagnosticLevel::Warning && said.code.is_some())
        .collect();
    lints.sort_by_key(|said| rank(said));
    let lint = |said: &Diagnostic| Lint {
        message: CompilerMessage::of(said),
        help: help(said),
    };
    lints.into_iter().map(lint).collect()
}

/// The group of each lint: the first message of a lint has a note that names it.
fn groups(messages: &[Diagnostic]) -> BTreeMap<&str, usize> {
    let mut groups = BTreeMap::new();
    for said in messages {
        let Some(code) = &said.code else { continue };
        let notes = || said.children.iter().map(|note| note.message.as_str());
        let named = GROUPS
            .iter()
            .position(|group| notes().any(|note| note.contains(&flag(group))));
        if let Some(group) = named {
            groups.insert(code.code.as_str(), group);
        }
    }
    groups
}

/// How a note names a group.
fn flag(group: &str) -> String {
    format!("`-W {}`", group.replace('_', "-"))
}

fn help(said: &Diagnostic) -> Option<String> {
    let mut helps = said.children.iter().filter(|note| {
        note.level == DiagnosticLevel::Help
            && !OTHER.iter().any(|start| note.message.starts_with(start))
    });
    helps.next().map(|help| help.message.clone())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn said(code: &str, message: &str, children: &[(&str, &str)]) -> Diagnostic {
        let child = |(level, message): &(&str, &str)| -> Value {
            json!({ "level": level, "message": message, "code": null, "spans": [], "children": [], "rendered": null })
        };
        let children: Vec<_> = children.iter().map(child).collect();
        let said = json!({
            "level": "warning", "message": message, "code": { "code": code, "explanation": null },
            "spans": [], "children": children, "rendered": null,
        });
        serde_json::from_value(said).unwrap()
    }

    #[test]
    fn lints_that_teach_most_come_first() {
        let style = [(
            "note",
            "`-W clippy::needless-return` implied by `-W clippy::style`",
        )];
        let perf = [
            ("help", "for further information visit https://example.org"),
            (
                "note",
                "`-W clippy::useless-vec` implied by `-W clippy::perf`",
            ),
            ("help", "use an array"),
        ];
        let messages = [
            said("clippy::needless_return", "first", &style),
            said("dead_code", "second", &[]),
            said("clippy::needless_return", "third", &[]),
            said("clippy::useless_vec", "fourth", &perf),
        ];
        let lints = sorted(&messages);
        let order: Vec<_> = lints
            .iter()
            .map(|lint| lint.message.message.as_str())
            .collect();
        assert_eq!(order, ["fourth", "first", "third", "second"]);
        assert_eq!(lints[0].help.as_deref(), Some("use an array"));
    }
}
