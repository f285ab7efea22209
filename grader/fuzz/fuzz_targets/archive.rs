//! An archive that is handed in: no file of it lies outside.

#![no_main]

use std::io::Cursor;
use std::path::Component;

use grader::submission::Submission;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(submission) = Submission::of_archive("submission".into(), Cursor::new(bytes)) else {
        return;
    };
    for name in submission.files.keys() {
        let mut parts = name.components();
        assert!(
            parts.all(|part| matches!(part, Component::Normal(_))),
            "{name:?}"
        );
    }
});
