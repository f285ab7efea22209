//! `cargo bench --manifest-path grader/launch/Cargo.toml`: what grading costs, as ratios
//! measured in one run. It times the programs students run, which are debug builds, and
//! lives in this package because it needs none of the grader's dependencies.
//!
//! With `-- --before COMMIT` it compares all nine steps with those of an earlier commit,
//! too, which is cloned and built for it. With `-- --only WORD` it measures one part:
//! cold, edit, nine, many, sandbox, backends, costs.

mod measure;

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use measure::{cargo, copy, field, median, run, seconds, seconds_of_both_kinds};

/// Rounds of the student's loop; the median counts.
const ROUNDS: u32 = 11;

/// The package of `cargo grade` itself.
const LAUNCHER: &str = "grader/launch/Cargo.toml";

/// How many edits there were.
static EDITS: AtomicU32 = AtomicU32::new(0);

/// So many submissions are graded at once.
const MANY: usize = 8;

/// How often a sandbox is started.
const LAUNCHES: usize = 101;

/// Rounds of all nine steps.
const GRADINGS: usize = 7;

fn main() {
    let arguments: Vec<_> = std::env::args().collect();
    // `cargo bench` and `cargo test --benches` pass flags of their own.
    if arguments.iter().any(|argument| argument == "--test") {
        return;
    }
    let after = |flag: &str| {
        let at = arguments.iter().position(|argument| argument == flag)?;
        arguments.get(at + 1).cloned()
    };
    let only = after("--only");
    let wanted = |name: &str| only.as_ref().is_none_or(|only| only == name);
    let course = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .expect("two folders down");
    let home = std::env::temp_dir().join(format!("course-bench-{}", std::process::id()));
    fs::create_dir_all(&home).expect("a temporary folder");
    if wanted("cold") {
        cold(course, &home);
    }
    if wanted("edit") {
        edit_to_verdict(course, &home);
    }
    if let (true, Some(commit)) = (wanted("nine"), after("--before")) {
        let before = clone_of(course, &home, &commit);
        nine_steps(course, &before, &commit);
        edit_over(course, &home, &before, &commit);
    }
    if wanted("many") {
        many(course, &home);
    }
    if wanted("sandbox") {
        sandbox(course);
    }
    if wanted("backends") {
        backends(course);
    }
    if wanted("costs") {
        costs(course);
    }
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

    let baseline = seconds_of_both_kinds(cargo(&sdk).args(["build", "--quiet"]));
    let mut launcher = cargo(&clone);
    launcher.args(["build", "--quiet", "--manifest-path", LAUNCHER]);
    let launcher = seconds_of_both_kinds(&mut launcher);
    let mut grader = cargo(&clone);
    grader.args(["build", "--quiet", "--package", "grader", "--bin", "grade"]);
    let grader = seconds_of_both_kinds(&mut grader);
    let before = units(&clone);
    let mut verdict = cargo(&clone);
    verdict.args(["grade", "--dir", "solutions", "--report", "json"]);
    let verdict = seconds_of_both_kinds(&mut verdict);
    let twice: Vec<_> = units(&clone).difference(&before).cloned().collect();
    println!(
        "(b) crates compiled twice between grader and submission: {} {twice:?}",
        twice.len()
    );
    let wall = launcher.0 + grader.0 + verdict.0;
    println!(
        "(d) fresh clone to first verdict over a cold build of the two SDK crates: {:.2} \
         ({wall:.0} s over {:.0} s; processor time {:.0} s over {:.0} s, {:.0} s of it to build)",
        wall / baseline.0,
        baseline.0,
        launcher.1 + grader.1 + verdict.1,
        baseline.1,
        launcher.1 + grader.1,
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
    let (exercises, bare) = (home.join("exercises"), bare_package(course, home));
    let mut bare_build = cargo(&bare);
    bare_build.args(["build", "--quiet", "--offline"]);
    let stages = bare.join("src/stages.rs");
    let (grade, build) = grade_beside_build(course, &exercises, &stages, &mut bare_build);
    let save = save_to_verdict(course, &exercises);
    say_edit("a bare `cargo build`", grade, save, build);
}

/// Seconds from a save to the verdict of `cargo grade watch 2`, the median.
fn save_to_verdict(course: &Path, exercises: &Path) -> f64 {
    let mut watched = Watched::start(course, exercises);
    let saves = (0..ROUNDS).map(|_| {
        let since = Instant::now();
        edit(&exercises.join("src/stages.rs"));
        watched.verdict();
        since.elapsed().as_secs_f64()
    });
    median(saves.collect())
}

fn say_edit(baseline: &str, grade: f64, save: f64, build: f64) {
    for (what, seconds) in [
        ("(a) edit to verdict of `cargo grade 2`", grade),
        ("(e) save to verdict of `cargo grade watch 2`", save),
    ] {
        println!(
            "{what} over {baseline}: {:.2} ({seconds:.2} s over {build:.2} s, medians of {ROUNDS})",
            seconds / build
        );
    }
}

/// Seconds from an edit to the verdict of `cargo grade 2`, on a copy of the solutions, and to
/// the end of a bare build after an edit of `stages`: in turn, the medians.
fn grade_beside_build(
    course: &Path,
    exercises: &Path,
    stages: &Path,
    build: &mut Command,
) -> (f64, f64) {
    copy(&course.join("solutions/src"), &exercises.join("src"));
    let own = exercises.join("src/stages.rs");
    let mut grade = cargo(course);
    grade.args(["grade", "2", "--dir"]).arg(exercises);
    let mut round = || {
        edit(&own);
        let graded = seconds(&mut grade);
        edit(stages);
        (graded, seconds(build))
    };
    // Once to warm up.
    round();
    let (grades, builds) = (0..ROUNDS).map(|_| round()).unzip();
    (median(grades), median(builds))
}

/// The solutions as an ordinary program: their sources and the runner's calls in one
/// package, with `contract` and `protocol` linked as cargo links by default.
fn bare_package(course: &Path, home: &Path) -> PathBuf {
    let bare = home.join("bare");
    copy(&course.join("solutions/src"), &bare.join("src"));
    for file in ["calls.rs", "processors.rs"] {
        let from = course.join("grader/runner/src").join(file);
        fs::copy(from, bare.join("src").join(file)).expect("a source of the runner");
    }
    let modules = fs::read_to_string(bare.join("src/lib.rs")).expect("lib.rs");
    let modules = modules.lines().filter(|line| line.starts_with("pub mod "));
    let modules: Vec<_> = modules.map(|line| line.replace("pub ", "")).collect();
    let runner = fs::read_to_string(course.join("grader/runner/src/lib.rs")).expect("the runner");
    let runner = runner.lines().filter(|line| !line.starts_with("//!"));
    let runner: Vec<_> = runner
        .map(|line| line.replace("pub fn main", "fn main"))
        .collect();
    let parts = [
        "extern crate self as submission;",
        &modules.join("\n"),
        &runner.join("\n"),
    ];
    fs::write(bare.join("src/main.rs"), parts.join("\n")).expect("a file");
    fs::remove_file(bare.join("src/lib.rs")).expect("lib.rs");
    fs::remove_dir_all(bare.join("src/bin")).expect("bootstrap");
    fs::write(bare.join("Cargo.toml"), bare_manifest(course)).expect("a file");
    fs::copy(course.join("Cargo.lock"), bare.join("Cargo.lock")).expect("a lock file");
    run(cargo(&bare).args(["build", "--quiet", "--offline"]));
    bare
}

/// The versions of the course, the dependencies of the solutions, and lines in debug
/// information, as a program has them that somebody debugs.
fn bare_manifest(course: &Path) -> String {
    let read = |file: &str| fs::read_to_string(course.join(file)).expect("a manifest");
    let (root, solutions) = (read("Cargo.toml"), read("solutions/Cargo.toml"));
    let section = |text: &str, name: &str| {
        let (_, after) = text.split_once(name).expect("a section");
        let lines = after
            .lines()
            .skip(1)
            .take_while(|line| !line.starts_with('['));
        let lines: Vec<_> = lines.filter(|line| !line.starts_with('#')).collect();
        lines.join("\n")
    };
    let paths = format!("path = \"{}/grader/", course.display());
    let versions = section(&root, "[workspace.dependencies]");
    let versions = versions.replace("path = \"grader/", &paths);
    let package = section(&root, "[workspace.package]");
    let used = section(&solutions, "\n[dependencies]");
    format!(
        "[workspace]\nresolver = \"3\"\n[workspace.package]\n{package}\n\
         [workspace.lints.rust]\n[workspace.dependencies]\n{versions}\n\
         [profile.dev]\ndebug = \"line-tables-only\"\n\
         [profile.dev.package.\"*\"]\ndebug = false\n\
         [package]\nname = \"bare\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
         [dependencies]\nprotocol.workspace = true\n{used}\n"
    )
}

/// A checkout of an earlier commit.
fn clone_of(course: &Path, home: &Path, commit: &str) -> PathBuf {
    let before = home.join("before");
    let (from, to) = (course.as_os_str(), before.as_os_str());
    run(Command::new("git")
        .args(["clone", "--quiet"])
        .args([from, to]));
    let mut checkout = Command::new("git");
    run(checkout
        .args(["checkout", "--quiet", commit])
        .current_dir(&before));
    before
}

/// (a) and (e) once more, over a bare `cargo build` of the solutions as an earlier commit has them.
fn edit_over(course: &Path, home: &Path, before: &Path, commit: &str) {
    let mut build = cargo(before);
    build.args(["build", "--quiet", "--offline", "--package", "solutions"]);
    let (exercises, stages) = (
        home.join("exercises-again"),
        before.join("solutions/src/stages.rs"),
    );
    let (grade, build) = grade_beside_build(course, &exercises, &stages, &mut build);
    let save = save_to_verdict(course, &exercises);
    let baseline = format!("a bare `cargo build` of the solutions of {commit}");
    say_edit(&baseline, grade, save, build);
}

/// (h) all nine steps of the solutions, warm, over those of an earlier commit.
fn nine_steps(course: &Path, before: &Path, commit: &str) {
    let grade = |dir: &Path| {
        let mut grade = cargo(dir);
        seconds_of_both_kinds(grade.args(["grade", "--dir", "solutions", "--report", "json"]))
    };
    println!(
        "(h) all nine steps, over those of {commit}: {}",
        in_turn(|| grade(course), || grade(before))
    );
}

/// The times of one command over those of another, in turn, after each has run once.
fn in_turn(one: impl Fn() -> (f64, f64), other: impl Fn() -> (f64, f64)) -> String {
    other();
    one();
    let rounds = (0..GRADINGS).map(|_| (one(), other()));
    let (ones, others): (Vec<_>, Vec<_>) = rounds.unzip();
    let wall = |times: &[(f64, f64)]| median(times.iter().map(|time| time.0).collect());
    let processor = |times: &[(f64, f64)]| median(times.iter().map(|time| time.1).collect());
    format!(
        "{:.2} ({:.2} s over {:.2} s; processor time {:.2} s over {:.2} s; medians of {GRADINGS})",
        wall(&ones) / wall(&others),
        wall(&ones),
        wall(&others),
        processor(&ones),
        processor(&others),
    )
}

/// (i) submissions that the grader has never seen, one after the other and at once.
fn many(course: &Path, home: &Path) {
    let grade = cargo_bin(course);
    let (apart, before) = (Instant::now(), measure::children());
    let one_by_one: Vec<_> = unseen(course, home, "apart")
        .iter()
        .map(|dir| output(&mut grade(dir)))
        .collect();
    let (apart, apart_busy) = (apart.elapsed().as_secs_f64(), measure::children() - before);
    let dirs = unseen(course, home, "once");
    let (once, before) = (Instant::now(), measure::children());
    let started: Vec<_> = dirs.iter().map(|dir| start(&mut grade(dir))).collect();
    let at_once: Vec<_> = started.into_iter().map(finish).collect();
    let (once, once_busy) = (once.elapsed().as_secs_f64(), measure::children() - before);
    let same = one_by_one.iter().zip(&at_once);
    let same = same
        .filter(|(one, other)| verdicts(one) == verdicts(other))
        .count();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!(
        "(i) a submission never seen, all steps: {:.1} s of processor time; {MANY} at once over one \
         after the other: {:.2} ({once:.1} s over {apart:.1} s), processor time {:.2} \
         ({once_busy:.1} s over {apart_busy:.1} s), {:.0} % of {cores} cores busy, {same} of {MANY} \
         with the same verdicts",
        apart_busy / MANY as f64,
        once / apart,
        once_busy / apart_busy,
        100.0 * once_busy / once / cores as f64,
    );
}

/// (j) all nine steps in the sandbox over the same without, and what one start of it takes,
/// for each level.
fn sandbox(course: &Path) {
    let grade = |level: &str| {
        let mut grade = cargo(course);
        grade.args(["grade", "--dir", "solutions", "--report", "json"]);
        seconds_of_both_kinds(grade.args(["--seed", "1", "--sandbox", level]))
    };
    let launches = |command: &mut Command| {
        let each = (0..LAUNCHES).map(|_| 1_000.0 * seconds(command));
        median(each.collect())
    };
    for (level, namespaces) in [
        ("restricted", "null"),
        ("isolated", r#"{"ports":null,"folder":null}"#),
    ] {
        let steps = in_turn(|| grade(level), || grade("none"));
        let policy = format!(
            r#"{{"read":["/lib","/usr/lib"],"write":[],"connect":[],"processes":false,
            "execute":["/bin/true","/lib64/ld-linux-x86-64.so.2"],"namespaces":{namespaces},
            "limits":{{"memory":1073741824,"processor":9,"file":0,"open_files":99}}}}"#
        );
        let mut sandboxed = Command::new(course.join("target/debug/sandbox"));
        let launch = launches(sandboxed.args([&policy, "/bin/true"]));
        let launch = launch - launches(&mut Command::new("/bin/true"));
        println!(
            "(j) all nine steps at the level `{level}` over the same without a sandbox: {steps}; \
             a start takes {launch:.1} ms more (medians of {LAUNCHES})"
        );
    }
}

