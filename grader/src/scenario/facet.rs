//! Makes facets: plain JSON. A value that changes from run to run is checked by a rule and
//! replaced, or left out.

use std::collections::{BTreeMap, HashSet};

use contract::{Classified, StandardEvent};
use protocol::Run;
use serde_json::{Map, Value, json};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime, UtcOffset};

use super::context::Warned;
use super::proxy::Journal;
use crate::child::Printed;
use crate::fixture::Stream;

/// The replacement for a time that is the present.
pub const NOW: &str = "[now, RFC 3339 in UTC]";

/// A time may be rounded to the second.
const ROUNDED: Duration = Duration::seconds(1);

/// Dollars to the cent. Amounts are compared with this precision.
pub fn dollars(amount: f64) -> String {
    let text = format!("{amount:.2}");
    if text == "-0.00" { "0.00".into() } else { text }
}

/// Rounds numbers with decimals to the cent, because they are amounts.
pub fn to_the_cent(value: Value) -> Value {
    match value {
        Value::Number(number) if number.is_f64() => number.as_f64().map(dollars).into(),
        Value::Array(values) => values.into_iter().map(to_the_cent).collect(),
        Value::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| (name, to_the_cent(value)))
            .collect(),
        other => other,
    }
}

/// Whether a time is the present (`since` or later) in RFC 3339 and UTC, or what it lacks. A
/// time that is not the present is returned unchanged.
pub fn now(timestamp: &str, since: OffsetDateTime) -> String {
    let present = |text: &str| {
        let parsed = OffsetDateTime::parse(text, &Rfc3339).ok();
        let until = OffsetDateTime::now_utc() + ROUNDED;
        parsed.filter(|at| (since - ROUNDED..=until).contains(at))
    };
    match present(timestamp) {
        Some(at) if at.offset() == UtcOffset::UTC => NOW.into(),
        Some(_) => "[now, but not in UTC]".into(),
        None if present(&format!("{timestamp}Z")).is_some() => {
            "[now, but without a time zone]".into()
        }
        None => timestamp.to_owned(),
    }
}

/// Whether a time is before another one, with the precision in which it is written.
pub fn is_before(timestamp: &str, other: OffsetDateTime) -> bool {
    let digits = timestamp.split_once('.').map_or(0, |(_, rest)| {
        rest.bytes().take_while(u8::is_ascii_digit).count().min(9)
    });
    let unit = 10_i128.pow(9 - digits as u32);
    let in_units = |at: OffsetDateTime| at.unix_timestamp_nanos().div_euclid(unit);
    let parsed = OffsetDateTime::parse(timestamp, &Rfc3339);
    parsed.is_ok_and(|at| in_units(at) < in_units(other))
}

/// The label of an input in a finding.
pub fn label(user: &str, amount: f64) -> String {
    format!("{user} ${}", dollars(amount))
}

/// An event, without the time of processing.
pub fn event(event: &StandardEvent) -> Value {
    json!({
        "id": event.id,
        "user": event.user,
        "amount_usd": dollars(event.amount_usd),
        "merchant": event.merchant,
        "timestamp": event.timestamp,
        "userName": event.user_name,
        "userTier": event.user_tier,
        "userCountry": event.user_country,
    })
}

/// An event with the time of processing, which enrichment must not change.
pub fn enriched(enriched: &StandardEvent) -> Value {
    let mut seen = event(enriched);
    seen["processed_at"] = json!(enriched.processed_at);
    seen
}

/// Outputs by id, so their order does not matter; the order is another facet. An event that was
/// returned more than once gets a different name each time.
pub fn outputs(run: &Run) -> Value {
    let mut by_id = BTreeMap::new();
    for output in run.outputs.iter().flatten() {
        let Classified {
            event: standard,
            risk,
        } = output;
        let mut value = event(standard);
        value["risk"] = json!(risk);
        by_id.entry(unused(&by_id, &standard.id)).or_insert(value);
    }
    json!(by_id)
}

