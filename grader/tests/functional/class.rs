//! `cargo grade class`: a folder of submissions becomes results, a gradebook and pages.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use tempfile::TempDir;

use crate::project::{Graded, Project, course, grader};
use crate::schema::faults;
use crate::wrong::hostile;

/// A folder with submissions, and a folder for the results.
struct Class(TempDir);

impl Class {
    fn new() -> Self {
        let class = Self(tempfile::tempdir().unwrap());
        fs::create_dir(class.submissions()).unwrap();
        class
    }

    fn submissions(&self) -> PathBuf {
        self.0.path().join("in")
    }

    fn out(&self) -> PathBuf {
        self.0.path().join("out")
    }

    /// Adds a copy of a project.
    fn with(self, name: &str, project: &Project) -> Self {
        project.copy_to(&self.submissions().join(name));
        self
    }

    fn with_file(self, name: &str, text: &str) -> Self {
        fs::write(self.submissions().join(name), text).unwrap();
        self
    }

    fn with_link(self, name: &str, to: &Path) -> Self {
        std::os::unix::fs::symlink(to, self.submissions().join(name)).unwrap();
        self
    }

    fn command(&self, options: &[&str]) -> Command {
        let mut command = grader();
        command.arg("class").arg(self.submissions());
        command.arg("--out").arg(self.out()).args(options);
        command
    }

    fn grade(&self, options: &[&str]) -> Graded {
        Graded::new(self.command(options).output().unwrap())
    }

    fn document(&self, name: &str) -> Value {
        let file = self.out().join(format!("results/{name}.json"));
        serde_json::from_slice(&fs::read(&file).unwrap()).unwrap()
    }

    fn gradebook(&self) -> String {
        fs::read_to_string(self.out().join("gradebook.csv")).unwrap()
    }
}

/// A class of a right, a wrong, an unwritten, a hostile and a broken submission.
fn mixed() -> Class {
    Class::new()
        .with("ann", &Project::solution())
        .with("bob", &Project::wrong("stages-high-from-3000"))
        .with("carl", &Project::stubs())
        .with("eve", &Project::solution().edits(&hostile()["loop"].edits))
        .with_file("dora.zip", "no archive")
        .with_link("finn", &course().join("solutions"))
        .with_file("notes.txt", "")
        .with_file("bob/newer.zip", "no archive")
}

const STAGES: [&str; 4] = ["--steps", "stages", "--time-limit", "1"];

/// The gradebook's columns without the note.
fn scores(gradebook: &str) -> Vec<String> {
    let lines = gradebook.lines();
    let cells = |line: &str| line.split(',').take(5).collect::<Vec<_>>().join(" ");
    lines.map(cells).collect()
}

#[test]
fn a_folder_becomes_a_gradebook_and_pages() {
    let class = mixed();
    let graded = class.grade(&STAGES);
    assert_eq!(graded.code, Some(0), "{graded:?}");
    let both = "bob: it has sources and an archive: only the sources count";
    for said in ["Not a submission: notes.txt", both] {
        assert!(graded.stdout.contains(said), "{graded:?}");
    }
    assert_eq!(
        scores(&class.gradebook()),
        [
            "name outcome score max_score stages",
            "ann graded 25 25 25",
            "bob graded 19 25 19",
            "carl graded 0 25 0",
            "dora no sources 0 25 0",
            "eve graded 16 25 16",
            "finn no sources 0 25 0",
        ]
    );
    for name in ["ann", "bob", "carl", "dora", "eve", "finn"] {
        assert_eq!(
            faults(&class.document(name)),
            Vec::<String>::new(),
            "{name}"
        );
        assert!(class.out().join(format!("pages/{name}.html")).is_file());
    }
    let page = fs::read_to_string(class.out().join("index.html")).unwrap();
    assert!(page.contains("pages/bob.html#step-2"), "{page}");
    let lecture = fs::read_to_string(class.out().join("anonymous.html")).unwrap();
    assert!(!lecture.contains("bob"), "{lecture}");
}

