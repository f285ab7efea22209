//! The running program: what it prints, and its end.

use std::process::Stdio;

use serde::Deserialize;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::problem::{Problem, Result};

const NEXT: &str = "Run the command again, or use `--backend embedded`.";

/// A line that the program prints; see `grader/localstack/src/line.rs`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Doing(String),
    Ready(String),
    Problem { what: String, next: String },
}

/// The program. If this value is dropped, or if the grader is killed, the program's standard
/// input is closed. Then the program removes the container and ends.
pub struct Program {
    process: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Program {
    pub fn start(mut command: Command) -> Result<Self> {
        let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut process = started.map_err(|e| {
            let what = format!("the LocalStack backend did not start: {e}");
            Problem::machine(what, NEXT)
        })?;
        let stdout = process.stdout.take().expect("stdout is piped");
        Ok(Self {
            process,
            lines: BufReader::new(stdout).lines(),
        })
    }

    /// The URL of the container, when LocalStack is ready in it. Calls `doing` with the name
    /// of each step that takes long.
    pub async fn url(&mut self, doing: &mut impl FnMut(String)) -> Result<String> {
        url(&mut self.lines, doing).await
    }

    /// Returns when the program ends although the grader did not ask for it, as on Ctrl-C.
    pub async fn early_end(&mut self) -> Problem {
        let told = self.told().await;
        told.unwrap_or_else(|| ended("before LocalStack was ready"))
    }

    /// Asks the program to end, and waits until the container is removed.
    pub async fn end(mut self) -> Result<()> {
        drop(self.process.stdin.take());
        if let Some(problem) = self.told().await {
            return Err(problem);
        }
        let status = self.process.wait().await.map_err(|e| {
            let what = format!("cannot wait for the LocalStack backend: {e}");
            Problem::machine(what, NEXT)
        })?;
        if status.success() {
            return Ok(());
        }
        Err(ended(&format!("with {status}")))
    }

    /// Reads until the program ends; returns the problem that it prints, if any.
    async fn told(&mut self) -> Option<Problem> {
        while let Ok(Some(line)) = self.lines.next_line().await {
            if let Ok(Line::Problem { what, next }) = serde_json::from_str(&line) {
                return Some(Problem::machine(what, next));
            }
        }
        None
    }
}

async fn url(
    lines: &mut Lines<impl AsyncBufRead + Unpin>,
    doing: &mut impl FnMut(String),
) -> Result<String> {
    while let Ok(Some(line)) = lines.next_line().await {
        match serde_json::from_str(&line) {
            Ok(Line::Doing(what)) => doing(what),
            Ok(Line::Ready(url)) => return Ok(url),
            Ok(Line::Problem { what, next }) => return Err(Problem::machine(what, next)),
            Err(e) => {
                let what = format!("a message of the LocalStack backend cannot be read: {e}");
                return Err(Problem::machine(what, NEXT));
            }
        }
    }
    Err(ended("before LocalStack was ready"))
}

fn ended(how: &str) -> Problem {
    Problem::machine(format!("the LocalStack backend ended {how}"), NEXT)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(said: &str) -> Result<String> {
        url(&mut said.as_bytes().lines(), &mut |_| {}).await
    }

    fn shell(script: &str) -> Program {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Program::start(command).unwrap()
    }

    #[tokio::test]
    async fn the_url_follows_what_is_being_done() {
        let said =
            "{\"doing\":\"Pulling\"}\n{\"doing\":\"Starting\"}\n{\"ready\":\"http://a:1\"}\n";
        let mut done = Vec::new();
        let url = url(&mut said.as_bytes().lines(), &mut |what| done.push(what)).await;
        assert_eq!(url.unwrap(), "http://a:1");
        assert_eq!(done, ["Pulling", "Starting"]);
    }

    #[tokio::test]
    async fn a_problem_is_told_as_the_program_words_it() {
        let said = r#"{"problem":{"what":"no Docker engine","next":"Start Docker."}}"#;
        let problem = read(said).await.unwrap_err();
        assert_eq!(problem.what, "no Docker engine");
        assert_eq!(problem.next, "Start Docker.");
    }

    #[tokio::test]
    async fn garbage_and_an_early_end_are_problems_of_the_machine() {
        for (said, expected) in [
            ("Listening on port 4566\n", "cannot be read"),
            ("{\"shouting\":\"Pulling\"}\n", "cannot be read"),
            ("{\"doing\":\"Pulling\"}\n", "before LocalStack was ready"),
            ("", "before LocalStack was ready"),
        ] {
            let problem = read(said).await.unwrap_err();
            assert_eq!(problem.exit_code(), 3);
            assert!(problem.what.contains(expected), "{}", problem.what);
        }
    }

    #[tokio::test]
    async fn an_early_end_is_noticed_after_the_url_too() {
        let mut program = shell(r#"echo '{"ready":"http://a:1"}'"#);
        assert_eq!(program.url(&mut |_| {}).await.unwrap(), "http://a:1");
        let problem = program.early_end().await;
        assert!(problem.what.contains("ended before"), "{}", problem.what);
    }

    #[tokio::test]
    async fn the_program_ends_when_its_input_is_closed() {
        let gone = tempfile::tempdir().unwrap();
        let gone = gone.path().join("gone");
        let program = shell(&format!("cat; sleep 0.2; touch {}", gone.display()));
        program.end().await.unwrap();
        assert!(gone.is_file());
    }

    #[tokio::test]
    async fn a_container_that_stays_is_told() {
        let problem = r#"{"problem":{"what":"it stays","next":"Remove it."}}"#;
        let told = shell(&format!("cat; echo '{problem}'; exit 1"));
        assert_eq!(told.end().await.unwrap_err().what, "it stays");
        let crashed = shell("kill -KILL $$").end().await.unwrap_err();
        assert!(crashed.what.contains("signal: 9"), "{}", crashed.what);
    }
}
