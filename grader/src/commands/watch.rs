//! `cargo grade watch`: grades the step whose file was saved, again and again.
//!
//! File events tell when to look. Not every file system sends them, so the sources are also
//! read twice a second. Only a change of their contents counts.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::Duration;

use colored::Colorize;
use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use crossterm::terminal;
use notify_debouncer_mini::notify::{RecommendedWatcher, RecursiveMode};
use notify_debouncer_mini::{DebounceEventResult, Debouncer, new_debouncer};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::cli::TargetArgs;
use super::progress::Progress;
use super::{folder, hint, list, output, select, session};
use crate::course::Course;
use crate::engine::{Job, Session};
use crate::problem::{Fault, Problem, Result, exit};
use crate::report::{self, Report};
use crate::step::{self, Step};
use crate::submission::Submission;

/// How long a save may take: some editors save in several writes.
const DEBOUNCE: Duration = Duration::from_millis(30);

/// How often the sources are read without an event.
const LOOK_EVERY: Duration = Duration::from_millis(500);

const KEYS: &str = "h hint · v show all · l list · n next step · r run again · q quit";

/// Watches the exercises, or the submission that was named.
pub async fn run(wanted: Option<String>, target: TargetArgs) -> Result<u8> {
    let course = &Course::find()?;
    if !(std::io::stdin().is_terminal() && std::io::stdout().is_terminal()) {
        return Err(Problem::usage(
            "watch needs a terminal, because it reads keys",
            "Without a terminal, use `cargo grade`.",
        ));
    }
    let steps = step::load(course)?;
    let current = match wanted {
        Some(name) => select(steps.clone(), &[name])?[0].number - 1,
        None => first_unfinished(&steps, Progress::load(course).of(target.dir.as_deref())),
    };
    let dir = folder(course, target.dir.clone());
    let session = session(course, &steps, &target.backend, &target.levels()?).await?;
    let (changed, changes) = unbounded_channel();
    let _watcher = file_events(&dir.join("src"), changed);
    let mut watch = Watch {
        course,
        named: target.dir.as_deref(),
        graded: Submission::read(course, &dir)?,
        dir,
        session: &session,
        steps,
        current,
        report: None,
        screen: Screen::open()?,
        keys: key_events(),
        changes,
    };
    let done = watch.go_on().await;
    drop(watch);
    session.close().await?;
    done
}

/// The step to start with: the first that has not passed.
fn first_unfinished(steps: &[Step], progress: &Progress) -> usize {
    let passed = |step: &Step| progress.steps.get(&step.id).is_some_and(|at| at.passed);
    steps
        .iter()
        .position(|step| !passed(step))
        .unwrap_or_default()
}

struct Watch<'a> {
    course: &'a Course,
    /// The submission's folder: as it was named, and its path.
    named: Option<&'a Path>,
    dir: PathBuf,
    session: &'a Session,
    /// The sources of the last grading.
    graded: Submission,
    steps: Vec<Step>,
    /// The index of the step that is graded.
    current: usize,
    /// The report of the last grading, unless it failed.
    report: Option<Report>,
    screen: Screen,
    keys: UnboundedReceiver<KeyEvent>,
    changes: UnboundedReceiver<()>,
}

/// What to do next.
enum Next {
    Grade,
    Quit,
}

