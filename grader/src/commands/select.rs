//! The steps that the command line names.

use clap::CommandFactory;

use super::cli::Cli;
use crate::problem::{Problem, Result, closest};
use crate::step::Step;

/// The named steps, by number or name, in the order of the course; all steps if none is named.
pub fn select(steps: Vec<Step>, wanted: &[String]) -> Result<Vec<Step>> {
    let matches = |step: &Step, name: &str| {
        let number = step.number.to_string();
        name == "all" || [&step.id, &number, step.module()].contains(&name)
    };
    for name in wanted {
        if !steps.iter().any(|step| matches(step, name)) {
            return Err(unknown(&steps, name));
        }
    }
    let chosen = |step: &Step| wanted.is_empty() || wanted.iter().any(|name| matches(step, name));
    Ok(steps.into_iter().filter(chosen).collect())
}

fn unknown(steps: &[Step], name: &str) -> Problem {
    let commands = Cli::command();
    let commands = commands
        .get_subcommands()
        .map(|it| it.get_name().to_owned());
    let known = steps.iter().map(|step| step.id.clone()).chain(commands);
    let meant = match (name, closest(name, known)) {
        ("help", _) => Some("Did you mean cargo grade --help? ".to_owned()),
        // A command works only as the first word.
        (_, Some(known)) if known == name => {
            Some(format!("Write the command first: cargo grade {name} …. "))
        }
        (_, meant) => meant.map(|known| format!("Did you mean {known}? ")),
    };
    let known = steps
        .iter()
        .map(|step| format!("{} {}", step.number, step.id));
    let known = known.collect::<Vec<_>>().join(", ");
    Problem::usage(
        format!("there is no step or command `{name}`"),
        format!(
            "{}Steps: {known}. Commands: cargo grade --help; write their options after them.",
            meant.unwrap_or_default()
        ),
    )
}

/// The one step with this number or name.
pub fn select_one(steps: Vec<Step>, wanted: &str) -> Result<Step> {
    if wanted == "all" {
        return Err(Problem::usage(
            "this command takes one step at a time",
            "Give the number of a step: `cargo grade list` shows the numbers.",
        ));
    }
    let mut chosen = select(steps, &[wanted.to_owned()])?;
    Ok(chosen.swap_remove(0))
}
