//! A rubric: how an instructor turns results into a grade. It changes no verdict, so a class is
//! not graded again when its rubric changes.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::row::{CheckOfRow, Row, StepOfRow};
use crate::problem::{Problem, Result, read};
use crate::step::Step;

/// The file, as an instructor writes it. All points are points of the grade.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rubric {
    /// The most points of a grade.
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

/// A grade, and the points of a submission that passes everything, without bonus.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grade {
    pub points: f64,
    pub of: f64,
}

impl Rubric {
    /// Reads a rubric for these steps.
    ///
    /// # Errors
    ///
    /// The file cannot be read, is not a rubric, or names a step or a check that does not exist.
    pub fn read(file: &Path, steps: &[Step]) -> Result<Self> {
        let wrong = |what: String| {
            Problem::usage(
                format!("{}: {what}", file.display()),
                "See \"Rubric\" in INSTRUCTORS.md.",
            )
        };
        let rubric: Self = toml::from_str(&read(file)?).map_err(|e| wrong(e.to_string()))?;
        rubric.check(steps).map_err(wrong)?;
        Ok(rubric)
    }

    fn check(&self, steps: &[Step]) -> Result<(), String> {
        let step = |id: &str| steps.iter().find(|step| step.id == id);
        if let Some(name) = self.steps.keys().find(|name| step(name).is_none()) {
            return Err(format!(
                "[steps] names `{name}`, which is not a graded step"
            ));
        }
        for name in self.checks.keys() {
            let known = name.split_once('.').and_then(|(of, check)| {
                let checks = &step(of)?.checks;
                checks.iter().find(|it| it.id == check)
            });
            if known.is_none() {
                return Err(format!(
                    "[checks] names `{name}`, which is not a graded check"
                ));
            }
        }
        let named = self.steps.iter().chain(&self.checks);
        let named = named.map(|(name, points)| (name.as_str(), *points));
        let cap = self.cap.map(|cap| ("cap", cap));
        let mut all = named.chain([("bonus", self.bonus)]).chain(cap);
        match all.find(|(_, points)| !(points.is_finite() && *points >= 0.0)) {
            Some((name, points)) => Err(format!("`{name}` has {points} points: give 0 or more")),
            None => Ok(()),
        }
    }

    /// The grade of a submission; `None` if it could not be graded.
    pub fn grade(&self, row: &Row) -> Option<Grade> {
        row.score?;
        let steps = row.steps.iter().map(|step| self.of_step(step));
        let whole = steps.fold(
            Grade {
                points: 0.0,
                of: 0.0,
            },
            Grade::plus,
        );
        let most = self.cap.unwrap_or(f64::MAX);
        Some(Grade {
            points: cents(whole.points.min(most)),
            of: cents(whole.of.min(most)),
        })
    }

    fn of_step(&self, step: &StepOfRow) -> Grade {
        let (bonus, required): (Vec<_>, Vec<_>) = step.checks.iter().partition(|it| it.bonus);
        let points = |check: &CheckOfRow| {
            let named = self
                .checks
                .get(&format!("{}.{}", step.id, check.id))
                .copied();
            match check.bonus {
                true => named.unwrap_or(self.bonus),
                false => named.unwrap_or(f64::from(check.max_score)),
            }
        };
        let sum = |checks: &[&CheckOfRow], passed: bool| -> f64 {
            let counted = checks
                .iter()
                .filter(|check| !passed || check.state.is_passed());
            counted.map(|check| points(check)).sum()
        };
        let (earned, of) = (sum(&required, true), sum(&required, false));
        let scale = match self.steps.get(&step.id) {
            Some(points) if of > 0.0 => points / of,
            _ => 1.0,
        };
        Grade {
            points: earned * scale + sum(&bonus, true),
            of: of * scale,
        }
    }
}

impl Grade {
    fn plus(self, other: Self) -> Self {
        Self {
            points: self.points + other.points,
            of: self.of + other.of,
        }
    }
}

/// To two decimals.
fn cents(points: f64) -> f64 {
    (points * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::saved;

    fn row() -> Row {
        Row::new("ann", &saved("diagnosis"))
    }

    fn steps() -> Vec<Step> {
        crate::class::tests::steps()
    }

    fn grade(rubric: &str) -> Grade {
        let rubric: Rubric = toml::from_str(rubric).unwrap();
        rubric.check(&steps()).unwrap();
        rubric.grade(&row()).unwrap()
    }

    #[test]
    fn without_rules_the_grade_is_the_score() {
        let row = row();
        let score = row.score.map(f64::from).unwrap();
        assert_eq!(
            grade(""),
            Grade {
                points: score,
                of: 25.0
            }
        );
    }

    #[test]
    fn points_of_steps_and_checks_and_a_cap() {
        let plain = grade("");
        let half = grade("[steps]\nstages = 12.5");
        assert_eq!((half.points, half.of), (plain.points / 2.0, 12.5));
        assert_eq!(
            grade("[steps]\nstages = 0"),
            Grade {
                points: 0.0,
                of: 0.0
            }
        );
        // This submission fails this check, which has 2 points.
        let more = grade("[checks]\n\"stages.classify_high\" = 7");
        assert_eq!((more.points, more.of), (plain.points, 30.0));
        assert_eq!(
            grade("cap = 10"),
            Grade {
                points: 10.0,
                of: 10.0
            }
        );
    }

    #[test]
    fn a_rubric_names_what_exists() {
        let fault = |text: &str| {
            let rubric: Rubric = toml::from_str(text).unwrap();
            rubric.check(&steps()).unwrap_err()
        };
        assert!(fault("[steps]\nstage = 1").contains("`stage`"));
        assert!(fault("[checks]\n\"stages.none\" = 1").contains("`stages.none`"));
        assert!(fault("[steps]\nstages = -1").contains("-1 points"));
        assert!(fault("bonus = nan").contains("`bonus`"));
        assert!(toml::from_str::<Rubric>("caps = 1").is_err());
    }

    #[test]
    fn without_a_verdict_there_is_no_grade() {
        assert_eq!(Rubric::default().grade(&Row::missing("ann")), None);
    }
}
