//! The steps of the course, as data: one folder each under `grader/steps/`.

mod misconception;
mod review;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::course::Course;
use crate::evidence::Findings;
use crate::problem::{self, Problem, Result};
use crate::scenario::Scenario;

pub use misconception::Misconception;
pub use review::Review;

/// The file in a step's folder with the results of known mistakes.
const MISTAKES: &str = "mistakes.json";

/// A step: what is judged, and for how many points.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// From the folder's name, `2-stages`: the position in the course …
    #[serde(skip)]
    pub number: usize,
    /// … and the name that the student types.
    #[serde(skip)]
    pub id: String,
    #[serde(skip)]
    pub dir: PathBuf,
    pub title: String,
    pub summary: String,
    /// The student's file, below `src/`.
    pub file: String,
    pub functions: Vec<String>,
    /// Steps whose code this one calls.
    #[serde(default)]
    pub depends: Vec<String>,
    #[serde(rename = "scenario")]
    pub scenarios: Vec<Scenario>,
    #[serde(rename = "check")]
    pub checks: Vec<Check>,
    /// From a separate file, `misconceptions.toml`.
    #[serde(skip)]
    pub misconceptions: Vec<Misconception>,
    /// The results of their submissions, as `dev accept` recorded them, by name.
    #[serde(skip)]
    pub mistakes: BTreeMap<String, Findings>,
}

/// The mistakes of a step that are recognised.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Misconceptions {
    #[serde(default, rename = "misconception")]
    all: Vec<Misconception>,
}

/// One named check: a facet of a scenario, compared with its snapshot.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    pub id: String,
    pub title: String,
    /// The function that it is about, as the step lists it; none if it is about all of them.
    pub function: Option<String>,
    /// 0 for a bonus.
    #[serde(default)]
    pub points: u32,
    /// More than the module asks for: shown, not needed to pass.
    #[serde(default)]
    pub bonus: bool,
    pub scenario: String,
    pub facet: String,
    /// The value that the facet must have. It is used where the reference does less than the
    /// check asks for, so a snapshot of the reference is not the right expectation.
    pub expected: Option<serde_json::Value>,
    /// Checks that must pass first: if one of them does not pass, this check is blocked.
    #[serde(default)]
    pub needs: Vec<String>,
    /// The rule, with its source.
    pub rule: String,
    pub hint: String,
}

impl Step {
    /// The module that the student writes: the file name without the extension.
    pub fn module(&self) -> &str {
        self.file.trim_end_matches(".rs")
    }

    pub fn points(&self) -> u32 {
        self.checks.iter().map(|check| check.points).sum()
    }

    /// The check of a verdict on this step.
    pub fn check(&self, id: &str) -> &Check {
        let check = self.checks.iter().find(|check| check.id == id);
        check.expect("verdicts are made from these checks")
    }

    /// The student's file before the student writes anything.
    pub fn stub(&self) -> PathBuf {
        self.dir.join("stub.rs")
    }

    /// The file with the results of known mistakes.
    pub fn mistakes(&self) -> PathBuf {
        self.dir.join(MISTAKES)
    }

    /// What `cargo grade review` says about this step; nothing for a new step.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn review(&self) -> Result<Review> {
        let file = self.dir.join("review.toml");
        match file.is_file() {
            true => parse(&file),
            false => Ok(Review::default()),
        }
    }

    /// The snapshot with the expected value of a facet of a scenario.
    pub fn expectation(&self, check: &Check) -> PathBuf {
        let name = format!("{}.{}.snap", check.scenario, check.facet);
        self.dir.join("expected").join(name)
    }

    /// The checks whose expectations are snapshots.
    pub fn with_snapshots(&self) -> impl Iterator<Item = &Check> {
        let checks = self.checks.iter();
        checks.filter(|check| check.expected.is_none() && !self.is_generated(&check.scenario))
    }

    /// The scenarios with generated inputs, which are compared with the reference.
    pub fn generated(&self) -> impl Iterator<Item = &Scenario> {
        self.scenarios.iter().filter(|s| s.script.is_generated())
    }

    /// Whether a scenario has generated inputs.
    pub fn is_generated(&self, scenario: &str) -> bool {
        self.generated().any(|generated| generated.id == scenario)
    }
}

/// The page of a step, below the top of the course.
pub fn page(number: usize, id: &str) -> String {
    format!("exercises/steps/{number}-{id}.md")
}

