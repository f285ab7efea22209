//! `cargo grade dev check`: checks the course itself.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use colored::Colorize;

use super::{accept, faults, reviews, rules, words, wrong};
use crate::check::Status;
use crate::commands::{self, demo, output};
use crate::course::Course;
use crate::diagnose::recognise;
use crate::engine::{Job, Session};
use crate::fixture::Fixture;
use crate::problem::{Result, exit, read};
use crate::report::{CheckReport, Report};
use crate::step::{self, Step};
use crate::submission::{Api, Submission};

/// The number of steps in the module's hands-on part, and their points.
const HANDS_ON: (usize, u32) = (5, 100);

/// The longest title that fits in the terminal report.
const LONGEST_TITLE: usize = 61;

pub async fn run() -> Result<u8> {
    let course = Course::find()?;
    let steps = step::load(&course)?;
    let session = commands::embedded_session(&course, &steps).await?;
    let written = stubs(&course, &steps)?;
    let stubs_fail = match written.is_empty() {
        true => stubs_fail(&graded(&session, &course.exercises()).await?),
        false => vec!["the exercises are not the stubs, so this was not checked".to_owned()],
    };
    let rules = rules::findings(&course, &steps)?;
    let findings = [
        ("every check is complete", complete(&steps)),
        (
            "every rule in the documents has checks, and every check has a rule",
            rules.faults,
        ),
        ("the texts use plain words", words::refused(&course)?),
        ("the hands-on steps give 100 points", hands_on(&steps)),
        (
            "the exercises' README lists each step with its points",
            readme(&course, &steps)?,
        ),
        (
            "every check has its expectation",
            expectations(&course, &steps),
        ),
        ("every used fixture can be read", fixtures(&course, &steps)),
        (
            "no unused expectations or fixtures",
            strays(&course, &steps),
        ),
        (
            "every misconception has a submission, a record and hints",
            misconceptions(&course, &steps),
        ),
        (
            "every right submission is named in a review",
            reviews::faults(&course, &steps)?,
        ),
        (
            "every wrong submission is an edit of the solutions",
            wrong_submissions(&course)?,
        ),
        ("the exercises are the stubs of the steps", written),
        (
            "exercises and solutions have the same public API",
            one_api(&course)?,
        ),
        (
            "no unexpected files in exercises and solutions",
            stray_sources(&course)?,
        ),
        ("the stubs fail every step", stubs_fail),
        (
            "every fault affects some submission",
            faults::idle(&session).await?,
        ),
        (
            "the solutions pass every step",
            solutions_pass(&graded(&session, &course.solutions()).await?),
        ),
    ];
    session.close().await?;
    for (what, faults) in &findings {
        let mark = if faults.is_empty() {
            "✓ ok   ".green()
        } else {
            "✗ fault".red()
        };
        output::line(format!("  {mark} {what}"))?;
        for fault in faults {
            output::line(format!("            {fault}"))?;
        }
    }
    unjudged(&rules.unjudged)?;
    let sound = findings.iter().all(|(_, faults)| faults.is_empty());
    Ok(if sound {
        exit::PASSED
    } else {
        exit::FELL_SHORT
    })
}

/// The rules that no check covers yet. This is not a fault, but work that remains.
fn unjudged(rules: &[String]) -> Result<()> {
    if rules.is_empty() {
        return Ok(());
    }
    let mark = "… left ".yellow();
    output::line(format!("  {mark} rules not judged yet: {}", rules.len()))?;
    for rule in rules {
        output::line(format!("            {rule}"))?;
    }
    Ok(())
}

async fn graded(session: &Session, dir: &Path) -> Result<Report> {
    let job = Job {
        submission: Submission::read(&session.course, dir)?,
        steps: session.steps.clone(),
        seed: None,
        secret_seed: None,
        with_calls: false,
        time_limit: None,
    };
    session.grade(&job).await
}

fn complete(steps: &[Step]) -> Vec<String> {
    let mut faults = Vec::new();
    for (number, step) in (1..).zip(steps) {
        if step.number != number {
            faults.push(format!(
                "{}: has the number {}, not {number}",
                step.id, step.number
            ));
        }
        let mut seen = BTreeSet::new();
        for check in &step.checks {
            let name = format!("{}.{}", step.id, check.id);
            let mut fault = |is: bool, what: &str| {
                if is {
                    faults.push(format!("{name} {what}"));
                }
            };
            fault(!seen.insert(&check.id), "exists twice");
            fault(check.hint.trim().is_empty(), "has no hint");
            fault(check.rule.trim().is_empty(), "has no reason");
            let is_known = |function| step.functions.contains(function);
            fault(
                !check.function.iter().all(is_known),
                "is about a function that the step does not list",
            );
            fault(
                (check.points == 0) != check.bonus,
                "must have points, or be a bonus without points",
            );
            fault(
                check.title.chars().count() > LONGEST_TITLE,
                "has a title that is too long for 80 columns",
            );
            fault(
                !step.scenarios.iter().any(|s| s.id == check.scenario),
                "names a scenario that does not exist",
            );
            for needed in &check.needs {
                fault(
                    !step.checks.iter().any(|c| c.id == *needed),
                    &format!("needs {needed}, which does not exist"),
                );
            }
        }
        for scenario in &step.scenarios {
            if !step
                .checks
                .iter()
                .any(|check| check.scenario == scenario.id)
            {
                faults.push(format!(
                    "{}: no check uses the scenario {}",
                    step.id, scenario.id
                ));
            }
        }
        for earlier in &step.depends {
            if !steps[..number - 1].iter().any(|s| s.id == *earlier) {
                faults.push(format!(
                    "{}: depends on {earlier}, which is not an earlier step",
                    step.id
                ));
            }
        }
    }
    faults
}