#[test]
fn nothing_is_graded_twice() {
    let class = Class::new()
        .with("ann", &Project::solution())
        .with("bob", &Project::stubs());
    class.grade(&STAGES);
    let (ann, bob) = (class.document("ann"), class.document("bob"));
    let gradebook = class.gradebook();
    let again = class.grade(&STAGES);
    assert!(
        again
            .stderr
            .contains("1/2 ann: 25 of 25 points (already graded)"),
        "{again:?}"
    );
    assert_eq!(
        (class.document("ann"), class.document("bob")),
        (ann.clone(), bob.clone())
    );
    assert_eq!(class.gradebook(), gradebook);

    // Another submission under the same name is graded.
    let edited = Project::wrong("stages-high-from-3000");
    fs::copy(
        edited.dir().join("src/stages.rs"),
        class.submissions().join("bob/src/stages.rs"),
    )
    .unwrap();
    let changed = class.grade(&STAGES);
    assert!(
        changed.stderr.contains("bob: 19 of 25 points\n"),
        "{changed:?}"
    );
    assert!(
        changed
            .stderr
            .contains("ann: 25 of 25 points (already graded)"),
        "{changed:?}"
    );

    let named = class.grade(&[&STAGES[..], &["--again", "ann"]].concat());
    assert!(named.stderr.contains("ann: 25 of 25 points\n"), "{named:?}");
    assert!(
        named
            .stderr
            .contains("bob: 19 of 25 points (already graded)"),
        "{named:?}"
    );
    let unknown = class.grade(&[&STAGES[..], &["--again", "eve"]].concat());
    assert_eq!(unknown.code, Some(2), "{unknown:?}");

    // Results for another seed do not count, but are not lost.
    let seeded = class.grade(&[&STAGES[..], &["--seed", "7"]].concat());
    assert!(!seeded.stderr.contains("already graded"), "{seeded:?}");
    let earlier = fs::read(class.out().join("earlier-1/results/ann.json")).unwrap();
    assert_ne!(earlier, Vec::<u8>::new());
    assert_eq!(class.document("ann")["seed"], 7);
}

#[test]
fn a_run_that_was_killed_continues() {
    let solution = Project::solution();
    let names: Vec<_> = (0..6).map(|number| format!("s{number}")).collect();
    let class = names
        .iter()
        .fold(Class::new(), |class, name| class.with(name, &solution));
    let mut command = class.command(&[&STAGES[..], &["--seed", "7", "--jobs", "1"]].concat());
    let mut first = command
        .stderr(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let written = || fs::read_dir(class.out().join("results")).map_or(0, |files| files.count());
    let deadline = Instant::now() + Duration::from_secs(180);
    while written() < 2 && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(20));
    }
    kill(Pid::from_raw(first.id().cast_signed()), Signal::SIGKILL).unwrap();
    first.wait().unwrap();
    let second = class.grade(&[&STAGES[..], &["--seed", "7"]].concat());
    assert_eq!(second.code, Some(0), "{second:?}");
    assert!(
        second
            .stderr
            .contains("s0: 25 of 25 points (already graded)"),
        "{second:?}"
    );
    assert_eq!(scores(&class.gradebook()).len(), 7);
}

#[test]
fn an_interrupted_run_says_how_to_continue() {
    let class = Class::new().with("ann", &Project::solution());
    let mut command = class.command(&[]);
    command.stderr(Stdio::piped()).stdout(Stdio::null());
    let mut child = command.spawn().unwrap();
    while !class.out().join("class.json").is_file() && child.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(20));
    }
    kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGINT).unwrap();
    let ended = child.wait_with_output().unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(130), "{said}");
    assert!(
        said.contains("interrupted after 0 of 1 submissions"),
        "{said}"
    );
    assert!(
        class.gradebook().contains("ann,not graded yet,,"),
        "{}",
        class.gradebook()
    );
}

/// Merges the results in these folders.
fn merge(parts: &[PathBuf], out: &Path) -> Graded {
    let mut command = grader();
    command
        .args(["class", "merge"])
        .args(parts)
        .arg("--out")
        .arg(out);
    Graded::new(command.output().unwrap())
}