/// All steps in order.
pub fn load(course: &Course) -> Result<Vec<Step>> {
    let dir = course.steps();
    let entries = std::fs::read_dir(&dir).map_err(problem::io("cannot list", &dir))?;
    let mut steps = Vec::new();
    for entry in entries.flatten().filter(|entry| entry.path().is_dir()) {
        steps.push(load_one(entry.path())?);
    }
    steps.sort_by_key(|step| step.number);
    Ok(steps)
}

fn load_one(dir: PathBuf) -> Result<Step> {
    let name = dir.file_name().unwrap_or_default().to_string_lossy();
    let numbered = name
        .split_once('-')
        .and_then(|(number, id)| Some((number.parse().ok()?, id.to_owned())));
    let Some((number, id)) = numbered else {
        return Err(Problem::bug(format!(
            "the folder {} needs a name such as 2-stages",
            dir.display()
        )));
    };
    let file = dir.join("step.toml");
    let step: Step = parse(&file)?;
    facets_are_given(&file, &step)?;
    faults_can_strike(&file, &step)?;
    let misconceptions: Misconceptions = parse(&dir.join("misconceptions.toml"))?;
    let mistakes = recorded(&dir.join(MISTAKES))?;
    Ok(Step {
        number,
        id,
        dir,
        misconceptions: misconceptions.all,
        mistakes,
        ..step
    })
}

/// A new step has no records yet.
fn recorded(file: &Path) -> Result<BTreeMap<String, Findings>> {
    if !file.is_file() {
        return Ok(BTreeMap::new());
    }
    serde_json::from_str(&problem::read(file)?).map_err(|e| {
        Problem::course(
            format!("{}: {e}", file.display()),
            "Restore the file, or record it again: `cargo grade dev accept`.",
        )
    })
}

/// Each check uses a facet that its scenario gives.
fn facets_are_given(file: &Path, step: &Step) -> Result<()> {
    for check in &step.checks {
        let mut scenarios = step.scenarios.iter();
        // `dev check` reports a check that names no scenario.
        let Some(scenario) = scenarios.find(|it| it.id == check.scenario) else {
            continue;
        };
        let facets = scenario.script.facets();
        if !facets.contains(&check.facet.as_str()) {
            return Err(Problem::course(
                format!(
                    "{}: the check {} uses the facet {}, but the scenario {} does not give it",
                    file.display(),
                    check.id,
                    check.facet,
                    scenario.id
                ),
                format!("Use one of its facets: {}.", facets.join(", ")),
            ));
        }
    }
    Ok(())
}

/// Each fault can affect the operations that it names.
fn faults_can_strike(file: &Path, step: &Step) -> Result<()> {
    for scenario in &step.scenarios {
        for fault in &scenario.faults {
            let place = format!("{}: in the scenario {}", file.display(), scenario.id);
            fault
                .can_strike()
                .map_err(|why| Problem::course(format!("{place}, {why}"), NAME_ANOTHER))?;
        }
    }
    Ok(())
}

const NAME_ANOTHER: &str = "Use a name of an AWS operation, or choose a different fault.";

fn parse<T: DeserializeOwned>(file: &Path) -> Result<T> {
    let text = problem::read(file)?;
    toml::from_str(&text).map_err(|e| Problem::bug(format!("{}: {e}", file.display())))
}

/// The steps of this checkout.
#[cfg(test)]
pub fn of_checkout() -> Vec<Step> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let course = Course {
        root: root.to_owned(),
        target: root.join("target"),
    };
    load(&course).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: &str = r#"
        title = ""
        summary = ""
        file = "stages.rs"
        functions = []

        [[scenario]]
        id = "one"
        script = { filter_events = { events = "some" } }

        [[check]]
        id = "first"
        title = ""
        scenario = "one"
        facet = "kept"
        rule = ""
        hint = ""
    "#;

    fn tried(step: &str) -> Result<()> {
        facets_are_given(Path::new("step.toml"), &toml::from_str(step).unwrap())
    }

    #[test]
    fn a_facet_that_is_not_given_is_refused_with_those_that_are() {
        assert_eq!(tried(STEP), Ok(()));
        let problem = tried(&STEP.replace("kept", "left")).unwrap_err();
        let what =
            "step.toml: the check first uses the facet left, but the scenario one does not give it";
        assert_eq!(
            (problem.what.as_str(), problem.next.as_str()),
            (what, "Use one of its facets: kept.")
        );
    }
}