fn misconceptions(course: &Course, steps: &[Step]) -> Vec<String> {
    let mut faults = Vec::new();
    for step in steps {
        for known in &step.misconceptions {
            let name = format!("{}: {}", step.id, known.submission);
            let mut fault = |is: bool, what: &str| {
                if is {
                    faults.push(format!("{name} {what}"));
                }
            };
            let submission = format!("wrong/{}.toml", known.submission);
            fault(
                !course.fixtures().join(submission).is_file(),
                "is not a wrong submission",
            );
            fault(
                known.hints.iter().any(|hint| hint.trim().is_empty()),
                "has an empty hint",
            );
        }
        faults.extend(recorded(step));
    }
    faults
}

/// Each misconception has a record that gives its name, and there are no other records.
fn recorded(step: &Step) -> Vec<String> {
    let known: BTreeSet<_> = step.misconceptions.iter().map(|m| &m.submission).collect();
    let (names, records): (Vec<_>, Vec<_>) = step.mistakes.iter().unzip();
    let fault = |name: &String, what: &str| format!("{}: {name} {what}", step.id);
    let mut faults = Vec::new();
    for name in known.iter().filter(|name| !names.contains(name)) {
        faults.push(fault(name, "has no record: run cargo grade dev accept"));
    }
    for (at, name) in names.iter().enumerate() {
        if !known.contains(name) {
            faults.push(fault(name, "has a record, but is not a misconception"));
        }
        let is_check = |check: &String| step.checks.iter().any(|known| known.id == *check);
        for check in records[at].keys().filter(|check| !is_check(check)) {
            faults.push(fault(
                name,
                &format!("has a record of {check}, which is not a check"),
            ));
        }
        if recognise(step, records[at], &records) != Some(at) {
            faults.push(fault(name, "has the same results as another mistake"));
        }
    }
    faults
}

/// Each edit finds its text exactly once, after the edits before it.
fn wrong_submissions(course: &Course) -> Result<Vec<String>> {
    let solutions = Submission::read(course, &course.solutions())?;
    let mut faults = Vec::new();
    for (name, wrong) in wrong::all(course)? {
        match wrong.map(|wrong| wrong.of(&solutions)) {
            Ok(Ok(_)) => {}
            Ok(Err(found)) => faults.extend(found.iter().map(|fault| format!("{name}: {fault}"))),
            Err(fault) => faults.push(fault),
        }
    }
    Ok(faults)
}

/// `reset` restores the same files that a fresh clone has.
fn stubs(course: &Course, steps: &[Step]) -> Result<Vec<String>> {
    let mut faults = Vec::new();
    for step in steps {
        let file = course.exercises().join("src").join(&step.file);
        if read(&file)? != read(&step.stub())? {
            let (file, stub) = (course.display(&file), course.display(&step.stub()));
            faults.push(format!(
                "{file} differs from {stub}: copy one over the other or run `cargo grade reset {}`",
                step.number
            ));
        }
    }
    Ok(faults)
}

fn hands_on(steps: &[Step]) -> Vec<String> {
    let (count, points) = HANDS_ON;
    let total: u32 = steps.iter().take(count).map(Step::points).sum();
    match total == points {
        true => Vec::new(),
        false => vec![format!("they give {total} points")],
    }
}

/// Each step has a row and a page.
fn readme(course: &Course, steps: &[Step]) -> Result<Vec<String>> {
    let text = read(&course.exercises().join("README.md"))?;
    let mut faults = Vec::new();
    for step in steps {
        let (number, id) = (step.number, &step.id);
        let page = format!("steps/{number}-{id}.md");
        // For a method, the README names its type.
        let functions = step.functions.iter().map(|f| f.split("::").next());
        let functions: Vec<_> = functions.flatten().map(|f| format!("`{f}`")).collect();
        let start = format!(
            "| [{number} {id}]({page}) | `src/{}` | {} |",
            step.file,
            functions.join(", ")
        );
        let row = format!("{start} {} |", step.points());
        if !text.lines().any(|line| line == row) {
            faults.push(format!("the row `{row}` is missing"));
        }
        if !course.exercises().join(&page).is_file() {
            faults.push(format!("exercises/{page} is missing"));
        }
    }
    Ok(faults)
}

