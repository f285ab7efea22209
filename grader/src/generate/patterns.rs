//! Batches for the patterns of step 6. They are small, and their events have much in common:
//! equal users, equal times, matching ids, pauses of exactly the gap.

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

/// With at most this many records, the search can try every smaller batch.
const FEW: usize = 8;

const USERS: [&str; 8] = ["amy", "ben", "cho", "Amy", " amy", "amy2", "東京 ñ", ""];
const KINDS: [&str; 7] = [
    "order",
    "payment",
    "view",
    "Order",
    "order_cancelled",
    " order",
    "",
];

/// The times at which the events of a batch begin, always at a full hour: zero, today, a time
/// with more than 32 bits, and a time a little below 2^62, where an `f64` skips integers.
const BEGINNINGS: [u64; 4] = [
    0,
    1_772_352_000,
    3_600_000_000_000,
    4_611_686_018_427_000_000 / 3600 * 3600,
];

/// Ids of events, which are used in random order.
const IDS: [&str; 12] = [
    "e7", "e10", "E1", "e1", " e1", "e0", "ñ", "e9", "e11", "e5", "e2", "e1.0",
];

/// Ids of transactions. CSV must quote some of them.
const QUOTED: [&str; 5] = ["t7", "t,2", "t\"3\"", "T1", "t\n4"];

const ORDERS: [&str; 5] = ["o10", "o9", "O9", " o9", "o1"];

const MOMENTS: [&str; 3] = [
    "2026-03-01T12:00:00Z",
    "2026-03-01T09:00:00.5Z",
    "1999-12-31T23:59:59+00:00",
];

/// More events than 8 bits can count. Half of the batches get them.
const MANY: usize = 300;

fn to_csv(generator: &mut Generator) -> Pattern {
    let mut merchants = MERCHANTS.to_vec();
    merchants.extend(["line\nbreak", "line\rbreak", "\"", " blank ", ""]);
    let cents = prop_oneof![0..500_000_i64, 0..5_000_000_000_i64];
    let (users, moments) = (select(USERS.to_vec()), select(MOMENTS.to_vec()));
    let row = (users, cents, select(merchants), moments);
    let rows = generator.draw(vec(row, 0..5));
    let transaction =
        |(id, (user, cents, merchant, moment)): (&str, (&str, i64, &str, &str))| Transaction {
            transaction_id: id.into(),
            user_id: user.into(),
            amount: dollars(cents),
            merchant: merchant.into(),
            timestamp: moment.into(),
        };
    let ids = shuffled(generator, &QUOTED).into_iter();
    Pattern::ToCsv(ids.zip(rows).map(transaction).collect())
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
        lateness: generator.draw(select(vec![0, 600, 3600, 7200, u64::MAX])),
    }
}

fn running_average(generator: &mut Generator) -> Pattern {
    // Whole dollars: no average of up to seven amounts is halfway between two cents. There the
    // order of the sum would decide how the average is rounded.
    let most = generator.draw(select(vec![5_000_i64, 50_000_000]));
    let amounts = prop_oneof![1 => Just(0), 4 => 0..most];
    let amounts = generator.draw(vec(amounts, 0..8));
    let amount = |amount| dollars(100 * amount);
    Pattern::RunningAverage(amounts.into_iter().map(amount).collect())
}

fn every_hundredth(generator: &mut Generator) -> Pattern {
    let mut batches = generator.draw(vec(0..150_u64, 1..4));
    if generator.draw(any::<bool>()) {
        // The sum can need more than 16 bits.
        batches.push(65_500);
    }
    Pattern::EveryHundredth(batches)
}

fn join(generator: &mut Generator) -> Pattern {
    // Each order occurs at most once; payments have no such limit.
    let orders = generator.draw(vec(any::<bool>(), ORDERS.len()));
    let dimes = prop_oneof![1..90_i64, 0..500_000_000_i64];
    let payments = generator.draw(vec((0..ORDERS.len(), dimes), 0..6));
    let id = |number: usize| ORDERS[number].to_owned();
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
        gap: generator.draw(select(vec![0, 10, 20, 30, u64::MAX])),
    }
}

fn failed_logins(generator: &mut Generator) -> Pattern {
    let users = select(vec!["amy", "ben", "Amy", ""]);
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

/// Events with times that are multiples of `unit`, in random order.
fn events(generator: &mut Generator, unit: u64) -> Vec<Event> {
    let users = select(USERS.to_vec());
    let beginning = generator.draw(select(BEGINNINGS.to_vec()));
    let drawn = generator.draw(vec((users, select(KINDS.to_vec()), 0..12_u64), 0..12));
    let event = |(id, (user, kind, at)): (&str, (&str, &str, u64))| Event {
        id: id.into(),
        kind: kind.into(),
        user: user.into(),
        at: beginning + at * unit,
    };
    let ids = shuffled(generator, &IDS).into_iter();
    ids.zip(drawn).map(event).collect()
}

/// All ids, in random order.
fn shuffled(generator: &mut Generator, ids: &[&'static str]) -> Vec<&'static str> {
    generator.draw(Just(ids.to_vec()).prop_shuffle())
}

/// Many copies of the last event, with new ids.
fn many(events: &[Event]) -> Vec<Event> {
    let last = events.last().into_iter();
    let again = last.flat_map(|event| std::iter::repeat_n(event, MANY).cloned());
    let numbered = |(number, event): (usize, Event)| Event {
        id: format!("again-{number}"),
        ..event
    };
    again.enumerate().map(numbered).collect()
}

/// The number of records in a batch.
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

/// The same batch with only these records, in their order.
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

/// All smaller batches, the smallest first; none if there are too many records.
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

/// The records of a batch, on one line.
pub fn describe(pattern: &Pattern) -> String {
    let event =
        |event: &Event| format!("{} {} {} at {}", event.id, event.kind, event.user, event.at);
    let events = |batch: &[Event]| join_all(batch, event);
    match pattern {
        Pattern::ToCsv(batch) => join_all(batch, |t| {
            let Transaction {
                user_id, amount, ..
            } = t;
            let (id, merchant) = (&t.transaction_id, &t.merchant);
            format!("{id:?} {user_id} ${amount:.2} {merchant:?}")
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
            let outcome = if login.success { "logs in" } else { "fails" };
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
                _ => unreachable!("smaller batches have the same pattern"),
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
