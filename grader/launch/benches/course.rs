//! `cargo bench`: what grading costs, as ratios measured in one run. It times the
//! programs students run, which are debug builds, and lives in this package
//! because it needs none of the grader's dependencies.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Instant;

/// Rounds of the student's loop; the median counts.
const ROUNDS: u32 = 11;

fn main() {
    // `cargo bench` and `cargo test --benches` pass flags of their own.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    let course = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("two folders down");
    let home = std::env::temp_dir().join(format!("course-bench-{}", std::process::id()));
    fs::create_dir_all(&home).expect("a temporary folder");
    cold(course, &home);
    edit_to_verdict(course, &home);
    backends(course);
    costs(course);
    fs::remove_dir_all(&home).ok();
}

/// (d) the first verdict, and (b) what was compiled twice on the way to it.
fn cold(course: &Path, home: &Path) {
    let (clone, sdk) = (home.join("clone"), home.join("sdk"));
    run(Command::new("git")
        .args(["clone", "--quiet"])
        .args([course, &clone]));
    fs::create_dir_all(sdk.join("src")).expect("a temporary folder");
    fs::write(sdk.join("src/main.rs"), "fn main() {}\n").expect("a file");
    fs::write(sdk.join("Cargo.toml"), sdk_manifest(course)).expect("a file");
    fs::copy(course.join("Cargo.lock"), sdk.join("Cargo.lock")).expect("a lock file");
    // Downloads are not part of the comparison.
    run(cargo(&clone).args(["fetch", "--quiet"]));
    run(cargo(&sdk).args(["fetch", "--quiet"]));

    let baseline = seconds(cargo(&sdk).args(["build", "--quiet"]));
    let grader = seconds(cargo(&clone).args(["build", "--quiet", "--package", "launch"]))
        + seconds(cargo(&clone).args([
            "build",
            "--quiet",
            "--package",
            "grader",
            "--bin",
            "grade",
        ]));
    let before = units(&clone);
    let verdict = seconds(cargo(&clone).args(["grade", "--dir", "solutions", "--report", "json"]));
    let twice: Vec<_> = units(&clone)
        .difference(&before)
        .filter(|unit| !unit.starts_with("submission-"))
        .cloned()
        .collect();
    println!(
        "(b) crates compiled twice between grader and submission: {} {twice:?}",
        twice.len()
    );
    println!(
        "(d) fresh clone to first verdict over a cold build of the two SDK crates: {:.2} ({:.0} s over {baseline:.0} s)",
        (grader + verdict) / baseline,
        grader + verdict,
    );
}

/// A package with the two SDK crates as `cargo add` adds them.
fn sdk_manifest(course: &Path) -> String {
    let lock = fs::read_to_string(course.join("Cargo.lock")).expect("a lock file");
    let version = |name: &str| {
        let entry = lock
            .split("[[package]]")
            .find(|e| e.contains(&format!("name = \"{name}\"")));
        let line = entry.and_then(|e| e.lines().find(|l| l.starts_with("version = ")));
        line.expect("the crate is locked").replace("version = ", "")
    };
    format!(
        "[package]\nname = \"sdk\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n\
         aws-sdk-kinesis = {}\naws-sdk-dynamodb = {}\n",
        version("aws-sdk-kinesis"),
        version("aws-sdk-dynamodb"),
    )
}

/// What cargo has compiled, unit by unit.
fn units(clone: &Path) -> BTreeSet<String> {
    let dir = fs::read_dir(clone.join("target/debug/.fingerprint")).expect("a target directory");
    dir.flatten()
        .map(|unit| unit.file_name().to_string_lossy().into_owned())
        .collect()
}

/// (a) `cargo grade 2` after an edit, and (e) a save under `cargo grade watch 2`,
/// each over a bare `cargo build` after the same edit.
fn edit_to_verdict(course: &Path, home: &Path) {
    let exercises = home.join("exercises");
    copy(&course.join("solutions/src"), &exercises.join("src"));
    let staged = course.join("target/grade/workspace");
    let submission = staged.join("submission/src/stages.rs");
    let grade = |round| {
        edit(&exercises.join("src/stages.rs"), round);
        seconds(cargo(course).args(["grade", "2", "--dir"]).arg(&exercises))
    };
    let build = |round| {
        edit(&submission, round);
        let mut bare = cargo(&staged);
        bare.args(["build", "--quiet", "--offline"]);
        bare.args(["--package", "submission", "--package", "grader"]);
        bare.args(["--bin", "submission", "--target-dir"]);
        seconds(bare.arg(course.join("target")))
    };
    grade(0);
    build(1);
    let rounds = (1..=ROUNDS).map(|round| (grade(3 * round), build(3 * round + 1)));
    let (grades, builds): (Vec<_>, Vec<_>) = rounds.unzip();
    let mut watched = Watched::start(course, &exercises);
    let saves = (1..=ROUNDS).map(|round| {
        let since = Instant::now();
        edit(&exercises.join("src/stages.rs"), 3 * round + 2);
        watched.verdict();
        since.elapsed().as_secs_f64()
    });
    let (grade, build, save) = (median(grades), median(builds), median(saves.collect()));
    let ratio = |what: f64| {
        format!(
            "{:.2} ({what:.2} s over {build:.2} s, medians of {ROUNDS})",
            what / build
        )
    };
    println!(
        "(a) edit to verdict of `cargo grade 2` over a bare `cargo build`: {}",
        ratio(grade)
    );
    println!(
        "(e) save to verdict of `cargo grade watch 2` over the same: {}",
        ratio(save)
    );
}

