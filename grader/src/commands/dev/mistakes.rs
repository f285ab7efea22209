//! The results of known mistakes, from their submissions.

use std::collections::{BTreeMap, BTreeSet};

use futures::stream::{self, StreamExt, TryStreamExt};
use serde::Serialize;

use super::wrong::{self, Wrong};
use crate::check;
use crate::diagnose::findings;
use crate::engine::Session;
use crate::evidence::{Evidence, Findings, steady, with_marks_of};
use crate::problem::{Problem, Result};
use crate::scenario::Observer;
use crate::step::Step;
use crate::submission::Submission;

/// One submission is built while another runs.
pub const AT_ONCE: usize = 2;

/// Sometimes a race gives the right result, so a pair of runs that differ is run again.
const TRIES: usize = 3;

/// Runs wrong submissions, without generated inputs.
pub struct Recorder<'a> {
    session: &'a Session,
    solutions: Submission,
    wrong: BTreeMap<String, Wrong>,
}

impl<'a> Recorder<'a> {
    pub fn new(session: &'a Session) -> Result<Self> {
        let course = &session.course;
        let all = wrong::all(course)?.into_iter();
        let wrong = all.map(|(name, wrong)| Ok((name, wrong.map_err(Problem::bug)?)));
        Ok(Self {
            session,
            solutions: Submission::read(course, &course.solutions())?,
            wrong: wrong.collect::<Result<_>>()?,
        })
    }

    /// The findings of the mistakes of a step, by their names.
    pub async fn mistakes(&self, step: &Step) -> Result<BTreeMap<String, Findings>> {
        let known = step.misconceptions.iter().map(|known| &known.submission);
        let recorded = known.map(|name| async move {
            let found = self.findings(name, &[step]).await?.swap_remove(0);
            let found = certain(step, found);
            let found = match step.mistakes.get(name) {
                Some(earlier) => with_marks_of(found, earlier),
                None => found,
            };
            Ok((name.clone(), found))
        });
        let recorded = stream::iter(recorded).buffer_unordered(AT_ONCE);
        recorded.try_collect().await
    }

    /// The names of the wrong submissions.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.wrong.keys().map(String::as_str)
    }

    /// The steps whose files a wrong submission changes.
    pub fn changed<'s>(&self, name: &str, steps: &'s [Step]) -> Vec<&'s Step> {
        self.wrong[name].changed(steps)
    }

    /// The findings of a wrong submission in each of these steps. It runs twice, which shows
    /// the values that vary.
    pub async fn findings(&self, name: &str, steps: &[&Step]) -> Result<Vec<Findings>> {
        let broken = |why: &str| Problem::bug(format!("the wrong submission {name} {why}"));
        let wrong = self
            .wrong
            .get(name)
            .ok_or_else(|| broken("does not exist"))?;
        let submission = wrong.of(&self.solutions);
        let mut submission = submission.map_err(|faults| broken(&faults.join(", ")))?;
        submission.shown_as = name.to_owned();
        let built = self.session.build(&submission).await?;
        let program = built.map_err(|_| broken("does not compile"))?;
        let observer = self.session.observer(&program, None, None).await?;
        let mut found = Vec::new();
        for step in steps {
            found.push(self.steady(&observer, &submission, step).await?);
        }
        Ok(found)
    }

    /// What two runs have in common. They may differ in values, but not in more.
    async fn steady(
        &self,
        observer: &Observer<'_>,
        submission: &Submission,
        step: &Step,
    ) -> Result<Findings> {
        let mut differ = Vec::new();
        for _ in 0..TRIES {
            let (once, again) = futures::try_join!(
                self.once(observer, submission, step),
                self.once(observer, submission, step),
            )?;
            differ = differing(&once, &again);
            if let Some(steady) = steady(once, &again) {
                return Ok(steady);
            }
        }
        let (name, checks) = (&submission.shown_as, differ.join(", "));
        Err(Problem::bug(format!(
            "the wrong submission {name} fails differently in each run, in {checks}"
        )))
    }

    async fn once(
        &self,
        observer: &Observer<'_>,
        submission: &Submission,
        step: &Step,
    ) -> Result<Findings> {
        let certain = step.scenarios.iter().filter(|s| !s.script.is_generated());
        let seen = observer.observe(submission, certain).await?;
        Ok(findings(step, &check::judge(step, &seen)?))
    }
}

/// The checks with different findings in two runs.
fn differing(once: &Findings, again: &Findings) -> Vec<String> {
    let all: BTreeSet<_> = once.keys().chain(again.keys()).collect();
    let differ = all.into_iter().filter(|id| once.get(*id) != again.get(*id));
    differ.cloned().collect()
}

/// Leaves out a missed bonus if anything else failed.
fn certain(step: &Step, mut found: Findings) -> Findings {
    let is_bonus = |check: &str| step.check(check).bonus;
    let fell = |(check, evidence): (&String, &Evidence)| {
        *evidence != Evidence::Blocked && !is_bonus(check)
    };
    if found.iter().any(fell) {
        found.retain(|check, _| !is_bonus(check));
    }
    found
}

/// The records of a step as text: a line for each difference.
pub fn as_text(mistakes: &BTreeMap<String, Findings>) -> String {
    let names = mistakes.iter().map(|(name, found)| {
        let checks = found.iter().map(|(check, evidence)| {
            let evidence = evidence_as_text(evidence);
            format!("    {}: {evidence}", json(check))
        });
        let checks = checks.collect::<Vec<_>>().join(",\n");
        format!("  {}: {{\n{checks}\n  }}", json(name))
    });
    format!("{{\n{}\n}}\n", names.collect::<Vec<_>>().join(",\n"))
}

fn evidence_as_text(evidence: &Evidence) -> String {
    let Evidence::Differences { count, first } = evidence else {
        return json(evidence);
    };
    let first = first.iter().map(|one| format!("      {}", json(one)));
    let first = first.collect::<Vec<_>>().join(",\n");
    format!("{{ \"differences\": {{ \"count\": {count}, \"first\": [\n{first}\n    ] }} }}")
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("a record is JSON")
}