impl Watch<'_> {
    async fn go_on(&mut self) -> Result<u8> {
        loop {
            match self.grade().await {
                Ok(()) => {}
                Err(problem) if problem.fault == Fault::Interrupted => return Ok(exit::PASSED),
                // A full disk or a port in use may be temporary, so the watch continues.
                Err(problem) => self.screen.show(&problem.to_string())?,
            }
            self.offer_keys()?;
            if let Next::Quit = self.wait().await? {
                return Ok(exit::PASSED);
            }
        }
    }

    async fn grade(&mut self) -> Result<()> {
        self.screen.clear()?;
        let Step { number, id, .. } = &self.steps[self.current];
        self.screen
            .show(&format!("  Grading step {number}, {id} …"))?;
        self.report = None;
        self.graded = Submission::read(self.course, &self.dir)?;
        let job = Job {
            submission: self.graded.clone(),
            steps: vec![self.steps[self.current].clone()],
            seed: None,
            secret_seed: None,
            with_calls: false,
            time_limit: None,
        };
        let grading = self.session.grade(&job);
        tokio::pin!(grading);
        let report = loop {
            tokio::select! {
                report = &mut grading => break report?,
                Some(key) = self.keys.recv() => {
                    if quits(&key) {
                        self.session.cancellation.cancel();
                    }
                }
            }
        };
        let mut progress = Progress::load(self.course);
        progress.of(self.named).note(&report);
        progress.save(self.course);
        self.screen.clear()?;
        self.show(&report, false)?;
        self.report = Some(report);
        Ok(())
    }

    fn show(&self, report: &Report, verbose: bool) -> Result<()> {
        let next = self.next();
        let view = report::View {
            in_detail: true,
            verbose,
            dir: self.named,
            options: "",
            following: next.map(|at| &self.steps[at]),
            screen: report::Screen::here(),
            colour: report::in_colour(),
            watched: true,
        };
        self.screen.show(&report::terminal(report, &view))
    }

    fn offer_keys(&self) -> Result<()> {
        self.screen.show(&format!("  {}", KEYS.dimmed()))
    }

    /// The index of the next step: one that has not passed, if the progress is known.
    fn next(&self) -> Option<usize> {
        let after = Some(self.current + 1).filter(|next| *next < self.steps.len());
        let mut progress = Progress::load(self.course);
        let here = progress.of(self.named);
        let next = here.following(&self.steps, self.steps.get(self.current));
        next.map(|step| step.number - 1).or(after)
    }

    /// Waits for a save, or for a key that starts a grading.
    async fn wait(&mut self) -> Result<Next> {
        let mut look = tokio::time::interval(LOOK_EVERY);
        loop {
            tokio::select! {
                () = self.session.cancellation.cancelled() => return Ok(Next::Quit),
                Some(()) = self.changes.recv() => {}
                _ = look.tick() => {}
                key = self.keys.recv() => match key {
                    Some(key) if quits(&key) => return Ok(Next::Quit),
                    Some(key) => match self.press(&key)? {
                        true => return Ok(Next::Grade),
                        false => continue,
                    },
                    None => return Ok(Next::Quit),
                },
            }
            if let Some(file) = self.changed_file() {
                let owner = self
                    .steps
                    .iter()
                    .position(|step| Path::new(&step.file) == file);
                self.current = owner.unwrap_or(self.current);
                return Ok(Next::Grade);
            }
        }
    }

    /// Does the action of a key. Returns whether to grade again.
    fn press(&mut self, key: &KeyEvent) -> Result<bool> {
        match key.code {
            KeyCode::Char('r') => return Ok(true),
            KeyCode::Char('n') => {
                if let Some(next) = self.next() {
                    self.current = next;
                    return Ok(true);
                }
                self.screen.show("\n  This is the last step.")?;
            }
            KeyCode::Char('v') => {
                if let Some(report) = &self.report {
                    self.screen.clear()?;
                    self.show(report, true)?;
                    self.offer_keys()?;
                }
            }
            KeyCode::Char('h') => {
                let step = &self.steps[self.current];
                let mut progress = Progress::load(self.course);
                let keys = hint::Ways {
                    hint: "h".into(),
                    grade: "r".into(),
                };
                let hint = hint::next(step, progress.of(self.named), &keys);
                progress.save(self.course);
                self.screen.show(&format!("\n{hint}"))?;
            }
            KeyCode::Char('l') => {
                let list = list::render(
                    &self.steps,
                    Progress::load(self.course).of(self.named),
                    report::Screen::here().columns,
                );
                self.screen.show(&format!("\n{list}"))?;
            }
            _ => {}
        }
        Ok(false)
    }

    /// A file that differs from the graded one. Sources that cannot be read now, in the middle
    /// of a save, are read again later.
    fn changed_file(&self) -> Option<PathBuf> {
        let now = Submission::read(self.course, &self.dir).ok()?;
        let differs = |file: &&PathBuf| now.files.get(*file) != self.graded.files.get(*file);
        let mut files = now.files.keys().chain(self.graded.files.keys());
        files.find(differs).cloned()
    }
}

fn quits(key: &KeyEvent) -> bool {
    let ctrl_c = key.modifiers.contains(KeyModifiers::CONTROL) && key.code == KeyCode::Char('c');
    ctrl_c || matches!(key.code, KeyCode::Char('q') | KeyCode::Esc)
}

/// Keys as they are pressed, read on a thread that ends with the program.
fn key_events() -> UnboundedReceiver<KeyEvent> {
    let (pressed, keys) = unbounded_channel();
    std::thread::spawn(move || {
        while let Ok(event) = crossterm::event::read() {
            if let Event::Key(key) = event
                && key.kind == KeyEventKind::Press
                && pressed.send(key).is_err()
            {
                return;
            }
        }
    });
    keys
}

/// Reports saves in a folder while the returned value lives. `None` if the file system has no
/// events.
fn file_events(src: &Path, changed: UnboundedSender<()>) -> Option<Debouncer<RecommendedWatcher>> {
    let tell = move |_: DebounceEventResult| {
        changed.send(()).ok();
    };
    let mut debouncer = new_debouncer(DEBOUNCE, tell).ok()?;
    let watcher = debouncer.watcher();
    watcher.watch(src, RecursiveMode::Recursive).ok()?;
    Some(debouncer)
}

/// The terminal in raw mode, in which keys are read one by one. Dropping this value restores
/// the terminal.
struct Screen;

impl Screen {
    fn open() -> Result<Self> {
        terminal::enable_raw_mode().map_err(|e| {
            Problem::machine(
                format!("cannot read keys from the terminal: {e}"),
                "Use `cargo grade` instead.",
            )
        })?;
        Ok(Self)
    }

    fn clear(&self) -> Result<()> {
        output::print("\x1b[2J\x1b[H")
    }

    /// Shows lines. In raw mode, a line feed alone does not return to the margin.
    fn show(&self, text: &str) -> Result<()> {
        let lines = text.trim_end_matches('\n').replace('\n', "\r\n");
        output::print(&format!("{lines}\r\n"))
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        terminal::disable_raw_mode().ok();
    }
}
