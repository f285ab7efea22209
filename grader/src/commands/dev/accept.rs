//! `cargo grade dev accept`: updates the expectations from the solutions, and the records of
//! known mistakes, after the author has seen each change.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, IsTerminal};
use std::path::{Path, PathBuf};

use colored::Colorize;
use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use super::mistakes::{self, Recorder};
use crate::check::as_text;
use crate::commands::{self, output};
use crate::course::Course;
use crate::engine::Session;
use crate::problem::{Problem, Result, exit, io};
use crate::scenario::Observation;
use crate::step::{self, Check, Step};
use crate::submission::Submission;

/// How many lines around a change are shown.
const AROUND: usize = 6;

pub async fn run(steps: &[String], all: bool) -> Result<u8> {
    let course = Course::find()?;
    let known = step::load(&course)?;
    let steps = commands::select(known.clone(), steps)?;
    let session = commands::embedded_session(&course, &known).await?;
    let mut review = Review::new(&course, all);
    let renewed = session
        .unless_cancelled(renew(&session, &steps, &mut review))
        .await;
    session.close().await?;
    renewed?;
    output::line(format!(
        "\n  {} expectations and records, {} changed, {} pending.",
        review.offered, review.changed, review.pending
    ))?;
    if review.pending > 0 {
        output::line(
            "  Review them with `cargo insta review`, or run this command in a terminal.",
        )?;
        return Ok(exit::FELL_SHORT);
    }
    Ok(exit::PASSED)
}

async fn renew(session: &Session, steps: &[Step], review: &mut Review<'_>) -> Result<()> {
    let wanted = expectations(session, steps).await?;
    // This must come before new files are pending.
    let stray = stray(steps);
    for (file, text) in &wanted {
        review.offer(file, text)?;
    }
    let left = |file: &&PathBuf| file.is_file() && !wanted.keys().any(|known| new(known) == **file);
    for file in stray.iter().filter(left) {
        review.offer_to_remove(file)?;
    }
    if review.pending > 0 {
        return output::line("\n  Mistakes are recorded only after all expectations are accepted.");
    }
    let recorder = Recorder::new(session)?;
    for step in steps.iter().filter(|step| !step.misconceptions.is_empty()) {
        let mistakes = recorder.mistakes(step).await?;
        review.offer(&step.mistakes(), &mistakes::as_text(&mistakes))?;
    }
    Ok(())
}

/// The state of the review.
struct Review<'a> {
    course: &'a Course,
    /// Accepts every change without asking.
    all: bool,
    offered: usize,
    changed: usize,
    pending: usize,
}

impl<'a> Review<'a> {
    fn new(course: &'a Course, all: bool) -> Self {
        Self {
            course,
            all,
            offered: 0,
            changed: 0,
            pending: 0,
        }
    }

    fn offer(&mut self, file: &Path, text: &str) -> Result<()> {
        self.offered += 1;
        let old = fs::read_to_string(file).unwrap_or_default();
        if old == text {
            return Ok(());
        }
        self.head(file)?;
        show(&old, text)?;
        if self.accepts()? {
            write(file, text)?;
            fs::remove_file(new(file)).ok();
        } else if file
            .extension()
            .is_some_and(|extension| extension == "snap")
        {
            // `cargo insta review` expects a pending snapshot in this form.
            write(&new(file), text)?;
        }
        Ok(())
    }

    fn offer_to_remove(&mut self, file: &Path) -> Result<()> {
        self.head(file)?;
        output::line("- no check uses it".red())?;
        if self.accepts()? {
            fs::remove_file(file).map_err(io("cannot remove", file))?;
        }
        Ok(())
    }

    fn head(&self, file: &Path) -> Result<()> {
        output::line(format!("\n{}", self.course.display(file).bold()))
    }

    fn accepts(&mut self) -> Result<bool> {
        self.changed += 1;
        let accepts = self.all || ask()?;
        self.pending += usize::from(!accepts);
        Ok(accepts)
    }
}

/// Every snapshot that the checks use, with the text that it should have.
async fn expectations(session: &Session, steps: &[Step]) -> Result<BTreeMap<PathBuf, String>> {
    let solutions = Submission::read(&session.course, &session.course.solutions())?;
    let program = session.reference().await?;
    let observer = session.observer(program, None, None).await?;
    let mut wanted = BTreeMap::new();
    for step in steps {
        let certain = step.scenarios.iter().filter(|s| !s.script.is_generated());
        let seen = observer.observe(&solutions, certain).await?;
        for check in step.with_snapshots() {
            let facet = facet(check, &seen)?;
            let text = snapshot(step, &check.scenario, &check.facet, &as_text(facet));
            wanted.insert(step.expectation(check), text);
        }
    }
    Ok(wanted)
}

/// The facet of a check in the observations of the solutions.
fn facet<'a>(check: &Check, seen: &'a BTreeMap<String, Observation>) -> Result<&'a Value> {
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
    let facet = observation.facets.get(check.facet.as_str());
    facet.ok_or_else(|| Problem::bug(format!("there is no facet {}", check.facet)))
}

/// The text of an insta snapshot file.
fn snapshot(step: &Step, scenario: &str, facet: &str, contents: &str) -> String {
    format!(
        "---\nsource: grader/steps/{}-{}/step.toml\nexpression: {scenario}.{facet}\n---\n{contents}\n",
        step.number, step.id
    )
}

/// What changed, with the lines around it.
fn show(old: &str, text: &str) -> Result<()> {
    let diff = TextDiff::from_lines(old, text);
    for group in diff.grouped_ops(AROUND) {
        for change in group.iter().flat_map(|part| diff.iter_changes(part)) {
            let line = change.value().trim_end();
            match change.tag() {
                ChangeTag::Delete => output::line(format!("- {line}").red())?,
                ChangeTag::Insert => output::line(format!("+ {line}").green())?,
                ChangeTag::Equal => output::line(format!("  {line}"))?,
            }
        }
    }
    Ok(())
}

/// Without a terminal, the answer is no.
fn ask() -> Result<bool> {
    if !std::io::stdin().is_terminal() {
        return Ok(false);
    }
    output::print("accept? [y/N] ")?;
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

/// Snapshots on disk that no check uses, or that still need a review.
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
