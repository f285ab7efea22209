//! Steps 3 and 4: the results of a processor for generated streams.

use std::time::Duration;

use contract::{Classified, Stats, Transaction};
use futures::future::try_join_all;
use protocol::{Memory, Run};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::shrink::{fewest, shortest, simplify};
use super::{Answers, Both, End, SHRINK_WITHIN};
use crate::call::{self, Processor};
use crate::child;
use crate::fixture::{Record, Stream};
use crate::generate::records::{INVALID, invalid, scatter_invalid, unusual};
use crate::generate::{GeneratedEvent, Generator};
use crate::provision;
use crate::scenario::{Context, Facet, Facets, Kind, facet};

/// The number of events, without those at the thresholds.
const MORE_EVENTS: usize = 6;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GeneratedStream {
    processor: Processor,
}

impl Kind for GeneratedStream {
    fn facets(&self) -> &'static [Facet] {
        &["generated"]
    }

    fn is_generated(&self) -> bool {
        true
    }

    async fn run(&self, context: &mut Context<'_>) -> Result<Facets, End> {
        compare(context, self.processor).await
    }
}

/// Runs a generated stream. If the runs differ, looks for the smallest input: first among the
/// events, then among streams that are hard to read.
async fn compare(context: &mut Context<'_>, processor: Processor) -> Result<Facets, End> {
    let mut generator = Generator::new(context.seed, "stream");
    let drawn = generator.events(MORE_EVENTS);
    let events: Vec<_> = drawn.iter().map(|d| generator.transaction(d)).collect();
    let case = Case::draw(&mut generator, &events);
    let (stream, table) = (context.stream.clone(), context.table.clone());
    let users = generator.table();
    tokio::try_join!(
        provision::stream(&context.made, &stream, &case.stream),
        provision::table(&context.made, &table, &users),
    )?;
    let mut runs = Runs {
        table,
        both: Both::open(context)?,
        processor,
    };
    let whole = runs.over_stream(&case, stream).await?;
    if whole.agree() {
        return Ok(Answers::facet([], 0));
    }
    if let Some(seen) = runs.smallest_events(&generator, drawn).await? {
        return Ok(seen);
    }
    let hard = Case::hard_to_read(&events);
    let context = &*runs.both.context;
    let seeded = hard.iter().map(|case| async move {
        let name = context.another_stream();
        provision::stream(&context.made, &name, &case.stream).await?;
        Ok::<_, End>((case, name))
    });
    let mut smallest = None;
    for (case, name) in try_join_all(seeded).await? {
        if smallest.is_none() {
            let answers = runs.over_stream(case, name.clone()).await?;
            smallest = (!answers.agree()).then(|| (case.about.clone(), answers, case.records()));
        }
    }
    if let Some((about, answers, records)) = smallest {
        return Ok(Answers::facet([(about, answers)], records));
    }
    let records = case.records();
    Ok(Answers::facet([(case.about, whole)], records))
}

/// One processor, of the submission and of the reference.
struct Runs<'s, 'a> {
    both: Both<'s, 'a>,
    processor: Processor,
    table: String,
}

impl Runs<'_, '_> {
    /// The results of a run over a complete stream.
    async fn over_stream(&mut self, case: &Case, stream: String) -> Result<Answers, End> {
        self.both.context.proxy.set_page_limits(&case.page_limits);
        let call = call::process_stream(self.processor, &self.table, &stream);
        let view = |value: &Value| {
            let run: Run = child::decode(value)?;
            Ok(json!({
                "events": facet::in_a_line(facet::outputs(&run)),
                "statistics": run.stats,
                "rejected": facet::rejected(&run),
                "totals": facet::totals(&run),
            }))
        };
        self.both.ask(&call, view).await
    }

    /// The results for events that are passed one after the other, without a stream.
    async fn over_events(&mut self, events: &[Transaction]) -> Result<Answers, End> {
        let call = call::process_events(self.processor, &self.table, events);
        self.both
            .ask(&call, |value| Ok(traces(events, &child::decode(value)?)))
            .await
    }

    /// The fewest and simplest events for which the runs differ, if they differ without a stream.
    async fn smallest_events(
        &mut self,
        generator: &Generator,
        drawn: Vec<GeneratedEvent>,
    ) -> Result<Option<Facets>, End> {
        let events: Vec<_> = drawn.iter().map(|d| generator.transaction(d)).collect();
        let answers = self.over_events(&events).await?;
        if answers.agree() {
            return Ok(None);
        }
        let ask = async |events: &[Transaction]| self.over_events(events).await;
        let (events, mut answers) = smallest(generator, drawn, answers, SHRINK_WITHIN, ask).await?;
        let at = first_parting(&answers).unwrap_or(events.len() - 1);
        if let Some(keeps) = self.filter_keeps(&events[at], &answers.yours[at]).await {
            answers.follow_the_filter(at, keeps);
        }
        Ok(Some(as_facet(&answers, events.len())))
    }

