//! How things are timed, and the files that are timed.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// A number in an object of a JSON document that is printed prettily.
pub fn field(document: &str, object: &str, name: &str) -> f64 {
    let object = document.split(&format!("\"{object}\": {{")).nth(1);
    let mut lines = object.expect("the object is there").lines();
    let line = lines.find(|line| line.contains(&format!("\"{name}\": ")));
    let value = line.and_then(|line| line.split(": ").nth(1));
    let value = value.expect("the field is there").trim_end_matches(',');
    value.parse().expect("a number")
}

pub fn cargo(dir: &Path) -> Command {
    let mut command = Command::new("cargo");
    // As a person would start it: nothing of the cargo that runs this benchmark.
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("CARGO")) {
        command.env_remove(name);
    }
    command
        .current_dir(dir)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

pub fn run(command: &mut Command) {
    let status = command.status().expect("the program runs");
    assert!(status.success(), "{command:?} failed");
}

/// Seconds by the clock.
pub fn seconds(command: &mut Command) -> f64 {
    let start = Instant::now();
    run(command);
    start.elapsed().as_secs_f64()
}

/// Seconds by the clock, and of processor time in all processes.
pub fn seconds_of_both_kinds(command: &mut Command) -> (f64, f64) {
    let before = children();
    let clock = seconds(command);
    (clock, children() - before)
}

/// Processor time of all processes that have ended, as /proc tells it.
pub fn children() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    // After the name, cutime and cstime are the 14th and 15th; Linux counts in hundredths.
    let mut fields = fields.split_whitespace().skip(13);
    let mut ticks = || fields.next().and_then(|text| text.parse::<f64>().ok());
    ticks().unwrap_or_default() / 100.0 + ticks().unwrap_or_default() / 100.0
}

pub fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a temporary folder");
    for file in fs::read_dir(from).expect("sources").flatten() {
        if file.path().is_dir() {
            copy(&file.path(), &to.join(file.file_name()));
        } else {
            fs::copy(file.path(), to.join(file.file_name())).expect("a copy");
        }
    }
}
