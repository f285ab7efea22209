//! Step 8: the results for generated shards, which contain poison records.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use uuid::Uuid;

use super::shrink::{fewest, first_to_part};
use super::{Answers, End, SHRINK_WITHIN};
use crate::child::{Child, Environment, Trouble};
use crate::fixture;
use crate::generate::Generator;
use crate::generate::records::scatter_invalid;
use crate::lambda::{Lambda, Mapping, Outlet, Record, Shard};
use crate::problem::{Problem, Result};
use crate::provision;
use crate::scenario::lambda::{given_up, order, outputs, stopped, twice};
use crate::scenario::{Context, Facets, facet};

/// The number of events, without those at the thresholds.
const MORE_EVENTS: usize = 6;

generated!(GeneratedLambda);

/// The fewest records for which the handlers differ, if they differ.
async fn compare(context: &mut Context<'_>) -> Result<Facets, End> {
    let mut generator = Generator::new(context.seed, "lambda");
    let case = Case::draw(&mut generator);
    let clients = context.clients;
    let expected = format!("classified-stream-{}", Uuid::new_v4().simple());
    let users = generator.table();
    tokio::try_join!(
        provision::table(&context.made, &context.table, &users),
        provision::empty_stream(&context.made, &context.output, 1),
        provision::empty_stream(&context.made, &expected, 1),
    )?;
    let Context {
        observer,
        proxy,
        table,
        ..
    } = &*context;
    let mut reference = Side {
        start: Box::new(|environment| observer.start_reference_function(environment)),
        child: None,
        timeout: observer.time_limit(),
        table,
        output: &expected,
        outlet: Outlet::open(clients, &expected).await?,
    };
    let mut submission = Side {
        start: Box::new(|environment| observer.start_function(proxy, environment)),
        child: None,
        timeout: observer.time_limit(),
        table,
        output: &context.output,
        outlet: Outlet::open(clients, &context.output).await?,
    };
    let seen = smallest(&case, &mut submission, &mut reference).await;
    let last = submission.child.take();
    drop((submission, reference));
    // The output of the last process belongs to the verdict.
    if let Some(last) = last {
        context.child = last;
    }
    seen
}

async fn smallest(
    case: &Case,
    submission: &mut Side<'_>,
    reference: &mut Side<'_>,
) -> Result<Facets, End> {
    let answers = case.ask(&case.records, submission, reference).await?;
    if answers.agree() {
        return Ok(Answers::facet([], 0));
    }
    let records = case.records.clone();
    let ask = async |records: &[OnShard]| case.ask(records, submission, reference).await;
    let (records, answers) = fewest_placed(records, answers, SHRINK_WITHIN, ask).await?;
    Ok(Answers::facet(
        [(case.about(&records), answers)],
        records.len(),
    ))
}

/// Leaves out records while the handlers differ. First tries some pairs of records. If no pair
/// shows a difference, leaves out many records at a time, then fewer.
async fn fewest_placed(
    records: Vec<OnShard>,
    answers: Answers,
    within: Duration,
    mut ask: impl AsyncFnMut(&[OnShard]) -> Result<Answers, End>,
) -> Result<(Vec<OnShard>, Answers), End> {
    let since = Instant::now();
    let pairs = telling_pairs(&records);
    let pair = first_to_part(pairs, within, async |pair: &Vec<OnShard>| ask(pair).await).await?;
    let (records, answers) = pair.unwrap_or((records, answers));
    let (at_once, left) = (records.len() / 2, within.saturating_sub(since.elapsed()));
    fewest(records, answers, at_once, left, ask).await
}

/// One of the two handlers.
struct Side<'a> {
    start: Box<dyn Fn(Environment) -> Result<Child> + 'a>,
    /// The last process.
    child: Option<Child>,
    timeout: Duration,
    table: &'a str,
    output: &'a str,
    outlet: Outlet<'a>,
}

impl Side<'_> {
    /// The results for the shards after a cold start, so state from earlier records does not
    /// matter. A panic is also an answer.
    async fn play(&mut self, shards: Vec<Shard>) -> Result<Value, End> {
        let lambda = Lambda::start(self.table, self.output, self.timeout).await?;
        let child = self.child.insert((self.start)(lambda.environment())?);
        let played = lambda.play(child, shards, |_| ()).await;
        let puts = self.outlet.take().await?;
        match played {
            Ok(played) => Ok(json!({
                "events": facet::in_a_line(outputs(&puts)),
                "order": order(&puts),
                "twice": twice(&puts),
                "on failure": given_up(&played),
            })),
            Err(Trouble::Panicked(panic)) => Ok(json!(format!("panicked: {}", panic.message))),
            Err(trouble) => Err(stopped(trouble).into()),
        }
    }
}

