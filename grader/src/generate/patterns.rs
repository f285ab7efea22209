//! Batches for the patterns of step 6, small ones with much in common: equal users,
//! equal times, ids that meet, pauses of just the gap.

use contract::Transaction;
use contract::patterns::{Commerce, Event, Login, Order, Payment};

use crate::pattern::Pattern;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::{Generator, MERCHANTS, dollars};

/// Draws a batch for one pattern.
type Draw = fn(&mut Generator) -> Pattern;

pub const ALL: [Draw; 9] = [
    to_csv,
    split,
    count_per_user,
    count_per_hour,
    running_average,
    every_hundredth,
    join,
    sessions,
    failed_logins,
];

/// Of so many records, all ways of leaving some out can be tried.
const FEW: usize = 8;

const USERS: [&str; 7] = ["amy", "ben", "cho", "Amy", " amy", "amy2", "東京 ñ"];
const KINDS: [&str; 7] = [
    "order",
    "payment",
    "view",
    "Order",
    "order_cancelled",
    " order",
    "",
];

/// When the events of a batch begin: at zero, today, and past what 32 bits hold, at the full
/// hour each.
const BEGINNINGS: [u64; 3] = [0, 1_772_352_000, 3_600_000_000_000];

/// More events than 8 bits count, in one batch of two.
const MANY: usize = 300;

fn to_csv(generator: &mut Generator) -> Pattern {
    let mut merchants = MERCHANTS.to_vec();
    merchants.extend(["line\nbreak", "line\rbreak", "\"", " blank ", ""]);
    let row = (select(USERS.to_vec()), 0..500_000_i64, select(merchants));
    let rows = generator.draw(vec(row, 0..5));
    let transaction = |(number, (user, cents, merchant)): (usize, (&str, i64, &str))| Transaction {
        transaction_id: format!("t{number}"),
        user_id: user.into(),
        amount: dollars(cents),
        merchant: merchant.into(),
        timestamp: "2026-03-01T12:00:00Z".into(),
    };
    Pattern::ToCsv(rows.into_iter().enumerate().map(transaction).collect())
}

fn split(generator: &mut Generator) -> Pattern {
    Pattern::Split(events(generator, 10))
}

fn count_per_user(generator: &mut Generator) -> Pattern {
    let mut events = events(generator, 10);
    if generator.draw(any::<bool>()) {
        events.extend(many(&events));
    }
    Pattern::CountPerUser(events)
}

fn count_per_hour(generator: &mut Generator) -> Pattern {
    let mut events = events(generator, 1800);
    if generator.draw(any::<bool>()) {
        events.extend(many(&events));
    }
    Pattern::CountPerHour {
        events,
        lateness: generator.draw(select(vec![0, 600, 3600, 7200])),
    }
}

fn running_average(generator: &mut Generator) -> Pattern {
    // Whole dollars: no average of up to seven lies between two cents, where the order
    // of the sum decides how it is rounded.
    let most = generator.draw(select(vec![5_000_i64, 50_000_000]));
    let amounts = generator.draw(vec(0..most, 0..8));
    let amount = |amount| dollars(100 * amount);
    Pattern::RunningAverage(amounts.into_iter().map(amount).collect())
}

fn every_hundredth(generator: &mut Generator) -> Pattern {
    let mut batches = generator.draw(vec(0..150_u64, 1..4));
    if generator.draw(any::<bool>()) {
        // More than 16 bits count.
        batches.push(65_500);
    }
    Pattern::EveryHundredth(batches)
}

fn join(generator: &mut Generator) -> Pattern {
    // Each order comes once; payments come as they like.
    let orders = generator.draw(vec(any::<bool>(), 4));
    let payments = generator.draw(vec((0..5_usize, 1..90_i64), 0..6));
    let id = |number: usize| format!("order-{number}");
    let order = |number: usize| {
        Commerce::Order(Order {
            order_id: id(number),
            amount: dollars(1000 * (number as i64 + 1)),
        })
    };
    let payment = |(number, dimes): (usize, i64)| {
        Commerce::Payment(Payment {
            order_id: id(number),
            amount: dollars(10 * dimes),
        })
    };
    let mut events: Vec<_> = payments.into_iter().map(payment).collect();
    for number in (0..orders.len()).filter(|number| orders[*number]) {
        let at = generator.draw(0..=events.len());
        events.insert(at, order(number));
    }
    Pattern::Join(events)
}

