//! Tests of the event source mapping.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use super::*;
use crate::arbitrary;

fn record(name: char) -> Record {
    Record {
        sequence_number: name.to_string(),
        partition_key: "alice".into(),
        data: name.to_string().into_bytes(),
        arrived: 0.0,
    }
}

fn shard(names: &str, batch_size: usize, maximum_retry_attempts: usize) -> Shard {
    let mapping = Mapping {
        batch_size,
        maximum_retry_attempts,
    };
    Shard::new(
        "s",
        "shardId-0",
        names.chars().map(record).collect(),
        mapping,
    )
}

fn names(records: &[Record]) -> String {
    records.iter().map(|r| r.sequence_number.as_str()).collect()
}

/// The batches of a shard if the function answers with `outcome`, and the records that were given
/// up.
fn play(mut shard: Shard, outcome: impl Fn(&str) -> Outcome) -> (Vec<String>, String) {
    let (mut batches, mut given_up) = (Vec::new(), Vec::new());
    while let Some(delivery) = shard.deliver() {
        let batch = names(shard.records(&delivery));
        given_up.extend(shard.settle(delivery, &outcome(&batch)));
        batches.push(batch);
    }
    (batches, names(&given_up))
}

/// A function that names the first poison record.
fn names_first(poison: &str) -> impl Fn(&str) -> Outcome {
    move |batch| match batch.find(|name| poison.contains(name)) {
        Some(at) => Outcome::From(at),
        None => Outcome::Done,
    }
}

fn identified(failures: Value) -> Outcome {
    let batch: Vec<_> = "abc".chars().map(record).collect();
    let response = json!({ "batchItemFailures": failures });
    Outcome::of(&Answer::Response(response), &batch)
}

#[test]
fn a_batch_has_at_least_one_record() {
    let mapping = |size| json!({ "batch_size": size, "maximum_retry_attempts": 0 });
    assert!(serde_json::from_value::<Mapping>(mapping(1)).is_ok());
    assert!(serde_json::from_value::<Mapping>(mapping(0)).is_err());
}

#[test]
fn what_is_done_is_never_delivered_again() {
    let (batches, given_up) = play(shard("abcdefg", 3, 2), |_| Outcome::Done);
    assert_eq!(batches, ["abc", "def", "g"]);
    assert_eq!(given_up, "");
}

#[test]
fn a_poison_record_holds_up_its_shard_for_its_retries_alone() {
    let (batches, given_up) = play(shard("abXcdef", 5, 2), names_first("X"));
    assert_eq!(batches, ["abXcd", "Xcd", "X", "X", "X", "cd", "ef"]);
    assert_eq!(given_up, "X");
}

#[test]
fn poison_first_last_and_twice_is_given_up_one_by_one() {
    let (batches, given_up) = play(shard("XabcY", 5, 0), names_first("XY"));
    assert_eq!(batches, ["XabcY", "Xa", "X", "a", "bcY", "Y"]);
    assert_eq!(given_up, "XY");
}

#[test]
fn an_error_bisects_the_batch_and_keeps_its_order() {
    let all = |batch: &str| match batch.contains('X') {
        true => Outcome::All("an error".into()),
        false => Outcome::Done,
    };
    let (batches, given_up) = play(shard("abcX", 4, 1), all);
    assert_eq!(batches, ["abcX", "ab", "cX", "c", "X", "X"]);
    assert_eq!(given_up, "X");
}

#[test]
fn nothing_named_means_that_all_is_done() {
    assert_eq!(identified(json!([])), Outcome::Done);
    assert_eq!(identified(json!(null)), Outcome::Done);
    let nothing = Answer::Response(Value::Null);
    assert_eq!(Outcome::of(&nothing, &[record('a')]), Outcome::Done);
}

#[test]
fn the_lowest_record_named_is_where_it_goes_on() {
    let failures = json!([{ "itemIdentifier": "c" }, { "itemIdentifier": "b" }]);
    assert_eq!(identified(failures), Outcome::From(1));
}

#[test]
fn an_identifier_that_is_none_brings_the_whole_batch_again() {
    for failure in [
        json!({ "itemIdentifier": "" }),
        json!({ "itemIdentifier": null }),
        json!({ "sequenceNumber": "b" }),
        json!({ "itemIdentifier": "shardId-0:b" }),
    ] {
        let outcome = identified(json!([{ "itemIdentifier": "b" }, failure]));
        assert!(matches!(outcome, Outcome::All(_)), "{failure}");
    }
}

#[test]
fn data_travels_in_base64() {
    let mut shard = shard("ab", 2, 0);
    let delivery = shard.deliver().unwrap();
    let event = shard.event(&delivery);
    assert_eq!(event["Records"][1]["kinesis"]["data"], "Yg==");
    assert_eq!(event["Records"][1]["eventID"], "shardId-0:b");
}

/// One delivery: the numbers of its records, and its effect.
#[derive(Clone, Debug)]
struct Turn {
    run: Range<usize>,
    is_first: bool,
    outcome: Outcome,
    given_up: Option<usize>,
}

