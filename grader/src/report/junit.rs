//! JUnit XML, for Jenkins, GitLab and other CI servers. A step is a test suite, a check is a test
//! case. There is no official specification; <https://github.com/testmoapp/junitxml> describes
//! what is common. GitLab shows the class name as the suite, and ignores the second of two cases
//! with the same class and name: <https://docs.gitlab.com/ci/testing/unit_test_reports>.

use std::time::Duration;

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite, XmlString};

use super::rubric::StepGrade;
use super::{CheckReport, Report, State, StepReport, plain};
use crate::problem::Problem;
use crate::submission::CompilerMessage;

/// The name of the document, and of the package of each class.
const NAME: &str = "streamlings";

pub fn render(report: &Report) -> String {
    let mut document = quick_junit::Report::new(NAME);
    if let Some(seconds) = report.seconds {
        document.set_time(duration(seconds.total()));
    }
    let problem = report.problem.as_ref().map(no_verdict);
    let errors = &report.compile_errors;
    let compiler = (!errors.is_empty()).then(|| compiler(errors));
    let grade = report.grade.as_ref();
    let steps = report.steps.iter();
    let steps = steps.map(|step| suite(step, grade.and_then(|grade| grade.step(&step.id))));
    document.add_test_suites(problem.into_iter().chain(compiler).chain(steps));
    document.to_string().expect("a document in memory")
}

/// Why there is no verdict: an error, not failed checks.
fn no_verdict(problem: &Problem) -> TestSuite {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_type("could not grade");
    status.set_message(xml(&plain::line(&problem.what)));
    status.set_description(xml(&plain::problem(problem)));
    suite_of("Grading", [case("grading", "a verdict is given", status)])
}

fn compiler(errors: &[CompilerMessage]) -> TestSuite {
    let cases = errors.iter().map(|error| {
        let title = format!("{}: {}", error.place(), error.message);
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_type(error.code.as_deref().unwrap_or("error"));
        status.set_message(xml(&plain::line(&error.message)));
        status.set_description(xml(&plain::compile_error(error)));
        case("compiler", &title, status)
    });
    suite_of("Compiler", cases)
}

fn suite(step: &StepReport, grade: Option<&StepGrade>) -> TestSuite {
    let name = format!("Step {} · {}", step.number, step.title);
    let cases = step.checks.iter().map(|check| checked(step, check));
    let mut suite = suite_of(&name, cases);
    suite.set_time(duration(step.seconds));
    if let Some(grade) = grade {
        suite.add_property(("grade", grade.in_words().as_str()));
    }
    let said = plain::step(step);
    if !said.is_empty() {
        suite.set_system_out(xml(&said));
    }
    suite
}

fn suite_of(name: &str, cases: impl IntoIterator<Item = TestCase>) -> TestSuite {
    let mut suite = TestSuite::new(xml(&plain::line(name)));
    suite.add_test_cases(cases);
    suite
}

/// The time of a check is the time of its scenario, which it may share with other checks.
fn checked(step: &StepReport, check: &CheckReport) -> TestCase {
    let mut case = case(&step.id, &check.title, status(check));
    if let Some(scenario) = step.scenario(&check.scenario) {
        case.set_time(duration(scenario.seconds));
    }
    if let Some(place) = &check.location {
        let (file, line) = (xml(&plain::line(&place.file)), place.line.to_string());
        case.extra.insert("file".into(), file);
        case.extra.insert("line".into(), line.into());
    }
    case
}

fn case(class: &str, title: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(xml(&plain::line(title)), status);
    case.set_classname(xml(&format!("{NAME}.{class}")));
    case
}

fn status(check: &CheckReport) -> TestCaseStatus {
    let state = State::of_check(check);
    let mut status = match state {
        State::Passed | State::BonusEarned => return TestCaseStatus::success(),
        State::Failed => TestCaseStatus::non_success(NonSuccessKind::Failure),
        State::Error => TestCaseStatus::non_success(NonSuccessKind::Error),
        State::ToDo | State::Blocked | State::BonusOpen => TestCaseStatus::skipped(),
    };
    status.set_type(state.word());
    status.set_message(xml(&plain::line(&check.message)));
    status.set_description(xml(&plain::check(check)));
    status
}

/// XML 1.0 has no place for these two characters. [`plain`] has replaced the others.
fn xml(text: &str) -> XmlString {
    XmlString::new(text.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}"))
}

fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

#[cfg(test)]
mod tests;
