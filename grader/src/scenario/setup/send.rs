//! Step 1: the transactions that are sent to the stream.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_kinesis::types::Record;
use contract::{Purchase, Transaction};
use futures::future::try_join_all;
use protocol::Call;
use serde::Deserialize;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::read_all;
use crate::fixture::{self, Fixture};
use crate::problem::Result;
use crate::scenario::refusal::for_each_error;
use crate::scenario::{Context, End, Facet, Facets, Kind, Stopped, facet};
use crate::{call, provision};

/// An empty stream, and the call that sends purchases to it.
async fn sending(context: &Context<'_>, purchases: Vec<Purchase>) -> Result<Call> {
    let stream = context.stream.clone();
    provision::empty_stream(&context.made, &stream, 1).await?;
    Ok(call::send_transactions(&stream, &purchases))
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SendTransactions {
    purchases: String,
}

impl Kind for SendTransactions {
    fn fixtures(&self) -> Vec<Fixture> {
        vec![Fixture::Purchases(self.purchases.clone())]
    }

    fn facets(&self) -> &'static [Facet] {
        &["records", "partition_keys", "timestamps", "printed"]
    }

    async fn run(&self, context: &mut Context<'_>) -> Result<Facets, End> {
        let Self { purchases } = self;
        let call = sending(context, fixture::purchases(context.course, purchases)?).await?;
        context.call(call).await?;
        // Only the output matters here. Generated purchases test whether this call works.
        let nothing = call::send_transactions(&context.stream, &[]);
        context.attempt(nothing).await?;
        let records = read_all(context.clients, &context.stream).await?;
        let seen = sent(&records, context.began).with_text("printed");
        // It decides on the shard in place of the partition key (Kinesis API, PutRecord).
        let calls = context.proxy.journal().calls;
        let has_hash_key = |request: &Value| request.to_string().contains("\"ExplicitHashKey\"");
        if calls.iter().any(|call| has_hash_key(&call.request)) {
            let overridden = json!("replaced by an explicit hash key");
            return Ok(seen.with("partition_keys", overridden));
        }
        Ok(seen)
    }
}

/// So many that a few random digits are not enough for unique ids.
const SENT_IN_A_RUN: usize = 50;

/// The ids of three runs of the program, two of them at the same time.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SendTransactionsTwice {
    purchases: String,
}

impl Kind for SendTransactionsTwice {
    fn fixtures(&self) -> Vec<Fixture> {
        vec![Fixture::Purchases(self.purchases.clone())]
    }

    fn facets(&self) -> &'static [Facet] {
        &["transaction_ids"]
    }

    async fn run(&self, context: &mut Context<'_>) -> Result<Facets, End> {
        let Self { purchases } = self;
        let purchases = fixture::purchases(context.course, purchases)?;
        let many: Vec<_> = purchases.into_iter().cycle().take(SENT_IN_A_RUN).collect();
        let call = sending(context, many.clone()).await?;
        context.call(call.clone()).await?;
        let first = read_all(context.clients, &context.stream).await?;
        context.crash().await?;
        let mut beside = context.observer.start_behind(&context.proxy)?;
        let (one, other) = tokio::join!(context.call(call.clone()), beside.call(&call));
        beside.finish().await;
        one?;
        other.map_err(|trouble| Stopped::at(call.name(), trouble))?;
        let all = read_all(context.clients, &context.stream).await?;
        let ids = json!({
            "in one run": facet::distinct(&ids(&first)),
            "users whose records are out of order": out_of_order(transactions(&first), &many),
            "in three runs, two of them at the same time": facet::distinct(&ids(&all)),
        });
        Ok(Facets::default().with("transaction_ids", ids))
    }
}

/// The number of users whose transactions do not come in the order of the purchases.
fn out_of_order(sent: impl IntoIterator<Item = Transaction>, purchases: &[Purchase]) -> usize {
    let bought = purchases
        .iter()
        .map(|p| (p.user_id.clone(), p.merchant.clone()));
    let wanted = in_order(bought);
    let sent = sent.into_iter();
    let given = in_order(sent.map(|sent| (sent.user_id, sent.merchant)));
    let differs = |user: &&String| given.get(*user) != wanted.get(*user);
    wanted.keys().filter(differs).count()
}