/// Outputs by id, each on one line. A value that is not an event does not change.
pub fn in_a_line(mut outputs: Value) -> Value {
    let all = outputs
        .as_object_mut()
        .into_iter()
        .flat_map(Map::values_mut);
    for output in all {
        if let Some(fields) = output.as_object() {
            let fields = fields.values().map(|field| field.as_str().unwrap_or("–"));
            *output = json!(fields.skip(1).collect::<Vec<_>>().join(" · "));
        }
    }
    outputs
}

fn unused(taken: &BTreeMap<String, Value>, id: &str) -> String {
    let mut name = id.to_owned();
    while taken.contains_key(&name) {
        name.push_str(" again");
    }
    name
}

/// The ids of the returned events, sorted.
pub fn ids(run: &Run) -> Value {
    let mut ids: Vec<_> = run
        .outputs
        .iter()
        .flatten()
        .map(|o| o.event.id.clone())
        .collect();
    ids.sort();
    json!(ids)
}

/// The ids of the returned events for each user, in order. Kinesis guarantees no other order.
pub fn order(run: &Run) -> Value {
    let mut by_user: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for output in run.outputs.iter().flatten() {
        by_user
            .entry(&output.event.user)
            .or_default()
            .push(&output.event.id);
    }
    json!(by_user)
}

/// Totals by user.
pub fn totals(run: &Run) -> Value {
    let totals: BTreeMap<_, _> = run
        .totals
        .iter()
        .map(|(user, total)| (user, dollars(*total)))
        .collect();
    json!(totals)
}

/// The users in the order of the totals.
pub fn totals_order(run: &Run) -> Value {
    json!(run.totals.iter().map(|(user, _)| user).collect::<Vec<_>>())
}

/// The rejected records, with the shards and sequence numbers that the submission gives.
pub fn rejected(run: &Run) -> Vec<Map<String, Value>> {
    let rejected = run.rejected.iter().map(|record| {
        let fields = [
            ("data", readable(&record.data)),
            ("shard_id", record.shard_id.clone()),
            ("sequence_number", record.sequence_number.clone()),
            ("reason", given(&record.reason).to_owned()),
        ];
        let fields = fields.map(|(name, text)| (name.to_owned(), json!(text)));
        fields.into_iter().collect()
    });
    rejected.collect()
}

/// The rejected records, and whether their shards and sequence numbers are correct. Sequence
/// numbers differ from run to run, so a mark replaces a correct value. If the data is wrong, the
/// value is correct if any record that was read has it.
pub fn rejected_in_place(run: &Run, journal: &Journal) -> Value {
    let mut rejected = rejected(run);
    for (fields, record) in rejected.iter_mut().zip(&run.rejected) {
        let places = journal.places(&record.data);
        if places.iter().any(|(shard, _)| *shard == record.shard_id) {
            fields["shard_id"] = json!("[the record's shard]");
        }
        if places
            .iter()
            .any(|(_, number)| *number == record.sequence_number)
        {
            fields["sequence_number"] = json!("[the record's number]");
        }
    }
    json!(rejected)
}

fn given(text: &str) -> &'static str {
    if text.is_empty() { "" } else { "[a reason]" }
}

/// Why the JSON of a submission cannot be read, with the data.
pub fn unreadable(why: &serde_json::Error, data: &str) -> String {
    let why = why.to_string();
    // For a missing field, the place in the line has no meaning.
    let why = match why.split_once(" at line ") {
        Some((why, _)) if why.starts_with("missing field") => why,
        _ => &why,
    };
    format!("{why}: {data}")
}

/// The first of the values that could not be read, as a note. Because of its name, a report
/// shows it before the values that are missing for this reason.
pub fn note(name: &str, unreadable: &[String]) -> Option<(String, Value)> {
    let first = unreadable.first()?;
    let more = match unreadable.len() {
        1 => String::new(),
        many => format!(" … and {} more", many - 1),
    };
    Some((format!("({name})"), json!(format!("{first}{more}"))))
}