impl Turn {
    fn has_failed_alone(&self, record: usize) -> bool {
        self.run == (record..record + 1) && self.outcome != Outcome::Done
    }
}

/// A shard with numbered records.
fn numbered(records: usize, mapping: Mapping) -> Shard {
    let numbered = (0..records).map(|number| Record {
        sequence_number: number.to_string(),
        ..record('a')
    });
    Shard::new("s", "shardId-0", numbered.collect(), mapping)
}

fn turns(mut shard: Shard, mut answer: impl FnMut(Range<usize>) -> Outcome) -> Vec<Turn> {
    let number = |record: &Record| record.sequence_number.parse::<usize>().unwrap();
    let mut turns = Vec::new();
    while let Some(delivery) = shard.deliver() {
        assert!(turns.len() < 1000, "the shard is never drained");
        let numbers: Vec<_> = shard.records(&delivery).iter().map(number).collect();
        let run = numbers[0]..numbers[0] + numbers.len();
        assert_eq!(numbers, run.clone().collect::<Vec<_>>());
        let outcome = answer(run.clone());
        let is_first = delivery.is_first();
        let given_up = shard.settle(delivery, &outcome);
        turns.push(Turn {
            run,
            is_first,
            outcome,
            given_up: given_up.as_ref().map(number),
        });
    }
    turns
}

prop_compose! {
    fn mapping()(batch_size in 1..9_usize, maximum_retry_attempts in 0..4_usize) -> Mapping {
        Mapping { batch_size, maximum_retry_attempts }
    }
}

/// The answer of a function: everything is done, an error, or a failed record.
#[derive(Clone, Debug)]
enum Said {
    Done,
    Error,
    Failed(Index),
}

impl Said {
    fn of(&self, run: &Range<usize>) -> Outcome {
        match self {
            Self::Done => Outcome::Done,
            Self::Error => Outcome::All("an error".into()),
            Self::Failed(at) => Outcome::From(at.index(run.len())),
        }
    }
}

fn said() -> impl Strategy<Value = Said> {
    prop_oneof![
        Just(Said::Done),
        Just(Said::Error),
        any::<Index>().prop_map(Said::Failed),
    ]
}

/// A shard that is delivered to its end, with any answers of the function.
fn any_turns(
    said: impl Strategy<Value = Said>,
) -> impl Strategy<Value = (usize, Mapping, Vec<Turn>)> {
    (0..20_usize, mapping(), vec(said, 1..40)).prop_map(|(records, mapping, said)| {
        let mut said = said.iter().cycle();
        let answer = |run| said.next().unwrap().of(&run);
        (records, mapping, turns(numbered(records, mapping), answer))
    })
}

/// The number of deliveries of a record.
fn deliveries(turns: &[Turn], record: usize) -> usize {
    turns
        .iter()
        .filter(|turn| turn.run.contains(&record))
        .count()
}

