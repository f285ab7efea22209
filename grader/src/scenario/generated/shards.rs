//! Step 7: generated streams, read in calls that stop anywhere, each in its own process.

use contract::Transaction;
use contract::scaling::Checkpoint;
use protocol::Call;
use serde_json::{Map, Value, json};

use super::{Answers, End, of_reference, of_submission};
use crate::call;
use crate::child::Child;
use crate::fixture::{Record, Stream};
use crate::generate::Generator;
use crate::generate::records::{INVALID, invalid, scatter_invalid, unusual};
use crate::provision;
use crate::scenario::scaling::{Numbers, dollars};
use crate::scenario::{Context, Facets};

/// The number of events, without those at the thresholds.
const MORE_EVENTS: usize = 8;

/// More records than the stream has: the last call reads the rest.
const REST: usize = 100;

generated!(GeneratedShards);

/// Runs a generated case. If the runs differ, looks for the smallest case that shows this.
async fn compare(context: &mut Context<'_>) -> Result<Facets, End> {
    let mut generator = Generator::new(context.seed, "shards");
    let whole = Case::draw(&mut generator);
    let answers = both(context, &whole).await?;
    if answers.agree() {
        return Ok(Answers::facet([], 0));
    }
    for case in Case::small(&whole.records) {
        let answers = both(context, &case).await?;
        if !answers.agree() {
            return Ok(case.facet(answers));
        }
    }
    Ok(whole.facet(answers))
}

/// A stream, and the number of records of each shard that each call takes.
struct Case {
    shards: i32,
    records: Vec<Record>,
    at_most: Vec<usize>,
    /// Whether the shards get the records in turn, the last shard first, independent of the
    /// partition keys.
    in_turn: bool,
}

impl Case {
    fn draw(generator: &mut Generator) -> Self {
        let drawn = generator.events(MORE_EVENTS);
        let events = drawn.iter().map(|drawn| generator.transaction(drawn));
        let events: Vec<_> = events.collect();
        let mut records: Vec<_> = events.iter().cloned().map(Record::Transaction).collect();
        records.extend((0..3).map(|form| unusual(form, &events[form])));
        scatter_invalid(generator, &mut records, |_, _| "nobody".into());
        Self {
            shards: generator.number(1..=4) as i32,
            at_most: (0..3)
                .map(|_| generator.number(1..=6) as usize)
                .chain([REST])
                .collect(),
            records,
            in_turn: false,
        }
    }

    /// Small cases, the smallest first.
    fn small(records: &[Record]) -> Vec<Self> {
        let case = |shards, records: &[&Record], at_most: &[usize]| Self {
            shards,
            records: records.iter().copied().cloned().collect(),
            at_most: at_most.to_vec(),
            in_turn: true,
        };
        let nones: Vec<_> = (0..INVALID).map(|kind| invalid(kind, "nobody")).collect();
        let none = &nones[0];
        let mut events = records.iter().filter_map(|record| match record {
            Record::Transaction(event) if event.amount > 0.0 => Some(event),
            _ => None,
        });
        // The smallest amount above 0, because a filter drops it. A missing amount of 0 would not
        // be noticed.
        let by_amount = |a: &&Transaction, b: &&Transaction| a.amount.total_cmp(&b.amount);
        let Some(first) = events.clone().min_by(by_amount) else {
            return Vec::new();
        };
        let Some(other) = events.find(|other| other.user_id != first.user_id) else {
            return Vec::new();
        };
        let mut again = first.clone();
        again.transaction_id.push('b');
        let a = &Record::Transaction(first.clone());
        let again = &Record::Transaction(again);
        let b = &Record::Transaction(other.clone());
        let unusual = &unusual(0, first);
        let empty = [
            case(1, &[], &[9]),
            case(1, &[a], &[9]),
            case(4, &[a], &[9]),
            case(1, &[a], &[9, 9]),
        ];
        let alone = nones.iter().map(|none| case(1, &[none], &[9]));
        let more = [
            case(1, &[unusual], &[9]),
            case(1, &[a, again], &[9]),
            case(1, &[a, b], &[1]),
            case(1, &[a, again], &[1, 9]),
            case(1, &[none, a], &[1, 9]),
            case(1, &[a, none], &[9, 9]),
            case(2, &[a, b], &[9]),
        ];
        empty.into_iter().chain(alone).chain(more).collect()
    }