#[test]
fn parts_are_merged_to_the_same_gradebook() {
    let class = mixed();
    let whole = class.grade(&[&STAGES[..], &["--seed", "7"]].concat());
    assert_eq!(whole.code, Some(0), "{whole:?}");
    let parts: Vec<_> = (1..=3)
        .map(|part| class.0.path().join(format!("part-{part}")))
        .collect();
    for (at, out) in parts.iter().enumerate() {
        let mut command = grader();
        command
            .arg("class")
            .arg(class.submissions())
            .arg("--out")
            .arg(out);
        command.args(STAGES).args(["--seed", "7", "--partition"]);
        let part = command.arg(format!("{}/3", at + 1)).output().unwrap();
        assert_eq!(part.status.code(), Some(0), "{part:?}");
    }
    let merged = class.0.path().join("merged");
    let [first, second, third] = &parts[..] else {
        panic!()
    };
    let graded = merge(&[third.clone(), first.clone(), second.clone()], &merged);
    assert_eq!(graded.code, Some(0), "{graded:?}");
    let gradebook = fs::read_to_string(merged.join("gradebook.csv")).unwrap();
    assert_eq!(gradebook, class.gradebook());
    assert!(merged.join("pages/bob.html").is_file());

    // Results of another seed are not of this run.
    let other = class.0.path().join("other");
    let mut command = grader();
    command
        .arg("class")
        .arg(class.submissions())
        .arg("--out")
        .arg(&other);
    command
        .args(STAGES)
        .args(["--seed", "8", "--partition", "1/3"]);
    command.output().unwrap();
    let refused = merge(&[other], &merged);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert_eq!(
        fs::read_to_string(merged.join("gradebook.csv")).unwrap(),
        gradebook
    );
    let missing = merge(&["/no/such/part".into()], &merged);
    assert_eq!(missing.code, Some(2), "{missing:?}");
}

#[test]
fn a_rubric_gives_grades_and_a_diff_says_why_they_differ() {
    let class = Class::new().with("bob", &Project::wrong("stages-high-from-3000"));
    let rubric = class.0.path().join("rubric.toml");
    fs::write(&rubric, "bonus = 0\n[steps]\nstages = 50\n").unwrap();
    let options = ["--steps", "stages", "--rubric", rubric.to_str().unwrap()];
    let graded = class.grade(&options);
    assert_eq!(graded.code, Some(0), "{graded:?}");
    let head = "name,outcome,grade,max_grade,score,max_score,stages,note";
    let gradebook = class.gradebook();
    assert_eq!(gradebook, format!("{head}\nbob,graded,38,50,19,25,38,\n"));

    assert_eq!(class.document("bob")["grade"]["points"], 38.0);

    // Another rubric grades nothing again, and reaches every result.
    fs::write(&rubric, "cap = 10\n").unwrap();
    let again = class.grade(&options);
    assert!(again.stderr.contains("(already graded)"), "{again:?}");
    assert!(class.gradebook().contains("bob,graded,10,10,19,25"));
    let document = class.document("bob");
    assert_eq!(document["grade"]["rubric"]["cap"], 10.0);
    assert_eq!(faults(&document), Vec::<String>::new());
    let page = fs::read_to_string(class.out().join("pages/bob.html")).unwrap();
    assert!(page.contains("Grade: <strong>10</strong> of 10"), "{page}");

    // Merged results keep the rubric of their parts.
    let merged = class.0.path().join("merged");
    let graded = merge(&[class.out()], &merged);
    assert_eq!(graded.code, Some(0), "{graded:?}");
    let gradebook = fs::read_to_string(merged.join("gradebook.csv")).unwrap();
    assert_eq!(gradebook, class.gradebook());
    fs::write(&rubric, "[steps]\nstage = 1\n").unwrap();
    let unknown = class.grade(&options);
    assert_eq!(unknown.code, Some(2), "{unknown:?}");
    let meant = "[steps] names `stage`, which is not a step: did you mean `stages`?";
    assert!(unknown.stderr.contains(meant), "{unknown:?}");

    let solution = Class::new().with("bob", &Project::solution());
    solution.grade(&STAGES);
    let mut command = grader();
    command
        .args(["class", "diff"])
        .args([class.out(), solution.out()]);
    let changes = Graded::new(command.output().unwrap());
    assert_eq!(changes.code, Some(0), "{changes:?}");
    assert!(changes.stdout.contains("bob: 19 → 25"), "{changes:?}");
    assert!(
        changes
            .stdout
            .contains("stages.classify_high: failed → passed"),
        "{changes:?}"
    );
}

