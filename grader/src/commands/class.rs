//! `cargo grade class`: grades a folder of submissions.

use std::io::IsTerminal as _;
use std::num::NonZero;
use std::path::Path;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::cli::ClassArgs;
use super::{interrupt, output, select};
use crate::class::{self, Again, Class, Collected, Done, Results, Row, Terms};
use crate::course::Course;
use crate::engine::{Job, Session};
use crate::event::Events;
use crate::generate;
use crate::problem::{Fault, Problem, Result, exit};
use crate::report::{Outcome, harmless_line, number_of};
use crate::step::{self, Step};
use crate::submission::{Submission, digest};

pub async fn run(args: ClassArgs) -> Result<u8> {
    let course = Course::find()?;
    let all = step::load(&course)?;
    let steps = select(all.clone(), &args.steps)?;
    let collected = class::collect(&args.dir)?;
    known(&args.again, &collected)?;
    let results = Results::open(&args.out)?;
    let (levels, cancellation) = (args.levels(), interrupt::cancellation()?);
    let (choice, events) = (&args.backend, Events::unheard());
    let session = Session::open(&course, all, choice, &levels, events, cancellation).await?;
    let terms = terms(&args, &session, &steps, results.terms())?;
    if let Some(aside) = results.begin(&terms)? {
        eprintln!(
            "  The course, the steps or the options have changed since the last run. Its results \
             are in {}.",
            aside.display()
        );
    }
    let class = Class {
        job: job(&args, &terms, steps),
        jobs: args.jobs.map_or_else(processors, NonZero::get),
        again: match args.again_all {
            true => Again::All,
            false => Again::Named(args.again.clone()),
        },
        entries: collected.entries,
    };
    let progress = Progress::new(class.entries.len());
    let graded = class::grade(&session, &class, &results, |done| progress.done(&done)).await;
    progress.end();
    session.close().await?;
    let rows = rows(&class, &results);
    let gradebook = class::gradebook(&terms.steps, &rows);
    let gradebook = results.write_beside("gradebook.csv", &gradebook)?;
    let page = results.write_beside("index.html", &class::page(&class.job.steps, &rows, false))?;
    let lecture = class::page(&class.job.steps, &rows, true);
    results.write_beside("anonymous.html", &lecture)?;
    if let Err(problem) = graded {
        return Err(stopped(problem, &rows));
    }
    summary(&rows, &collected.ignored, &results, [&gradebook, &page])?;
    let is_complete = rows.iter().all(|row| row.outcome != Outcome::CouldNotGrade);
    Ok(if is_complete {
        exit::PASSED
    } else {
        exit::COULD_NOT_GRADE
    })
}

/// # Errors
///
/// A name of `--again` is not a submission.
fn known(again: &[String], collected: &Collected) -> Result<()> {
    let is_entry = |name: &&String| collected.entries.iter().any(|entry| entry.name == **name);
    match again.iter().find(|name| !is_entry(name)) {
        Some(name) => Err(Problem::usage(
            format!("there is no submission {name}"),
            "Give --again the name of a folder or an archive, without .zip or .tar.",
        )),
        None => Ok(()),
    }
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get)
}

fn terms(
    args: &ClassArgs,
    session: &Session,
    steps: &[Step],
    earlier: Option<Terms>,
) -> Result<Terms> {
    let seed = args.seed.or(earlier.map(|earlier| earlier.seed));
    let secret = args.secret_seed.map(|seed| seed.to_string());
    Ok(Terms {
        course: class::version(&session.course)?,
        steps: steps.iter().map(|step| step.id.clone()).collect(),
        seed: seed.unwrap_or_else(generate::draw_seed),
        secret_seed: secret.map(|seed| digest([seed.as_bytes()].into_iter())),
        backend: args.backend.to_string(),
        sandbox: session.sandbox.level.to_string(),
        time_limit: args.time_limit.as_ref().map(Duration::as_secs_f64),
    })
}

fn job(args: &ClassArgs, terms: &Terms, steps: Vec<Step>) -> Job {
    Job {
        submission: Submission::default(),
        steps,
        seed: Some(terms.seed),
        secret_seed: args.secret_seed,
        with_calls: false,
        time_limit: args.time_limit,
    }
}

