//! Tests of the pages.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::arbitrary;

fn adapted(operation: &str, mut request: Value) -> (Value, Option<Correction>) {
    let correction = Pages::new(&[]).adapt(operation, &mut request);
    (request, correction)
}

fn corrected(correction: &Correction, mut answer: Value) -> Value {
    Pages::new(&[]).correct(correction, &mut answer);
    answer
}

fn limit(limit: Value) -> Value {
    let request = json!({ "ShardIterator": "i", "Limit": limit });
    adapted("GetRecords", request).0["Limit"].clone()
}

#[test]
fn the_last_page_of_a_closed_shard_may_have_records() {
    let pages = Pages::new(&[]);
    let ends = |records: usize| {
        let mut page = json!({ "Records": vec![1; records], "NextShardIterator": "next" });
        let correction = Correction::Records {
            limit: 3,
            number: 0,
        };
        pages.correct(&correction, &mut page);
        page["NextShardIterator"].is_null()
    };
    assert_eq!([0, 1, 2, 3].map(ends), [false; 4]);
    pages.set_closed(true);
    assert_eq!([0, 1, 2, 3].map(ends), [false, true, true, false]);
}

#[test]
fn pages_get_smaller_but_never_larger() {
    let (request, _) = adapted("GetRecords", json!({ "ShardIterator": "i" }));
    assert_eq!(request["Limit"], PAGE_LIMITS[0]);
    assert_eq!(limit(json!(10_000)), PAGE_LIMITS[0]);
    assert_eq!(limit(json!(25)), 25);
}

#[test]
fn pages_of_one_shard_differ_in_size() {
    let pages = Pages::new(&[]);
    let mut first = json!({ "ShardIterator": "first" });
    let correction = pages.adapt("GetRecords", &mut first).unwrap();
    let mut answer = json!({ "Records": [], "NextShardIterator": "second" });
    pages.correct(&correction, &mut answer);
    let mut second = json!({ "ShardIterator": "second" });
    pages.adapt("GetRecords", &mut second);
    assert_eq!(second["Limit"], PAGE_LIMITS[1]);
}

#[test]
fn what_aws_refuses_is_left_for_the_backend_to_refuse() {
    let iterator = json!("i");
    for request in [
        json!({ "ShardIterator": iterator, "Limit": 0 }),
        json!({ "ShardIterator": iterator, "Limit": 10_001 }),
        json!({ "ShardIterator": iterator, "Limit": "ten" }),
        json!({ "Limit": 10 }),
        json!([]),
    ] {
        assert_eq!(adapted("GetRecords", request.clone()), (request, None));
    }
    let request = json!({ "NextToken": "made up" });
    assert_eq!(adapted("ListShards", request.clone()), (request, None));
}

#[test]
fn other_operations_pass_unchanged() {
    let request = json!({ "StreamName": "s", "Limit": 10_000 });
    assert_eq!(
        adapted("ListStreamConsumers", request.clone()),
        (request, None)
    );
}

#[test]
fn the_shards_of_a_description_come_in_pages() {
    let page = |request: Value| {
        let (_, correction) = adapted("DescribeStream", request);
        let shards = (0..5).map(|number| json!({ "ShardId": format!("shard-{number}") }));
        let mut answer = json!({ "StreamDescription": { "Shards": shards.collect::<Vec<_>>() } });
        Pages::new(&[]).correct(&correction.unwrap(), &mut answer);
        let description = &answer["StreamDescription"];
        let shards = description["Shards"].as_array().unwrap().iter();
        let ids: Vec<_> = shards
            .map(|it| it["ShardId"].as_str().unwrap().to_owned())
            .collect();
        (ids, description["HasMoreShards"] == true)
    };
    let first = page(json!({ "StreamName": "s" }));
    assert_eq!(
        first,
        (
            ["shard-0", "shard-1", "shard-2"].map(str::to_owned).into(),
            true
        )
    );
    let next = json!({ "StreamName": "s", "ExclusiveStartShardId": "shard-2", "Limit": 2 });
    assert_eq!(
        page(next),
        (["shard-3", "shard-4"].map(str::to_owned).into(), false)
    );
}

#[test]
fn few_items_of_a_table_are_read_at_once() {
    let limit = |request: Value| adapted("Scan", request).0["Limit"].clone();
    assert_eq!(limit(json!({ "TableName": "t" })), ITEMS_AT_ONCE);
    assert_eq!(
        limit(json!({ "TableName": "t", "Limit": 100 })),
        ITEMS_AT_ONCE
    );
    assert_eq!(limit(json!({ "TableName": "t", "Limit": 0 })), 0);
}

