//! Runs LocalStack in a container while standard input is open. The grader builds and starts
//! this program for `--backend localstack`. Only this program needs testcontainers, so without
//! LocalStack testcontainers is not compiled.
//!
//! `localstack IMAGE TAG` prints lines of JSON: its current step, then the URL of the
//! container, or the problem. It ends when standard input is closed, also because the grader
//! was killed, or on SIGINT, SIGTERM or SIGHUP. The exit code:
//!
//! | code | means |
//! |---|---|
//! | 0 | it was asked to end, and the container is removed |
//! | 1 | the container could not be started or removed; the last line says why |
//! | 2 | the command line is wrong |

mod container;
mod line;
mod stop;

use std::process::ExitCode;

use line::{Line, Problem};
use stop::Stop;

const FAILED: u8 = 1;
const USAGE: u8 = 2;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [image, tag] = arguments.as_slice() else {
        eprintln!("usage: localstack IMAGE TAG");
        return ExitCode::from(USAGE);
    };
    match run(image, tag).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            Line::Problem(problem).say();
            ExitCode::from(FAILED)
        }
    }
}

async fn run(image: &str, tag: &str) -> Result<(), Problem> {
    let mut stop = Stop::listen()?;
    if container::is_missing(image, tag).await {
        Line::Doing(format!("Pulling {image}:{tag}, about 1 GB, once")).say();
        tokio::select! {
            pulled = container::pull(image, tag) => pulled?,
            () = stop.asked() => return Ok(()),
        }
    }
    Line::Doing("Starting LocalStack".into()).say();
    let Some(container) = stop.soon_after(container::start(image, tag)).await else {
        return Ok(());
    };
    let container = container?;
    Line::Ready(container::url(&container).await?).say();
    stop.asked().await;
    container::remove(container).await
}
