//! The quiz: its questions as data, and the feedback on an answer. `cargo grade quiz` and the
//! tests of the exercises both use this module.

mod answer_file;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::course::Course;
use crate::problem::{self, Problem, Result};

pub use answer_file::AnswerFile;

/// The step that grades it. The questions are in its folder.
pub const QUIZ: &str = "quiz";

/// The feedback on a right answer, and on a missing one.
pub const RIGHT: &str = "right";
pub const UNANSWERED: &str = "not answered yet";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Questions {
    #[serde(rename = "question")]
    all: Vec<Question>,
}

/// A question with several items.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The name of its field in the answers.
    pub id: String,
    pub title: String,
    pub text: String,
    pub answers: Allowed,
    #[serde(rename = "item")]
    pub items: Vec<Item>,
}

/// The answers that the items of a question can have.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Allowed {
    /// As they are written in Rust, such as `Kind::Stateful` or `true`.
    OneOf(Vec<String>),
    Number,
}

impl fmt::Display for Allowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OneOf(all) => {
                let numbered = (1..).zip(all);
                let all = numbered.map(|(number, answer)| format!("{number} {}", short(answer)));
                f.write_str(&all.collect::<Vec<_>>().join("   "))
            }
            Self::Number => f.write_str("a whole number"),
        }
    }
}

/// An answer without the names of its modules and type.
pub fn short(answer: &str) -> &str {
    answer.rsplit("::").next().unwrap_or(answer)
}

/// One item of a question.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// The name of its field in the question.
    pub id: String,
    pub text: String,
    /// The right answers: more than one if the module allows several.
    pub right: Vec<Value>,
    /// Why each other answer is wrong.
    pub why: BTreeMap<String, String>,
    /// Why any other number is wrong.
    pub otherwise: Option<String>,
}

impl Question {
    /// The feedback on each of the answers, by item.
    pub fn judge(&self, answers: &Value) -> Map<String, Value> {
        let judge = |item: &Item| (item.id.clone(), json!(item.judge(&answers[&item.id])));
        self.items.iter().map(judge).collect()
    }
}

impl Item {
    fn judge(&self, answer: &Value) -> String {
        if answer.is_null() {
            return UNANSWERED.into();
        }
        if self.right.contains(answer) {
            return RIGHT.into();
        }
        let answer = match answer {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let why = self.why.get(&answer).or(self.otherwise.as_ref());
        format!(
            "{answer}? {}",
            why.map_or("this is not right", String::as_str)
        )
    }
}

/// All questions, in order.
pub fn questions(course: &Course) -> Result<Vec<Question>> {
    let file = folder(course)?.join("questions.toml");
    let parsed = toml::from_str::<Questions>(&problem::read(&file)?);
    let questions = parsed.map_err(|e| Problem::bug(format!("{}: {e}", file.display())))?;
    Ok(questions.all)
}

/// The folder of the step, such as `9-quiz`.
fn folder(course: &Course) -> Result<PathBuf> {
    let steps = course.steps();
    let entries = std::fs::read_dir(&steps).map_err(problem::io("cannot list", &steps))?;
    let mut dirs = entries.flatten().map(|entry| entry.path());
    let is_quiz = |dir: &PathBuf| {
        let name = dir.file_name().and_then(|name| name.to_str());
        let numbered = name.and_then(|name| name.split_once('-'));
        numbered.is_some_and(|(_, id)| id == QUIZ)
    };
    dirs.find(is_quiz)
        .ok_or_else(|| Problem::bug("the course has no quiz step"))
}

pub fn question(course: &Course, id: &str) -> Result<Question> {
    let mut questions = questions(course)?.into_iter();
    let question = questions.find(|question| question.id == id);
    question.ok_or_else(|| Problem::bug(format!("the quiz has no question {id}")))
}

/// For the tests of the exercises: panics with the feedback unless every answer is right.
#[track_caller]
pub fn must_be_right(id: &str, answers: impl Serialize) {
    let course = Course::find().expect("the course is where it was built");
    let question = question(&course, id).expect("the question exists");
    let answers = serde_json::to_value(answers).expect("answers are JSON");
    let judged = question.judge(&answers).into_iter();
    let wrong = judged.filter(|(_, said)| said != RIGHT);
    let wrong: Vec<_> = wrong
        .map(|(item, said)| format!("\n  {item}: {}", said.as_str().unwrap_or_default()))
        .collect();
    assert!(wrong.is_empty(), "{}{}", question.title, wrong.concat());
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An answer as the submission would send it.
    fn sent(answer: &str) -> Value {
        serde_json::from_str(short(answer)).unwrap_or_else(|_| json!(short(answer)))
    }

    #[test]
    fn every_answer_that_is_allowed_is_right_or_told_why_not() {
        for question in questions(&Course::find().unwrap()).unwrap() {
            for item in &question.items {
                let name = format!("{}.{}", question.id, item.id);
                match &question.answers {
                    Allowed::OneOf(all) => {
                        let explained = |answer: &String| {
                            item.right.contains(&sent(answer))
                                || item.why.contains_key(short(answer))
                        };
                        assert!(all.iter().all(explained), "{name}");
                        let known = item.right.len() + item.why.len();
                        assert_eq!(known, all.len(), "{name}");
                    }
                    Allowed::Number => assert!(item.otherwise.is_some(), "{name}"),
                }
            }
        }
    }

    #[test]
    fn the_answers_that_are_allowed_are_of_the_types_of_the_contract() {
        let questions = questions(&Course::find().unwrap()).unwrap();
        // The first answer of each question, then the second …, until all were used.
        for which in 0..3 {
            let of_question = |question: &Question| {
                let answer = match &question.answers {
                    Allowed::OneOf(all) => sent(&all[which.min(all.len() - 1)]),
                    Allowed::Number => json!(4),
                };
                let items = question.items.iter();
                items
                    .map(|item| (item.id.clone(), answer.clone()))
                    .collect()
            };
            let answers: Map<String, Value> = questions
                .iter()
                .map(|question| (question.id.clone(), of_question(question)))
                .collect();
            serde_json::from_value::<contract::quiz::Answers>(answers.into()).unwrap();
        }
    }
}