#[test]
fn records_are_days_old() {
    let at = |timestamp: f64| {
        let request = json!({ "ShardIteratorType": "AT_TIMESTAMP", "Timestamp": timestamp });
        adapted("GetShardIterator", request).0
    };
    let now = OffsetDateTime::now_utc().unix_timestamp() as f64;
    assert_eq!(at(now - 86_400.0), json!({ "ShardIteratorType": "LATEST" }));
    assert_eq!(at(0.0)["Timestamp"], AGE);
    let mut page = json!({ "Records": [{ "ApproximateArrivalTimestamp": now }] });
    let correction = Correction::Records {
        limit: 9,
        number: 0,
    };
    Pages::new(&[]).correct(&correction, &mut page);
    assert_eq!(page["Records"][0]["ApproximateArrivalTimestamp"], now - AGE);
}

#[test]
fn a_stream_may_be_named_by_its_arn() {
    let arn = "arn:aws:kinesis:us-east-1:000000000000:stream/s";
    let (request, _) = adapted("DescribeStream", json!({ "StreamARN": arn }));
    assert_eq!(request, json!({ "StreamName": "s" }));
}

#[test]
fn few_shards_are_listed_at_once() {
    let most = |request| adapted("ListShards", request).0["MaxResults"].clone();
    assert_eq!(most(json!({ "StreamName": "s" })), SHARDS_AT_ONCE);
    assert_eq!(
        most(json!({ "StreamName": "s", "MaxResults": 1000 })),
        SHARDS_AT_ONCE
    );
    assert_eq!(most(json!({ "StreamName": "s", "MaxResults": 2 })), 2);
}

#[test]
fn only_a_full_page_has_more_behind_it() {
    let behind = |records: usize| {
        let page = json!({ "Records": vec![0; records], "MillisBehindLatest": 0 });
        let (limit, number) = (3, 0);
        corrected(&Correction::Records { limit, number }, page)["MillisBehindLatest"].clone()
    };
    assert_eq!((behind(2), behind(3)), (json!(0), json!(1)));
}

#[test]
fn shards_are_listed_page_by_page() {
    let (_, correction) = adapted("ListShards", json!({ "StreamName": "s", "MaxResults": 1 }));
    let page = json!({ "Shards": [{ "ShardId": "shard-0" }], "NextToken": "theirs" });
    let token = corrected(&correction.unwrap(), page)["NextToken"].clone();
    let (next, _) = adapted("ListShards", json!({ "NextToken": token, "MaxResults": 1 }));
    assert_eq!(
        next,
        json!({ "StreamName": "s", "ExclusiveStartShardId": "shard-0", "MaxResults": 1 })
    );
    let last = json!({ "Shards": [{ "ShardId": "shard-1" }] });
    let correction = Correction::Shards {
        stream: "s".into(),
        listed: Listed::All,
    };
    assert_eq!(corrected(&correction, last.clone()), last);
}

#[test]
fn a_filter_holds_on_every_page() {
    let closed = json!({ "EndingSequenceNumber": "9" });
    let page = json!({
        "Shards": [
            { "ShardId": "shard-0", "SequenceNumberRange": closed },
            { "ShardId": "shard-1", "ParentShardId": "shard-0", "SequenceNumberRange": {} },
        ],
        "NextToken": "theirs",
    });
    for (kind, left) in [("AT_LATEST", "shard-1"), ("AT_TRIM_HORIZON", "shard-0")] {
        let first = json!({ "StreamName": "s", "ShardFilter": { "Type": kind } });
        let (request, correction) = adapted("ListShards", first);
        assert!(request["ShardFilter"].is_null());
        let first = corrected(&correction.unwrap(), page.clone());
        assert_eq!(first["Shards"].as_array().unwrap().len(), 1);
        let next = json!({ "NextToken": first["NextToken"] });
        let (request, correction) = adapted("ListShards", next);
        assert_eq!(request["ExclusiveStartShardId"], "shard-1");
        assert_eq!(
            corrected(&correction.unwrap(), page.clone())["Shards"][0]["ShardId"],
            left
        );
    }
    let after = json!({ "Type": "AFTER_SHARD_ID", "ShardId": "shard-0" });
    let (request, _) = adapted(
        "ListShards",
        json!({ "StreamName": "s", "ShardFilter": after }),
    );
    assert_eq!(request["ExclusiveStartShardId"], "shard-0");
}

#[test]
fn a_token_says_of_which_stream_and_nothing_else_may() {
    let request = json!({ "NextToken": "s/shard-0/a", "StreamName": "s" });
    assert_eq!(adapted("ListShards", request.clone()), (request, None));
}

