//! The lines of JSON that the grader reads.

use std::io::Write;

use serde::Serialize;

/// One line.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// The current step, which takes long.
    Doing(String),
    /// The URL of both services. Their first call starts them.
    Ready(String),
    /// The problem; no line follows.
    Problem(Problem),
}

/// Why the container did not start, or was not removed.
#[derive(Debug, Serialize)]
pub struct Problem {
    /// One sentence without a full stop.
    pub what: String,
    /// The next action, as a sentence.
    pub next: String,
}

impl Problem {
    pub fn new(what: impl Into<String>, next: impl Into<String>) -> Self {
        let (what, next) = (what.into(), next.into());
        Self { what, next }
    }
}

impl Line {
    /// Prints the line. If the grader was killed, nothing reads it, and this must not panic.
    pub fn say(&self) {
        let mut line = serde_json::to_vec(self).expect("a line is JSON");
        line.push(b'\n');
        std::io::stdout().write_all(&line).ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_an_object_with_one_field() {
        let json = |line: &Line| serde_json::to_string(line).unwrap();
        assert_eq!(
            json(&Line::Doing("Starting".into())),
            r#"{"doing":"Starting"}"#
        );
        assert_eq!(
            json(&Line::Ready("http://127.0.0.1:1".into())),
            r#"{"ready":"http://127.0.0.1:1"}"#
        );
        assert_eq!(
            json(&Line::Problem(Problem::new("no Docker", "Start it."))),
            r#"{"problem":{"what":"no Docker","next":"Start it."}}"#
        );
    }
}
