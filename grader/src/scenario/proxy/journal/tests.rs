//! Tests of the journal.

use futures::FutureExt;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Map, json};

use super::*;
use crate::arbitrary;

fn asked(operation: &str, request: Value, answer: Value) -> Asked {
    Asked {
        operation: operation.into(),
        request,
        succeeded: true,
        answer,
        ..Asked::default()
    }
}

fn journal(calls: Vec<Asked>) -> Journal {
    Journal {
        calls,
        ..Journal::default()
    }
}

#[test]
fn what_is_asked_for_again_and_again_is_polled() {
    let recorder = Recorder::default();
    let long = Duration::from_secs(5);
    recorder.note(asked("ListShards", json!({}), json!({})));
    recorder.note(asked("GetRecords", json!({}), json!({})));
    assert_eq!(recorder.polling(long), None);
    recorder.note(asked("GetRecords", json!({}), json!({})));
    let polling = recorder.polling(long).unwrap();
    assert_eq!(
        (polling.operation.as_str(), polling.times, polling.seconds),
        ("GetRecords", 2, 5)
    );
    assert_eq!(recorder.polling(Duration::ZERO), None);
}

#[test]
fn an_event_is_done_if_nothing_before_it_was_refused() {
    let entry = |id: &str| {
        let data = json!({ "id": id }).to_string();
        json!({ "Data": BASE64_STANDARD.encode(data) })
    };
    let put = |id: &str| asked("PutRecord", entry(id), json!({ "SequenceNumber": "1" }));
    let several = |ids: [&str; 2], refused: [Option<&str>; 2]| {
        let answers = refused.map(|refused| json!({ "ErrorCode": refused }));
        let request = json!({ "Records": ids.map(entry) });
        asked("PutRecords", request, json!({ "Records": answers }))
    };
    let mut calls = vec![
        several(["a", "b"], [None, Some("InternalFailure")]),
        several(["b", "c"], [Some("InternalFailure"), None]),
        several(["b", "c"], [None, None]),
        put("d"),
    ];
    let again = |calls: &[Asked]| -> String {
        let again = journal(calls.to_vec()).put_again();
        again.into_iter().collect()
    };
    assert_eq!(again(&calls), "");
    calls.extend([put("a"), several(["d", "e"], [None, None])]);
    assert_eq!(again(&calls), "ad");
}

#[test]
fn lookups_are_counted_by_user_in_whatever_form() {
    let key = |user| json!({ "userId": { "S": user } });
    let journal = journal(vec![
        asked(
            "GetItem",
            json!({ "TableName": "t", "Key": key("alice") }),
            json!({}),
        ),
        asked(
            "BatchGetItem",
            json!({ "RequestItems": { "t": { "Keys": [key("alice"), key("bob")] } } }),
            json!({}),
        ),
        asked(
            "Query",
            json!({ "ExpressionAttributeValues": { ":user": { "S": "bob" } } }),
            json!({}),
        ),
        asked("PutItem", json!({ "Item": key("zoe") }), json!({})),
    ]);
    let expected = [("alice".to_owned(), 2), ("bob".to_owned(), 2)];
    assert_eq!(journal.lookups(), expected.into());
    assert_eq!(journal.counts()[0], ("GetItem".to_owned(), 1));
}

#[test]
fn only_what_follows_the_end_of_a_shard_is_polling() {
    let start = |shard| {
        let request = json!({ "ShardId": shard });
        asked(
            "GetShardIterator",
            request,
            json!({ "ShardIterator": format!("{shard}-0") }),
        )
    };
    let page = |at: &str, next: &str, records: usize, behind: u64| {
        let answer = json!({
            "Records": vec![0; records],
            "MillisBehindLatest": behind,
            "NextShardIterator": next,
        });
        asked("GetRecords", json!({ "ShardIterator": at }), answer)
    };
    let mut calls = vec![
        start("a"),
        start("b"),
        page("a-0", "a-1", 0, 50),
        page("a-1", "a-2", 3, 0),
        page("a-2", "a-3", 0, 0),
        page("b-0", "b-1", 0, 0),
    ];
    assert_eq!(journal(calls.clone()).polls_after_the_end(), 0);
    calls.push(page("a-3", "a-4", 0, 0));
    calls.push(page("a-4", "a-5", 0, 0));
    assert_eq!(journal(calls).polls_after_the_end(), 2);
}