/// Bytes as text; escaped if they are not UTF-8.
pub fn readable(data: &[u8]) -> String {
    let escaped = || data.escape_ascii().to_string();
    std::str::from_utf8(data).map_or_else(|_| escaped(), str::to_owned)
}

/// Lookups, compared with the events. An event that is returned, or should be, needs at most one.
pub struct Lookups {
    filtered: usize,
    wasted: usize,
}

impl Lookups {
    pub fn new(run: &Run, stream: &Stream, journal: &Journal) -> Self {
        let count = |users: Vec<&String>| {
            let mut counts: BTreeMap<String, usize> = BTreeMap::new();
            for user in users {
                *counts.entry(user.clone()).or_default() += 1;
            }
            counts
        };
        let all = count(stream.transactions().map(|event| &event.user_id).collect());
        let came_out = run.outputs.iter().flatten();
        let came_out = count(came_out.map(|output| &output.event.user).collect());
        let to_keep = stream.to_keep();
        let to_keep = count(to_keep.map(|event| &event.user_id).collect());
        let of = |counts: &BTreeMap<String, usize>, user| counts.get(user).copied().unwrap_or(0);
        let (mut filtered, mut wasted) = (0, 0);
        for (user, lookups) in &journal.lookups() {
            // An event that is lost after its lookup was not filtered.
            let kept = of(&came_out, user).max(of(&to_keep, user));
            filtered += lookups.min(&of(&all, user)).saturating_sub(kept);
            wasted += lookups.saturating_sub(of(&all, user));
        }
        if wasted > 0 {
            // Code with more lookups than events repeats lookups for all events.
            (filtered, wasted) = (0, filtered + wasted);
        }
        Self { filtered, wasted }
    }

    /// The lookups for events that the filter drops.
    pub fn filtered(&self) -> Value {
        json!({ "lookups for filtered events": self.filtered })
    }

    /// The lookups that belong to no event.
    pub fn wasted(&self) -> Value {
        json!({ "lookups that no event needs": self.wasted })
    }
}

/// How many more events were counted than were put into the stream.
pub fn counted_twice(run: &Run, stream: &Stream) -> Value {
    let put = stream.transactions().count() as u64;
    json!({ "events counted twice": run.stats.total_processed.saturating_sub(put) })
}

pub fn polls(journal: &Journal) -> Value {
    json!({ "GetRecords after the end of a shard": journal.polls_after_the_end() })
}

/// The number of values, and the number of different values.
pub fn distinct(values: &[String]) -> Value {
    let different: HashSet<_> = values.iter().filter(|v| !v.is_empty()).collect();
    json!({ "records": values.len(), "different": different.len() })
}

/// Printed text without empty lines, trailing spaces and warnings. A warning may have any words
/// and be on either stream.
pub fn text(printed: &[u8]) -> Value {
    match std::str::from_utf8(printed) {
        Ok(text) => {
            let lines = text
                .lines()
                .map(str::trim_end)
                .filter(|line| !line.is_empty() && !is_warning(line));
            json!(lines.collect::<Vec<_>>().join("\n"))
        }
        Err(e) => {
            let line = printed[..e.valid_up_to()]
                .iter()
                .filter(|b| **b == b'\n')
                .count()
                + 1;
            json!(format!("line {line} of the output is not UTF-8 text"))
        }
    }
}

fn is_warning(line: &str) -> bool {
    line.trim_start().starts_with('⚠')
}