    /// The answer of the submission's filter for an event that was followed through the stages.
    async fn filter_keeps(&mut self, event: &Transaction, trace: &Value) -> Option<bool> {
        said_by_the_filter(trace)?;
        let answer = self.both.context.ask(&call::filter_event(event)).await;
        answer.ok()?.as_bool()
    }
}

/// The first event for which the runs differ, made simpler. Alone if that is enough, otherwise
/// after the earlier events that it needs.
async fn smallest(
    generator: &Generator,
    mut drawn: Vec<GeneratedEvent>,
    answers: Answers,
    within: Duration,
    mut ask: impl AsyncFnMut(&[Transaction]) -> Result<Answers, End>,
) -> Result<(Vec<Transaction>, Answers), End> {
    let mut events: Vec<_> = drawn.iter().map(|d| generator.transaction(d)).collect();
    let (mut before, answers) = match first_parting(&answers) {
        Some(first) => (events.drain(..=first).collect(), answers),
        None => shortest(events, answers, within, &mut ask).await?,
    };
    let mut drawn = drawn.swap_remove(before.len() - 1);
    let last = before.split_off(before.len() - 1);
    let alone = ask(&last).await?;
    let (before, answers) = if alone.agree() {
        let at_once = before.len().div_ceil(2);
        fewest(
            before,
            answers,
            at_once,
            within,
            async |before: &[Transaction]| ask(&[before, &last].concat()).await,
        )
        .await?
    } else {
        (Vec::new(), alone)
    };
    let failing = ([&before[..], &last].concat(), answers);
    simplify(
        generator,
        &mut drawn,
        failing,
        within,
        async |generator, last| {
            let events = [&before[..], &[generator.transaction(last)]].concat();
            let answers = ask(&events).await?;
            Ok((events, answers))
        },
    )
    .await
}

/// The first event for which the runs differ; `None` if the answers are not lists, such as after a
/// panic.
fn first_parting(answers: &Answers) -> Option<usize> {
    let yours = answers.yours.as_array()?;
    let mut pairs = yours.iter().zip(answers.expected.as_array()?);
    pairs.position(|(yours, expected)| yours != expected)
}

/// The facet with the first event for which the runs differ, by its name. If that event is not
/// known, it is the last one.
fn as_facet(answers: &Answers, records: usize) -> Facets {
    let at = first_parting(answers).unwrap_or(records - 1);
    let trace = |side: &Value| side.get(at).cloned().unwrap_or_else(|| side.clone());
    let (mut yours, mut expected) = (trace(&answers.yours), trace(&answers.expected));
    let name = expected["event"].as_str().unwrap_or_default().to_owned();
    for side in [&mut yours, &mut expected] {
        side.as_object_mut()
            .map(|trace| trace.shift_remove("event"));
    }
    Answers::facet([(name, Answers { yours, expected })], records)
}

impl Answers {
    /// Adds the answer of the submission's filter for an event. It does so only if the answer does
    /// not agree with whether the event was returned.
    fn follow_the_filter(&mut self, at: usize, keeps: bool) {
        let Self { yours, expected } = self;
        if said_by_the_filter(&yours[at]) != Some(keeps) {
            by_what_is_returned(&mut yours[at]);
            by_what_is_returned(&mut expected[at]);
            yours[at]["filter"] = json!(verdict(keeps));
        }
    }
}

/// The result of the filter in a trace; `None` if the trace has none.
fn said_by_the_filter(trace: &Value) -> Option<bool> {
    Some(trace.get("filter")? == verdict(true))
}

fn verdict(keeps: bool) -> &'static str {
    if keeps { "keep" } else { "drop" }
}

/// Replaces the later stages in a trace with what was returned. An event may be lost after the
/// filter, and a dropped event may be returned. Then only the returned value is known.
fn by_what_is_returned(trace: &mut Value) {
    let Some(stages) = trace.as_object_mut() else {
        return;
    };
    let later = ["transform", "enrich", "classify"].map(|stage| stages.shift_remove(stage));
    let returned = match later.iter().any(Option::is_some) {
        true => "an event",
        false => "nothing",
    };
    stages.insert("returned".to_owned(), json!(returned));
}

/// Each event, stage by stage, with the processor's memory after it.
fn traces(events: &[Transaction], run: &Run) -> Value {
    let nothing = Memory::default();
    let before = std::iter::once(&nothing).chain(&run.after);
    let events = events.iter().zip(&run.outputs);
    let after = run.after.iter().zip(before);
    events
        .zip(after)
        .map(|((event, output), (after, before))| trace(event, output.as_ref(), before, after))
        .collect()
}