#[test]
fn a_roster_names_the_students() {
    let wrong = Project::wrong("stages-high-from-3000");
    let class = Class::new()
        .with("submission_77", &wrong)
        .with_file("submission_78.zip", "no archive");
    let roster = class.0.path().join("students.csv");
    let students = "student,submission\n\"Lee, Ann\",77\nZoe,80\n";
    fs::write(&roster, students).unwrap();
    let options = ["--steps", "stages", "--roster", roster.to_str().unwrap()];
    let graded = class.grade(&options);
    assert_eq!(graded.code, Some(0), "{graded:?}");
    for said in ["not in the roster: submission_78", "no submission: Zoe"] {
        assert!(graded.stdout.contains(said), "{graded:?}");
    }
    let gradebook = class.gradebook();
    let lines: Vec<_> = gradebook.lines().collect();
    assert_eq!(
        lines[..2],
        [
            "name,student,outcome,score,max_score,stages,note",
            "submission_77,\"Lee, Ann\",graded,19,25,19,",
        ]
    );
    assert_eq!(lines[3], ",Zoe,no submission,,,,");
    let page = fs::read_to_string(class.out().join("pages/submission_77.html")).unwrap();
    assert!(page.contains("<h1>Lee, Ann</h1>"), "{page}");
    let index = fs::read_to_string(class.out().join("index.html")).unwrap();
    assert!(index.contains(">Lee, Ann</a>"), "{index}");

    fs::write(&roster, "name,id\n").unwrap();
    let refused = class.grade(&options);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(
        refused.stderr.contains("no column `submission`"),
        "{refused:?}"
    );
    // Without the option, the names of the last run stay.
    let again = class.grade(&["--steps", "stages"]);
    assert!(again.stderr.contains("roster.csv"), "{again:?}");
    assert_eq!(class.gradebook(), gradebook);
}

#[test]
fn the_worksheet_of_a_platform_is_filled() {
    let wrong = Project::wrong("stages-high-from-3000");
    let class = Class::new().with("Ann Lee_77_assignsubmission_file_", &wrong);
    let worksheet = class.0.path().join("worksheet.csv");
    fs::write(
        &worksheet,
        "Identifier,Grade\nParticipant 77,\nParticipant 8,5\n",
    )
    .unwrap();
    let fill = ["--steps", "stages", "--fill", worksheet.to_str().unwrap()];
    let graded = class.grade(&fill);
    assert_eq!(graded.code, Some(0), "{graded:?}");
    let filled = fs::read_to_string(class.out().join("filled-worksheet.csv")).unwrap();
    assert_eq!(
        filled,
        "Identifier,Grade\nParticipant 77,19\nParticipant 8,5\n"
    );

    fs::write(&worksheet, "name,points\n").unwrap();
    let refused = class.grade(&fill);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(
        refused.stderr.contains("not a grading worksheet of Moodle"),
        "{refused:?}"
    );
}

#[test]
fn the_sources_are_written_for_programs_that_look_for_copies() {
    let class = Class::new()
        .with("ann", &Project::solution())
        .with_file("bob.zip", "no archive");
    let out = class.0.path().join("sources");
    let sources = || {
        let mut command = grader();
        command.args(["class", "sources"]).arg(class.submissions());
        Graded::new(command.arg("--out").arg(&out).output().unwrap())
    };
    let written = sources();
    assert_eq!(written.code, Some(0), "{written:?}");
    assert!(
        written.stdout.contains("bob: it has no sources"),
        "{written:?}"
    );
    let table = fs::read_to_string(out.join("info.csv")).unwrap();
    assert_eq!(table, "filename,full_name\nsubmissions/ann.rs,ann\n");
    let ann = fs::read_to_string(out.join("submissions/ann.rs")).unwrap();
    assert!(ann.contains("\nmod stages {\n"), "{ann}");
    let template = fs::read_to_string(out.join("template/template.rs")).unwrap();
    assert!(template.contains("todo!("), "{template}");

    let again = sources();
    assert_eq!(again.code, Some(2), "{again:?}");
    assert!(again.stderr.contains("is not empty"), "{again:?}");
}

#[test]
fn one_submission_is_no_class() {
    let out = tempfile::tempdir().unwrap();
    let class = |dir: &Path| {
        let mut command = grader();
        command
            .arg("class")
            .arg(dir)
            .arg("--out")
            .arg(out.path().join("out"));
        Graded::new(command.output().unwrap())
    };
    let one = class(&course().join("solutions"));
    assert_eq!(one.code, Some(2), "{one:?}");
    assert!(
        one.stderr.contains("is one submission, not a class"),
        "{one:?}"
    );
    let missing = class(Path::new("/no/such/folder"));
    assert!(missing.stderr.contains("/no/such/folder"), "{missing:?}");
}
