//! `cargo grade dev accept`: renews the expectations from the solutions, after
//! the author has seen each change.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

use colored::Colorize;
use similar::{ChangeTag, TextDiff};

use crate::backend::Choice;
use crate::check::as_text;
use crate::commands;
use crate::course::Course;
use crate::engine::Session;
use crate::problem::{Problem, Result, exit, io};
use crate::scenario::Observer;
use crate::step::{self, Step};
use crate::submission::Submission;

pub async fn run(all: bool) -> Result<u8> {
    let course = Course::find()?;
    let session = commands::session(&course, &Choice::Embedded).await?;
    let wanted = session.unless_cancelled(expectations(&session)).await;
    session.close().await?;
    let wanted = wanted?;
    // Before anything new is pending.
    let stray = stray(&step::load(&course)?);
    let (mut changed, mut pending) = (0, 0);
    for (file, text) in &wanted {
        let old = fs::read_to_string(file).unwrap_or_default();
        if old == *text {
            continue;
        }
        changed += 1;
        println!("\n{}", course.display(file).bold());
        show(&old, text);
        if all || ask()? {
            write(file, text)?;
            fs::remove_file(new(file)).ok();
        } else {
            // The form in which insta's own review expects what is pending.
            write(&new(file), text)?;
            pending += 1;
        }
    }
    let left = |file: &&PathBuf| file.is_file() && !wanted.keys().any(|known| new(known) == **file);
    for file in stray.iter().filter(left) {
        println!("\n{}", course.display(file).bold());
        println!("{}", "- no check refers to it".red());
        changed += 1;
        if all || ask()? {
            fs::remove_file(file).map_err(io("cannot remove", file))?;
        } else {
            pending += 1;
        }
    }
    println!(
        "\n  {} expectations, {changed} changed, {pending} pending.",
        wanted.len()
    );
    if pending > 0 {
        println!("  Review them with `cargo insta review`, or run this in a terminal.");
        return Ok(exit::FELL_SHORT);
    }
    Ok(exit::PASSED)
}

/// Every snapshot the checks refer to, with the text it should have.
async fn expectations(session: &Session) -> Result<BTreeMap<PathBuf, String>> {
    let solutions = Submission::read(&session.course, &session.course.solutions())?;
    let program = session.reference().await?;
    let observer = Observer::new(session, program, None, None).await?;
    let mut wanted = BTreeMap::new();
    for step in &session.steps {
        let seen = observer
            .observe(
                &solutions,
                step.scenarios.iter().filter(|s| !s.script.is_generated()),
            )
            .await?;
        for check in step.with_snapshots() {
            let Some(observation) = seen.get(&check.scenario) else {
                return Err(Problem::bug(format!(
                    "there is no scenario {}",
                    check.scenario
                )));
            };
            if let Some(trouble) = &observation.trouble {
                return Err(Problem::bug(format!(
                    "{}: {}",
                    check.scenario, trouble.sentence
                )));
            }
            let Some(facet) = observation.facets.get(check.facet.as_str()) else {
                return Err(Problem::bug(format!("there is no facet {}", check.facet)));
            };
            let text = snapshot(step, &check.scenario, &check.facet, &as_text(facet));
            wanted.insert(step.expectation(check), text);
        }
    }
    Ok(wanted)
}

/// The text of an insta snapshot file.
fn snapshot(step: &Step, scenario: &str, facet: &str, contents: &str) -> String {
    format!(
        "---\nsource: grader/steps/{}-{}/step.toml\nexpression: {scenario}.{facet}\n---\n{contents}\n",
        step.number, step.id
    )
}

fn show(old: &str, text: &str) {
    let diff = TextDiff::from_lines(old, text);
    for change in diff.iter_all_changes() {
        let line = change.value().trim_end();
        match change.tag() {
            ChangeTag::Delete => println!("{}", format!("- {line}").red()),
            ChangeTag::Insert => println!("{}", format!("+ {line}").green()),
            ChangeTag::Equal => println!("  {line}"),
        }
    }
}

/// Nobody at a terminal means no.
fn ask() -> Result<bool> {
    if !std::io::stdin().is_terminal() {
        return Ok(false);
    }
    print!("accept? [y/N] ");
    std::io::stdout().flush().ok();
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    read.map_err(|e| Problem::machine(format!("cannot read the answer: {e}"), "Try --all."))?;
    Ok(matches!(answer.trim(), "y" | "yes"))
}

fn new(file: &Path) -> PathBuf {
    file.with_extension("snap.new")
}

fn write(file: &Path, text: &str) -> Result<()> {
    let dir = file.parent().unwrap_or(file);
    fs::create_dir_all(dir).map_err(io("cannot create", dir))?;
    fs::write(file, text).map_err(io("cannot write", file))
}

/// Snapshots on disk that no check refers to, or that still await a review.
pub fn stray(steps: &[Step]) -> BTreeSet<PathBuf> {
    let mut stray = BTreeSet::new();
    for step in steps {
        let known: BTreeSet<_> = step
            .with_snapshots()
            .map(|check| step.expectation(check))
            .collect();
        let files = fs::read_dir(step.dir.join("expected"))
            .into_iter()
            .flatten()
            .flatten();
        stray.extend(
            files
                .map(|file| file.path())
                .filter(|file| !known.contains(file)),
        );
    }
    stray
}
