//! What an editor reads from the verdict: the patterns in `.vscode/tasks.json`.

use std::fs;

use regex::Regex;
use serde_json::Value;

use crate::project::{Project, course};

/// Patterns for the lines of a message, one after the other.
struct Matcher(Vec<Regex>);

impl Matcher {
    /// The matcher of this name, as the editor reads it.
    fn of(owner: &str) -> Self {
        let tasks = fs::read_to_string(course().join(".vscode/tasks.json")).unwrap();
        let tasks: Value = serde_json::from_str(&tasks).unwrap();
        let matchers = tasks["tasks"][0]["problemMatcher"].as_array().unwrap();
        let named = matchers.iter().find(|it| it["owner"] == owner).unwrap();
        let patterns = named["pattern"].as_array().unwrap().iter();
        let regexes = patterns.map(|it| Regex::new(it["regexp"].as_str().unwrap()).unwrap());
        Self(regexes.collect())
    }

    /// What each message says, as captured from its lines.
    fn messages(&self, output: &str) -> Vec<Vec<String>> {
        let lines: Vec<_> = output.lines().collect();
        let message = |lines: &[&str]| -> Option<Vec<String>> {
            let captured = self.0.iter().zip(lines).map(|(regex, line)| {
                let captured = regex.captures(line)?;
                let groups = captured.iter().skip(1).flatten();
                let groups: Vec<_> = groups.map(|it| it.as_str().to_owned()).collect();
                Some(groups)
            });
            Some(captured.collect::<Option<Vec<_>>>()?.concat())
        };
        lines.windows(self.0.len()).filter_map(message).collect()
    }
}

#[test]
fn a_failed_check_is_found_on_the_line_of_its_function() {
    let wrong = Project::solution().edit(
        "stages.rs",
        "event.amount >= 100.00",
        "event.amount > 100.00",
    );
    let source = wrong.source("stages.rs");
    let line = source
        .lines()
        .position(|line| line.starts_with("pub fn filter_event"));
    let output = wrong.grade(&["2"]).stdout;
    let messages = Matcher::of("streamlings").messages(&output);
    let (title, line) = (
        "filter_event keeps amounts of 100.00 and more",
        line.unwrap() + 1,
    );
    assert_eq!(
        messages,
        [[title, "exercises/src/stages.rs", &line.to_string()]],
        "{output}"
    );
}

#[test]
fn a_function_without_code_is_found_on_its_line() {
    let output = Project::stubs().grade(&["5"]).stdout;
    let messages = Matcher::of("streamlings").messages(&output);
    let files: Vec<_> = messages.iter().map(|it| it[1].as_str()).collect();
    assert_eq!(files, ["exercises/src/cleanup.rs"; 2], "{output}");
}

#[test]
fn an_error_of_the_compiler_is_found_on_its_line() {
    let broken = Project::solution().edit("stages.rs", "event.amount >= 100.00", "event.amount >=");
    let output = broken.grade(&["2"]).stdout;
    let messages = Matcher::of("streamlings-compiler").messages(&output);
    assert_eq!(messages[0][0], "error", "{output}");
    assert_eq!(messages[0][2], "exercises/src/stages.rs", "{output}");
}
