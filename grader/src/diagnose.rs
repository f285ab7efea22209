//! Recognises a known mistake by its record: which checks did not pass, and with which values.
//! For any other mistake, no name is better than a wrong name.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::check::Verdict;
use crate::child::TroubleKind;
use crate::evidence::{Difference, Evidence, Findings};
use crate::step::Step;

/// How similar the evidence of each check must be to the record: the share of all differences
/// that are on both sides.
const LEAST_ALIKE: f64 = 0.5;

/// How similar it must be on average over the checks. With a lower value, `dev unseen` counts
/// more wrong names.
const ALIKE_ON_AVERAGE: f64 = 2.0 / 3.0;

/// A misconception that was recognised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Diagnosis {
    pub id: String,
    pub name: String,
    /// From a question to the near answer.
    pub hints: [String; 3],
}

/// The misconception that these verdicts show, if there is one.
pub fn diagnose(step: &Step, verdicts: &[Verdict]) -> Option<Diagnosis> {
    let known = step.misconceptions.iter().filter_map(|misconception| {
        let gives = step.mistakes.get(&misconception.submission)?;
        Some((misconception, gives))
    });
    let known: Vec<_> = known.collect();
    let records: Vec<_> = known.iter().map(|(_, gives)| *gives).collect();
    let (only, _) = known[recognise(step, &findings(step, verdicts), &records)?];
    Some(Diagnosis {
        id: only.submission.clone(),
        name: only.name.clone(),
        hints: only.hints.clone(),
    })
}

/// The checks that did not pass, each with its evidence. Checks of generated inputs are left
/// out, because they depend on the seed.
pub fn findings(step: &Step, verdicts: &[Verdict]) -> Findings {
    let certain = verdicts.iter().filter(|v| !step.is_generated(&v.scenario));
    let found = certain.filter_map(|verdict| Some((verdict.id.clone(), Evidence::of(verdict)?)));
    found.collect()
}

/// The index of the record that the findings match. `None` if no record fits, or if several fit
/// equally well. If several records share no check and together explain all findings, it is the
/// first of them, because mistakes are corrected one after the other.
pub fn recognise(step: &Step, found: &Findings, records: &[&Findings]) -> Option<usize> {
    let seen = Case::of(step, found);
    let mut fitting = Vec::new();
    for (at, record) in records.iter().enumerate() {
        let record = Case::of(step, record);
        if let Some(alike) = seen.shows(&record) {
            fitting.push(Fitting { at, record, alike });
        }
    }
    let explains_all = |it: &&Fitting<'_>| it.record.explains_all(&seen);
    let alone: Vec<_> = fitting.iter().filter(explains_all).collect();
    match alone.as_slice() {
        [] => first_of_several(&seen, &fitting),
        alone => best(alone),
    }
}

/// A record that fits.
struct Fitting<'a> {
    at: usize,
    record: Case<'a>,
    /// How well it fits, from 0 to 1.
    alike: f64,
}

fn best(fitting: &[&Fitting<'_>]) -> Option<usize> {
    let most = fitting.iter().map(|it| it.alike).fold(0.0, f64::max);
    let mut best = fitting.iter().filter(|it| it.alike >= most);
    match (best.next(), best.next()) {
        (Some(only), None) => Some(only.at),
        _ => None,
    }
}

/// The first of these records, if each check that failed belongs to exactly one of them.
fn first_of_several(seen: &Case<'_>, fitting: &[Fitting<'_>]) -> Option<usize> {
    let mut checks: Vec<_> = fitting
        .iter()
        .flat_map(|it| it.record.fell.keys())
        .collect();
    let explained = checks.len();
    checks.sort_unstable();
    checks.dedup();
    let divided = explained == checks.len() && checks.len() == seen.fell.len();
    fitting.first().filter(|_| divided).map(|first| first.at)
}

/// The findings that show what is wrong.
struct Case<'a> {
    /// The checks that keep the step from passing.
    fell: BTreeMap<&'a str, &'a Evidence>,
    /// The checks that are blocked.
    blocked: BTreeSet<&'a str>,
    /// The bonus checks that were missed, if nothing else is wrong.
    missed: BTreeMap<&'a str, &'a Evidence>,
}

impl<'a> Case<'a> {
    /// Leaves out code that is not written yet: it shows nothing about the written code.
    fn of(step: &Step, found: &'a Findings) -> Self {
        let unwritten =
            |check: &str| found.get(check) == Some(&Evidence::Trouble(TroubleKind::Unwritten));
        let known = |check: &str| step.checks.iter().find(|known| known.id == check);
        let waits = |check: &str| {
            known(check).is_some_and(|check| check.needs.iter().any(|it| unwritten(it)))
        };
        let says = |(check, _): &(&'a String, &Evidence)| !unwritten(check) && !waits(check);
        let (blocked, shown): (Vec<_>, Vec<_>) = found
            .iter()
            .filter(says)
            .map(|(check, evidence)| (check.as_str(), evidence))
            .partition(|(_, evidence)| **evidence == Evidence::Blocked);
        let (missed, fell): (BTreeMap<_, _>, BTreeMap<_, _>) = shown
            .into_iter()
            .partition(|(check, _)| known(check).is_some_and(|check| check.bonus));
        let alone = fell.is_empty();
        Self {
            blocked: blocked.into_iter().map(|(check, _)| check).collect(),
            missed: missed.into_iter().filter(|_| alone).collect(),
            fell,
        }
    }

    /// How similar these findings are to all of a record; `None` if they are too different.
    fn shows(&self, record: &Case<'_>) -> Option<f64> {
        if !record.blocked.is_subset(&self.blocked) {
            return None;
        }
        let told = record.fell.iter().chain(&record.missed);
        let alike = told.map(|(check, recorded)| {
            let given = self.fell.get(check).or(self.missed.get(check));
            given.map_or(0.0, |given| alike(given, recorded))
        });
        let alike: Vec<_> = alike.collect();
        let average = alike.iter().sum::<f64>() / alike.len() as f64;
        let fits = alike.iter().all(|it| *it >= LEAST_ALIKE) && average >= ALIKE_ON_AVERAGE;
        fits.then_some(average)
    }

    /// Whether exactly the checks of this record failed.
    fn explains_all(&self, seen: &Case<'_>) -> bool {
        self.fell.keys().eq(seen.fell.keys())
    }
}

/// How similar the evidence of a check is to its record, from 0 to 1.
fn alike(given: &Evidence, recorded: &Evidence) -> f64 {
    match (given, recorded) {
        (
            Evidence::Differences { count, first },
            Evidence::Differences {
                count: once,
                first: known,
            },
        ) => {
            let is_known = |it: &&Difference| known.iter().any(|known| it.is_like(known));
            let common = first.iter().filter(is_known).count();
            let all = first.len() + known.len() - common;
            f64::min(
                share(common, all),
                share(*count.min(once), *count.max(once)),
            )
        }
        _ if given == recorded => 1.0,
        _ => 0.0,
    }
}

fn share(part: usize, all: usize) -> f64 {
    part as f64 / all as f64
}