/// A call of the grader itself, for a submission.
fn cargo_bin(course: &Path) -> impl Fn(&Path) -> Command {
    let grade = course.join("target/debug/grade");
    let course = course.to_owned();
    move |dir: &Path| {
        let mut grade = Command::new(&grade);
        grade
            .args(["--seed", "1", "--report", "json", "--dir"])
            .arg(dir);
        grade
            .env("STREAMLINGS_COURSE", &course)
            .current_dir(&course);
        grade
    }
}

/// Submissions that nothing was compiled of before: the solutions, each with a function of
/// its own.
fn unseen(course: &Path, home: &Path, name: &str) -> Vec<PathBuf> {
    fs::remove_dir_all(course.join("target/grade/slots")).ok();
    let submission = |number: usize| {
        let dir = home.join(format!("{name}-{number}"));
        copy(&course.join("solutions/src"), &dir.join("src"));
        let file = dir.join("src/lib.rs");
        let text = fs::read_to_string(&file).expect("lib.rs");
        let stamp = home.display();
        let own =
            format!("{text}\n/// {stamp} {name}\npub fn own() -> usize {{\n    {number}\n}}\n");
        fs::write(&file, own).expect("lib.rs");
        dir
    };
    (0..MANY).map(submission).collect()
}

/// Each check of a JSON report with its status.
fn verdicts(report: &str) -> Vec<String> {
    let lines = report.lines().map(str::trim);
    let says = |line: &&str| line.starts_with("\"id\"") || line.starts_with("\"status\"");
    lines.filter(says).map(str::to_owned).collect()
}

fn start(command: &mut Command) -> Child {
    let command = command.stdout(Stdio::piped()).stderr(Stdio::null());
    command.spawn().expect("the grader runs")
}

fn finish(child: Child) -> String {
    let output = child.wait_with_output().expect("the grader ends");
    assert!(output.status.success(), "the solutions fell short");
    String::from_utf8(output.stdout).expect("JSON is UTF-8")
}

fn output(command: &mut Command) -> String {
    finish(start(command))
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

/// The same edit each time, never the same text, in no other run either: the grader would
/// know the program.
fn edit(file: &Path) {
    let (run, number) = (std::process::id(), EDITS.fetch_add(1, Ordering::Relaxed));
    let text = fs::read_to_string(file).expect("stages.rs");
    let lines = text.lines().map(|line| {
        let edited = line.contains("event.amount >= 100");
        if edited {
            format!("    event.amount >= 100.0 + {run}.0 * {number}.0 * 0.0")
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
