//! `result.json` of Classroom 50, which follows GitHub Classroom. Each check is a test, without
//! the bonus checks: one that is not earned would fail the submission. The form is
//! <https://github.com/foundation50/classroom50/blob/main/schemas/result-v1.schema.json>, and
//! <https://github.com/foundation50/classroom50/wiki/Advanced-Autograding> tells how it is read.
//!
//! If there is no verdict, the document has no score. So the runner of Classroom 50 refuses it
//! and records an error, which is not 0 points.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{CheckReport, Report, StepReport, plain};

/// The fields that say which submission it is, each with the environment variable that has it in
/// the runner.
pub const IDENTITY: [(&str, &str); 8] = [
    ("classroom", "CLASSROOM"),
    ("assignment", "ASSIGNMENT"),
    ("assignment_type", "ASSIGNMENT_TYPE"),
    ("owner", "OWNER"),
    ("submission", "SUBMISSION_TAG"),
    ("commit", "COMMIT_URL"),
    ("release", "RELEASE_URL"),
    ("review", "REVIEW_URL"),
];

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    #[serde(flatten)]
    identity: &'a Map<String, Value>,
    /// The runner replaces it with the time of the commit.
    datetime: &'a str,
    #[serde(flatten)]
    graded: Option<Graded>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Graded {
    score: u32,
    max_score: u32,
    tests: Vec<Test>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Test {
    test_name: String,
    passed: bool,
    score: u32,
    max_score: u32,
    /// A field of our own, which the runner keeps.
    #[serde(skip_serializing_if = "String::is_empty")]
    message: String,
}

/// The result for the submission with this identity.
pub fn render(report: &Report, identity: &Map<String, Value>) -> String {
    super::json(&Document {
        schema: "classroom50/result/v1",
        identity,
        datetime: &report.started,
        graded: graded(report),
    })
}

fn graded(report: &Report) -> Option<Graded> {
    Some(Graded {
        score: report.score?,
        max_score: report.max_score?,
        tests: report.steps.iter().flat_map(tests).collect(),
    })
}

fn tests(step: &StepReport) -> impl Iterator<Item = Test> {
    let checks = step.checks.iter().filter(|check| !check.bonus);
    checks.map(|check| test(step, check))
}

fn test(step: &StepReport, check: &CheckReport) -> Test {
    Test {
        test_name: plain::line(&format!("Step {}: {}", step.number, check.title)),
        passed: check.passed(),
        score: check.score,
        max_score: check.max_score,
        message: plain::line(&check.message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::saved;

    fn read(name: &str) -> Value {
        let identity = IDENTITY.map(|(field, variable)| (field.to_owned(), variable.into()));
        let identity = identity.into_iter().collect();
        serde_json::from_str(&render(&saved(name), &identity)).unwrap()
    }

    #[test]
    fn each_check_is_a_test_with_its_points() {
        let result = read("diagnosis");
        assert_eq!(result["schema"], "classroom50/result/v1");
        assert_eq!(
            (&result["score"], &result["max-score"]),
            (&19.into(), &25.into())
        );
        assert_eq!(result["submission"], "SUBMISSION_TAG");
        let tests = result["tests"].as_array().unwrap();
        let failed: Vec<_> = tests.iter().filter(|it| it["passed"] == false).collect();
        assert_eq!(failed.len(), 3);
        let name = "Step 2: classify_event returns HIGH_RISK only for amounts above 3000";
        assert_eq!(failed[0]["test-name"], name);
        assert_eq!(failed[0]["max-score"], 2);
        let message = failed[0]["message"].as_str().unwrap();
        assert!(message.ends_with("yours HIGH_RISK"), "{message}");
    }

    #[test]
    fn a_bonus_that_is_not_earned_fails_nothing() {
        let result = read("passed");
        let tests = result["tests"].as_array().unwrap();
        assert!(tests.iter().all(|test| test["passed"] == true));
        assert_eq!(result["score"], result["max-score"]);
    }

    #[test]
    fn without_a_verdict_there_is_no_score() {
        let result = read("could_not_grade");
        for field in ["score", "max-score", "tests"] {
            assert!(result.get(field).is_none(), "{field}");
        }
        assert_eq!(result["owner"], "OWNER");
    }
}