/// A watch in a terminal, which `script` (util-linux) provides.
struct Watched {
    process: Child,
    output: BufReader<ChildStdout>,
}

impl Watched {
    fn start(course: &Path, exercises: &Path) -> Self {
        let watch = format!("cargo grade watch 2 --dir {}", exercises.display());
        let mut process = Command::new("script")
            .args([
                "--quiet",
                "--flush",
                "--return",
                "--command",
                &watch,
                "/dev/null",
            ])
            .current_dir(course)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("script runs");
        let output = BufReader::new(process.stdout.take().expect("a pipe"));
        let mut watched = Self { process, output };
        watched.verdict();
        watched
    }

    /// Waits for the line of keys below a verdict.
    fn verdict(&mut self) {
        let mut line = Vec::new();
        while !String::from_utf8_lossy(&line).contains("q quit") {
            line.clear();
            let read = self.output.read_until(b'\n', &mut line);
            assert!(read.is_ok_and(|read| read > 0), "watch ended");
        }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        if let Some(keys) = &mut self.process.stdin {
            keys.write_all(b"q").ok();
        }
        self.process.wait().ok();
    }
}

/// The same edit each time, never the same text: the body of a function changes.
fn edit(file: &Path, round: u32) {
    let text = fs::read_to_string(file).expect("stages.rs");
    let lines = text.lines().map(|line| {
        let edited = line.contains("event.amount >= 100");
        if edited {
            format!("    event.amount >= 100.0 + {round} as f64 * 0.0")
        } else {
            line.to_owned()
        }
    });
    fs::write(file, lines.collect::<Vec<_>>().join("\n") + "\n").expect("stages.rs");
}

/// (c) grading of all steps, embedded against LocalStack, compiling excluded.
fn backends(course: &Path) {
    let docker = Command::new("docker")
        .arg("info")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if !docker.is_ok_and(|status| status.success()) {
        println!("(c) embedded against LocalStack: not measured, there is no Docker engine");
        return;
    }
    let times = |backend: &str| {
        let (ready, grading): (Vec<_>, Vec<_>) = (0..3).map(|_| grading(course, backend)).unzip();
        (median(ready), median(grading))
    };
    let (embedded, localstack) = (times("embedded"), times("localstack"));
    println!(
        "(c) grading all steps, LocalStack over embedded: {:.0} x ({:.2} s + {:.2} s to get ready, over {:.2} s + {:.3} s)",
        (localstack.0 + localstack.1) / (embedded.0 + embedded.1),
        localstack.1,
        localstack.0,
        embedded.1,
        embedded.0,
    );
}

/// Seconds to get the backend ready, and to grade all steps of the solutions.
fn grading(course: &Path, backend: &str) -> (f64, f64) {
    let mut command = cargo(course);
    command.args([
        "grade",
        "--dir",
        "solutions",
        "--report",
        "json",
        "--backend",
        backend,
    ]);
    let output = command.stdout(Stdio::piped()).output().expect("cargo runs");
    assert!(output.status.success(), "{command:?} fell short");
    let report = String::from_utf8(output.stdout).expect("JSON is UTF-8");
    let of = |name| field(&report, "seconds", name);
    (of("backend"), of("grading"))
}

/// (f) what generated inputs, the proxy and the search for a counterexample add.
fn costs(course: &Path) {
    let mut command = cargo(course);
    command.args(["grade", "dev", "costs"]);
    let output = command.stdout(Stdio::piped()).output().expect("cargo runs");
    assert!(output.status.success(), "{command:?} failed");
    let costs = String::from_utf8(output.stdout).expect("JSON is UTF-8");
    for (name, what) in [
        ("generation", "grading with generated inputs over without"),
        ("proxy", "a pipeline run through the proxy over past it"),
        (
            "shrinking",
            "generated inputs on wrong code over right code",
        ),
    ] {
        let of = |field_name| field(&costs, name, field_name);
        let (with, without) = (of("with"), of("without"));
        let ratio = with / without;
        println!("(f) {what}: {ratio:.2} ({with:.2} s over {without:.2} s, medians of 5)");
    }
}

/// A number in an object of a JSON document that is printed prettily.
fn field(document: &str, object: &str, name: &str) -> f64 {
    let object = document.split(&format!("\"{object}\": {{")).nth(1);
    let mut lines = object.expect("the object is there").lines();
    let line = lines.find(|line| line.contains(&format!("\"{name}\": ")));
    let value = line.and_then(|line| line.split(": ").nth(1));
    let value = value.expect("the field is there").trim_end_matches(',');
    value.parse().expect("a number")
}

fn cargo(dir: &Path) -> Command {
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

fn run(command: &mut Command) {
    let status = command.status().expect("the program runs");
    assert!(status.success(), "{command:?} failed");
}

fn seconds(command: &mut Command) -> f64 {
    let start = Instant::now();
    run(command);
    start.elapsed().as_secs_f64()
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn copy(from: &Path, to: &PathBuf) {
    fs::create_dir_all(to).expect("a temporary folder");
    for file in fs::read_dir(from).expect("sources").flatten() {
        fs::copy(file.path(), to.join(file.file_name())).expect("a copy");
    }
}