    fn facet(self, answers: Answers) -> Facets {
        let records = match self.records.len() {
            1 => "1 record".to_owned(),
            many => format!("{many} records"),
        };
        let shards = match self.shards {
            1 => "1 shard".to_owned(),
            many => format!("{many} shards"),
        };
        let calls: Vec<_> = self.at_most.iter().map(usize::to_string).collect();
        let about = format!(
            "{records} on {shards}, at most {} per call",
            calls.join(", ")
        );
        Answers::facet([(about, answers)], self.records.len())
    }
}

/// Both run the same case on the same stream. The submission's process crashes after each call.
async fn both(context: &mut Context<'_>, case: &Case) -> Result<Answers, End> {
    context.stream = context.another_stream();
    let stream = Stream {
        in_turn: case.in_turn,
        ..Stream::new(case.shards, case.records.clone())
    };
    provision::stream(&context.made, &context.stream, &stream).await?;
    let shards = provision::shard_ids(context.clients, &context.stream).await?;
    let numbers = Numbers::read(context, &context.stream, &shards).await?;
    let mut reference = context.observer.start_reference()?;
    let expected = run(
        &mut Side::Reference(&mut reference),
        &context.stream.clone(),
        case,
        &numbers,
    )
    .await?;
    let stream = context.stream.clone();
    let yours = run(&mut Side::Submission(context), &stream, case, &numbers).await?;
    Ok(Answers { yours, expected })
}

enum Side<'x, 'a> {
    Reference(&'x mut Child),
    Submission(&'x mut Context<'a>),
}

impl Side<'_, '_> {
    async fn ask(&mut self, call: Call) -> Result<Value, End> {
        let as_it_is = |value: &Value| Ok(value.clone());
        match self {
            Self::Reference(child) => of_reference(child, &call, as_it_is).await,
            Self::Submission(context) => of_submission(context, &call, as_it_is).await,
        }
    }

    async fn crash(&mut self) -> Result<(), End> {
        match self {
            Self::Reference(_) => Ok(()),
            Self::Submission(context) => Ok(context.crash().await?),
        }
    }
}

/// The checkpoints after each call, and the merged totals at the end.
async fn run(
    side: &mut Side<'_, '_>,
    stream: &str,
    case: &Case,
    numbers: &Numbers,
) -> Result<Value, End> {
    let mut from: Vec<Checkpoint> = Vec::new();
    let mut said = Map::new();
    for (call, at_most) in case.at_most.iter().enumerate() {
        let value = side.ask(call::scale_all(stream, &from, *at_most)).await?;
        let about = format!("call {}, at most {at_most}", call + 1);
        let Ok(mut reached) = serde_json::from_value::<Vec<Checkpoint>>(value.clone()) else {
            // The answer is an error or a panic, as a text.
            said.insert(about, value);
            return Ok(said.into());
        };
        reached.sort_by(|a, b| a.shard_id.cmp(&b.shard_id));
        let shards = reached.iter().map(|at| {
            let state = json!({ "read": numbers.position(at), "totals": dollars(&at.totals) });
            (at.shard_id.clone(), state)
        });
        said.insert(about, shards.collect::<Map<_, _>>().into());
        from = reached;
        side.crash().await?;
    }
    let merged = side.ask(call::merge(&from)).await?;
    let merged = match serde_json::from_value(merged.clone()) {
        Ok(totals) => dollars(&totals),
        Err(_) => merged,
    };
    said.insert("merged".into(), merged);
    Ok(said.into())
}
