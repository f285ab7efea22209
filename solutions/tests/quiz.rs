//! The quiz as ordinary tests, one for each question.

#[path = "../src/quiz.rs"]
mod quiz;

use grader::quiz::must_be_right;
use quiz::ANSWERS;

#[test]
fn state() {
    must_be_right("state", ANSWERS.state);
}

#[test]
fn mode() {
    must_be_right("mode", ANSWERS.mode);
}

#[test]
fn shards() {
    must_be_right("shards", ANSWERS.shards);
}

#[test]
fn scaling() {
    must_be_right("scaling", ANSWERS.scaling);
}

#[test]
fn streaming() {
    must_be_right("streaming", ANSWERS.streaming);
}

#[test]
fn stages() {
    must_be_right("stages", ANSWERS.stages);
}
