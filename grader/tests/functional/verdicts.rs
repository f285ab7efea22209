//! The verdicts for the stubs, the solutions and everything between.

use crate::project::Project;

#[test]
fn the_solutions_pass_everything() {
    let report = Project::solution().report(&[]);
    assert_eq!(
        report.with_status(&["failed", "blocked", "error"]),
        [].into()
    );
    assert_eq!(report.document["score"], report.document["max_score"]);
    assert_eq!(
        (&report.document["passed"], report.code),
        (&true.into(), Some(0))
    );
}

#[test]
fn the_stubs_fail_every_step_and_say_so_calmly() {
    let stubs = Project::stubs();
    let report = stubs.report(&[]);
    assert_eq!((report.score(), report.code), (0, Some(1)));
    assert!(
        report.document["steps"]
            .as_array()
            .unwrap()
            .iter()
            .all(|s| s["passed"] == false)
    );
    assert_eq!(report.with_status(&["passed", "error"]), [].into());
    insta::assert_snapshot!("stubs_table", stubs.grade(&["--seed", "7"]).stdout);
    insta::assert_snapshot!("stubs_step_2", stubs.grade(&["2", "--seed", "7"]).stdout);
}

#[test]
fn one_step_is_shown_check_by_check() {
    let project = Project::solution()
        .edit(
            "stages.rs",
            "event.amount >= 100.00",
            "event.amount > 100.00",
        )
        .edit(
            "stages.rs",
            "user_name: None",
            "user_name: Some(String::new())",
        )
        .edit("processor.rs", "Filtered out: {}", "Filtered: {}");
    insta::assert_snapshot!("step_2_wrong", project.grade(&["2", "--seed", "7"]).stdout);
    insta::assert_snapshot!("step_3_wrong", project.grade(&["3", "--seed", "7"]).stdout);
    let mut all = project.grade(&["2", "-v", "--seed", "7"]).stdout;
    let times = all.find("  backend embedded").unwrap();
    all.truncate(times);
    insta::assert_snapshot!("step_2_all_that_was_found", all);
}

#[test]
fn mistakes_that_have_nothing_to_do_with_each_other_are_named_one_after_the_other() {
    let quotes = "field.contains([',', '\"', '\\n', '\\r'])";
    let late = || {
        let project = Project::solution();
        project.edit("patterns.rs", "- first > WITHIN", "- first >= WITHIN")
    };
    let project = late().edit("patterns.rs", quotes, "field.contains(',')");
    let diagnoses = |project: Project| project.report(&["6"]).diagnoses();
    assert_eq!(
        diagnoses(project),
        ["patterns-csv-only-commas-quoted".to_owned()].into()
    );
    assert_eq!(
        diagnoses(late()),
        ["patterns-logins-window-too-short".to_owned()].into()
    );
    // With an unknown mistake in addition, no name is given.
    let unknown = late().edit(
        "patterns.rs",
        "branches.payments.push",
        "branches.orders.push",
    );
    assert_eq!(diagnoses(unknown), [].into());
}

#[test]
fn a_later_step_is_not_punished_for_an_earlier_one() {
    let project = Project::solution().edit("stages.rs", "amount >= 100.00", "amount >= 900.00");
    let report = project.report(&[]);
    let failed = report.with_status(&["failed", "blocked", "error"]);
    assert_eq!(
        failed.keys().collect::<Vec<_>>(),
        [
            "stages.filter_threshold",
            "stages.generated",
            "stages.quiet"
        ]
    );
    // The same holds if the later step is graded alone.
    assert_eq!(project.report(&["pipeline"]).code, Some(0));
}

#[test]
fn what_cannot_be_checked_for_an_earlier_failure_is_blocked() {
    // The pipeline calls a function that only this submission's stages have.
    let project = Project::solution()
        .edit("stages.rs", "amount >= 100.00", "amount >= 900.00")
        .edit(
            "stages.rs",
            "async fn find_user",
            "pub fn own() {}\n\nasync fn find_user",
        )
        .edit(
            "processor.rs",
            "self.stats.total_processed += 1;",
            "self.stats.total_processed += 1;\n        crate::stages::own();",
        );
    let report = project.report(&["2", "3"]);
    let blocked = report.with_status(&["blocked"]);
    assert!(blocked.contains_key("pipeline.statistics"), "{blocked:?}");
    assert!(
        report
            .with_status(&["failed", "error"])
            .keys()
            .all(|name| name.starts_with("stages."))
    );
}

#[test]
fn snapshots_cannot_be_forced_to_pass() {
    let project = Project::solution()
        .edit("stages.rs", "amount >= 100.00", "amount >= 900.00")
        .file(
            ".insta.yaml",
            "behavior:\n  force_pass: true\n  update: always\n",
        );
    let mut grader = crate::project::grader();
    grader
        .args(["stages", "--report", "json", "--dir"])
        .arg(project.dir());
    grader.current_dir(project.dir());
    grader.envs([("INSTA_FORCE_PASS", "1"), ("INSTA_UPDATE", "always")]);
    let report = crate::project::Graded::new(grader.output().unwrap()).report();
    assert_eq!(report.code, Some(1));
    assert!(
        report
            .with_status(&["failed"])
            .contains_key("stages.filter_threshold")
    );
}

/// Fails only on seeds that draw a user with a `q`.
fn sometimes_wrong() -> Project {
    Project::solution().edit(
        "stages.rs",
        "    event.amount >= 100.00",
        "    event.amount >= 100.00 && !event.user_id.contains('q')",
    )
}

#[test]
fn a_hidden_check_fails_without_saying_on_what() {
    let project = sometimes_wrong();
    let score = |seed: u64| {
        let report = project.report(&["stages", "--seed", &seed.to_string()]);
        report
            .with_status(&["failed"])
            .contains_key("stages.generated")
    };
    let shown = (0..).find(|seed| !score(*seed)).unwrap();
    let secret = (0..).find(|seed| score(*seed)).unwrap();
    let (shown, secret) = (shown.to_string(), secret.to_string());
    let report = project.report(&["stages", "--seed", &shown, "--secret-seed", &secret]);
    assert_eq!(report.code, Some(1));
    let failed = report.with_status(&["failed"]);
    assert_eq!(failed.keys().collect::<Vec<_>>(), ["stages.generated"]);
    let check = &report.document["steps"][0]["checks"];
    let check = check
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["id"] == "generated");
    let replay = &check.unwrap()["counterexample"]["replay"];
    // One of the public seeds that were tried may show it, or none.
    match replay.as_str() {
        Some(replay) => assert!(!replay.ends_with(&format!("--seed {secret}")), "{replay}"),
        None => assert!(failed["stages.generated"].starts_with("fails on hidden inputs")),
    }
    let passes = Project::solution().report(&["stages", "--secret-seed", &secret]);
    assert_eq!(passes.code, Some(0));
}
