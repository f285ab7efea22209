//! A line that comes on the channel, read as every kind of answer.

#![no_main]

use grader::child::{decode, outcome};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|line: &[u8]| {
    let troubles = match outcome(line) {
        Ok(value) => [
            decode::<protocol::Run>(&value).err(),
            decode::<Vec<contract::Transaction>>(&value).err(),
            decode::<Vec<contract::scaling::Checkpoint>>(&value).err(),
            decode::<contract::quiz::Answers>(&value).err(),
        ],
        Err(trouble) => [Some(trouble), None, None, None],
    };
    for trouble in troubles.into_iter().flatten() {
        assert!(!trouble.describe("f").is_empty());
        trouble.place();
        trouble.kind();
    }
});
