//! Reports for other software: JUnit, Gradescope, GitHub, Classroom 50 and Markdown.
//!
//!     pip install junitparser jsonschema markdown-it-py
//!     cargo test -p grader --test functional -- --ignored formats
//!
//! also reads them with the software of others.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::project::{Folder, Graded, Project, course, grader, run};

/// Each form with its file.
const FORMATS: [(&str, &str); 5] = [
    ("junit", "junit.xml"),
    ("gradescope", "results.json"),
    ("github", "github.txt"),
    ("markdown", "comment.md"),
    ("classroom50", "result.json"),
];

/// What the runner of Classroom 50 sets.
const RUNNER: [(&str, &str); 8] = [
    ("CLASSROOM", "aws"),
    ("ASSIGNMENT", "streamlings"),
    ("ASSIGNMENT_TYPE", "individual"),
    ("OWNER", "octocat"),
    ("SUBMISSION_TAG", "submit/2026-06-01T14-32-05Z-a1b2c3d"),
    ("COMMIT_URL", "https://example.org/commit/a1b2c3d"),
    ("RELEASE_URL", "https://example.org/releases/1"),
    ("REVIEW_URL", "https://example.org/compare/1"),
];

/// Grades once, and writes every form.
fn graded(dir: &Path, steps: &[&str]) -> (Graded, Folder) {
    let folder = Folder::new();
    let mut grader = grader();
    grader.args(steps).args(["--seed", "7", "--dir"]).arg(dir);
    grader.args(FORMATS.map(|(format, name)| folder.option(format, name)));
    let output = grader.envs(RUNNER).current_dir(course()).output().unwrap();
    (Graded::new(output), folder)
}

fn json_of(folder: &Folder, name: &str) -> Value {
    serde_json::from_str(&folder.text(name)).unwrap()
}

/// The numbers of tests, failures, errors and skipped tests.
fn counts(folder: &Folder) -> [usize; 4] {
    let document = folder.text("junit.xml");
    let document = quick_junit::Report::deserialize_from_str(&document).unwrap();
    let ended = [document.failures, document.errors, document.skipped];
    [document.tests, ended[0], ended[1], ended[2]]
}

#[test]
fn a_step_that_passed() {
    let (graded, folder) = graded(&course().join("solutions"), &["5"]);
    assert_eq!(graded.code, Some(0), "{graded:?}");
    assert_eq!(counts(&folder), [6, 0, 0, 0]);
    let results = json_of(&folder, "results.json");
    assert_eq!(results["score"], 7.0);
    assert_eq!(folder.text("github.txt"), "7 of 7 points\n");
    assert!(
        folder
            .text("comment.md")
            .contains("| 5 · Cleanup | ✓ passed | 7 / 7 |")
    );
    let result = json_of(&folder, "result.json");
    assert_eq!(
        [&result["score"], &result["max-score"]],
        [&json!(7), &json!(7)]
    );
    assert_eq!(result["owner"], "octocat");
}

#[test]
fn a_step_that_did_not_pass() {
    let project = Project::wrong("stages-high-from-3000");
    let (graded, folder) = graded(&project.dir(), &["2"]);
    assert_eq!(graded.code, Some(1), "{graded:?}");
    assert_eq!(counts(&folder), [16, 2, 0, 1]);
    let said = "alice $3000.00: expected MEDIUM_RISK, yours HIGH_RISK";
    for (_, name) in FORMATS {
        assert!(folder.text(name).contains(said), "{name}");
    }
    let results = json_of(&folder, "results.json");
    assert_eq!(results["score"], 19.0);
    let result = json_of(&folder, "result.json");
    assert_eq!(
        [&result["score"], &result["max-score"]],
        [&json!(19), &json!(25)]
    );
    let annotations = folder.text("github.txt");
    assert_eq!(annotations.matches("::error title=Step 2%3A ").count(), 2);
}

#[test]
fn a_grade_is_in_every_form_that_takes_one() {
    let folder = Folder::new();
    let rubric = folder.file("rubric.toml");
    fs::write(&rubric, "[steps]\nstages = 50\nsetup = 10\n").unwrap();
    let rubric = rubric.to_str().unwrap();
    let project = Project::wrong("stages-high-from-3000");
    let dir = project.dir();
    let options = ["2", "--dir", dir.to_str().unwrap(), "--rubric", rubric];
    let takes_one = FORMATS
        .iter()
        .filter(|(format, _)| *format != "classroom50");
    let targets: Vec<_> = takes_one
        .map(|(format, name)| folder.option(format, name))
        .collect();
    let targets = targets.iter().map(String::as_str);
    let graded = run(&options.into_iter().chain(targets).collect::<Vec<_>>());
    assert_eq!(graded.code, Some(1), "{graded:?}");
    let said = "19 of 25 points · grade 38 of 50";
    assert!(graded.stdout.contains(said), "{graded:?}");
    assert!(folder.text("github.txt").ends_with(&format!("{said}\n")));
    assert!(folder.text("comment.md").contains(said));
    let results = json_of(&folder, "results.json");
    assert_eq!(results["score"], 38.0);
    let property = r#"<property name="grade" value="38 of 50"/>"#;
    assert!(folder.text("junit.xml").contains(property));

    let refused = run(&[&options[..], &["--report", "classroom50"]].concat());
    assert_eq!(refused.code, Some(2), "{refused:?}");
    let said = "Classroom 50 takes only whole points";
    assert!(refused.stderr.contains(said), "{refused:?}");
}

