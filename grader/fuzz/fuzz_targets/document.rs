//! A report that is read back, shown and written again.

#![no_main]

use grader::report::{Report, View, harmless, json, terminal};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let Ok(report) = serde_json::from_slice::<Report>(text) else {
        return;
    };
    for verbose in [false, true] {
        let view = View {
            verbose,
            ..View::default()
        };
        let shown = harmless(&terminal(&report, &view), false);
        let hidden = |c: char| c.is_control() && c != '\n' && c != '\t';
        assert!(!shown.chars().any(hidden), "{shown:?}");
    }
    let written = json(&report);
    let hidden = |c: char| c.is_control() && c != '\n';
    assert!(!written.chars().any(hidden), "{written:?}");
    serde_json::from_str::<Report>(&written).expect("what was written can be read");
});