fn sessions(generator: &mut Generator) -> Pattern {
    Pattern::Sessions {
        events: events(generator, 10),
        gap: generator.draw(select(vec![10, 20, 30])),
    }
}

fn failed_logins(generator: &mut Generator) -> Pattern {
    let users = select(USERS[..3].to_vec());
    let pauses = select(vec![0_u64, 60, 100, 150, 151, 300, 301]);
    let login = (users, pauses, prop::bool::weighted(0.15));
    let mut at = generator.draw(select(BEGINNINGS.to_vec()));
    let logins = generator.draw(vec(login, 0..14));
    let login = |(user, pause, success): (&str, u64, bool)| {
        at += pause;
        Login {
            user: user.into(),
            at,
            success,
        }
    };
    Pattern::FailedLogins(logins.into_iter().map(login).collect())
}

/// Events whose times are multiples of `unit`, in no order.
fn events(generator: &mut Generator, unit: u64) -> Vec<Event> {
    let users = select(USERS.to_vec());
    let beginning = generator.draw(select(BEGINNINGS.to_vec()));
    let drawn = generator.draw(vec((users, select(KINDS.to_vec()), 0..12_u64), 0..12));
    let event = |(number, (user, kind, at)): (usize, (&str, &str, u64))| Event {
        id: format!("e{number}"),
        kind: kind.into(),
        user: user.into(),
        at: beginning + at * unit,
    };
    drawn.into_iter().enumerate().map(event).collect()
}

/// Very many like the last one, of the same user and the same time.
fn many(events: &[Event]) -> Vec<Event> {
    let last = events.last().into_iter();
    let again = last.flat_map(|event| std::iter::repeat_n(event, MANY).cloned());
    let numbered = |(number, event): (usize, Event)| Event {
        id: format!("again-{number}"),
        ..event
    };
    again.enumerate().map(numbered).collect()
}

/// How many records a batch has.
pub fn len(pattern: &Pattern) -> usize {
    match pattern {
        Pattern::ToCsv(batch) => batch.len(),
        Pattern::Split(batch) | Pattern::CountPerUser(batch) => batch.len(),
        Pattern::CountPerHour { events, .. } | Pattern::Sessions { events, .. } => events.len(),
        Pattern::RunningAverage(batch) => batch.len(),
        Pattern::EveryHundredth(batch) => batch.len(),
        Pattern::Join(batch) => batch.len(),
        Pattern::FailedLogins(batch) => batch.len(),
    }
}

/// The same batch with only those records left, in their order.
pub fn only(pattern: &Pattern, kept: &[usize]) -> Pattern {
    let gone = (0..len(pattern)).rev().filter(|at| !kept.contains(at));
    gone.fold(pattern.clone(), |pattern, at| without(&pattern, at))
}

/// The same batch without one of its records.
fn without(pattern: &Pattern, at: usize) -> Pattern {
    let mut smaller = pattern.clone();
    match &mut smaller {
        Pattern::ToCsv(batch) => drop(batch.remove(at)),
        Pattern::Split(batch) | Pattern::CountPerUser(batch) => drop(batch.remove(at)),
        Pattern::CountPerHour { events, .. } | Pattern::Sessions { events, .. } => {
            drop(events.remove(at));
        }
        Pattern::RunningAverage(batch) => drop(batch.remove(at)),
        Pattern::EveryHundredth(batch) => drop(batch.remove(at)),
        Pattern::Join(batch) => drop(batch.remove(at)),
        Pattern::FailedLogins(batch) => drop(batch.remove(at)),
    }
    smaller
}

/// Every batch that is left when some of a few records go, the smallest first. Of many
/// records there would be too many.
pub fn smaller(pattern: &Pattern) -> Vec<Pattern> {
    let records = len(pattern);
    if records > FEW {
        return Vec::new();
    }
    let mut kept: Vec<u32> = (0..(1 << records) - 1).collect();
    kept.sort_by_key(|kept| kept.count_ones());
    let left = |kept: u32| {
        let kept: Vec<_> = (0..records).filter(|at| kept >> at & 1 == 1).collect();
        only(pattern, &kept)
    };
    kept.into_iter().map(left).collect()
}

