//! `cargo grade review`.

use crate::project::Project;

#[test]
fn a_step_that_passes_is_compared_with_the_reference() {
    let table_before = "    let found = dynamodb\n";
    let project = Project::solution()
        .edit(
            "stages.rs",
            "    event.amount >= 100.00",
            "    return event.amount >= 100.00;",
        )
        .edit(
            "stages.rs",
            table_before,
            &format!("    dynamodb.describe_table().table_name(table_name).send().await.ok();\n{table_before}"),
        );
    let graded = project.grade(&["review", "2", "--seed", "7"]);
    assert_eq!(graded.code, Some(0), "{graded:?}");
    insta::assert_snapshot!(graded.stdout);
}

#[test]
fn a_step_that_does_not_pass_is_graded() {
    let project = Project::stubs();
    let graded = project.grade(&["review", "5"]);
    assert_eq!(graded.code, Some(1), "{graded:?}");
    let first = "  A review is for a step that passes. Step 5 does not pass yet:\n";
    assert!(graded.stdout.starts_with(first), "{graded:?}");
}
