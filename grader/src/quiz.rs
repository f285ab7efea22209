//! The quiz: what is asked, as data, and what is said to an answer. `cargo grade quiz`
//! and the tests of the exercises judge by this one source.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::course::Course;
use crate::problem::{self, Problem, Result};

/// What is said to a right answer, and to none.
pub const RIGHT: &str = "right";
const UNANSWERED: &str = "not answered yet";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Questions {
    #[serde(rename = "question")]
    all: Vec<Question>,
}

/// A question, which asks several things.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The field of the answers.
    pub id: String,
    pub title: String,
    pub text: String,
    #[serde(rename = "item")]
    pub items: Vec<Item>,
}

/// One thing that is asked.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// The field of the question.
    pub id: String,
    pub text: String,
    /// More than one where the module itself allows it.
    pub right: Vec<Value>,
    /// Why another answer is wrong.
    pub why: BTreeMap<String, String>,
    /// Why any other number is.
    pub otherwise: Option<String>,
}

impl Question {
    /// What is to be said to each of the answers, by item.
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
        format!("{answer}? {}", why.map_or("think again", String::as_str))
    }
}

/// All questions, in order.
pub fn questions(course: &Course) -> Result<Vec<Question>> {
    let file = course.steps().join("8-quiz/questions.toml");
    let parsed = toml::from_str::<Questions>(&problem::read(&file)?);
    let questions = parsed.map_err(|e| Problem::bug(format!("{}: {e}", file.display())))?;
    Ok(questions.all)
}

pub fn question(course: &Course, id: &str) -> Result<Question> {
    let mut questions = questions(course)?.into_iter();
    let question = questions.find(|question| question.id == id);
    question.ok_or_else(|| Problem::bug(format!("the quiz has no question {id}")))
}

/// For the tests of the exercises: panics with what is to be said, unless every answer
/// is right.
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