/// A record with its shard.
type OnShard = (usize, fixture::Record);

/// Pairs of records for which many handlers differ: each poison record with the record before it
/// on its shard, and with the record after it; and the first event of one shard with the last event
/// of another.
fn telling_pairs(records: &[OnShard]) -> Vec<Vec<OnShard>> {
    let mut pairs = Vec::new();
    for (at, poison) in records.iter().enumerate() {
        if matches!(poison.1, fixture::Record::Transaction(_)) {
            continue;
        }
        let neighbour = |other: &&OnShard| other.0 == poison.0;
        let before = records[..at].iter().rfind(neighbour);
        let after = records[at + 1..].iter().find(neighbour);
        pairs.extend(before.map(|before| vec![before.clone(), poison.clone()]));
        pairs.extend(after.map(|after| vec![poison.clone(), after.clone()]));
    }
    let events = || {
        let is_event = |record: &&OnShard| matches!(record.1, fixture::Record::Transaction(_));
        records.iter().filter(is_event)
    };
    let across = [(0, 1), (1, 0)].into_iter().filter_map(|(one, other)| {
        let first = events().find(|record| record.0 == one)?;
        let last = events().rfind(|record| record.0 == other)?;
        Some(vec![first.clone(), last.clone()])
    });
    // A slow machine has no time for all pairs, so these come early.
    pairs.splice(2.min(pairs.len())..2.min(pairs.len()), across);
    pairs
}

/// Records of several shards, with the mapping that delivers them.
struct Case {
    shards: usize,
    mapping: Mapping,
    records: Vec<OnShard>,
}

impl Case {
    fn draw(generator: &mut Generator) -> Self {
        let drawn = generator.events(MORE_EVENTS);
        let events = drawn.iter().map(|drawn| generator.transaction(drawn));
        let mut records: Vec<_> = events.map(fixture::Record::Transaction).collect();
        scatter_invalid(generator, &mut records, |records, at| {
            let neighbour = &records[at.min(records.len() - 1)];
            neighbour.partition_key().to_owned()
        });
        let shards = generator.number(2..=3) as usize;
        let shard = |record: &fixture::Record| {
            let letters = record.partition_key().bytes().map(usize::from);
            letters.sum::<usize>() % shards
        };
        Self {
            shards,
            mapping: Mapping {
                batch_size: generator.number(3..=6) as usize,
                maximum_retry_attempts: generator.number(0..=2) as usize,
            },
            records: records.into_iter().map(|r| (shard(&r), r)).collect(),
        }
    }

    /// The results of both handlers for some of the records.
    async fn ask(
        &self,
        records: &[OnShard],
        submission: &mut Side<'_>,
        reference: &mut Side<'_>,
    ) -> Result<Answers, End> {
        let (yours, expected) = tokio::join!(
            submission.play(self.shards(records)),
            reference.play(self.shards(records))
        );
        let expected = expected.map_err(|end| match end {
            End::Stopped(stopped) => {
                let trouble = stopped.trouble.describe(&stopped.function);
                End::Problem(Problem::bug(format!("the reference: {trouble}")))
            }
            end => end,
        })?;
        Ok(Answers {
            yours: yours?,
            expected,
        })
    }

    fn shards(&self, records: &[OnShard]) -> Vec<Shard> {
        let shard = |shard: usize| {
            let records = (1..).zip(records);
            let own = records.filter(|(_, (of, _))| *of == shard);
            let own = own.map(|(number, (_, record))| Record {
                sequence_number: format!("4959033827149025660{number:037}"),
                partition_key: record.partition_key().to_owned(),
                data: record.data(),
                // These times are not in order, as in a stream.
                arrived: f64::from(9 + number - number % 3 * 2),
            });
            let id = format!("shardId-{shard:012}");
            Shard::new("generated", &id, own.collect(), self.mapping)
        };
        (0..self.shards).map(shard).collect()
    }

    fn about(&self, records: &[OnShard]) -> String {
        let label = |(_, record): &OnShard| match record {
            fixture::Record::Transaction(t) => facet::label(&t.user_id, t.amount),
            record => format!("{} (not a transaction)", record.partition_key()),
        };
        let records: Vec<_> = records.iter().map(label).collect();
        let size = self.mapping.batch_size;
        format!("{} in batches of {size}", records.join(", "))
    }
}

#[cfg(test)]
mod tests;
