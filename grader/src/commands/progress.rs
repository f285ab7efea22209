//! The student's progress: the last grading, and the hints that were given. It is a small file
//! at the top of the course, for one student, and it is not in git. It is only a convenience,
//! so nothing fails without it.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::child::TroubleKind;
use crate::course::Course;
use crate::report::{CheckReport, Report, State, StepReport};
use crate::step::Step;
use crate::submission::CompilerMessage;

/// The name of the file …
const FILE: &str = ".progress.json";

/// … unless this environment variable names another.
const ELSEWHERE: &str = "STREAMLINGS_PROGRESS";

/// The progress in all steps, by their ids.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    pub steps: BTreeMap<String, StepProgress>,
    /// The first error of the compiler, if the code did not compile in the last grading.
    pub compile_error: Option<String>,
    /// The same for the other folder that was graded last.
    #[serde(skip_serializing_if = "Option::is_none")]
    elsewhere: Option<Box<Elsewhere>>,
}

/// A folder other than the exercises, and the progress in it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Elsewhere {
    dir: PathBuf,
    at: Progress,
}

/// The progress in one step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StepProgress {
    pub score: u32,
    pub max_score: u32,
    pub passed: bool,
    /// In the last grading, none of its code was written.
    pub untouched: bool,
    /// After the step has passed once, the solution can always be shown.
    pub passed_before: bool,
    /// The student saw the solution before the step passed.
    pub gave_up: bool,
    /// The misconception that was recognised last.
    pub diagnosis: Option<String>,
    /// The first check that failed in the last grading.
    pub failing: Option<String>,
    /// Why that check had nothing to compare, such as a panic or a time limit.
    pub trouble: Option<TroubleKind>,
    /// What else is known about the cause.
    pub clue: Option<String>,
    /// The first difference of that check, and its input …
    pub example: Option<String>,
    /// … and how to look at it more closely.
    pub look: Option<String>,
    /// The first bonus that was not earned.
    pub bonus: Option<String>,
    /// How many hints about this were given.
    pub hints: usize,
}

impl Progress {
    /// Reads the file. A missing file is a fresh start. A file that cannot be read is renamed,
    /// with a message.
    pub fn load(course: &Course) -> Self {
        let file = file(course);
        let Ok(text) = fs::read_to_string(&file) else {
            return Self::default();
        };
        serde_json::from_str(&text).unwrap_or_else(|e| {
            let aside = file.with_extension("json.broken");
            fs::rename(&file, &aside).ok();
            eprintln!(
                "{FILE} cannot be read ({e}): starting afresh, it is kept as {}",
                aside.display()
            );
            Self::default()
        })
    }

    /// Writes the file completely or not at all. If the folder cannot be written, the student
    /// loses the place in the hints, but not the verdict.
    pub fn save(&self, course: &Course) {
        let file = file(course);
        let dir = file.parent().unwrap_or(&course.root);
        let saved = tempfile::NamedTempFile::new_in(dir).and_then(|mut temporary| {
            let text = serde_json::to_string_pretty(self).expect("a progress is JSON");
            writeln!(temporary, "{text}")?;
            temporary.persist(&file).map_err(|e| e.error)
        });
        if let Err(e) = saved {
            eprintln!(
                "where you stand could not be noted in {}: {e}",
                file.display()
            );
        }
    }

    /// The progress in the named folder, otherwise in the exercises. Of several other folders,
    /// only the last one is kept.
    pub fn of(&mut self, named: Option<&Path>) -> &mut Self {
        let Some(named) = named else {
            return self;
        };
        let dir = fs::canonicalize(named).unwrap_or_else(|_| named.to_owned());
        let other = self.elsewhere.get_or_insert_default();
        if other.dir != dir {
            **other = Elsewhere {
                dir,
                at: Self::default(),
            };
        }
        &mut other.at
    }

