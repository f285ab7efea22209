//! The page of saved reports.

use super::render;
use crate::report::saved;

#[test]
fn text_of_a_submission_is_only_text() {
    let mut report = saved("diagnosis");
    report.submission = "<script>alert(1)</script>\u{202e}".into();
    let page = render(&report, None);
    assert!(!page.contains("<script"));
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;\\u{202e}"));
}
