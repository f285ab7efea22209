//! `results.json` of a Gradescope autograder. Each check is a test case:
//! <https://gradescope-autograders.readthedocs.io/en/latest/specs/>.
//!
//! Gradescope needs a score of the whole or of each test. If there is no verdict, the document
//! has neither. So Gradescope can only report that the autograder failed, which is not 0 points.

use serde::Serialize;
use serde_json::{Value, json};

use super::{CheckReport, Report, StepReport, plain};

#[derive(Serialize)]
struct Results {
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<f64>,
    execution_time: f64,
    output: String,
    output_format: &'static str,
    test_output_format: &'static str,
    test_name_format: &'static str,
    visibility: &'static str,
    /// What the autograder prints is for the instructors only.
    stdout_visibility: &'static str,
    extra_data: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    tests: Option<Vec<Test>>,
}

#[derive(Serialize)]
struct Test {
    number: String,
    name: String,
    status: &'static str,
    score: u32,
    max_score: u32,
    output: String,
    output_format: &'static str,
    tags: [String; 2],
    visibility: &'static str,
}

pub fn render(report: &Report) -> String {
    let tests = report.steps.iter().flat_map(tests);
    let grade = report.grade.as_ref().map(|grade| grade.points);
    super::json(&Results {
        score: grade.or(report.score.map(f64::from)),
        execution_time: report.seconds.map_or(0.0, |it| it.total()),
        output: output(report),
        output_format: "text",
        test_output_format: "text",
        test_name_format: "text",
        visibility: "visible",
        stdout_visibility: "hidden",
        extra_data: facts(report),
        tests: report.score.map(|_| tests.collect()),
    })
}

/// What one needs to know to grade it again.
fn facts(report: &Report) -> Value {
    json!({
        "outcome": report.outcome,
        "grade": report.grade,
        "digest": report.digest,
        "seed": report.seed,
        "started": report.started,
        "toolchain": report.toolchain,
        "grader_version": report.grader_version,
        "course_version": report.course_version,
    })
}

/// The text about the whole submission.
fn output(report: &Report) -> String {
    let problem = report.problem.iter().map(plain::problem);
    let errors = report.compile_errors.iter().map(plain::compile_error);
    let steps = report.steps.iter().map(plain::step);
    let grade = report.grade.as_ref();
    let grade = grade.map(|grade| format!("Grade: {}", grade.in_words()));
    let parts = grade.into_iter().chain(problem).chain(errors).chain(steps);
    let parts: Vec<_> = parts.collect();
    parts.join("\n").trim().to_owned()
}

fn tests(step: &StepReport) -> impl Iterator<Item = Test> {
    let checks = step.checks.iter().zip(1..);
    checks.map(|(check, place)| Test {
        number: format!("{}.{place}", step.number),
        ..test(step, check)
    })
}

fn test(step: &StepReport, check: &CheckReport) -> Test {
    let bonus = if check.bonus { "bonus: " } else { "" };
    let (status, output) = match check.passed() {
        true => ("passed", String::new()),
        false => ("failed", plain::check(check)),
    };
    Test {
        number: String::new(),
        name: plain::line(&format!("{}: {bonus}{}", step.title, check.title)),
        status,
        score: check.score,
        max_score: check.max_score,
        output,
        output_format: "text",
        tags: [step.id.clone(), check.id.clone()],
        visibility: "visible",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Rubric, saved};

    fn read(name: &str) -> Value {
        serde_json::from_str(&render(&saved(name))).unwrap()
    }

    #[test]
    fn each_check_is_a_test_with_its_points() {
        let results = read("diagnosis");
        assert_eq!(results["score"], 19.0);
        let tests = results["tests"].as_array().unwrap();
        let sum = |of: &str| -> u64 { tests.iter().map(|it| it[of].as_u64().unwrap()).sum() };
        assert_eq!((sum("score"), sum("max_score")), (19, 25));
        let failed: Vec<_> = tests.iter().filter(|it| it["status"] == "failed").collect();
        let names: Vec<_> = failed.iter().map(|it| it["number"].as_str()).collect();
        assert_eq!(names, [Some("2.13"), Some("2.15"), Some("2.16")]);
        assert_eq!(failed[0]["tags"], json!(["stages", "classify_high"]));
        let output = failed[0]["output"].as_str().unwrap();
        assert!(output.contains("yours HIGH_RISK"), "{output}");
        let output = results["output"].as_str().unwrap();
        assert!(output.starts_with("It looks as if "), "{output}");
    }

    #[test]
    fn a_bonus_costs_nothing_and_says_that_it_is_one() {
        let tests = read("passed")["tests"].take();
        let names = tests.as_array().unwrap().iter();
        let open: Vec<_> = names.filter(|it| it["status"] == "failed").collect();
        assert_eq!(open.len(), 1);
        assert_eq!(open[0]["max_score"], 0);
        let name = open[0]["name"].as_str().unwrap();
        assert!(name.starts_with("Running totals: bonus: "), "{name}");
    }

    #[test]
    fn a_grade_is_the_score() {
        let mut report = saved("diagnosis");
        let rubric: Rubric = toml::from_str("cap = 12.5").unwrap();
        report.grade = rubric.grade(&report);
        let results: Value = serde_json::from_str(&render(&report)).unwrap();
        assert_eq!(results["score"], 12.5);
        assert_eq!(results["extra_data"]["grade"]["rubric"]["cap"], 12.5);
        let output = results["output"].as_str().unwrap();
        assert!(output.starts_with("Grade: 12.5 of 12.5\n"), "{output}");
    }

    #[test]
    fn without_a_verdict_there_is_no_score() {
        let results = read("could_not_grade");
        assert!(results.get("score").is_none() && results.get("tests").is_none());
        let output = results["output"].as_str().unwrap();
        assert!(output.starts_with("no server at http"), "{output}");
    }

    #[test]
    fn code_that_does_not_compile_has_no_points_and_the_errors() {
        let results = read("compile_errors");
        assert_eq!(results["score"], 0.0);
        let output = results["output"].as_str().unwrap();
        for part in [
            "exercises/src/lambda.rs:33",
            "E0308",
            "stages::filter_event: its",
        ] {
            assert!(output.contains(part), "{part}\n{output}");
        }
        assert!(!output.contains('\x1b') && !output.contains("u{1b}"));
    }
}