/// Whether exactly the events that need a warning have one, or else what is wrong.
pub fn warned(printed: &Printed, warned: Warned) -> Value {
    let texts = [&printed.stdout, &printed.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    let lines = || texts.iter().flat_map(|text| text.lines());
    let warnings = lines().filter(|line| is_warning(line));
    let said = match warnings.count() {
        0 if lines().any(|line| line.contains('⚠')) => "⚠ is not at the start of the line",
        0 => "missing",
        fewer if fewer < warned.of => "not for every event",
        all if warned.of < warned.events && all >= warned.events => "also for other events",
        _ => "printed",
    };
    json!({ "a line that starts with ⚠": said })
}

#[cfg(test)]
mod tests {
    use contract::{Stats, Transaction};

    use super::super::proxy::Asked;
    use super::*;
    use crate::fixture::Record;

    #[test]
    fn a_time_is_before_another_as_exactly_as_it_is_written() {
        let other = OffsetDateTime::parse("2026-03-01T12:00:00.25Z", &Rfc3339).unwrap();
        for not in [
            "2026-03-01T12:00:00Z",
            "2026-03-01T12:00:00.2Z",
            "2026-03-01T12:00:00.25Z",
        ] {
            assert!(!is_before(not, other), "{not}");
        }
        for before in ["2026-03-01T11:59:59Z", "2026-03-01T12:00:00.249Z"] {
            assert!(is_before(before, other), "{before}");
        }
    }

    #[test]
    fn amounts_are_compared_to_the_cent() {
        assert_eq!(dollars(0.1 + 0.2), "0.30");
        assert_eq!(dollars(-0.001), "0.00");
        assert_eq!(dollars(2999.999), "3000.00");
    }

    #[test]
    fn only_the_present_in_utc_is_now() {
        let present = OffsetDateTime::now_utc();
        let text = present.format(&Rfc3339).unwrap();
        let now = |text: &str| now(text, present);
        assert!(now(&text).starts_with("[now"));
        let before = (present - Duration::seconds(5)).format(&Rfc3339).unwrap();
        assert_eq!(now(&before), before);
        let with_offset = present.to_offset(UtcOffset::from_hms(2, 0, 0).unwrap());
        let with_offset = with_offset.format(&Rfc3339).unwrap();
        assert_eq!(now(&with_offset), "[now, but not in UTC]");
        let without_zone = text.trim_end_matches('Z');
        assert_eq!(now(without_zone), "[now, but without a time zone]");
        assert_eq!(now("2020-01-01T00:00:00Z"), "2020-01-01T00:00:00Z");
    }

    #[test]
    fn an_event_that_is_lost_after_its_lookup_was_not_filtered() {
        let stream = Stream::new(1, vec![spent("alice", 150.0), spent("alice", 50.0)]);
        let run = Run {
            outputs: Vec::new(),
            rejected: Vec::new(),
            stats: Stats::default(),
            totals: Vec::new(),
            after: Vec::new(),
        };
        let filtered = |lookups| {
            let lookups = Lookups::new(&run, &stream, &looked_up("alice", lookups));
            lookups.filtered()["lookups for filtered events"].clone()
        };
        assert_eq!(filtered(1), 0);
        assert_eq!(filtered(2), 1);
    }

    fn spent(user: &str, amount: f64) -> Record {
        Record::Transaction(Transaction {
            transaction_id: format!("{user} {amount}"),
            user_id: user.into(),
            amount,
            merchant: "Zoo".into(),
            timestamp: "2026-03-01T12:00:00Z".into(),
        })
    }

    fn looked_up(user: &str, times: usize) -> Journal {
        let lookup = Asked {
            operation: "GetItem".into(),
            request: json!({ "Key": { "userId": { "S": user } } }),
            succeeded: true,
            answer: json!({}),
            ..Asked::default()
        };
        Journal {
            calls: vec![lookup; times],
            ..Journal::default()
        }
    }

    #[test]
    fn blank_lines_do_not_count_and_garbage_is_named() {
        assert_eq!(text("\n a \n\n  ⚠ c\nb\n".as_bytes()), " a\nb");
        assert_eq!(text(b"a\n\xff\n"), "line 2 of the output is not UTF-8 text");
    }
}
