//! Tests of the search. A property decides whether the answers to an input differ.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, Hash};

use futures::executor::block_on;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

use super::*;

/// A time limit that no search reaches.
pub const EVER: Duration = Duration::MAX;

/// Answers to an input, which contain the input. They differ if `part` is true.
pub fn answers(input: Value, part: bool) -> Answers {
    let expected = match part {
        true => json!({ "not": input }),
        false => input.clone(),
    };
    Answers {
        yours: input,
        expected,
    }
}

/// Whether the answers to an input differ. The result is random, but it depends only on the input
/// and the salt.
pub fn at_random(salt: u64, input: &impl Hash) -> bool {
    let hasher = std::hash::BuildHasherDefault::<std::hash::DefaultHasher>::default();
    hasher.hash_one((salt, input)).is_multiple_of(4)
}

pub fn finished<T>(search: impl Future<Output = Result<T, End>>) -> T {
    block_on(search).unwrap_or_else(|_| panic!("a search never ends with an error here"))
}

/// Whether these records are in a list, in this order.
pub fn are_among<T: PartialEq>(few: &[T], all: &[T]) -> bool {
    let mut all = all.iter();
    few.iter().all(|record| all.any(|other| other == record))
}

/// The rest of the records after a search, with its answers and its number of tries.
fn left_of(
    records: usize,
    at_once: usize,
    within: Duration,
    parts: impl Fn(&[usize]) -> bool,
) -> (Vec<usize>, Answers, usize) {
    let mut asked = 0;
    let all: Vec<_> = (0..records).collect();
    let whole = answers(json!(all), true);
    let search = fewest(all, whole, at_once, within, async |few: &[usize]| {
        asked += 1;
        Ok(answers(json!(few), parts(few)))
    });
    let (few, answers) = finished(search);
    (few, answers, asked)
}

fn has_all(few: &[usize], culprits: &BTreeSet<usize>) -> bool {
    culprits.iter().all(|culprit| few.contains(culprit))
}

proptest! {
    #[test]
    fn of_all_records_the_culprits_are_left(
        records in 0..40_usize,
        culprits in vec(any::<Index>(), 0..5),
        at_once in 1..50_usize,
    ) {
        let culprits = culprits.iter().filter(|_| records > 0);
        let culprits: BTreeSet<_> = culprits.map(|at| at.index(records)).collect();
        let (few, ..) = left_of(records, at_once, EVER, |few| has_all(few, &culprits));
        prop_assert_eq!(few, culprits.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn the_answers_to_what_is_left_part_whatever_makes_them_part(
        records in 0..40_usize,
        at_once in 0..50_usize,
        salt: u64,
    ) {
        let parts = |few: &[usize]| few.len() == records || at_random(salt, &few);
        let (few, answers, asked) = left_of(records, at_once, EVER, parts);
        prop_assert!(parts(&few) && !answers.agree());
        prop_assert_eq!(&answers.yours, &json!(few));
        prop_assert!(are_among(&few, &(0..records).collect::<Vec<_>>()));
        // A pass with half as many records at a time asks twice as often.
        let passes = at_once.checked_ilog2().map_or(0, |log| log as usize + 1);
        prop_assert!(asked <= 2 * records + passes, "asked {} times", asked);
    }

    #[test]
    fn without_time_nothing_is_asked_and_nothing_left_out(
        records in 0..10_usize,
        at_once in 0..10_usize,
    ) {
        let (few, _, asked) = left_of(records, at_once, Duration::ZERO, |_| true);
        prop_assert_eq!((few.len(), asked), (records, 0));
        let never = async |_: &Value| -> Result<Answers, End> { panic!("asked") };
        let first = first_to_part([json!(1)], Duration::ZERO, never);
        prop_assert!(finished(first).is_none());
    }

    #[test]
    fn the_shortest_beginning_ends_with_what_makes_the_answers_part(
        records in 1..60_usize,
        culprit: Index,
    ) {
        let culprit = culprit.index(records);
        let mut asked = 0;
        let all: Vec<_> = (0..records).collect();
        let whole = answers(json!(all), true);
        let search = shortest(all, whole, EVER, async |beginning: &[usize]| {
            asked += 1;
            Ok(answers(json!(beginning), beginning.contains(&culprit)))
        });
        let (beginning, answers) = finished(search);
        prop_assert_eq!(&beginning, &(0..=culprit).collect::<Vec<_>>());
        prop_assert_eq!(answers.yours, json!(beginning));
        prop_assert!(asked <= records.ilog2() + 1, "asked {} times", asked);
    }

    #[test]
    fn the_first_input_is_found_and_none_after_it_is_asked(parts in vec(any::<bool>(), 0..20)) {
        let mut asked = 0;
        let search = first_to_part(parts.iter().enumerate(), EVER, async |(number, parts)| {
            asked += 1;
            Ok(answers(json!(number), **parts))
        });
        let found = finished(search).map(|((number, _), answers)| (number, answers.yours));
        let first = parts.iter().position(|parts| *parts);
        prop_assert_eq!(found, first.map(|first| (first, json!(first))));
        prop_assert_eq!(asked, first.map_or(parts.len(), |first| first + 1));
    }

    #[test]
    fn a_simpler_event_still_parts_whatever_makes_it_part(
        seed: u64,
        event: Index,
        salt: u64,
    ) {
        let (generator, mut drawn) = drawn(seed, event);
        let before = generator.transaction(&drawn);
        let mut asked = 0;
        let failing = ((), answers(json!(before), true));
        let search = simplify(&generator, &mut drawn, failing, EVER, async |generator, drawn| {
            asked += 1;
            let event = json!(generator.transaction(drawn));
            let parts = at_random(salt, &event.to_string());
            Ok(((), answers(event, parts)))
        });
        let ((), answers) = finished(search);
        prop_assert!(!answers.agree());
        let event = answers.yours;
        prop_assert!(event == json!(before) || at_random(salt, &event.to_string()));
        prop_assert_eq!(&event["transactionId"], &json!(before.transaction_id));
        prop_assert!(asked <= 500, "asked {} times", asked);
    }

    #[test]
    fn what_an_amount_has_nothing_to_do_with_is_made_as_simple_as_can_be(
        seed: u64,
        event: Index,
    ) {
        let (generator, mut drawn) = drawn(seed, event);
        let before = generator.transaction(&drawn);
        let at_least = before.amount / 2.0;
        let failing = (before.clone(), answers(json!(before), true));
        let search = simplify(&generator, &mut drawn, failing, EVER, async |generator, drawn| {
            let event = generator.transaction(drawn);
            let parts = event.amount >= at_least;
            Ok((event.clone(), answers(json!(event), parts)))
        });
        let (event, _) = finished(search);
        prop_assert!(event.amount >= at_least);
        prop_assert_eq!(event.merchant, "Shop");
        prop_assert_eq!(&event.user_id, &generator.table()[0].user_id);
    }
}

/// An event of a batch that is not at a threshold.
fn drawn(seed: u64, event: Index) -> (Generator, GeneratedEvent) {
    const MORE: usize = 6;
    let mut generator = Generator::new(seed, "test");
    let mut events = generator.events(MORE);
    // The last event is a copy of another event.
    let at = events.len() - 2 - event.index(MORE);
    let drawn = events.swap_remove(at);
    (generator, drawn)
}