fn trace(
    event: &Transaction,
    output: Option<&Classified>,
    before: &Memory,
    after: &Memory,
) -> Value {
    let mut trace = Map::from_iter([(
        "event".to_owned(),
        json!(facet::label(&event.user_id, event.amount)),
    )]);
    let mut add = |stage: &str, value: Value| trace.insert(stage.to_owned(), value);
    match output {
        None => {
            add("filter", json!(verdict(false)));
        }
        Some(Classified { event, risk }) => {
            let mut standard = facet::event(event);
            let user: Vec<_> = ["userName", "userTier", "userCountry"]
                .into_iter()
                .filter_map(|field| {
                    standard
                        .as_object_mut()?
                        .remove(field)?
                        .as_str()
                        .map(str::to_owned)
                })
                .collect();
            add("filter", json!(verdict(true)));
            add("transform", standard);
            add(
                "enrich",
                json!(if user.is_empty() {
                    "nothing".into()
                } else {
                    user.join(", ")
                }),
            );
            add("classify", json!(risk));
        }
    }
    add("statistics", gained(&before.stats, &after.stats));
    let total = after.totals.iter().find(|(user, _)| *user == event.user_id);
    if let Some((_, total)) = total {
        add("total", json!(facet::dollars(*total)));
    }
    Value::Object(trace)
}

/// The change of the statistics by an event.
fn gained(before: &Stats, after: &Stats) -> Value {
    let gain = |before: u64, after: u64| format!("{:+}", i128::from(after) - i128::from(before));
    json!({
        "total_processed": gain(before.total_processed, after.total_processed),
        "filtered_out": gain(before.filtered_out, after.filtered_out),
        "enriched": gain(before.enriched, after.enriched),
        "high_value": gain(before.high_value, after.high_value),
    })
}

/// A stream for both processors.
struct Case {
    about: String,
    stream: Stream,
    page_limits: Vec<u64>,
}

impl Case {
    /// A stream with random shards and pages. Some of its records are not transactions.
    fn draw(generator: &mut Generator, events: &[Transaction]) -> Self {
        let mut records: Vec<_> = events.iter().cloned().map(Record::Transaction).collect();
        for (form, event) in events.iter().enumerate().take(3) {
            records[form] = unusual(form, event);
        }
        scatter_invalid(generator, &mut records, |_, _| "nobody".into());
        // The same record twice in a row, like a retry of a producer.
        records.extend([invalid(0, "nobody"), invalid(0, "nobody")]);
        let shards = generator.number(2..=3);
        Self {
            about: format!("{} records on {shards} shards", records.len()),
            page_limits: vec![generator.number(1..=3), generator.number(1..=2)],
            stream: Stream::new(shards as i32, records),
        }
    }

    /// Small streams, the smallest first. Each is hard to read for one reason.
    fn hard_to_read(events: &[Transaction]) -> Vec<Self> {
        let kept = events.iter().filter(|event| event.amount >= 1000.0);
        let take = |count: usize| -> Vec<_> {
            let taken = kept.clone().take(count).cloned();
            taken.map(Record::Transaction).collect()
        };
        let case = |about: &str, stream, page_limits: &[u64]| Self {
            about: about.to_owned(),
            stream,
            page_limits: page_limits.to_vec(),
        };
        let one = |records| Stream::new(1, records);
        let bad = |kind: usize| vec![invalid(kind, "nobody")];
        let unusual = kept
            .clone()
            .take(1)
            .map(|event| unusual(0, event))
            .collect();
        let mut cases = vec![
            case("an empty stream", one(Vec::new()), &[]),
            case("1 record", one(take(1)), &[]),
            case("1 record with an extra JSON key", one(unusual), &[]),
        ];
        let about = "1 record that is not a transaction";
        cases.extend((0..INVALID).map(|kind| case(about, one(bad(kind)), &[])));
        cases.extend([
            case("2 records on 2 pages", one(take(2)), &[1]),
            case(
                "1 record after one that is not a transaction",
                one([bad(0), take(1)].concat()),
                &[],
            ),
            case(
                "2 records on 2 shards",
                Stream {
                    in_turn: true,
                    ..Stream::new(2, take(2))
                },
                &[],
            ),
            case(
                "2 records, before and after a split",
                Stream {
                    after_split: take(2).split_off(1),
                    ..one(take(1))
                },
                &[],
            ),
            case("4 records on pages of 2, 1 and 1", one(take(4)), &[2, 1, 1]),
        ]);
        cases
    }

    fn records(&self) -> usize {
        self.stream.records.len() + self.stream.after_split.len()
    }
}

#[cfg(test)]
mod tests;
