//! `sandbox POLICY PROGRAM [ARGUMENT…]`: restricts itself by the policy, which is JSON, and
//! then becomes the program.

use std::env;
use std::os::unix::process::CommandExt;
use std::process::Command;

use sandbox::{Policy, enter, give_up};

fn main() {
    let why = match run() {
        Ok(never) => match never {},
        Err(why) => why,
    };
    eprintln!("sandbox: {why}");
    give_up()
}

fn run() -> Result<std::convert::Infallible, String> {
    let mut arguments = env::args_os().skip(1);
    let policy = arguments.next().ok_or("no policy is given")?;
    let policy = policy.to_str().ok_or("the policy is not UTF-8")?;
    let policy: Policy = serde_json::from_str(policy).map_err(|e| format!("the policy: {e}"))?;
    let program = arguments.next().ok_or("no program is given")?;
    enter(&policy)?;
    let failed = Command::new(&program).args(arguments).exec();
    Err(format!("{} did not start: {failed}", program.display()))
}
