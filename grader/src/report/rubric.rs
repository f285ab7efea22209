//! A rubric: how an instructor turns a result into a grade. It changes no verdict, so nothing is
//! graded again when a rubric changes.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{CheckReport, Report, StepReport};
use crate::problem::{Problem, Result, closest, read};
use crate::step::Step;

/// The file, as an instructor writes it. All points are points of the grade.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Rubric {
    /// The most points of a grade.
    #[serde(skip_serializing_if = "Option::is_none")]
    cap: Option<f64>,
    /// The points for each bonus check that was earned.
    #[serde(default)]
    bonus: f64,
    /// The points of a step, by its name. 0 leaves it out. Other steps keep their points.
    #[serde(default)]
    steps: BTreeMap<String, f64>,
    /// The points of a check, as `step.check`. Other checks keep their points.
    #[serde(default)]
    checks: BTreeMap<String, f64>,
}

/// A grade by a rubric.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Grade {
    pub points: f64,
    /// The points of a submission that passes everything, without bonus.
    pub max_points: f64,
    /// The points of each step, before the cap.
    pub steps: Vec<StepGrade>,
    /// The rules.
    pub rubric: Rubric,
}

/// The part of a grade that is for one step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct StepGrade {
    pub id: String,
    pub points: f64,
    pub max_points: f64,
}

impl Rubric {
    /// Reads a rubric for a course with these steps.
    ///
    /// # Errors
    ///
    /// The file cannot be read, is not a rubric, or names a step or a check that does not exist.
    pub fn read(file: &Path, steps: &[Step]) -> Result<Self> {
        let wrong = |what: String| Problem::in_file(file, &what, "Rubric");
        let rubric: Self = toml::from_str(&read(file)?).map_err(|e| wrong(e.to_string()))?;
        rubric.check(steps).map_err(wrong)?;
        Ok(rubric)
    }

    /// What a student needs to know of the rules.
    pub fn in_words(&self) -> String {
        let bonus = (self.bonus > 0.0).then(|| {
            let bonus = self.bonus;
            format!(" Each bonus check that was earned gives {bonus} more.")
        });
        let cap = self
            .cap
            .map(|cap| format!(" A grade has at most {cap} points."));
        format!(
            "The instructor's rules give the points in the column Grade.{}{}",
            bonus.unwrap_or_default(),
            cap.unwrap_or_default()
        )
    }

    fn check(&self, steps: &[Step]) -> Result<(), String> {
        let ids = steps.iter().map(|step| step.id.clone());
        known("[steps]", "step", self.steps.keys(), ids)?;
        let checks = steps.iter().flat_map(|step| {
            let checks = step.checks.iter();
            checks.map(move |check| format!("{}.{}", step.id, check.id))
        });
        known("[checks]", "check", self.checks.keys(), checks)?;
        let named = self.steps.iter().chain(&self.checks);
        let named = named.map(|(name, points)| (name.as_str(), *points));
        let cap = self.cap.map(|cap| ("cap", cap));
        let mut all = named.chain([("bonus", self.bonus)]).chain(cap);
        match all.find(|(_, points)| !(points.is_finite() && *points >= 0.0)) {
            Some((name, points)) => Err(format!("`{name}` has {points} points: give 0 or more")),
            None => Ok(()),
        }
    }

    /// The grade of a report; `None` if there is no verdict.
    pub fn grade(&self, report: &Report) -> Option<Grade> {
        report.score?;
        let steps: Vec<_> = report.steps.iter().map(|step| self.of_step(step)).collect();
        let sum = |of: fn(&StepGrade) -> f64| {
            let sum: f64 = steps.iter().map(of).sum();
            cents(sum.min(self.cap.unwrap_or(f64::MAX)))
        };
        Some(Grade {
            points: sum(|step| step.points),
            max_points: sum(|step| step.max_points),
            steps: steps.iter().map(StepGrade::rounded).collect(),
            rubric: self.clone(),
        })
    }

    fn of_step(&self, step: &StepReport) -> StepGrade {
        let (bonus, required): (Vec<_>, Vec<_>) = step.checks.iter().partition(|it| it.bonus);
        let points = |check: &CheckReport| {
            let named = self.checks.get(&format!("{}.{}", step.id, check.id));
            named.copied().unwrap_or(match check.bonus {
                true => self.bonus,
                false => f64::from(check.max_score),
            })
        };
        let earned = |checks: &[&CheckReport]| -> f64 {
            let passed = checks.iter().filter(|check| check.passed());
            passed.map(|check| points(check)).sum()
        };
        let of: f64 = required.iter().map(|check| points(check)).sum();
        let scale = match self.steps.get(&step.id) {
            Some(points) if of > 0.0 => points / of,
            _ => 1.0,
        };
        StepGrade {
            id: step.id.clone(),
            points: earned(&required) * scale + earned(&bonus),
            max_points: of * scale,
        }
    }
}