/// The rows of all submissions, from their documents.
fn rows(class: &Class, results: &Results) -> Vec<Row> {
    let row = |name: &String| match results.read(name) {
        Ok(report) => Row::new(name, &report),
        Err(_) => Row::missing(name),
    };
    class.entries.iter().map(|entry| row(&entry.name)).collect()
}

/// What is said when a run ends early.
fn stopped(problem: Problem, rows: &[Row]) -> Problem {
    let done = rows
        .iter()
        .filter(|row| row.outcome != Outcome::CouldNotGrade);
    let done = done.count();
    match problem.fault {
        Fault::Interrupted => Problem {
            what: format!("interrupted after {done} of {} submissions", rows.len()),
            next: "Run the same command again: it continues with the others.".into(),
            ..problem
        },
        _ => problem,
    }
}

fn summary(
    rows: &[Row],
    ignored: &[String],
    results: &Results,
    [gradebook, page]: [&Path; 2],
) -> Result<()> {
    let of = |outcome| rows.iter().filter(move |row| row.outcome == outcome);
    let number = |outcome| of(outcome).count();
    let mut lines = vec![
        format!("  {}", number_of(rows.len(), "submission")),
        String::new(),
        format!("  {:>5} graded", number(Outcome::Graded)),
        format!("  {:>5} do not compile", number(Outcome::DoesNotCompile)),
        format!(
            "  {:>5} could not be graded",
            number(Outcome::CouldNotGrade)
        ),
        String::new(),
    ];
    for row in of(Outcome::CouldNotGrade) {
        lines.push(harmless_line(
            &format!("  {}: {}", row.name, row.note),
            false,
        ));
    }
    if number(Outcome::CouldNotGrade) > 0 {
        lines.push("  They have no score. The same command again grades only these.".into());
        lines.push(String::new());
    }
    if !ignored.is_empty() {
        let names = ignored.join(", ");
        lines.push(harmless_line(
            &format!("  Not a submission: {names}"),
            false,
        ));
    }
    lines.push(format!(
        "  {}  a row for each submission",
        gradebook.display()
    ));
    lines.push(format!(
        "  {}  the class, with a link to each submission",
        page.display()
    ));
    let documents = results.documents();
    lines.push(format!(
        "  {}/  a JSON report for each submission",
        documents.display()
    ));
    output::line(lines.join("\n"))
}

/// The progress on standard error: a bar on a terminal, otherwise a line for each submission.
struct Progress {
    bar: ProgressBar,
    is_terminal: bool,
}

impl Progress {
    fn new(submissions: usize) -> Self {
        let is_terminal = std::io::stderr().is_terminal();
        let bar = match is_terminal {
            true => ProgressBar::new(submissions as u64),
            false => ProgressBar::hidden(),
        };
        bar.set_length(submissions as u64);
        let style = "  {bar:24} {pos} of {len} · {eta} left · {wide_msg}";
        bar.set_style(ProgressStyle::with_template(style).expect("the template is a constant"));
        bar.enable_steady_tick(Duration::from_secs(1));
        Self { bar, is_terminal }
    }

    fn done(&self, done: &Done) {
        let row = &done.row;
        let name = harmless_line(&row.name, false);
        self.bar.set_message(name.clone());
        self.bar.inc(1);
        if !self.is_terminal {
            let (at, of) = (self.bar.position(), self.bar.length().unwrap_or_default());
            let kept = if done.kept { " (already graded)" } else { "" };
            eprintln!("{at}/{of} {name}: {}{kept}", in_short(row));
        }
    }

    fn end(&self) {
        self.bar.finish_and_clear();
    }
}

fn in_short(row: &Row) -> String {
    match (row.outcome, row.score, row.max_score) {
        (Outcome::Graded, Some(score), Some(of)) => format!("{score} of {of} points"),
        (Outcome::DoesNotCompile, ..) => "does not compile".into(),
        _ => harmless_line(&format!("could not grade: {}", row.note), false),
    }
}
