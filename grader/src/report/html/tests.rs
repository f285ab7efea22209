//! The page of saved reports.

use super::render;
use crate::report::{Rubric, saved};

#[test]
fn text_of_a_submission_is_only_text() {
    let mut report = saved("diagnosis");
    report.submission = "<script>alert(1)</script>\u{202e}".into();
    let page = render(&report.submission, &report, None);
    assert!(!page.contains("<script"));
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;\\u{202e}"));
}

#[test]
fn a_grade_stands_beside_the_points() {
    let mut report = saved("diagnosis");
    assert!(!render("ann", &report, None).contains("Grade:"));
    let rubric: Rubric = toml::from_str("cap = 20\n[steps]\nstages = 50").unwrap();
    report.grade = rubric.grade(&report);
    let page = render("ann", &report, None);
    assert!(page.contains("Grade: <strong>20</strong> of 20"), "{page}");
    assert!(page.contains("<td class=\"number\">38 / 50</td>"), "{page}");
}