/// # Errors
///
/// A name of this table is not one of `all`.
fn known<'a>(
    table: &str,
    kind: &str,
    mut names: impl Iterator<Item = &'a String>,
    all: impl Iterator<Item = String>,
) -> Result<(), String> {
    let all: Vec<_> = all.collect();
    let Some(name) = names.find(|name| !all.contains(name)) else {
        return Ok(());
    };
    let meant = closest(name, all).map(|known| format!(": did you mean `{known}`?"));
    let meant = meant.unwrap_or_default();
    Err(format!(
        "{table} names `{name}`, which is not a {kind}{meant}"
    ))
}

impl Grade {
    pub fn in_words(&self) -> String {
        format!("{} of {}", self.points, self.max_points)
    }

    pub fn step(&self, id: &str) -> Option<&StepGrade> {
        self.steps.iter().find(|step| step.id == id)
    }
}

impl StepGrade {
    pub fn in_words(&self) -> String {
        format!("{} of {}", self.points, self.max_points)
    }

    fn rounded(&self) -> Self {
        Self {
            id: self.id.clone(),
            points: cents(self.points),
            max_points: cents(self.max_points),
        }
    }
}

/// To two decimals, and never the -0 that is the sum of no points.
fn cents(points: f64) -> f64 {
    (points * 100.0).round() / 100.0 + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::saved;
    use crate::step;

    fn rubric(text: &str) -> Rubric {
        toml::from_str(text).unwrap()
    }

    /// The points of the report `diagnosis`, and the points possible.
    fn grade(text: &str) -> (f64, f64) {
        let rubric = rubric(text);
        rubric.check(&step::of_checkout()).unwrap();
        let grade = rubric.grade(&saved("diagnosis")).unwrap();
        assert_eq!(grade.rubric, rubric);
        (grade.points, grade.max_points)
    }

    #[test]
    fn without_rules_the_grade_is_the_score() {
        assert_eq!(grade(""), (19.0, 25.0));
    }

    #[test]
    fn points_of_steps_and_checks_and_a_cap() {
        assert_eq!(grade("[steps]\nstages = 12.5"), (9.5, 12.5));
        assert_eq!(grade("[steps]\nstages = 0"), (0.0, 0.0));
        // This submission fails this check, which has 2 points.
        let check = "[checks]\n\"stages.classify_high\" = 7";
        assert_eq!(grade(check), (19.0, 30.0));
        assert_eq!(grade("cap = 10"), (10.0, 10.0));
    }

    #[test]
    fn a_grade_says_how_it_was_made() {
        let grade = rubric("cap = 10\n[steps]\nstages = 12.5").grade(&saved("diagnosis"));
        let step = StepGrade {
            id: "stages".into(),
            points: 9.5,
            max_points: 12.5,
        };
        assert_eq!(grade.unwrap().step("stages"), Some(&step));
    }

    #[test]
    fn a_rubric_names_what_exists() {
        let fault = |text: &str| {
            let fault = rubric(text).check(&step::of_checkout());
            fault.unwrap_err()
        };
        let step = "[steps] names `stage`, which is not a step: did you mean `stages`?";
        assert_eq!(fault("[steps]\nstage = 1"), step);
        let check = "[checks] names `none`, which is not a check";
        assert_eq!(fault("[checks]\nnone = 1"), check);
        assert!(fault("[steps]\nstages = -1").contains("-1 points"));
        assert!(fault("bonus = nan").contains("`bonus`"));
        assert!(toml::from_str::<Rubric>("caps = 1").is_err());
    }

    #[test]
    fn no_points_are_zero() {
        let grade = Rubric::default().grade(&saved("todo")).unwrap();
        assert_eq!(grade.in_words(), "0 of 32");
        assert_eq!(grade.steps[0].in_words(), "0 of 25");
    }

    #[test]
    fn without_a_verdict_there_is_no_grade() {
        let report = saved("could_not_grade");
        assert_eq!(Rubric::default().grade(&report), None);
    }
}