    /// The next step that has not passed: after this one, otherwise before it.
    pub fn following<'a>(&self, steps: &'a [Step], last: Option<&Step>) -> Option<&'a Step> {
        let passed = |step: &&Step| self.steps.get(&step.id).is_some_and(|at| at.passed);
        let at = last.map_or(0, |last| last.number);
        let (before, after) = steps.split_at(at.min(steps.len()));
        let mut left = after.iter().chain(before).filter(|step| !passed(step));
        left.find(|step| step.number != at)
    }

    /// Forgets the progress in a step, but not that it passed once or that the student gave up.
    pub fn forget(&mut self, step: &str) {
        if let Some(at) = self.steps.get_mut(step) {
            *at = StepProgress {
                passed_before: at.passed_before,
                gave_up: at.gave_up,
                ..StepProgress::default()
            };
        }
    }

    /// Records the results of a grading.
    pub fn note(&mut self, report: &Report) {
        self.compile_error = report
            .compile_errors
            .first()
            .map(|error| format!("{}: {}", error.place(), error.message));
        if self.compile_error.is_some() {
            return;
        }
        for step in &report.steps {
            self.steps.entry(step.id.clone()).or_default().note(step);
        }
    }
}

impl StepProgress {
    /// Whether it was graded since the start or the last reset.
    pub fn graded(&self) -> bool {
        self.max_score > 0
    }

    /// Its state in a list of steps.
    pub fn state(&self) -> State {
        match (self.passed, self.untouched) {
            (true, _) => State::Passed,
            (false, true) => State::ToDo,
            (false, false) => State::Failed,
        }
    }

    fn note(&mut self, step: &StepReport) {
        let failing = step.first_failure();
        let trouble = failing.and_then(|check| check.trouble);
        let warning = step.warnings.first().map(CompilerMessage::warning);
        let clue = warning.or_else(|| failing.and_then(clue));
        let example = failing.and_then(example);
        let look = failing.map(|check| look(check, step.number));
        let failing = failing.map(|check| check.id.clone());
        let diagnosis = step
            .diagnosis
            .as_ref()
            .map(|diagnosis| diagnosis.id.clone());
        let missed = step
            .checks
            .iter()
            .find(|check| check.bonus && !check.passed());
        let bonus = missed.map(|check| check.id.clone());
        let before = (&self.diagnosis, &self.failing, &self.trouble, &self.bonus);
        let same = (&diagnosis, &failing, &trouble, &bonus) == before;
        // Another mistake of the same check has hints of its own.
        if !same || self.score != step.score {
            self.hints = 0;
        }
        *self = Self {
            score: step.score,
            max_score: step.max_score,
            passed: step.passed,
            untouched: step.is_untouched(),
            passed_before: self.passed_before || step.passed,
            diagnosis,
            failing,
            trouble,
            clue,
            example,
            look,
            bonus,
            ..self.clone()
        };
    }
}

/// What happened if there was nothing to compare, and what to look for.
fn clue(check: &CheckReport) -> Option<String> {
    let look_for = match check.trouble? {
        TroubleKind::Unwritten => return None,
        TroubleKind::ReturnedError => {
            "Which of your calls returns this error? Is the call wrong, or must your code expect the error?"
        }
        TroubleKind::Panicked => "What does that line take for granted, and when is it not so?",
        TroubleKind::TimedOut => "Which loop or which wait has no end here?",
        TroubleKind::Deleted => "Which step deletes, and for which stream or table?",
        TroubleKind::PolledOn => "What does the last page of an open shard look like?",
        TroubleKind::Exited | TroubleKind::Crashed => "What in your code ends the program?",
        TroubleKind::Flooded => "Which loop prints without end?",
        TroubleKind::Garbled => "Standard input belongs to the grader: does your code touch it?",
    };
    Some(format!(
        "{}. {look_for}",
        check.message.trim_end_matches(['.', '?'])
    ))
}

