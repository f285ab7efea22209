//! Step 1: the results for generated purchases.

use std::collections::BTreeMap;

use contract::{Purchase, Transaction};
use serde_json::{Value, json};

use super::shrink::simplify;
use super::{Answers, Both, End, SHRINK_WITHIN, of_reference, of_submission};
use crate::call;
use crate::generate::Generator;
use crate::provision;
use crate::scenario::{Context, Facets, facet, setup};

/// The number of purchases, without those at the thresholds.
const MORE_PURCHASES: usize = 6;

/// The most records in one PutRecords call.
const AT_ONCE: usize = 500;

generated!(GeneratedPurchases);

/// The smallest batch of purchases that arrives differently from the reference's.
async fn compare(context: &mut Context<'_>) -> Result<Facets, End> {
    let mut generator = Generator::new(context.seed, "purchases");
    let mut drawn = generator.events(MORE_PURCHASES);
    let all: Vec<Purchase> = drawn.iter().map(|d| generator.purchase(d)).collect();
    provision::empty_stream(&context.made, &context.stream, 1).await?;
    let mut both = Both::open(context)?;
    let nothing = send(&mut both, &[]).await?;
    if !nothing.agree() {
        return Ok(Answers::facet([(label(&[]), nothing)], 0));
    }
    if send(&mut both, &all).await?.agree() {
        // Without PutRecords, the number of purchases makes no difference.
        if !both.context.proxy.journal().asked("PutRecords") {
            return Ok(Answers::facet([], 0));
        }
        let many = more_than_at_once(&all);
        let answers = send_alone(both.context, &many).await?;
        if answers.agree() {
            return Ok(Answers::facet([], 0));
        }
        return Ok(Answers::facet([(label(&many), answers)], many.len()));
    }
    for drawn in &mut drawn {
        let alone = vec![generator.purchase(drawn)];
        let answers = send(&mut both, &alone).await?;
        if answers.agree() {
            continue;
        }
        let failing = (alone, answers);
        let (simplest, answers) = simplify(
            &generator,
            drawn,
            failing,
            SHRINK_WITHIN,
            async |generator, drawn| {
                let alone = vec![generator.purchase(drawn)];
                let answers = send(&mut both, &alone).await?;
                Ok((alone, answers))
            },
        )
        .await?;
        return Ok(Answers::facet([(label(&simplest), answers)], 1));
    }
    let answers = send(&mut both, &all).await?;
    Ok(Answers::facet([(label(&all), answers)], all.len()))
}

/// More purchases than one PutRecords call takes (Kinesis API, PutRecords), of few users.
fn more_than_at_once(all: &[Purchase]) -> Vec<Purchase> {
    let numbered = |(number, purchase): (usize, Purchase)| Purchase {
        amount: number as f64,
        ..purchase
    };
    all.iter()
        .cloned()
        .cycle()
        .enumerate()
        .map(numbered)
        .take(AT_ONCE + 1)
        .collect()
}

/// The submission sends many purchases. Here they are compared with the purchases themselves; the
/// reference is not asked.
async fn send_alone(context: &mut Context<'_>, purchases: &[Purchase]) -> Result<Answers, End> {
    let (clients, stream) = (context.clients, context.another_stream());
    provision::empty_stream(&context.made, &stream, 1).await?;
    let call = call::send_transactions(&stream, purchases);
    let yours = of_submission(context, &call, |_: &Value| Ok(json!("Ok"))).await?;
    if yours != "Ok" {
        return Ok(Answers {
            yours,
            expected: json!("Ok"),
        });
    }
    let mut expected: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for purchase in purchases {
        let sent = expected.entry(purchase.user_id.clone()).or_default();
        sent.push((purchase.amount, purchase.merchant.clone()));
    }
    let mut yours: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for record in setup::read_all(clients, &stream).await? {
        if let Ok(sent) = Transaction::parse(record.data.as_ref()) {
            let of_user = yours.entry(sent.user_id).or_default();
            of_user.push((sent.amount, sent.merchant));
        }
    }
    Ok(Answers {
        yours: json!(yours),
        expected: json!(expected),
    })
}

fn label(purchases: &[Purchase]) -> String {
    match purchases {
        [] => "no purchases".to_owned(),
        [one] => facet::label(&one.user_id, one.amount),
        many => format!("{} purchases", many.len()),
    }
}

/// The reference, then the submission, sends the purchases to the same stream.
async fn send(both: &mut Both<'_, '_>, purchases: &[Purchase]) -> Result<Answers, End> {
    let (clients, stream) = (both.context.clients, both.context.stream.clone());
    let call = call::send_transactions(&stream, purchases);
    let before = setup::read_all(clients, &stream).await?.len();
    // A submission may have deleted the stream.
    if before == 0 && !provision::stream_is_there(clients, &stream).await? {
        provision::empty_stream(&both.context.made, &stream, 1).await?;
    }
    let done = |_: &Value| Ok(json!("Ok"));
    let expected = of_reference(&mut both.reference, &call, done).await?;
    let yours = of_submission(both.context, &call, done).await?;
    if yours != expected {
        return Ok(Answers { yours, expected });
    }
    let records = setup::read_all(clients, &stream).await?;
    let sent = &records[before.min(records.len())..];
    // The reference's records come first: it sent every purchase.
    let (expected, yours) = sent.split_at(purchases.len().min(sent.len()));
    let began = both.context.began;
    let view = |records| {
        let said: BTreeMap<_, _> = setup::send::sent(records, began)
            .facets
            .into_iter()
            .collect();
        json!({ "records": said["records"], "partition keys": said["partition_keys"] })
    };
    Ok(Answers {
        yours: view(yours),
        expected: view(expected),
    })
}