fn ids(records: &[Record]) -> Vec<String> {
    let sent = transactions(records);
    sent.map(|transaction| transaction.transaction_id).collect()
}

/// The records that are transactions.
fn transactions(records: &[Record]) -> impl Iterator<Item = Transaction> {
    let parsed = |record: &Record| Transaction::parse(record.data.as_ref()).ok();
    records.iter().filter_map(parsed)
}

/// AWS fails: the function may return an error, but may not lose records without an error.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SendTransactionsOrFail {
    purchases: String,
    /// The errors that the scenario's faults return, one after the other.
    #[serde(default)]
    errors: Vec<String>,
}

impl Kind for SendTransactionsOrFail {
    fn fixtures(&self) -> Vec<Fixture> {
        vec![Fixture::Purchases(self.purchases.clone())]
    }

    fn facets(&self) -> &'static [Facet] {
        &["lost"]
    }

    async fn run(&self, context: &mut Context<'_>) -> Result<Facets, End> {
        let Self { purchases, errors } = self;
        let purchases = fixture::purchases(context.course, purchases)?;
        let rounds = 0..errors.len().max(1);
        let streams: Vec<_> = rounds.map(|_| context.another_stream()).collect();
        let made = streams.iter();
        try_join_all(made.map(|stream| provision::empty_stream(&context.made, stream, 1))).await?;
        let lost = for_each_error(context, errors, async |context, round| {
            lost(context, &streams[round], &purchases).await
        });
        Ok(Facets::default().with("lost", lost.await?))
    }
}

/// How many of the sent purchases are lost, sent again, or out of order.
async fn lost(
    context: &mut Context<'_>,
    stream: &str,
    purchases: &[Purchase],
) -> Result<Value, End> {
    let call = call::send_transactions(stream, purchases);
    if context.attempt(call).await?.is_none() {
        return Ok(loss(0, 0, 0));
    }
    let records = read_all(context.clients, stream).await?;
    let mut known = BTreeSet::new();
    // Each purchase is its own transaction, so one id is one purchase.
    let sent: Vec<_> = transactions(&records)
        .filter(|sent| known.insert(sent.transaction_id.clone()))
        .collect();
    let lost = purchases.len().saturating_sub(sent.len());
    let again = records.len() - sent.len();
    let disordered = match lost {
        0 => out_of_order(sent, purchases),
        _ => 0,
    };
    Ok(loss(lost, again, disordered))
}

fn loss(lost: usize, again: usize, disordered: usize) -> Value {
    json!({
        "transactions lost without an error": lost,
        "records sent again": again,
        "users whose records are out of order": disordered,
    })
}

/// The merchants of each user, in order.
fn in_order(bought: impl Iterator<Item = (String, String)>) -> BTreeMap<String, Vec<String>> {
    let mut by_user = BTreeMap::<_, Vec<_>>::new();
    for (user, merchant) in bought {
        by_user.entry(user).or_default().push(merchant);
    }
    by_user
}

/// The facets of records that were sent since a time: their contents, by user and in order, their
/// partition keys and their times.
pub fn sent(records: &[Record], since: OffsetDateTime) -> Facets {
    let (mut by_user, mut keys) = (BTreeMap::<_, Vec<_>>::new(), BTreeMap::<_, Vec<_>>::new());
    let (mut times, mut unreadable) = (Vec::new(), Vec::new());
    for record in records {
        let data = record.data.as_ref();
        let sent: Transaction = match serde_json::from_slice(data) {
            Ok(sent) => sent,
            Err(why) => {
                unreadable.push(facet::unreadable(&why, &facet::readable(data)));
                continue;
            }
        };
        let is_id = record.partition_key.as_ref() == Some(&sent.transaction_id);
        let key = match is_id {
            true => Some("[the transactionId]".to_owned()),
            false => record.partition_key.clone(),
        };
        keys.entry(sent.user_id.clone()).or_default().push(key);
        by_user.entry(sent.user_id).or_default().push(json!({
            "amount": facet::dollars(sent.amount),
            "merchant": sent.merchant,
        }));
        times.push(facet::now(&sent.timestamp, since));
    }
    let mut said = json!(by_user);
    if let Some((name, note)) = facet::note("not a transaction", &unreadable) {
        said[name] = note;
    }
    Facets::default()
        .with("records", said)
        .with("partition_keys", json!(keys))
        .with("timestamps", json!(times))
}
