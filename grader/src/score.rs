//! The points for the verdicts of a step.

use crate::check::Verdict;
use crate::step::Step;

/// Points earned, and points possible.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Points {
    pub earned: u32,
    pub of: u32,
}

/// The points of a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Score {
    /// Whether every required check passed.
    pub passed: bool,
    /// In the order of the verdicts.
    pub checks: Vec<Points>,
}

impl Score {
    pub fn total(&self) -> Points {
        Points {
            earned: self.checks.iter().map(|points| points.earned).sum(),
            of: self.checks.iter().map(|points| points.of).sum(),
        }
    }
}

/// A check gives all of its points or none.
pub fn score(step: &Step, verdicts: &[Verdict]) -> Score {
    let points = |verdict: &Verdict| {
        let of = step.check(&verdict.id).points;
        let earned = if verdict.passed() { of } else { 0 };
        Points { earned, of }
    };
    Score {
        passed: !verdicts.iter().any(Verdict::fell),
        checks: verdicts.iter().map(points).collect(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::check::{Status, judge};
    use crate::scenario::Observation;

    const STEP: &str = r#"
        title = "A step"
        summary = "Of two checks and a bonus."
        file = "step.rs"
        functions = []
        [[scenario]]
        id = "one"
        script = "generated_stages"
        [[check]]
        id = "first"
        title = "first"
        points = 2
        scenario = "one"
        facet = "first"
        expected = 1
        rule = ""
        hint = ""
        [[check]]
        id = "second"
        title = "second"
        points = 3
        scenario = "one"
        facet = "second"
        expected = 1
        rule = ""
        hint = ""
        [[check]]
        id = "more"
        title = "more"
        bonus = true
        scenario = "one"
        facet = "more"
        expected = 1
        rule = ""
        hint = ""
    "#;

    /// The score of a submission that gives these values, and the status of the bonus.
    fn scored(first: u32, second: u32, more: u32) -> (Score, Status) {
        let step: Step = toml::from_str(STEP).unwrap();
        let facets = [("first", first), ("second", second), ("more", more)];
        let observation = Observation {
            facets: facets.map(|(facet, value)| (facet, json!(value))).into(),
            ..Observation::default()
        };
        let seen = BTreeMap::from([("one".to_owned(), observation)]);
        let verdicts = judge(&step, &seen).unwrap();
        (score(&step, &verdicts), verdicts[2].status)
    }

    fn points(earned: u32, of: u32) -> Points {
        Points { earned, of }
    }

    #[test]
    fn a_check_gives_all_of_its_points_or_none() {
        let (score, _) = scored(1, 0, 1);
        assert_eq!(score.checks, [points(2, 2), points(0, 3), points(0, 0)]);
        assert_eq!(score.total(), points(2, 5));
        assert!(!score.passed);
    }

    #[test]
    fn a_bonus_is_earned_or_missed_and_costs_nothing() {
        let (earned, status) = scored(1, 1, 1);
        assert_eq!((earned.total(), status), (points(5, 5), Status::Passed));
        let (missed, status) = scored(1, 1, 0);
        assert_eq!((missed.total(), status), (points(5, 5), Status::Missed));
        assert!(earned.passed && missed.passed);
    }
}