proptest! {
    #[test]
    fn each_delivery_starts_at_the_first_record_that_is_not_settled(
        (records, mapping, turns) in any_turns(said()),
    ) {
        let (mut settled, mut read) = (0, 0);
        for turn in turns {
            prop_assert_eq!(turn.run.start, settled);
            prop_assert_eq!(turn.is_first, settled == read);
            if turn.is_first {
                let size = mapping.batch_size.min(records - read);
                prop_assert_eq!(turn.run.len(), size);
                read = turn.run.end;
            }
            prop_assert!(!turn.run.is_empty() && turn.run.end <= read);
            settled = match turn.outcome {
                Outcome::Done => turn.run.end,
                Outcome::From(at) => turn.run.start + at,
                Outcome::All(_) => turn.run.start,
            };
            if let Some(record) = turn.given_up {
                prop_assert_eq!(record, settled);
                settled += 1;
            }
        }
        prop_assert_eq!(settled, records);
    }

    #[test]
    fn a_record_is_given_up_when_it_failed_alone_once_more_than_its_retries(
        (records, mapping, turns) in any_turns(said()),
    ) {
        for record in 0..records {
            let failed: Vec<_> = turns.iter().filter(|t| t.has_failed_alone(record)).collect();
            let given_up = turns.iter().filter(|t| t.given_up == Some(record)).count();
            let too_often = failed.len() > mapping.maximum_retry_attempts;
            prop_assert_eq!(given_up, usize::from(too_often));
            prop_assert!(failed.len() <= mapping.maximum_retry_attempts + 1);
            prop_assert!(failed.iter().rev().skip(1).all(|turn| turn.given_up.is_none()));
        }
    }

    #[test]
    fn a_record_comes_in_ever_smaller_runs_until_it_is_alone(
        (records, mapping, turns) in any_turns(said()),
    ) {
        for record in 0..records {
            let with = turns.iter().filter(|turn| turn.run.contains(&record));
            let sizes: Vec<_> = with.map(|turn| turn.run.len()).collect();
            prop_assert!(sizes.windows(2).all(|w| w[1] < w[0] || w == [1, 1]), "{:?}", sizes);
            let most = mapping.batch_size + mapping.maximum_retry_attempts;
            prop_assert!(deliveries(&turns, record) <= most);
        }
    }

    #[test]
    fn errors_bisect_a_batch_in_as_few_deliveries_as_halving_takes(
        (records, mapping, turns) in any_turns(prop_oneof![Just(Said::Done), Just(Said::Error)]),
    ) {
        let halvings = mapping.batch_size.next_power_of_two().ilog2() as usize;
        for record in 0..records {
            let most = halvings + 1 + mapping.maximum_retry_attempts;
            prop_assert!(deliveries(&turns, record) <= most);
        }
    }

    #[test]
    fn poison_alone_is_given_up_and_all_else_is_done(
        poison in vec(prop::bool::weighted(0.2), 0..20),
        mapping in mapping(),
        names_it in vec(any::<bool>(), 1..8),
    ) {
        let mut names_it = names_it.iter().cycle();
        let answer = |run: Range<usize>| {
            let first = poison[run].iter().position(|poison| *poison);
            match (first, names_it.next()) {
                (None, _) => Outcome::Done,
                (Some(at), Some(true)) => Outcome::From(at),
                _ => Outcome::All("an error".into()),
            }
        };
        let turns = turns(numbered(poison.len(), mapping), answer);
        let given_up: Vec<_> = turns.iter().filter_map(|turn| turn.given_up).collect();
        let expected: Vec<_> = (0..poison.len()).filter(|at| poison[*at]).collect();
        prop_assert_eq!(&given_up, &expected);
        for record in given_up {
            let alone = turns.iter().filter(|turn| turn.has_failed_alone(record)).count();
            prop_assert_eq!(alone, mapping.maximum_retry_attempts + 1);
        }
    }

    #[test]
    fn the_lowest_of_the_records_named_counts_unless_one_is_none(
        batch in 1..9_usize,
        named in vec(any::<Index>(), 0..6),
        stranger in proptest::option::of((any::<Index>(), arbitrary::json())),
    ) {
        let named: Vec<_> = named.iter().map(|at| at.index(batch)).collect();
        let records: Vec<_> = (0..batch).map(|at| record((b'a' + at as u8) as char)).collect();
        let identified = |at: &usize| json!({ "itemIdentifier": records[*at].sequence_number });
        let mut failures: Vec<_> = named.iter().map(identified).collect();
        let is_known = stranger.is_none();
        if let Some((at, failure)) = stranger {
            prop_assume!(records.iter().all(|r| failure["itemIdentifier"] != r.sequence_number));
            failures.insert(at.index(failures.len() + 1), failure);
        }
        let answer = Answer::Response(json!({ "batchItemFailures": failures }));
        let outcome = Outcome::of(&answer, &records);
        if is_known {
            let lowest = named.iter().min();
            prop_assert_eq!(outcome, lowest.map_or(Outcome::Done, |at| Outcome::From(*at)));
        } else {
            prop_assert!(matches!(outcome, Outcome::All(_)), "{:?}", outcome);
        }
    }

    #[test]
    fn no_response_is_too_strange_to_be_settled(
        response in arbitrary::with_field("batchItemFailures", arbitrary::list()),
    ) {
        let mut shard = numbered(3, Mapping { batch_size: 3, maximum_retry_attempts: 0 });
        let delivery = shard.deliver().unwrap();
        let outcome = Outcome::of(&Answer::Response(response), shard.records(&delivery));
        shard.settle(delivery, &outcome);
        prop_assert_eq!(shard.is_drained(), outcome == Outcome::Done);
    }

    #[test]
    fn an_event_has_the_records_of_its_delivery_byte_for_byte(
        data in vec(vec(any::<u8>(), 0..20), 1..6),
    ) {
        let record = |(number, data): (usize, &Vec<u8>)| Record {
            sequence_number: number.to_string(),
            partition_key: format!("user-{number}"),
            data: data.clone(),
            arrived: number as f64,
        };
        let records: Vec<_> = data.iter().enumerate().map(record).collect();
        let mapping = Mapping { batch_size: data.len(), maximum_retry_attempts: 0 };
        let mut shard = Shard::new("s", "shardId-0", records.clone(), mapping);
        let delivery = shard.deliver().unwrap();
        let event = shard.event(&delivery);
        let received: Vec<_> = event["Records"].as_array().unwrap().iter().map(received).collect();
        prop_assert_eq!(received, records);
    }
}

/// A record, from an event of a function.
fn received(record: &Value) -> Record {
    let kinesis = &record["kinesis"];
    let text = |field: &str| kinesis[field].as_str().unwrap().to_owned();
    Record {
        sequence_number: text("sequenceNumber"),
        partition_key: text("partitionKey"),
        data: BASE64_STANDARD.decode(text("data")).unwrap(),
        arrived: kinesis["approximateArrivalTimestamp"].as_f64().unwrap(),
    }
}