/// A backend with some shards and their records, and a list of shards. It forgets the stream of
/// its own tokens, like the embedded backend.
struct Backend {
    shards: Vec<Vec<u64>>,
    shard_ids: Vec<String>,
    /// The most records on a page: GetRecords may return fewer records than it is asked for.
    at_most: usize,
}

impl Backend {
    fn of_shards(shards: &[usize], at_most: usize) -> Self {
        Self {
            shards: shards
                .iter()
                .map(|records| (0..*records as u64).collect())
                .collect(),
            shard_ids: Vec::new(),
            at_most,
        }
    }

    fn answer(&self, operation: &str, request: &Value) -> Value {
        match operation {
            "GetRecords" => self.get_records(request),
            _ => self.list_shards(request),
        }
    }

    /// An iterator names its shard and its next record.
    fn get_records(&self, request: &Value) -> Value {
        let (shard, at) = text(request, "ShardIterator").split_once(':').unwrap();
        let (shard, at): (usize, usize) = (shard.parse().unwrap(), at.parse().unwrap());
        let limit = request["Limit"].as_u64().unwrap() as usize;
        let records = &self.shards[shard];
        let end = (at + limit.min(self.at_most)).min(records.len());
        json!({
            "Records": records[at..end],
            "NextShardIterator": format!("{shard}:{end}"),
            "MillisBehindLatest": 0,
        })
    }

    fn list_shards(&self, request: &Value) -> Value {
        assert_eq!(request["StreamName"], "a.stream-of_mine");
        assert!(request["NextToken"].is_null());
        let most = request["MaxResults"].as_u64().unwrap() as usize;
        let (page, has_more) = after(&self.shard_ids, &request["ExclusiveStartShardId"], most);
        let shards: Vec<_> = page.iter().map(|id| json!({ "ShardId": id })).collect();
        let mut answer = json!({ "Shards": shards });
        if has_more {
            answer["NextToken"] = json!("theirs");
        }
        answer
    }
}

/// At most `most` names after a given name, and whether more follow.
fn after<'a>(names: &'a [String], start: &Value, most: usize) -> (&'a [String], bool) {
    let rest = match start.as_str() {
        Some(start) => &names[names.partition_point(|name| name.as_str() <= start)..],
        None => names,
    };
    (&rest[..most.min(rest.len())], rest.len() > most)
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap()
}

/// A call of a submission, with `pages` between it and the backend.
fn call(pages: &Pages, backend: &Backend, operation: &str, mut request: Value) -> Value {
    let correction = pages.adapt(operation, &mut request).unwrap();
    let mut answer = backend.answer(operation, &request);
    pages.correct(&correction, &mut answer);
    answer
}

/// The pages of a list, which is read to its end with its tokens.
fn listed(backend: &Backend, operation: &str, first: Value, field: &str) -> Vec<Vec<Value>> {
    let pages = Pages::new(&[]);
    let (mut request, mut read) = (first.clone(), Vec::new());
    loop {
        let page = call(&pages, backend, operation, request);
        read.push(page[field].as_array().unwrap().clone());
        if page["NextToken"].is_null() {
            return read;
        }
        assert!(read.len() < 100, "the list never ends");
        request = json!({ "NextToken": page["NextToken"] });
        for limit in ["Limit", "MaxResults"] {
            if let Some(most) = first.get(limit) {
                request[limit] = most.clone();
            }
        }
    }
}

/// Names, in the order of AWS's lists.
fn names() -> impl Strategy<Value = Vec<String>> {
    proptest::collection::btree_set("[a-zA-Z0-9_.-]{1,8}", 0..20)
        .prop_map(|names| names.into_iter().collect())
}

