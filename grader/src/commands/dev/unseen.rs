//! `cargo grade dev unseen`: the names that mistakes get if they are left out of the records. A
//! wrong name is worse than no name.

use std::collections::BTreeMap;

use futures::stream::{self, StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};

use super::mistakes::{AT_ONCE, Recorder};
use crate::commands::{self, output};
use crate::course::Course;
use crate::diagnose::recognise;
use crate::engine::Session;
use crate::evidence::Findings;
use crate::problem::{Problem, Result, exit, read};
use crate::step::{self, Step};

/// The file with names that fit mistakes which are not separate misconceptions.
const FITTING: &str = "names.toml";

/// A name that fits a mistake.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fitting {
    name: String,
    /// Why it is the same mistake in other words.
    #[expect(dead_code, reason = "for people who read the file")]
    why: String,
}

/// The results for all mistakes, each left out of the records in turn.
#[derive(Default, Serialize)]
struct Names {
    /// How many got no name.
    none: usize,
    /// How many got a name that fits.
    fitting: usize,
    /// How many got a name that does not.
    wrong: usize,
    /// The names that were given. The keys are the mistakes.
    given: BTreeMap<String, String>,
    /// The given names that do not fit.
    wrong_names: BTreeMap<String, String>,
    /// The mistakes that got no name, although a name fits.
    missed: BTreeMap<String, String>,
}

pub async fn run() -> Result<u8> {
    let course = Course::find()?;
    let session = commands::embedded_session(&course, &step::load(&course)?).await?;
    let names = session.unless_cancelled(names(&session)).await;
    session.close().await?;
    let names = names?;
    let text = serde_json::to_string_pretty(&names).expect("names are JSON");
    output::line(text)?;
    Ok(match names.wrong {
        0 => exit::PASSED,
        _ => exit::FELL_SHORT,
    })
}

async fn names(session: &Session) -> Result<Names> {
    let steps = &session.steps;
    let fitting = fitting(&session.course)?;
    let mut names = Names::default();
    for step in steps {
        for (name, found) in &step.mistakes {
            names.add(name, found, step, fitting.get(name));
        }
    }
    let recorder = Recorder::new(session)?;
    let known = |name: &str| steps.iter().any(|step| step.mistakes.contains_key(name));
    let recorder = &recorder;
    let others = recorder.names().filter(|name| !known(name));
    let found = others.map(|name| async move {
        let changed = recorder.changed(name, steps);
        let found = recorder.findings(name, &changed).await?;
        Ok::<_, Problem>((name, changed, found))
    });
    let mut found = stream::iter(found).buffer_unordered(AT_ONCE);
    while let Some((name, steps, found)) = found.try_next().await? {
        for (step, found) in steps.iter().zip(&found) {
            names.add(name, found, step, fitting.get(name));
        }
    }
    Ok(names)
}

fn fitting(course: &Course) -> Result<BTreeMap<String, Fitting>> {
    let file = course.fixtures().join(FITTING);
    toml::from_str(&read(&file)?)
        .map_err(|e| Problem::bug(format!("{}: {e}", course.display(&file))))
}

impl Names {
    /// Adds the name that a mistake gets if the records do not contain it.
    fn add(&mut self, mistake: &str, found: &Findings, step: &Step, fits: Option<&Fitting>) {
        let others = step.mistakes.iter().filter(|(name, _)| *name != mistake);
        let (others, records): (Vec<_>, Vec<_>) = others.unzip();
        let Some(at) = recognise(step, found, &records) else {
            self.none += 1;
            if let Some(fitting) = fits {
                self.missed.insert(mistake.into(), fitting.name.clone());
            }
            return;
        };
        let given = others[at];
        // Mistakes with the same findings cannot be distinguished.
        if records[at] == found || fits.is_some_and(|fitting| fitting.name == *given) {
            self.fitting += 1;
        } else {
            self.wrong += 1;
            self.wrong_names.insert(mistake.into(), given.clone());
        }
        self.given.insert(mistake.into(), given.clone());
    }
}
