//! Step 6: the results of the patterns for generated batches.

use std::time::{Duration, Instant};

use crate::pattern::Pattern;

use super::shrink::{fewest, first_to_part};
use super::{Answers, Both, End, SHRINK_WITHIN};
use crate::generate::{Generator, patterns as drawn};
use crate::scenario::patterns::{label as in_short, view};
use crate::scenario::{Context, Facets};

/// The number of batches for each pattern.
const ROUNDS: usize = 10;

generated!(GeneratedPatterns);

/// For each pattern, the smallest batch for which it differs from the reference.
async fn compare(context: &mut Context<'_>) -> Result<Facets, End> {
    let mut generator = Generator::new(context.seed, "patterns");
    let mut both = Both::open(context)?;
    let (mut parted, mut records) = (Vec::new(), 0);
    for draw in drawn::ALL {
        for _ in 0..ROUNDS {
            let pattern = draw(&mut generator);
            let answers = ask(&mut both, &pattern).await?;
            if answers.agree() {
                continue;
            }
            let (pattern, answers) = smallest(
                pattern,
                answers,
                SHRINK_WITHIN,
                async |smaller: &Pattern| ask(&mut both, smaller).await,
            )
            .await?;
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

/// Leaves out records while the answers differ: first one record at a time, then tries every
/// smaller batch of the rest, the smallest first.
async fn smallest(
    pattern: Pattern,
    answers: Answers,
    within: Duration,
    mut ask: impl AsyncFnMut(&Pattern) -> Result<Answers, End>,
) -> Result<(Pattern, Answers), End> {
    let since = Instant::now();
    let all = (0..drawn::len(&pattern)).collect();
    let (kept, answers) = fewest(all, answers, 1, within, async |kept: &[usize]| {
        ask(&drawn::only(&pattern, kept)).await
    })
    .await?;
    let pattern = drawn::only(&pattern, &kept);
    let left = within.saturating_sub(since.elapsed());
    let smaller = first_to_part(drawn::smaller(&pattern), left, ask).await?;
    Ok(smaller.unwrap_or((pattern, answers)))
}

/// The function and its input, in short.
fn label(pattern: &Pattern) -> String {
    let call = pattern.call();
    let function = call.name();
    match drawn::len(pattern) {
        0 => format!("{function}, no records"),
        _ => format!("{function}, {}", in_short(pattern)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::shrink::tests::{EVER, answers, are_among, at_random, finished};
    use super::*;

    fn shrunk(pattern: &Pattern, parts: impl Fn(&Pattern) -> bool) -> (Pattern, Answers) {
        let of = |pattern: &Pattern| json!(drawn::describe(pattern));
        let whole = answers(of(pattern), true);
        finished(smallest(
            pattern.clone(),
            whole,
            EVER,
            async |smaller: &Pattern| Ok(answers(of(smaller), parts(smaller))),
        ))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn of_a_batch_nothing_more_can_be_left_out(
            seed: u64,
            draw in 0..drawn::ALL.len(),
            salt: u64,
        ) {
            let pattern = drawn::ALL[draw](&mut Generator::new(seed, "test"));
            let parts = |few: &Pattern| *few == pattern || at_random(salt, &drawn::describe(few));
            let (few, answers) = shrunk(&pattern, parts);
            prop_assert!(parts(&few) && !answers.agree());
            prop_assert_eq!(answers.yours, json!(drawn::describe(&few)));
            prop_assert!(!drawn::smaller(&few).iter().any(parts));
        }

        #[test]
        fn of_a_batch_the_culprits_are_left(seed: u64, culprits in prop::bits::u8::ANY) {
            let Pattern::Split(events) = drawn::ALL[1](&mut Generator::new(seed, "test")) else {
                unreachable!("the second pattern splits");
            };
            let is_culprit = |at: usize| at < 8 && culprits >> at & 1 == 1;
            let culprits: Vec<_> = (0..events.len()).filter(|at| is_culprit(*at)).collect();
            let culprits = drawn::only(&Pattern::Split(events.clone()), &culprits);
            let Pattern::Split(expected) = &culprits else { unreachable!() };
            let (few, _) = shrunk(&Pattern::Split(events), |few| {
                matches!(few, Pattern::Split(few) if are_among(expected, few))
            });
            prop_assert_eq!(few, culprits);
        }
    }
}
