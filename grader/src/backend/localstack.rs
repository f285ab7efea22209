//! LocalStack in a container: the reference backend. A separate program,
//! `grader/localstack`, manages the container. It is built at the first use of LocalStack.

mod build;
mod program;

use std::process::Command;
use std::time::{Duration, Instant};

use self::program::Program;
use super::{Endpoints, endpoint};
use crate::course::Course;
use crate::event::{Activity, Events};
use crate::problem::{Problem, Result};

/// The last tag that starts without an account. Later tags need a token.
pub const IMAGE: (&str, &str) = ("localstack/localstack", "4.14.0");

/// How long the services may take to answer after LocalStack has started.
const READY_WITHIN: Duration = Duration::from_secs(180);

/// A container that runs.
pub struct Container(Program);

impl Container {
    pub async fn remove(self) -> Result<()> {
        self.0.end().await
    }
}

pub async fn start(course: &Course, events: &Events) -> Result<(Endpoints, Container)> {
    let binary = build::binary(course, events).await?;
    let mut command = tokio::process::Command::new(&binary);
    command.args([IMAGE.0, IMAGE.1]);
    let mut program = Program::start(command)?;
    match ready(&mut program, events).await {
        Ok(endpoints) => Ok((endpoints, Container(program))),
        Err(problem) => {
            program.end().await.ok();
            Err(problem)
        }
    }
}

async fn ready(program: &mut Program, events: &Events) -> Result<Endpoints> {
    let mut under_way = None;
    let mut doing = |what| {
        // The old activity ends before the next one begins: both may have the same name.
        drop(under_way.take());
        under_way = Some(events.during(Activity::StartBackend(what)));
    };
    let url = program.url(&mut doing).await?;
    let endpoints = Endpoints {
        kinesis: url.clone(),
        dynamodb: url,
    };
    tokio::select! {
        answered = both_answer(&endpoints) => answered?,
        problem = program.early_end() => return Err(problem),
    }
    Ok(endpoints)
}

/// The first call to a service starts it, so this waits until both have answered.
async fn both_answer(endpoints: &Endpoints) -> Result<()> {
    let start = Instant::now();
    while !endpoint::answers(endpoints).await {
        if start.elapsed() > READY_WITHIN {
            return Err(Problem::machine(
                "LocalStack runs, but its Kinesis and DynamoDB do not both answer",
                "Look at `docker logs`, or use `--backend embedded`.",
            ));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

/// Whether the image is in the local store; `None` without a Docker engine or without the
/// `docker` command.
pub fn image_present() -> Option<bool> {
    let image = format!("{}:{}", IMAGE.0, IMAGE.1);
    let succeeds = |arguments: &[&str]| {
        let output = Command::new("docker").args(arguments).output();
        output.is_ok_and(|output| output.status.success())
    };
    if succeeds(&["image", "inspect", &image]) {
        return Some(true);
    }
    succeeds(&["info"]).then_some(false)
}
