//! Tests of the search among the records of shards.

use proptest::collection::vec;
use proptest::prelude::*;

use super::super::shrink::tests::{EVER, answers, are_among, at_random, finished};
use super::*;
use crate::generate::records::invalid;

/// Records of three shards; some of them are poison. Each has a different number.
fn placed() -> impl Strategy<Value = Vec<OnShard>> {
    vec((0..3_usize, any::<bool>()), 0..16).prop_map(|records| {
        let numbered = records.into_iter().enumerate();
        let record = |(number, (shard, is_poison)): (usize, (usize, bool))| {
            let user = format!("user-{number}");
            let record = match is_poison {
                true => invalid(number, &user),
                false => fixture::Record::Transaction(contract::Transaction {
                    transaction_id: format!("txn-{number}"),
                    user_id: user,
                    amount: 100.0,
                    merchant: "Shop".into(),
                    timestamp: "2026-03-01T09:00:00Z".into(),
                }),
            };
            (shard, record)
        };
        numbered.map(record).collect()
    })
}

fn names(records: &[OnShard]) -> Vec<&str> {
    records
        .iter()
        .map(|(_, record)| record.partition_key())
        .collect()
}

fn of_shard(records: &[OnShard], shard: usize) -> Vec<OnShard> {
    records
        .iter()
        .filter(|(of, _)| *of == shard)
        .cloned()
        .collect()
}

fn is_poison((_, record): &OnShard) -> bool {
    !matches!(record, fixture::Record::Transaction(_))
}

fn shrunk(records: &[OnShard], parts: impl Fn(&[OnShard]) -> bool) -> (Vec<OnShard>, Answers) {
    let whole = answers(json!(names(records)), true);
    let search = fewest_placed(records.to_vec(), whole, EVER, async |few: &[OnShard]| {
        Ok(answers(json!(names(few)), parts(few)))
    });
    finished(search)
}

proptest! {
    #[test]
    fn of_all_shards_the_culprits_are_left(
        records in placed(),
        culprits in prop::bits::u16::ANY,
    ) {
        let culprits = (0..records.len()).filter(|at| culprits >> at & 1 == 1);
        let culprits: Vec<_> = culprits.map(|at| records[at].clone()).collect();
        // An empty stream shows no difference.
        prop_assume!(!culprits.is_empty());
        let culprits = names(&culprits);
        let (few, _) = shrunk(&records, |few| {
            let few = names(few);
            culprits.iter().all(|culprit| few.contains(culprit))
        });
        let (mut few, mut culprits) = (names(&few), culprits.clone());
        few.sort();
        culprits.sort();
        prop_assert_eq!(few, culprits);
    }

    #[test]
    fn each_shard_keeps_its_order_whatever_makes_the_answers_part(
        records in placed(),
        salt: u64,
    ) {
        let parts = |few: &[OnShard]| few.len() == records.len() || at_random(salt, &names(few));
        let (few, answers) = shrunk(&records, parts);
        prop_assert!(parts(&few) && !answers.agree());
        prop_assert_eq!(answers.yours, json!(names(&few)));
        for shard in 0..3 {
            let (few, all) = (of_shard(&few, shard), of_shard(&records, shard));
            prop_assert!(are_among(&names(&few), &names(&all)));
        }
    }

    #[test]
    fn each_poison_makes_a_pair_with_each_neighbour_on_its_shard(records in placed()) {
        let pairs = telling_pairs(&records);
        let pairs: Vec<_> = pairs.iter().map(|pair| names(pair)).collect();
        let mut expected = 0;
        for shard in 0..3 {
            // Two neighbouring poison records give two equal pairs.
            for two in of_shard(&records, shard).windows(2) {
                let times = two.iter().filter(|record| is_poison(record)).count();
                let found = pairs.iter().filter(|pair| **pair == names(two)).count();
                prop_assert_eq!(found, times);
                expected += times;
            }
        }
        // The other pairs are the first event of one shard with the last event of another.
        let events = |shard| -> Vec<OnShard> {
            let own = of_shard(&records, shard).into_iter();
            own.filter(|record| !is_poison(record)).collect()
        };
        for (one, other) in [(0, 1), (1, 0)] {
            let (one, other) = (events(one), events(other));
            if let (Some(first), Some(last)) = (one.first(), other.last()) {
                let across = [first.clone(), last.clone()];
                prop_assert!(pairs.contains(&names(&across)));
                expected += 1;
            }
        }
        prop_assert_eq!(pairs.len(), expected);
    }
}