fn expectations(course: &Course, steps: &[Step]) -> Vec<String> {
    let files = steps
        .iter()
        .flat_map(|step| step.with_snapshots().map(|c| step.expectation(c)));
    files
        .filter(|file| !file.is_file())
        .map(|file| format!("{} is missing", course.display(&file)))
        .collect()
}

fn strays(course: &Course, steps: &[Step]) -> Vec<String> {
    let mut stray: Vec<_> = accept::stray(steps)
        .iter()
        .map(|file| course.display(file))
        .collect();
    let fixtures = fixtures_used(steps);
    let used: BTreeSet<_> = fixtures.iter().map(Fixture::place).collect();
    for kind in Fixture::KINDS {
        let files = fs::read_dir(course.fixtures().join(kind))
            .into_iter()
            .flatten()
            .flatten();
        for file in files.map(|file| file.path()) {
            let name = file.file_stem().unwrap_or_default().to_string_lossy();
            if !used.contains(&(kind, &name)) {
                stray.push(course.display(&file));
            }
        }
    }
    stray
        .iter()
        .map(|file| format!("nothing uses {file}"))
        .collect()
}

/// The fixtures of all scenarios, and those that `cargo grade demo` uses.
fn fixtures_used(steps: &[Step]) -> BTreeSet<Fixture> {
    let shown = [Fixture::Users, Fixture::Purchases].map(|kind| kind(demo::FIXTURES.into()));
    let scenarios = steps.iter().flat_map(|step| &step.scenarios);
    let used = scenarios.flat_map(|scenario| scenario.script.fixtures());
    used.chain(shown).collect()
}

/// Each fixture exists, and is valid for its use.
fn fixtures(course: &Course, steps: &[Step]) -> Vec<String> {
    let used = fixtures_used(steps).into_iter();
    let tried = used.filter_map(|fixture| fixture.try_to_read(course).err());
    tried.map(|problem| problem.what).collect()
}

fn one_api(course: &Course) -> Result<Vec<String>> {
    let stubs = Api::of(&Submission::read(course, &course.exercises())?).lines();
    let solutions = Api::of(&Submission::read(course, &course.solutions())?).lines();
    let only = |here: &BTreeSet<String>, there: &BTreeSet<String>, name: &str| -> Vec<String> {
        here.difference(there)
            .map(|item| format!("only in {name}: {item}"))
            .collect()
    };
    let mut faults = only(&stubs, &solutions, "exercises");
    faults.extend(only(&solutions, &stubs, "solutions"));
    Ok(faults)
}

/// Both have the same source files, and no other files in `src`.
fn stray_sources(course: &Course) -> Result<Vec<String>> {
    let stubs = Submission::read(course, &course.exercises())?;
    let solutions = Submission::read(course, &course.solutions())?;
    let names = |submission: &Submission| submission.files.keys().cloned().collect::<BTreeSet<_>>();
    let (stub_names, solution_names) = (names(&stubs), names(&solutions));
    let mut faults: Vec<_> = stub_names
        .symmetric_difference(&solution_names)
        .map(|file| format!("{} is only in one of them", file.display()))
        .collect();
    for dir in [course.exercises(), course.solutions()] {
        let files = fs::read_dir(dir.join("src"))
            .into_iter()
            .flatten()
            .flatten();
        let foreign = files
            .map(|f| f.path())
            .filter(|f| f.is_file() && f.extension().is_none_or(|e| e != "rs"));
        faults
            .extend(foreign.map(|file| format!("{} is not a source file", course.display(&file))));
    }
    Ok(faults)
}

fn stubs_fail(report: &Report) -> Vec<String> {
    // No check may pass, and a stub must not look like a crash.
    faults(report, |check| {
        matches!(check.status, Status::Passed | Status::Error)
    })
}

fn solutions_pass(report: &Report) -> Vec<String> {
    faults(report, CheckReport::fell)
}

/// The compiler's errors, and the checks whose status is wrong.
fn faults(report: &Report, wrong: impl Fn(&CheckReport) -> bool) -> Vec<String> {
    let errors = report.compile_errors.iter();
    let mut faults: Vec<_> = errors
        .map(|e| format!("{}: {}", e.file, e.message))
        .collect();
    for step in &report.steps {
        for check in step.checks.iter().filter(|check| wrong(check)) {
            let (name, status) = (format!("{}.{}", step.id, check.id), check.status);
            let message = match check.message.as_str() {
                "" => String::new(),
                said => format!(": {said}"),
            };
            faults.push(format!("{name} is {status:?}{message}"));
        }
    }
    faults
}