/// A batch in a line, record by record.
pub fn describe(pattern: &Pattern) -> String {
    let event =
        |event: &Event| format!("{} {} {} at {}", event.id, event.kind, event.user, event.at);
    let events = |batch: &[Event]| join_all(batch, event);
    match pattern {
        Pattern::ToCsv(batch) => join_all(batch, |t| {
            format!("{} ${:.2} {:?}", t.user_id, t.amount, t.merchant)
        }),
        Pattern::Split(batch) | Pattern::CountPerUser(batch) => events(batch),
        Pattern::CountPerHour {
            events: batch,
            lateness,
        } => {
            format!("{}, lateness {lateness}", events(batch))
        }
        Pattern::Sessions { events: batch, gap } => format!("{}, gap {gap}", events(batch)),
        Pattern::RunningAverage(batch) => join_all(batch, |amount| format!("${amount:.2}")),
        Pattern::EveryHundredth(batch) => join_all(batch, |many| format!("{many} events")),
        Pattern::Join(batch) => join_all(batch, |event| match event {
            Commerce::Order(order) => format!("{} ${:.2}", order.order_id, order.amount),
            Commerce::Payment(payment) => {
                format!("payment ${:.2} of {}", payment.amount, payment.order_id)
            }
        }),
        Pattern::FailedLogins(batch) => join_all(batch, |login| {
            let outcome = if login.success { "in" } else { "fails" };
            format!("{} {outcome} at {}", login.user, login.at)
        }),
    }
}

fn join_all<T>(batch: &[T], text: impl Fn(&T) -> String) -> String {
    batch.iter().map(text).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_smallest_come_first() {
        let batch = Pattern::EveryHundredth(vec![1, 2, 3]);
        let smaller = smaller(&batch);
        let left = [
            vec![],
            vec![1],
            vec![2],
            vec![3],
            vec![1, 2],
            vec![1, 3],
            vec![2, 3],
        ];
        assert_eq!(smaller, left.map(Pattern::EveryHundredth));
    }

    #[test]
    fn every_record_can_be_left_out() {
        let mut generator = Generator::new(5, "test");
        for draw in ALL {
            let mut pattern = draw(&mut generator);
            while len(&pattern) > 0 {
                let smaller = without(&pattern, 0);
                assert_eq!(len(&smaller), len(&pattern) - 1);
                assert_ne!(describe(&pattern), describe(&smaller));
                pattern = smaller;
            }
        }
    }

    proptest! {
        #[test]
        fn the_smaller_ones_are_all_there_are_each_once(records in 0..12_u64) {
            let batch: Vec<_> = (0..records).collect();
            let smaller = smaller(&Pattern::EveryHundredth(batch));
            let left: Vec<_> = smaller.iter().map(|smaller| match smaller {
                Pattern::EveryHundredth(left) => left,
                _ => unreachable!("a pattern stays what it is"),
            }).collect();
            let expected = if records as usize > FEW { 0 } else { (1 << records) - 1 };
            prop_assert_eq!(left.len(), expected);
            prop_assert_eq!(left.iter().collect::<BTreeSet<_>>().len(), expected);
            prop_assert!(left.is_sorted_by_key(|left| left.len()));
            prop_assert!(left.iter().all(|left| left.is_sorted() && (left.len() as u64) < records));
        }

        #[test]
        fn of_every_pattern_those_records_are_kept_that_are_to_be(
            seed: u64,
            draw in 0..ALL.len(),
            kept in prop::bits::u16::ANY,
        ) {
            let pattern = ALL[draw](&mut Generator::new(seed, "test"));
            let kept: Vec<_> = (0..len(&pattern)).filter(|at| kept >> (at % 16) & 1 == 1).collect();
            let few = only(&pattern, &kept);
            prop_assert_eq!(len(&few), kept.len());
            for (at, before) in kept.iter().enumerate() {
                prop_assert_eq!(only(&few, &[at]), only(&pattern, &[*before]));
            }
        }
    }
}
