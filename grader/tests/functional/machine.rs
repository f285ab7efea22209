//! A fault of the machine is never the student's: there is no verdict, and the command can be
//! run again.

use std::fs;

use grader::backend::Choice;
use grader::engine::Session;
use grader::problem::{Fault, Problem};
use grader::sandbox::Level;
use tokio_util::sync::CancellationToken;

use crate::project::Project;
use crate::server::Server;
use crate::session::{job, offers, open};

fn assert_machine(problem: &Problem, says: &str) {
    assert_eq!(problem.fault, Fault::Machine, "{problem:?}");
    assert!(problem.what.contains(says), "{problem:?}");
}

/// A session in each sandbox that this machine supports.
async fn sandboxed() -> Vec<Session> {
    let mut sessions = Vec::new();
    for level in Level::UNTRUSTED {
        if offers(level) {
            sessions.push(open(Choice::Embedded, &[level], &CancellationToken::new()).await);
        }
    }
    sessions
}

#[tokio::test]
async fn a_program_that_the_sandbox_does_not_start() {
    for session in sandboxed().await {
        let job = job(&session, &Project::solution(), &["stages", "lambda"]);
        let mut program = session.build(&job.submission).await.unwrap().unwrap();
        let folder = tempfile::tempdir().unwrap();
        program.binary = folder.path().join("program");
        fs::write(&program.binary, "not executable").unwrap();
        let problem = session.run(&job, &program, 1).await.unwrap_err();
        assert_machine(&problem, "did not start");
        session.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_compiler_that_the_sandbox_does_not_start() {
    for mut session in sandboxed().await {
        session.compiler.rustc = "/nowhere/rustc".into();
        let level = session.sandbox.level;
        // New sources, so that no stored program exists for them.
        let new = format!("// {level} {}\n", std::process::id());
        let project =
            Project::solution().edit("stages.rs", "//! Step 2", &format!("{new}//! Step 2"));
        let job = job(&session, &project, &["stages"]);
        assert_machine(
            &session.grade(&job).await.unwrap_err(),
            "the compiler did not start",
        );
        session.close().await.unwrap();
    }
}

#[tokio::test]
async fn crates_that_are_built_anew_meanwhile() {
    let mut session = open(Choice::Embedded, &Level::ALL, &CancellationToken::new()).await;
    let project = Project::solution().edit("stages.rs", "amount >= 100.00", "amount >= 900.00");
    let job = job(&session, &project, &["stages"]);
    let program = session.build(&job.submission).await.unwrap().unwrap();
    assert!(!session.run(&job, &program, 1).await.unwrap()[0].passed);
    session.compiler.built = None;
    let problem = session.run(&job, &program, 1).await.unwrap_err();
    assert_machine(&problem, "has changed during the grading");
    session.close().await.unwrap();
}

#[tokio::test]
async fn a_backend_that_is_killed() {
    let (server, url) = Server::start().await;
    let session = open(
        Choice::Endpoint(url),
        &Level::ALL,
        &CancellationToken::new(),
    )
    .await;
    let job = job(&session, &Project::solution(), &["setup", "scaling"]);
    let clients = server.clients();
    let kill = async {
        while clients
            .kinesis
            .list_streams()
            .send()
            .await
            .unwrap()
            .stream_names
            .len()
            < 3
        {
            tokio::task::yield_now().await;
        }
        server.kill();
    };
    let (graded, ()) = tokio::join!(session.grade(&job), kill);
    assert_machine(&graded.unwrap_err(), "the backend stopped answering");
}
