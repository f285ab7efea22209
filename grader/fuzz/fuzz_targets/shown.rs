//! What a submission said, on a terminal and in the log of a CI.

#![no_main]

use grader::report::harmless;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|said: (&str, bool)| {
    let (text, colour) = said;
    let shown = harmless(text, colour);
    assert!(colour || !shown.contains('\x1b'));
    for line in shown.lines() {
        let plain = console::strip_ansi_codes(line);
        let hidden = |c: char| c.is_control() && c != '\t';
        assert!(!plain.chars().any(hidden), "{plain:?}");
        let start = plain.trim_start();
        assert!(
            !start.starts_with("::") && !start.starts_with("##"),
            "{start:?}"
        );
    }
});
