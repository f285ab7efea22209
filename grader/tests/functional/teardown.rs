//! What a submission leaves on the backend is gone when it has been graded.

use std::time::Duration;

use grader::backend::Choice;
use grader::commands;
use grader::engine::{Job, Session};
use grader::step;
use grader::submission::Submission;

use crate::project::Project;
use crate::session::the_course;

/// How often the backend is asked before something counts as left.
const TRIES: usize = 50;

/// Grades some steps of a project, then names the streams and tables that are left.
async fn left_by(project: &Project, steps: &[&str]) -> Vec<String> {
    let course = the_course();
    let session = commands::session(&course, &step::load(&course).unwrap(), &Choice::Embedded)
        .await
        .unwrap();
    grade(&session, project, steps).await;
    let clients = session.backend().await.unwrap().endpoints.clients();
    let mut left = Vec::new();
    for _ in 0..TRIES {
        let streams = clients.kinesis.list_streams().send().await.unwrap();
        let tables = clients.dynamodb.list_tables().send().await.unwrap();
        left = [streams.stream_names, tables.table_names.unwrap_or_default()].concat();
        if left.is_empty() {
            break;
        }
        // What is DELETING is listed for some milliseconds.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    session.close().await.unwrap();
    left
}

async fn grade(session: &Session, project: &Project, steps: &[&str]) {
    let wanted: Vec<_> = steps.iter().map(|step| (*step).to_owned()).collect();
    let job = Job {
        submission: Submission::read(&session.course, &project.dir()).unwrap(),
        steps: commands::select(session.steps.clone(), &wanted).unwrap(),
        seed: Some(1),
        time_limit: None,
    };
    session.grade(&job).await.unwrap();
}

#[tokio::test]
async fn a_submission_that_stops_early_or_makes_more_leaves_nothing() {
    let create =
        "    let created = kinesis\n        .create_stream()\n        .stream_name(stream_name)\n";
    let more = format!(
        "    let more = kinesis.create_stream().stream_name(format!(\"{{stream_name}}-more\"));\n    more.shard_count(1).send().await.ok();\n{create}"
    );
    let listed = "let mut waiting = list_shards(kinesis, stream_name).await?;";
    let panics = format!("{listed}\n    assert!(waiting.is_empty(), \"stops early\");");
    let project =
        Project::solution()
            .edit("setup.rs", create, &more)
            .edit("scaling.rs", listed, &panics);
    let left = left_by(&project, &["setup", "cleanup", "scaling"]).await;
    assert!(left.is_empty(), "{left:?}");
}
