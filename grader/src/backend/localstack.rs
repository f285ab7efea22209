//! LocalStack in a container: the reference. The container is kept by a program of its
//! own, `grader/localstack`, which is built when LocalStack is first asked for.

mod build;
mod program;

use std::process::Command;
use std::time::{Duration, Instant};

use self::program::Program;
use super::{Endpoints, endpoint};
use crate::course::Course;
use crate::event::{Activity, Events};
use crate::problem::{Problem, Result};

/// The last tag that starts without an account; later ones need a token.
pub const IMAGE: (&str, &str) = ("localstack/localstack", "4.14.0");

/// How long the services may take once LocalStack is up.
const READY_WITHIN: Duration = Duration::from_secs(180);

/// A container that is up.
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
        // One ends before the next begins: both may be called the same.
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

/// Both services are started by their first call; wait until each has answered.
async fn both_answer(endpoints: &Endpoints) -> Result<()> {
    let start = Instant::now();
    while !endpoint::answers(endpoints).await {
        if start.elapsed() > READY_WITHIN {
            return Err(Problem::machine(
                "LocalStack is up, but Kinesis and DynamoDB do not answer in it",
                "Look at `docker logs`; try `--backend embedded` meanwhile.",
            ));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

/// Whether the image is in the local store; `None` without a Docker engine, or without
/// the command that asks it.
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
