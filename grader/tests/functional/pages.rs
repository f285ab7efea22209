//! `--report html=PATH`: the page, and the files of other reports.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::project::{Folder, Graded, Project, course, grader, run};

/// Grades a submission, and writes a page.
fn with_page(project: &Project, folder: &Folder, name: &str, arguments: &[&str]) -> Graded {
    let page = folder.option("html", name);
    project.grade(&[arguments, &["--seed", "7", &page]].concat())
}

#[test]
fn a_page_shows_the_record_and_the_calls_beside_the_reference() {
    let folder = Folder::new();
    let project = Project::wrong("pipeline-medium-is-high-value");
    let graded = with_page(&project, &folder, "page.html", &["3"]);
    assert_eq!(graded.code, Some(1), "{graded:?}");
    assert!(graded.stdout.contains("high_value"), "{graded:?}");
    let page = folder.text("page.html");
    for part in [
        "<ol class=\"stages\">",
        "aria-label=\"yours: ",
        "aria-label=\"reference: ",
        "cargo grade 3 --seed 7",
    ] {
        assert!(page.contains(part), "{part}");
    }
    for part in ["<script", "<link", "http://", "https://"] {
        assert!(!page.contains(part), "{part}");
    }
}

#[test]
fn reports_are_written_although_nothing_could_be_graded() {
    let folder = Folder::new();
    let graded = Project::solution().grade(&[
        "5",
        "--backend",
        "http://127.0.0.1:1",
        &folder.option("html", "page.html"),
        &folder.option("json", "report.json"),
    ]);
    assert_eq!(graded.code, Some(3), "{graded:?}");
    let report: Value = serde_json::from_str(&folder.text("report.json")).unwrap();
    assert_eq!(report["outcome"], "could_not_grade");
    assert!(folder.text("page.html").contains("Could not grade"));
}

#[test]
fn a_report_that_cannot_be_written_is_told_before_grading() {
    let graded = run(&[
        "5",
        "--dir",
        "solutions",
        "--report",
        "html=/no/such/folder/a.html",
    ]);
    assert_eq!(graded.code, Some(2), "{graded:?}");
    let said = "cannot write /no/such/folder/a.html";
    assert!(graded.stderr.contains(said), "{graded:?}");
    assert_eq!(graded.stdout, "");
}

#[test]
#[ignore = "needs Chromium, and the npm packages of tests/pages"]
fn pages_in_a_browser() {
    let folder = Folder::new();
    let solution = Project::solution();
    let signature = ("fn filter_event(event: &", "fn filter_event(event: &mut ");
    with_page(&solution, &folder, "passed.html", &["2", "3", "7"]);
    let named = Project::wrong("pipeline-medium-is-high-value");
    with_page(&named, &folder, "counterexample.html", &["3"]);
    with_page(&Project::stubs(), &folder, "stubs.html", &[]);
    let class = folder.file("submissions");
    for (name, project) in [("ann", &solution), ("bob", &named)] {
        project.copy_to(&class.join(name));
    }
    Project::stubs().copy_to(&class.join("carl"));
    let (rubric, roster) = (folder.file("rubric.toml"), folder.file("roster.csv"));
    fs::write(&rubric, "[steps]\nstages = 50\n").unwrap();
    fs::write(&roster, "submission,student\nbob,\"Lee, Bob\"\n").unwrap();
    let mut command = grader();
    command
        .arg("class")
        .arg(&class)
        .arg("--out")
        .arg(folder.file("class"))
        .arg("--rubric")
        .arg(rubric)
        .arg("--roster")
        .arg(roster);
    let graded = Graded::new(command.args(["--steps", "2,3"]).output().unwrap());
    assert_eq!(graded.code, Some(0), "{graded:?}");
    let errors = solution.edit("stages.rs", signature.0, signature.1);
    with_page(&errors, &folder, "errors.html", &["2"]);
    let nowhere = ["5", "--backend", "http://127.0.0.1:1"];
    with_page(&errors, &folder, "problem.html", &nowhere);
    let load = folder.option("html", "load.html");
    let size = ["--users", "100,1000", "--shards", "1,4"];
    let graded = run(&[&["load", "--dir", "solutions", &load], &size[..]].concat());
    assert_eq!(graded.code, Some(0), "{graded:?}");

    let pages = [
        "passed.html",
        "counterexample.html",
        "stubs.html",
        "errors.html",
        "problem.html",
        "load.html",
        "class/index.html",
        "class/anonymous.html",
        "class/pages/bob.html",
    ];
    let mut look = Command::new("node");
    look.arg(course().join("grader/tests/pages/check.mjs"));
    // To look at the pages oneself.
    if let Some(screenshots) = std::env::var_os("SCREENSHOTS") {
        assert!(Path::new(&screenshots).is_dir());
        look.arg("--screenshots").arg(screenshots);
    }
    let looked = Graded::new(
        look.args(pages.map(|page| folder.file(page)))
            .output()
            .unwrap(),
    );
    assert_eq!((looked.code, looked.stderr.as_str()), (Some(0), ""));
}