proptest! {
    /// The shards are read in turn, so their pages are mixed.
    #[test]
    fn a_reader_who_goes_on_while_there_is_something_behind_reads_all_records(
        shards in vec(0..40_usize, 1..4),
        limits in vec(1..8_u64, 0..5),
        asked in proptest::option::of(1..10_u64),
    ) {
        let backend = Backend::of_shards(&shards, usize::MAX);
        let pages = Pages::new(&limits);
        let limits = if limits.is_empty() { PAGE_LIMITS.to_vec() } else { limits };
        let mut reading: Vec<_> = (0..shards.len()).map(|shard| (shard, format!("{shard}:0"))).collect();
        let mut read: Vec<Vec<u64>> = vec![Vec::new(); shards.len()];
        let mut number = 0;
        while !reading.is_empty() {
            let most = limits[number % limits.len()].min(asked.unwrap_or(u64::MAX));
            let mut left = Vec::new();
            for (shard, iterator) in reading {
                let mut request = json!({ "ShardIterator": iterator });
                if let Some(asked) = asked {
                    request["Limit"] = json!(asked);
                }
                let page = call(&pages, &backend, "GetRecords", request);
                let records = page["Records"].as_array().unwrap();
                prop_assert!(records.len() as u64 <= most);
                read[shard].extend(records.iter().filter_map(Value::as_u64));
                let is_full = records.len() as u64 == most;
                prop_assert_eq!(page["MillisBehindLatest"] != 0, is_full);
                if is_full {
                    left.push((shard, text(&page, "NextShardIterator").to_owned()));
                }
            }
            reading = left;
            number += 1;
        }
        prop_assert_eq!(read, backend.shards);
    }

    #[test]
    fn a_page_may_be_shorter_than_its_limit_without_being_the_last(
        records in 1..40_usize,
        limits in vec(1..8_u64, 1..5),
        at_most in 1..6_usize,
    ) {
        let backend = Backend::of_shards(&[records], at_most);
        let pages = Pages::new(&limits);
        let (mut iterator, mut read) = ("0:0".to_owned(), 0);
        for limit in limits.iter().cycle() {
            let page = call(&pages, &backend, "GetRecords", json!({ "ShardIterator": iterator }));
            let got = page["Records"].as_array().unwrap().len();
            prop_assert_eq!(got, at_most.min(*limit as usize).min(records - read));
            read += got;
            if got == 0 {
                break;
            }
            iterator = text(&page, "NextShardIterator").to_owned();
        }
        prop_assert_eq!(read, records);
    }

    #[test]
    fn the_pages_of_a_list_of_shards_are_the_list(
        shard_ids in names(),
        asked in proptest::option::of(1..6_u64),
    ) {
        let mut backend = Backend::of_shards(&[], 0);
        backend.shard_ids = shard_ids;
        let mut first = json!({ "StreamName": "a.stream-of_mine" });
        if let Some(asked) = asked {
            first["MaxResults"] = json!(asked);
        }
        let pages = listed(&backend, "ListShards", first, "Shards");
        let most = SHARDS_AT_ONCE.min(asked.unwrap_or(SHARDS_AT_ONCE)) as usize;
        prop_assert!(pages.iter().all(|page| page.len() <= most));
        let ids: Vec<_> = pages.concat().iter().map(|shard| text(shard, "ShardId").to_owned()).collect();
        prop_assert_eq!(ids, backend.shard_ids);
    }

    #[test]
    fn a_request_of_no_pages_changes_in_nothing_but_its_arn(
        operation in "GetRecords|PutRecords|DescribeStreamSummary|[A-Z]{0,9}",
        request in arbitrary::with_field("StreamARN", "arn:aws(:stream/[ab]){0,2}".prop_map(Value::from)),
    ) {
        let (adapted, correction) = adapted(&operation, request.clone());
        if correction.is_some() {
            prop_assert_eq!(operation, "GetRecords");
            return Ok(());
        }
        let arn = request["StreamARN"].as_str().and_then(|arn| arn.rsplit_once(":stream/"));
        let mut expected = request.clone();
        if let Some((_, name)) = arn {
            expected["StreamName"] = json!(name);
            expected.as_object_mut().unwrap().remove("StreamARN");
        }
        prop_assert_eq!(adapted, expected);
    }

    #[test]
    fn a_limit_that_aws_refuses_is_left_as_it_is(
        limit in prop_oneof![arbitrary::json(), Just(json!(0)), Just(json!(MOST_RECORDS + 1))],
        next in arbitrary::json(),
    ) {
        let is_right = limit.as_u64().is_some_and(|limit| (1..=MOST_RECORDS).contains(&limit));
        prop_assume!(!is_right);
        let request = json!({ "ShardIterator": "i", "Limit": limit, "NextToken": next });
        prop_assert_eq!(adapted("GetRecords", request.clone()), (request, None));
    }

    #[test]
    fn no_request_and_no_answer_is_too_strange(
        operation in "GetRecords|ListShards",
        mut request in arbitrary::with_field("NextToken", "[ab]/?".prop_map(Value::from)),
        mut answer in arbitrary::with_field("NextToken", "[ab]/?".prop_map(Value::from)),
    ) {
        let pages = Pages::new(&[]);
        if let Some(correction) = pages.adapt(&operation, &mut request) {
            prop_assert!(request.is_object());
            pages.correct(&correction, &mut answer);
        }
    }
}