/// The first difference, with the input that causes it.
fn example(check: &CheckReport) -> Option<String> {
    check.differences.first()?;
    let Some((case, input)) = check.inputs.first() else {
        return Some(format!(
            "Go through your code by hand, line by line. Where does the first difference begin? \
             {}.",
            cut(&check.message)
        ));
    };
    Some(format!(
        "Go through your code by hand, line by line, with the input of “{case}”: {}. On which \
         line does a value differ from what the rule says?",
        cut(input)
    ))
}

/// How to see what the code does there.
fn look(check: &CheckReport, step: usize) -> String {
    let input = match (&check.counterexample, check.fixtures.as_slice()) {
        (Some(example), _) => format!(" `{}` makes the same input again.", example.replay),
        (None, [file, ..]) => format!(" The input is in {file}."),
        (None, []) => String::new(),
    };
    format!(
        "Print what your code sees with eprintln! or dbg!, before and after the line that \
         decides: the verdict shows it below the check.{input} If nothing helps, \
         `cargo grade solution {step} --give-up` shows a solution."
    )
}

/// As much as a screen can show.
fn cut(text: &str) -> String {
    const LONGEST: usize = 300;
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

fn file(course: &Course) -> PathBuf {
    std::env::var_os(ELSEWHERE).map_or_else(|| course.root.join(FILE), PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn course() -> (tempfile::TempDir, Course) {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().to_owned();
        let target = root.join("target");
        (home, Course { root, target })
    }

    #[test]
    fn what_is_saved_is_loaded_again() {
        let (_home, course) = course();
        let mut progress = Progress::default();
        progress.steps.entry("stages".into()).or_default().hints = 2;
        progress.save(&course);
        assert_eq!(Progress::load(&course), progress);
    }

    #[test]
    fn a_missing_file_and_a_broken_one_are_a_fresh_start() {
        let (_home, course) = course();
        assert_eq!(Progress::load(&course), Progress::default());
        fs::write(file(&course), "{ half").unwrap();
        assert_eq!(Progress::load(&course), Progress::default());
        let aside = course.root.join(".progress.json.broken");
        assert_eq!(fs::read_to_string(aside).unwrap(), "{ half");
    }

    #[test]
    fn what_an_older_or_newer_course_wrote_is_still_read() {
        let (_home, course) = course();
        fs::write(
            file(&course),
            r#"{ "steps": { "gone": { "new": 1, "hints": 1 } } }"#,
        )
        .unwrap();
        assert_eq!(Progress::load(&course).steps["gone"].hints, 1);
    }

    fn failing(name: &str) -> StepProgress {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/reports/{name}.json"));
        let report: Report = serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap();
        let mut progress = Progress::default();
        progress.note(&report);
        let mut steps = progress.steps.into_values();
        steps.find(|step| step.failing.is_some()).unwrap()
    }

    #[test]
    fn the_other_folder_that_was_graded_last_has_its_own_progress() {
        let mut progress = Progress::default();
        progress.steps.entry("stages".into()).or_default().score = 1;
        let score = |progress: &mut Progress, dir| {
            let steps = &mut progress.of(dir).steps;
            steps.entry("stages".into()).or_default().score
        };
        let [one, other] = ["/nowhere/a", "/nowhere/b"].map(|dir| Some(Path::new(dir)));
        let at = progress.of(one).steps.entry("stages".into()).or_default();
        at.score = 2;
        assert_eq!(score(&mut progress, None), 1);
        assert_eq!(score(&mut progress, one), 2);
        assert_eq!(score(&mut progress, other), 0);
        assert_eq!(score(&mut progress, one), 0, "only the last one is kept");
    }

    #[test]
    fn what_differs_first_is_kept_for_a_hint() {
        let at = failing("diagnosis");
        let example = at.example.unwrap();
        assert!(
            example.contains("expected MEDIUM_RISK, yours HIGH_RISK"),
            "{example}"
        );
        assert!(at.look.unwrap().contains("dbg!"));
    }

    #[test]
    fn where_nothing_was_compared_there_is_nothing_that_differs() {
        assert_eq!(failing("panic").example, None);
    }
}