#[test]
fn code_that_does_not_compile() {
    let project =
        Project::solution().edit("stages.rs", "event.amount >= 100.00", "event.amount >=");
    let (graded, folder) = graded(&project.dir(), &["2"]);
    assert_eq!(graded.code, Some(1), "{graded:?}");
    let [_, failures, errors, skipped] = counts(&folder);
    assert!(failures == 0 && errors > 0 && skipped == 16);
    let results = json_of(&folder, "results.json");
    assert_eq!(results["score"], 0.0);
    let annotations = folder.text("github.txt");
    assert!(
        annotations.starts_with("::error title=Does not compile,file="),
        "{annotations}"
    );
    assert!(
        folder
            .text("comment.md")
            .contains("0 of 25 points, the code does not compile")
    );
    let tests = json_of(&folder, "result.json")["tests"].take();
    assert!(
        tests
            .as_array()
            .unwrap()
            .iter()
            .all(|test| test["passed"] == false)
    );
}

#[test]
fn no_verdict_is_never_a_score() {
    let (graded, folder) = graded(Path::new("no-such-folder"), &["2"]);
    assert_eq!(graded.code, Some(2), "{graded:?}");
    assert_eq!(counts(&folder), [1, 0, 1, 0]);
    for name in ["results.json", "result.json"] {
        let document = json_of(&folder, name);
        for field in ["score", "max-score", "tests"] {
            assert!(document.get(field).is_none(), "{name}: {field}");
        }
    }
    let annotations = folder.text("github.txt");
    assert!(
        annotations.starts_with("::error title=Could not grade::"),
        "{annotations}"
    );
    assert!(folder.text("comment.md").contains(": could not grade\n"));
}

#[test]
fn a_result_for_classroom_50_needs_its_runner() {
    let graded = run(&["5", "--dir", "solutions", "--report", "classroom50"]);
    assert_eq!(graded.code, Some(2), "{graded:?}");
    let said = "--report classroom50 needs the environment variable CLASSROOM";
    assert!(graded.stderr.contains(said), "{graded:?}");
}

#[test]
fn load_refuses_the_forms_of_a_grading() {
    for (format, _) in FORMATS {
        let graded = run(&["load", "--dir", "no-such-folder", "--report", format]);
        assert_eq!(graded.code, Some(2), "{graded:?}");
        let said = format!("`{format}` is a form of a grading; use terminal, json or html");
        assert!(graded.stderr.contains(&said), "{graded:?}");
    }
}

#[test]
#[ignore = "needs Python with junitparser, jsonschema and markdown-it-py, and the network"]
fn read_back_by_other_software() {
    let hostile = r####"Ok(None) => println!("\n```\n</details>\n::error::a\n]]>&<img src=x> [a](b) \u{1b}[2J"),"####;
    let unknown = r#"Ok(None) => println!("  ⚠ Unknown user: {}", event.user),"#;
    let [solution, stubs] = [Project::solution(), Project::stubs()];
    let wrong = Project::wrong("stages-high-from-3000").edit("stages.rs", unknown, hostile);
    let syntax = Project::solution().edit("stages.rs", ">= 100.00", ">=");
    for (outcome, dir, step) in [
        ("passed", solution.dir(), "5"),
        ("failed", stubs.dir(), "5"),
        ("failed", wrong.dir(), "2"),
        ("compiler", syntax.dir(), "2"),
        ("nothing", "no-such-folder".into(), "2"),
    ] {
        let (_, folder) = graded(&dir, &[step]);
        read_back(outcome, &folder.file(""));
    }

    let folder = Folder::new();
    let class = folder.file("class");
    for name in ["=cmd|' /C calc'!A0", "a \"quoted\", name\n"] {
        wrong.copy_to(&class.join(name));
    }
    fs::write(class.join("-1.zip"), "no archive").unwrap();
    fs::write(folder.file("rubric.toml"), "cap = 12.5\n").unwrap();
    fs::write(folder.file("roster.csv"), "submission,student\n-1,@Ann\n").unwrap();
    let mut grader = grader();
    grader.args(["class", "--steps", "2"]).arg(&class);
    for (option, name) in [
        ("out", "out"),
        ("rubric", "rubric.toml"),
        ("roster", "roster.csv"),
    ] {
        grader.arg(format!("--{option}")).arg(folder.file(name));
    }
    let graded = Graded::new(grader.output().unwrap());
    assert_eq!(graded.code, Some(0), "{graded:?}");
    read_back("class", &folder.file("out"));
}

/// Reads the reports in a folder with the software of others.
fn read_back(outcome: &str, folder: &Path) {
    let mut read = Command::new("python3");
    read.arg(course().join("grader/tests/formats.py"));
    let read = Graded::new(read.args([Path::new(outcome), folder]).output().unwrap());
    assert_eq!(
        (read.code, read.stderr.as_str()),
        (Some(0), ""),
        "{outcome}"
    );
}
