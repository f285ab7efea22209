//! The XML of saved reports, read by a reader of XML.

use quick_junit::{NonSuccessKind, Report as Document, TestCase, TestCaseStatus};

use super::render;
use crate::report::Report;
use crate::report::saved;

fn read(report: &Report) -> Document {
    Document::deserialize_from_str(&render(report)).unwrap()
}

/// The cases whose status has this element.
fn titles(document: &Document, element: &str) -> Vec<String> {
    let cases = document.test_suites.iter().flat_map(|it| &it.test_cases);
    let cases = cases.filter(|case| element_of(case) == element);
    cases.map(|case| case.name.to_string()).collect()
}

fn element_of(case: &TestCase) -> &'static str {
    match case.status {
        TestCaseStatus::Success { .. } => "success",
        TestCaseStatus::Skipped { .. } => "skipped",
        TestCaseStatus::NonSuccess {
            kind: NonSuccessKind::Failure,
            ..
        } => "failure",
        TestCaseStatus::NonSuccess { .. } => "error",
    }
}

fn counts(document: &Document) -> [usize; 4] {
    let Document {
        tests,
        failures,
        errors,
        skipped,
        ..
    } = document;
    [*tests, *failures, *errors, *skipped]
}

#[test]
fn a_step_is_a_suite_and_a_check_is_a_case() {
    let report = saved("blocked");
    let document = read(&report);
    assert_eq!(counts(&document), [16, 0, 1, 5]);
    let suite = &document.test_suites[0];
    assert_eq!(suite.name.as_str(), "Step 2 · The four stages");
    let seconds = suite.time.unwrap().as_secs_f64();
    assert!((seconds - report.steps[0].seconds).abs() < 0.001);
    assert_eq!(
        titles(&document, "error"),
        ["enrich_event returns the event when the lookup fails"]
    );
    let case = &suite.test_cases[0];
    let class = case.classname.as_ref().unwrap();
    assert_eq!(class.as_str(), "streamlings.stages");
    assert!(case.time.is_some());
}

#[test]
fn a_bonus_and_what_is_not_written_count_as_skipped() {
    let passed = read(&saved("passed"));
    assert_eq!(counts(&passed)[1..], [0, 0, 1]);
    assert!(titles(&passed, "skipped")[0].contains("twice"));
    let todo = read(&saved("todo"));
    assert_eq!(counts(&todo)[1..3], [0, 0]);
}

#[test]
fn a_failure_says_what_was_found_and_where() {
    let text = render(&saved("diagnosis"));
    for part in [
        "message=\"alice $3000.00: expected MEDIUM_RISK, yours HIGH_RISK\"",
        "file=\"exercises/src/stages.rs\" line=\"50\"",
        "Rule: ",
        "It looks as if ",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn no_verdict_is_one_error() {
    let document = read(&saved("could_not_grade"));
    assert_eq!(counts(&document), [1, 0, 1, 0]);
    let text = render(&saved("could_not_grade"));
    assert!(text.contains("no server at http://127.0.0.1:1"), "{text}");
}

#[test]
fn each_compile_error_is_an_error_and_no_check_is() {
    let document = read(&saved("compile_errors"));
    let errors = titles(&document, "error");
    assert_eq!(errors.len(), 3);
    assert_eq!(errors[0], "exercises/src/lambda.rs:33: mismatched types");
    assert_eq!(counts(&document), [19, 0, 3, 16]);
}

#[test]
fn text_of_a_submission_is_only_text() {
    let mut report = saved("diagnosis");
    let hostile = "]]></failure><a b='\"'>&amp;\0\x1b[2J\u{fffe}\u{ffff}";
    for check in &mut report.steps[0].checks {
        check.message = hostile.into();
        check.stdout = vec![hostile.into()];
    }
    let document = read(&report);
    assert_eq!(counts(&document), counts(&read(&saved("diagnosis"))));
    let text = render(&report);
    assert!(!text.contains("<a b"), "{text}");
    let allowed = |c: char| c == '\n' || c >= ' ' && !matches!(c, '\u{fffe}' | '\u{ffff}');
    assert!(text.chars().all(allowed), "{text:?}");
    assert!(text.contains(r"\u{0}\u{1b}[2J"), "{text}");
}
