//! Step 6: what the patterns make of generated batches.

use std::time::Instant;

use crate::pattern::Pattern;

use super::{Act, Answers, Both, End, SHRINK_WITHIN, act};
use crate::generate::{Generator, patterns as drawn};
use crate::observe::patterns::view;
use crate::observe::{Scene, Seen};

/// How many batches there are for each pattern.
const ROUNDS: usize = 10;

pub async fn patterns(scene: &mut Scene<'_>) -> Act {
    act(compare(scene).await)
}

/// For each pattern the smallest batch on which it parts from the reference.
async fn compare(scene: &mut Scene<'_>) -> Result<Seen, End> {
    let mut generator = Generator::new(scene.seed, "patterns");
    let mut both = Both::open(scene)?;
    let (mut parted, mut records) = (Vec::new(), 0);
    for draw in drawn::ALL {
        for _ in 0..ROUNDS {
            let pattern = draw(&mut generator);
            let answers = ask(&mut both, &pattern).await?;
            if answers.agree() {
                continue;
            }
            let (pattern, answers) = smallest(&mut both, pattern, answers).await?;
            records = records.max(drawn::len(&pattern));
            parted.push((label(&pattern), answers));
            break;
        }
    }
    Ok(Answers::facet(parted, records))
}

async fn ask(both: &mut Both<'_, '_>, pattern: &Pattern) -> Result<Answers, End> {
    let call = pattern.call();
    both.ask(&call, |value| Ok(view(pattern, value))).await
}

/// Leaves out whatever can be left out while the answers part: record by record first,
/// then, of the few that are left, as many at once as can be.
async fn smallest(
    both: &mut Both<'_, '_>,
    mut pattern: Pattern,
    mut answers: Answers,
) -> Result<(Pattern, Answers), End> {
    let since = Instant::now();
    let mut at = 0;
    while at < drawn::len(&pattern) && since.elapsed() < SHRINK_WITHIN {
        let smaller = drawn::without(&pattern, at);
        let again = ask(both, &smaller).await?;
        if again.agree() {
            at += 1;
        } else {
            (pattern, answers) = (smaller, again);
        }
    }
    for few in drawn::smaller(&pattern) {
        if since.elapsed() >= SHRINK_WITHIN {
            break;
        }
        let again = ask(both, &few).await?;
        if !again.agree() {
            return Ok((few, again));
        }
    }
    Ok((pattern, answers))
}

/// The call as it would be written, in short.
fn label(pattern: &Pattern) -> String {
    let call = pattern.call();
    let function = call.name();
    match drawn::len(pattern) {
        0 => format!("{function}, of nothing"),
        _ => format!("{function}, {}", drawn::describe(pattern)),
    }
}
