//! Commands that GitHub Actions shows as annotations at the lines of a file. Their syntax:
//! <https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions>. GitHub
//! shows at most ten errors and ten warnings of a step of a workflow:
//! <https://github.com/orgs/community/discussions/26680>.

use super::{CheckReport, Report, State, StepReport, plain};
use crate::problem::Problem;
use crate::submission::CompilerMessage;

/// How many annotations of one kind GitHub shows.
const MOST: usize = 10;

pub fn render(report: &Report) -> String {
    let checks = |state: fn(State) -> bool| {
        let steps = report.steps.iter();
        steps.flat_map(move |step| at_checks(step, state))
    };
    let problem = report.problem.iter().map(no_verdict);
    let compile_errors = report
        .compile_errors
        .iter()
        .map(|it| at(it, "Does not compile"));
    let failed = checks(State::is_wrong);
    let errors = problem.chain(compile_errors).chain(failed);
    let warned = report.steps.iter().flat_map(|step| &step.warnings);
    let warned = warned.map(|it| at(it, "Warning of the compiler"));
    let warnings = warned.chain(checks(|state| state == State::ToDo));
    annotations("error", errors) + &annotations("warning", warnings) + &score(report)
}

/// What an annotation says, and where.
struct Annotation {
    place: Option<(String, Option<usize>)>,
    title: String,
    message: String,
}

fn no_verdict(problem: &Problem) -> Annotation {
    Annotation {
        place: None,
        title: "Could not grade".into(),
        message: plain::problem(problem),
    }
}

fn at(said: &CompilerMessage, title: &str) -> Annotation {
    Annotation {
        place: Some((said.file.clone(), said.line)),
        title: title.into(),
        message: said.message.clone(),
    }
}

fn at_checks(step: &StepReport, state: fn(State) -> bool) -> impl Iterator<Item = Annotation> {
    let checks = step.checks.iter();
    let checks = checks.filter(move |check| state(State::of_check(check)));
    checks.map(|check| at_check(step, check))
}

fn at_check(step: &StepReport, check: &CheckReport) -> Annotation {
    let place = check.location.as_ref();
    Annotation {
        place: place.map(|place| (place.file.clone(), Some(place.line as usize))),
        title: format!("Step {}: {}", step.number, check.title),
        message: plain::check(check),
    }
}

/// The first annotations, and how many there are if not all of them are shown.
fn annotations(kind: &str, all: impl Iterator<Item = Annotation>) -> String {
    let all: Vec<_> = all.collect();
    let mut lines: String = all
        .iter()
        .take(MOST)
        .map(|one| command(kind, one))
        .collect();
    if all.len() > MOST {
        lines += &format!("The first {MOST} of {} {kind}s are shown.\n", all.len());
    }
    lines
}

/// The colons of the properties are written as `%3A`, so the message begins where it should.
fn command(kind: &str, of: &Annotation) -> String {
    let mut properties = vec![format!("title={}", property(&of.title))];
    if let Some((file, line)) = &of.place {
        properties.push(format!("file={}", property(file)));
        properties.extend(line.map(|line| format!("line={line}")));
    }
    let message = escaped(&plain::text(&of.message));
    format!("::{kind} {}::{message}\n", properties.join(","))
}

fn property(text: &str) -> String {
    escaped(&plain::line(text))
        .replace(':', "%3A")
        .replace(',', "%2C")
}

fn escaped(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// A line for the log.
fn score(report: &Report) -> String {
    report
        .points()
        .map_or(String::new(), |points| points + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::saved;

    fn lines(name: &str) -> Vec<String> {
        render(&saved(name)).lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_failed_check_is_an_error_at_its_function() {
        let lines = lines("diagnosis");
        let start = "::error title=Step 2%3A classify_event returns HIGH_RISK only for amounts above \
                     3000,file=exercises/src/stages.rs,line=50::alice $3000.00: expected \
                     MEDIUM_RISK, yours HIGH_RISK%0A";
        assert!(lines[0].starts_with(start), "{lines:#?}");
        assert!(
            lines[1].starts_with("::error title=Step 2%3A "),
            "{lines:#?}"
        );
        assert_eq!(lines[2..], ["19 of 25 points"]);
    }

    #[test]
    fn what_is_not_written_yet_is_a_warning() {
        let lines = lines("todo");
        let (last, warnings) = lines.split_last().unwrap();
        assert!(
            warnings.iter().all(|it| it.starts_with("::warning ")),
            "{lines:#?}"
        );
        assert_eq!(last, "0 of 32 points");
    }

    #[test]
    fn a_warning_of_the_compiler_is_one_at_its_line() {
        let warning = "::warning title=Warning of the compiler,file=exercises/src/setup.rs,line=";
        assert!(
            lines("warnings")
                .iter()
                .any(|line| line.starts_with(warning))
        );
    }

    #[test]
    fn compile_errors_and_problems_are_errors() {
        let start = "::error title=Does not compile,file=exercises/src/lambda.rs,line=33::\
                     mismatched types";
        assert_eq!(lines("compile_errors")[0], start);
        let problem = "::error title=Could not grade::no server at http://127.0.0.1:1 answers";
        let said = lines("could_not_grade");
        assert!(said.len() == 1 && said[0].starts_with(problem), "{said:#?}");
    }

    #[test]
    fn at_most_ten_errors_are_shown_and_all_are_counted() {
        let mut report = saved("diagnosis");
        let failed = report.steps[0].checks.last().unwrap().clone();
        report.steps[0].checks = vec![failed; 11];
        let text = render(&report);
        assert_eq!(text.matches("::error ").count(), 10);
        assert!(
            text.contains("\nThe first 10 of 11 errors are shown.\n"),
            "{text}"
        );
    }

    #[test]
    fn text_of_a_submission_is_no_command() {
        let mut report = saved("panic");
        let check = report.steps[0].checks.iter_mut().find(|check| check.fell());
        let check = check.unwrap();
        check.message = "100%\r\n::stop-commands::x\n##[add-mask]x".into();
        check.location.as_mut().unwrap().file = "a,line=1::b\n::c".into();
        let text = render(&report);
        assert!(
            text.contains("file=a%2Cline=1%3A%3Ab %3A%3Ac,line="),
            "{text}"
        );
        assert!(
            text.contains("::100%25%0A\\::stop-commands::x%0A\\##\\[add-mask]x"),
            "{text}"
        );
        let is_ours = |line: &str| line.starts_with("::error ") || line.ends_with(" points");
        assert!(text.lines().all(is_ours), "{text}");
    }
}