#[test]
fn the_last_status_is_that_of_a_stream_or_a_table() {
    let stream = json!({ "StreamDescriptionSummary": { "StreamStatus": "CREATING" } });
    let table = json!({ "Table": { "TableStatus": "ACTIVE" } });
    let mut calls = vec![asked("DescribeStreamSummary", json!({}), stream)];
    assert_eq!(journal(calls.clone()).last_status(), Some("CREATING"));
    calls.push(asked("DescribeTable", json!({}), table));
    assert_eq!(journal(calls).last_status(), Some("ACTIVE"));
}

/// A page: its shard, its number of records, and its MillisBehindLatest.
type Page = (usize, usize, u64);

/// Mixed pages of three shards. Most of them are empty.
fn pages(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Page>> {
    let records = prop_oneof![5 => Just(0_usize), 1 => 1..4_usize];
    let behind = prop_oneof![5 => Just(0_u64), 1 => 1..99_u64];
    vec((0..3_usize, records, behind), count)
}

/// The calls that read these pages, one after the other.
fn reading(pages: &[Page]) -> Vec<Asked> {
    let iterator = |shard: usize, number: usize| format!("shard-{shard}, page {number}");
    let start = |shard| {
        let request = json!({ "ShardId": format!("shard-{shard}") });
        asked(
            "GetShardIterator",
            request,
            json!({ "ShardIterator": iterator(shard, 0) }),
        )
    };
    let mut calls: Vec<_> = (0..3).map(start).collect();
    let mut numbers = [0; 3];
    for (shard, records, behind) in pages {
        let number = numbers[*shard];
        numbers[*shard] += 1;
        let answer = json!({
            "Records": vec![json!({ "Data": "YQ==", "SequenceNumber": number.to_string() }); *records],
            "MillisBehindLatest": behind,
            "NextShardIterator": iterator(*shard, number + 1),
        });
        let request = json!({ "ShardIterator": iterator(*shard, number) });
        calls.push(asked("GetRecords", request, answer));
    }
    calls
}

fn of_shard(pages: &[Page], shard: usize) -> Vec<Page> {
    pages
        .iter()
        .filter(|page| page.0 == shard)
        .copied()
        .collect()
}

fn is_empty(page: &Page) -> bool {
    page.1 == 0 && page.2 == 0
}

proptest! {
    #[test]
    fn the_counts_are_those_of_the_calls_in_the_order_of_the_first(
        operations in vec("Get|Put|List|Describe", 0..20),
    ) {
        let recorder = Recorder::default();
        for operation in &operations {
            recorder.note(asked(operation, json!({}), json!({})));
        }
        let counts = recorder.read().counts();
        let mut names = operations.clone();
        let mut seen = BTreeSet::new();
        names.retain(|name| seen.insert(name.clone()));
        let count = |name: &String| operations.iter().filter(|other| *other == name).count();
        let expected: Vec<_> = names.iter().map(|name| (name.clone(), count(name))).collect();
        prop_assert_eq!(counts, expected);
        for name in ["Get", "Put", "List", "Describe"] {
            prop_assert_eq!(recorder.read().asked(name), seen.contains(name));
        }
    }

    #[test]
    fn polls_are_the_pages_after_the_first_empty_one_of_their_shard(pages in pages(0..30)) {
        let polls = (0..3).map(|shard| {
            let own = of_shard(&pages, shard);
            let end = own.iter().position(is_empty);
            end.map_or(0, |end| own.len() - end - 1)
        });
        prop_assert_eq!(journal(reading(&pages)).polls_after_the_end(), polls.sum::<usize>());
    }

    #[test]
    fn data_is_found_where_it_was_read(pages in pages(0..20)) {
        let mut numbers = [0; 3];
        let mut expected = Vec::new();
        for (shard, records, _) in &pages {
            let place = (format!("shard-{shard}"), numbers[*shard].to_string());
            expected.extend(vec![place; *records]);
            numbers[*shard] += 1;
        }
        let journal = journal(reading(&pages));
        let places = journal.places(b"a").into_iter();
        let places: Vec<_> = places.map(|(shard, number)| (shard.to_owned(), number.to_owned())).collect();
        prop_assert_eq!(places, expected);
        prop_assert_eq!(journal.places(b"b"), journal.places(b"a"), "places of all records");
    }

    /// Each shard is read in one page, and has at most one parent.
    #[test]
    fn a_shard_is_early_unless_its_parent_was_finished_before(
        order in Just((0..6_usize).collect::<Vec<_>>()).prop_shuffle(),
        is_finished in vec(any::<bool>(), 6),
        parents in vec(proptest::option::of(0..6_usize), 6),
    ) {
        let name = |shard: &usize| format!("shard-{shard}");
        let calls = order.iter().flat_map(|shard| {
            let start = json!({ "ShardIterator": name(shard) });
            let next = (!is_finished[*shard]).then_some("more");
            let page = json!({ "Records": [], "NextShardIterator": next });
            [
                asked("GetShardIterator", json!({ "ShardId": name(shard) }), start.clone()),
                asked("GetRecords", start, page),
            ]
        });
        let journal = journal(calls.collect());
        let pairs = parents.iter().enumerate();
        let pairs = pairs.filter_map(|(shard, parent)| Some((name(&shard), name(parent.as_ref()?))));
        let pairs: Vec<_> = pairs.collect();
        let place = |shard: &usize| order.iter().position(|other| other == shard);
        let early = (0..6).filter(|shard| {
            parents[*shard].is_some_and(|parent| {
                !is_finished[parent] || place(&parent) >= place(shard)
            })
        });
        let early: Vec<_> = early.map(|shard| name(&shard)).collect();
        let told: Vec<_> = journal.read_before_parents(&pairs).into_iter().collect();
        prop_assert_eq!(told, early);
    }

    #[test]
    fn who_polls_a_drained_shard_without_end_is_told_of_and_nobody_else(
        before in pages(0..20),
        polls in prop_oneof![
            1 => Just(0),
            4 => POLLS_WITHOUT_END - 3..POLLS_WITHOUT_END + 3,
        ],
    ) {
        // The last page of a shard can be between pages of other shards.
        let pages: Vec<_> = before.into_iter().chain(vec![(0, 0, 0); polls]).collect();
        let recorder = Recorder::default();
        for call in reading(&pages) {
            recorder.note(call);
        }
        let polled_on = (0..3).any(|shard| {
            let own = of_shard(&pages, shard);
            own.chunk_by(|a, b| is_empty(a) && is_empty(b))
                .any(|run| is_empty(&run[0]) && run.len() >= POLLS_WITHOUT_END)
        });
        prop_assert_eq!(recorder.polled_on().now_or_never().is_some(), polled_on);
    }

    #[test]
    fn most_at_once_is_the_most_that_were_waiting(
        turns in vec((0..2_usize, any::<bool>()), 0..40),
    ) {
        let recorder = Recorder::default();
        let names = ["Get", "Put"];
        let mut waiting = [Vec::new(), Vec::new()];
        let mut most = [0, 0];
        for (operation, begins) in turns {
            match begins {
                true => waiting[operation].push(recorder.begin(names[operation])),
                false => drop(waiting[operation].pop()),
            }
            most[operation] = most[operation].max(waiting[operation].len());
            prop_assert_eq!(names.map(|name| recorder.most_at_once(name)), most);
        }
    }

    #[test]
    fn each_user_is_found_wherever_the_keys_stand(users in vec("[a-c]", 0..6)) {
        let keys: Vec<_> = users.iter().map(|user| json!({ "userId": { "S": user } })).collect();
        let conditions: Vec<_> = users.iter().map(|user| json!({ "S": user })).collect();
        let named: Map<_, _> = (0..).map(|number| format!(":u{number}")).zip(conditions.clone()).collect();
        let calls = vec![
            asked("BatchGetItem", json!({ "RequestItems": { "t": { "Keys": keys } } }), json!({})),
            asked("ExecuteStatement", json!({ "Parameters": conditions }), json!({})),
            asked("Query", json!({ "ExpressionAttributeValues": named }), json!({})),
            asked("PutItem", json!({ "Item": keys }), json!({})),
        ];
        let mut expected = BTreeMap::new();
        for user in users {
            *expected.entry(user).or_default() += 3;
        }
        prop_assert_eq!(journal(calls).lookups(), expected);
    }

    #[test]
    fn no_call_is_too_strange_to_be_read(
        calls in vec(
            (
                "GetRecords|GetShardIterator|GetItem|Describe",
                arbitrary::with_field("ShardIterator", "[ab]".prop_map(Value::from)),
                arbitrary::with_field("NextShardIterator", "[ab]".prop_map(Value::from)),
            ),
            0..5,
        ),
    ) {
        let recorder = Recorder::default();
        // Only this iterator belongs to a shard.
        let start = json!({ "ShardIterator": "a" });
        recorder.note(asked("GetShardIterator", json!({ "ShardId": "s" }), start));
        for (operation, request, answer) in &calls {
            recorder.note(asked(operation, request.clone(), answer.clone()));
        }
        let journal = recorder.read();
        prop_assert_eq!(journal.calls.len(), 1 + calls.len());
        prop_assert!(journal.polls_after_the_end() <= calls.len());
        prop_assert!(journal.read_before_parents(&[]).is_empty());
        journal.lookups();
        journal.places(b"a");
        journal.last_status();
    }
}
