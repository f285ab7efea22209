//! The Markdown of saved reports.

use proptest::prelude::*;

use super::{MOST, code, fenced, render};
use crate::report::saved;

#[test]
fn a_table_has_every_step_and_failed_checks_are_folded() {
    let text = render(&saved("diagnosis"));
    let start = "## ` exercises `: 19 of 25 points\n\n| Step | Result | Points |\n|---|---|---:|\n\
                 | 2 · The four stages | ✗ failed | 19 / 25 |\n\n### Step 2 · The four stages\n\n\
                 ```text\nIt looks as if ";
    assert!(text.starts_with(start), "{text}");
    let check = "<details><summary>✗ failed · classify_event returns HIGH_RISK only for amounts above \
                 3000 · 0 of 2</summary>\n\n```text\nalice $3000.00: expected MEDIUM_RISK, yours \
                 HIGH_RISK\n";
    assert!(text.contains(check), "{text}");
    assert!(text.contains("\n○ blocked: 1 check\n"), "{text}");
    assert_eq!(text.matches("<details>").count(), 2);
    assert_eq!(text.matches("</details>").count(), 2);
}

#[test]
fn a_step_that_passed_is_only_in_the_table() {
    let text = render(&saved("passed"));
    assert!(
        text.contains("| 4 · Running totals | ✓ passed | 18 / 18 |"),
        "{text}"
    );
    assert!(!text.contains("###"), "{text}");
}

#[test]
fn compile_errors_and_problems_are_shown() {
    let errors = render(&saved("compile_errors"));
    assert!(
        errors.contains("0 of 25 points, the code does not compile\n"),
        "{errors}"
    );
    assert_eq!(errors.matches("```text\n").count(), 3);
    let problem = render(&saved("could_not_grade"));
    assert!(
        problem.contains(": could not grade\n\n```text\nno server at "),
        "{problem}"
    );
}

#[test]
fn a_long_report_fits_in_a_comment() {
    let mut report = saved("diagnosis");
    let mut failed = report.steps[0].checks.last().unwrap().clone();
    failed.stdout = vec!["é".repeat(10_000)];
    report.steps[0].checks = vec![failed; 100];
    let text = render(&report);
    let length = text.chars().count();
    assert!(MOST - 5_000 < length && length < 65_536, "{length}");
    assert!(text.ends_with(" parts that this comment has no room for\n"));
}

#[test]
fn text_of_a_submission_stays_in_code() {
    let mut report = saved("panic");
    let check = report.steps[0].checks.iter_mut().find(|check| check.fell());
    let check = check.unwrap();
    check.message = "a\n````\n</details>\n@octocat [b](https://example.org) <img src=x>".into();
    check.title = "<b> | `".into();
    report.submission = "`@octocat`\n# a".into();
    let text = render(&report);
    assert!(text.starts_with("## `` `@octocat` # a ``: "), "{text}");
    let opened = text
        .find("`````text\na\n````\n</details>\n@octocat")
        .unwrap();
    let closed = text[opened + 5..].find("\n`````\n").unwrap();
    let after = &text[opened + 5 + closed..];
    assert!(!after.contains("octocat") && after.starts_with("\n`````\n\n</details>\n"));
    assert!(text.contains("error · &lt;b&gt; | ` · "), "{text}");
}

proptest! {
    #[test]
    fn no_text_ends_its_code(text in "[`a\n ]*") {
        let shown = fenced(&text);
        let (first, rest) = shown.split_once('\n').unwrap();
        let fence = first.trim_end_matches("text");
        let (inside, last) = rest.trim_end_matches('\n').rsplit_once('\n').unwrap();
        prop_assert_eq!(last, fence);
        prop_assert!(!inside.contains(fence));
        let span = code(&text);
        let ticks = span.split(' ').next().unwrap();
        let inside = &span[ticks.len()..span.len() - ticks.len()];
        prop_assert!(inside.split(|c| c != '`').all(|run| run.len() < ticks.len()));
    }
}
