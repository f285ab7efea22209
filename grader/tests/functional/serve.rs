//! `cargo grade serve`: a backend for any AWS client.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::project::{course, grader};

struct Served {
    process: Child,
    environment: BTreeMap<String, String>,
}

impl Served {
    fn start() -> Self {
        let mut process = grader()
            .arg("serve")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let environment = lines
            .map_while(Result::ok)
            .map(|line| {
                let (name, value) = line
                    .strip_prefix("export ")
                    .unwrap()
                    .split_once('=')
                    .unwrap();
                (name.to_owned(), value.to_owned())
            })
            .take(6)
            .collect();
        Self {
            process,
            environment,
        }
    }

    fn run(&self, program: &str, arguments: &[&str]) -> String {
        let output = Command::new(program)
            .args(arguments)
            .envs(&self.environment)
            .current_dir(course())
            .output()
            .unwrap_or_else(|e| panic!("{program}: {e}"));
        assert!(
            output.status.success(),
            "{program} {arguments:?}: {output:?}"
        );
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

#[test]
fn endpoints_are_printed_and_ctrl_c_ends_it_well() {
    let mut served = Served::start();
    for name in ["AWS_ENDPOINT_URL_KINESIS", "AWS_ENDPOINT_URL_DYNAMODB"] {
        assert!(
            served.environment[name].starts_with("http://127.0.0.1:"),
            "{name}"
        );
    }
    kill(
        Pid::from_raw(served.process.id().cast_signed()),
        Signal::SIGINT,
    )
    .unwrap();
    assert_eq!(served.process.wait().unwrap().code(), Some(0));
}

#[test]
fn a_port_that_is_taken_is_the_machines_fault() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = grader()
        .args(["serve", "--kinesis-port", &port])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains(&format!("cannot listen on 127.0.0.1:{port}")),
        "{said}"
    );
}

#[test]
#[ignore = "needs Python with boto3, and the AWS CLI"]
fn boto3_runs_the_modules_flow() {
    let served = Served::start();
    let printed = served.run("python3", &["grader/tests/functional/module_flow.py"]);
    insta::assert_snapshot!("boto3_module_flow", printed);
}

#[test]
#[ignore = "needs Python with boto3, and the AWS CLI"]
fn the_aws_cli_runs_the_modules_flow() {
    let served = Served::start();
    let aws = |arguments: &str| served.run("aws", &arguments.split(' ').collect::<Vec<_>>());
    aws("kinesis create-stream --stream-name transaction-stream --shard-count 1");
    aws("kinesis wait stream-exists --stream-name transaction-stream");
    aws(
        "dynamodb create-table --table-name user-info --attribute-definitions AttributeName=userId,AttributeType=S --key-schema AttributeName=userId,KeyType=HASH --billing-mode PAY_PER_REQUEST",
    );
    aws("dynamodb wait table-exists --table-name user-info");
    aws(
        r#"dynamodb put-item --table-name user-info --item {"userId":{"S":"bob"},"tier":{"S":"silver"}}"#,
    );
    let got = aws(
        r#"dynamodb get-item --table-name user-info --key {"userId":{"S":"bob"}} --output text"#,
    );
    assert!(got.contains("silver"), "{got}");
    aws("kinesis put-record --stream-name transaction-stream --partition-key bob --data Ym9i");
    let listed = aws("kinesis list-shards --stream-name transaction-stream --output text");
    assert!(listed.contains("shardId-000000000000"), "{listed}");
    aws("kinesis delete-stream --stream-name transaction-stream");
    aws("dynamodb delete-table --table-name user-info");
}
