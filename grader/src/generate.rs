//! Inputs from a seed. All random values depend only on the seed, so the same seed gives the
//! same inputs again. All drawn values can be shrunk.
//!
//! Many amounts are near the thresholds of the course. Every batch has each threshold, the cent
//! below it and the cent above it, so no seed misses them.

pub mod patterns;
pub mod records;

use contract::{Purchase, StandardEvent, Transaction, User};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// The thresholds for amounts, in cents (module 12, stages 1 and 4).
const THRESHOLDS: [i64; 3] = [10_000, 100_000, 300_000];

/// The number of users.
pub const USERS: usize = 8;
/// The number of users that are in the table.
const KNOWN: usize = 4;

/// The order of the users at the thresholds: known and unknown users alternate.
const TURNS: [usize; USERS] = [0, 4, 1, 5, 2, 6, 3, 7];

/// Names of different kinds. The simplest comes first, because shrinking leads to the first.
const MERCHANTS: [&str; 10] = [
    "Shop",
    "Café \"24/7\"",
    "Zoo, Inc.",
    "Tip\\Top",
    " Kiosk ",
    "",
    "東京ショップ ✓",
    "42",
    "two\nlines\tand a tab",
    "The Very Long Name of a Shop That Sells Everything from Apples to Zithers, and More",
];

const TIERS: [&str; 6] = ["gold", "silver", "bronze", "Gold", "", " vip 東京 "];

const COUNTRIES: [&str; 6] = ["US", "DE", "NG", "us", "", "Côte d’Ivoire"];

/// A time with the given second, in the forms that RFC 3339 allows for UTC.
const MOMENTS: [fn(usize) -> String; 4] = [
    |second| format!("2026-03-01T09:00:{second:02}Z"),
    |second| format!("2026-03-01T09:00:{second:02}.123456789Z"),
    |second| format!("2026-03-01T09:00:{second:02}+00:00"),
    |second| format!("1999-12-31T23:59:{second:02}.5Z"),
];

/// A seed that is not known in advance, and is short enough to type.
pub fn draw_seed() -> u64 {
    u64::from(uuid::Uuid::new_v4().as_fields().0)
}

/// Draws inputs from a seed.
pub struct Generator {
    runner: TestRunner,
    /// Users by number. The first [`KNOWN`] of them are in the table.
    people: Vec<User>,
    numbered: usize,
}

/// A drawn event that can be made simpler.
pub struct GeneratedEvent {
    tree: Box<dyn ValueTree<Value = Choices>>,
    id: String,
    second: usize,
}

/// The user, the cents, the merchant, and the form of the time.
type Choices = (usize, i64, usize, usize);

impl Generator {
    /// With a different `purpose`, the same seed gives different inputs.
    pub fn new(seed: u64, purpose: &str) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        for (byte, letter) in bytes[8..].iter_mut().zip(purpose.bytes()) {
            *byte = letter;
        }
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let mut generator = Self {
            runner: TestRunner::new_with_rng(Config::default(), rng),
            people: Vec::new(),
            numbered: 0,
        };
        generator.people = (0..USERS).map(|number| generator.person(number)).collect();
        generator.give_ids();
        generator
    }

    /// A user with a unique name.
    fn person(&mut self, number: usize) -> User {
        let letters = proptest::collection::vec(proptest::char::range('a', 'z'), 3..8);
        let name: String = self.draw(letters).into_iter().collect();
        User {
            user_id: format!("{name}{number}"),
            name: format!("Dr. {name} Ö."),
            tier: self.draw(select(TIERS.to_vec())).into(),
            country: self.draw(select(COUNTRIES.to_vec())).into(),
        }
    }

    /// Gives the known users ids of different kinds; the first one is the simplest. Each unknown
    /// user gets the id of a known user with one change: the case, the spaces, a missing end, or
    /// a longer end.
    fn give_ids(&mut self) {
        let people = &mut self.people;
        people[1].user_id = format!(" {} ", people[1].user_id);
        people[1].name = format!("  {}, \"Jr.\"\\", people[1].name);
        people[2].user_id = format!("{}-{}-東京-ñ", people[2].user_id, "long".repeat(8));
        people[2].name = people[2].name.repeat(20);
        people[3].tier = String::new();
        people[3].user_id = format!("#{}/{}", people[3].user_id, people[0].user_id);
        let known: Vec<_> = people[..KNOWN]
            .iter()
            .map(|it| it.user_id.clone())
            .collect();
        people[4].user_id = known[0].to_uppercase();
        people[5].user_id = known[1].trim().to_owned();
        people[6].user_id = known[2].chars().take(20).collect();
        people[7].user_id = format!("{}0", known[0]);
    }

    fn draw<S: Strategy>(&mut self, strategy: S) -> S::Value {
        self.tree(strategy).current()
    }

    fn tree<S: Strategy>(&mut self, strategy: S) -> S::Tree {
        let tree = strategy.new_tree(&mut self.runner);
        tree.expect("no strategy here rejects a value")
    }

    /// A number from a range.
    pub fn number(&mut self, range: std::ops::RangeInclusive<u64>) -> u64 {
        self.draw(range)
    }

    /// The users of the table.
    pub fn table(&self) -> Vec<User> {
        self.people[..KNOWN].to_vec()
    }

    /// A batch of events: each threshold and both sides of it, `more` events of all kinds, and a
    /// purchase that occurs twice. Some events belong to users that are not in the table.
    pub fn events(&mut self, more: usize) -> Vec<GeneratedEvent> {
        let mut events = Vec::new();
        for threshold in THRESHOLDS {
            for cents in [-1, 0, 1] {
                let turn = TURNS[events.len() % USERS];
                events.push(self.event(Just(turn), Just(threshold + cents).boxed()));
            }
        }
        events.extend((0..more).map(|_| self.event(0..USERS, cents())));
        let first = self.number(0..=events.len() as u64 - 1) as usize;
        let again = self.again(&events[first]);
        events.push(again);
        events
    }

    /// The same event with a different id.
    fn again(&mut self, drawn: &GeneratedEvent) -> GeneratedEvent {
        let (user, cents, merchant, moment) = drawn.tree.current();
        let mut again = self.event(Just(user), Just(cents).boxed());
        let same = (Just(user), Just(cents), Just(merchant), Just(moment));
        again.tree = Box::new(self.tree(same));
        again.second = drawn.second;
        again
    }

    fn event(
        &mut self,
        user: impl Strategy<Value = usize> + 'static,
        cents: BoxedStrategy<i64>,
    ) -> GeneratedEvent {
        self.numbered += 1;
        let mark: u32 = self.draw(0..=0xFFFF_u32);
        GeneratedEvent {
            tree: Box::new(self.tree((user, cents, 0..MERCHANTS.len(), 0..MOMENTS.len()))),
            id: format!("txn_{mark:04x}_{:03}", self.numbered),
            // Times can be equal and out of order, as events from several machines are.
            second: self.numbered * 2 % 3,
        }
    }

    /// Transactions of very many users, `each` transactions per user. The users take turns.
    pub fn crowd(&mut self, users: usize, each: usize) -> Vec<Transaction> {
        (0..users * each)
            .map(|number| Transaction {
                transaction_id: format!("txn_{number:06}"),
                user_id: format!("user-{:06}", number % users),
                amount: dollars(self.draw(0..500_000_i64)),
                merchant: "Shop".into(),
                timestamp: "2026-03-01T09:00:00Z".into(),
            })
            .collect()
    }

    /// A drawn event as a transaction.
    pub fn transaction(&self, drawn: &GeneratedEvent) -> Transaction {
        let (user, cents, merchant, moment) = drawn.tree.current();
        Transaction {
            transaction_id: drawn.id.clone(),
            user_id: self.people[user].user_id.clone(),
            amount: dollars(cents),
            merchant: MERCHANTS[merchant].into(),
            timestamp: MOMENTS[moment](drawn.second),
        }
    }

    /// A drawn event as a purchase.
    pub fn purchase(&self, drawn: &GeneratedEvent) -> Purchase {
        let Transaction {
            user_id,
            amount,
            merchant,
            ..
        } = self.transaction(drawn);
        Purchase {
            user_id,
            amount,
            merchant,
        }
    }
}

impl GeneratedEvent {
    /// Makes the event simpler, if possible.
    pub fn simplify(&mut self) -> bool {
        self.tree.simplify()
    }

    /// Undoes a part of the last simplification, if possible.
    pub fn complicate(&mut self) -> bool {
        self.tree.complicate()
    }
}

/// A transaction in the standard format, as the reference transforms it. Only `processed_at`
/// differs: it is the time of the purchase.
pub fn standard(event: &Transaction) -> StandardEvent {
    StandardEvent {
        id: event.transaction_id.clone(),
        user: event.user_id.clone(),
        amount_usd: event.amount,
        merchant: event.merchant.clone(),
        timestamp: event.timestamp.clone(),
        processed_at: event.timestamp.clone(),
        user_name: None,
        user_tier: None,
        user_country: None,
    }
}

/// Amounts in cents, the simplest first: multiples of 100 dollars, small amounts, amounts near a
/// threshold, any amounts.
fn cents() -> BoxedStrategy<i64> {
    let near = (select(THRESHOLDS.to_vec()), -3..=3_i64).prop_map(|(at, by)| at + by);
    prop_oneof![
        2 => (0..=50_i64).prop_map(|hundreds| hundreds * 10_000),
        2 => 0..=200_i64,
        3 => near,
        2 => 0..=50_000_i64,
        2 => 0..=500_000_i64,
        1 => 0..=100_000_000_i64,
        1 => 0..=5_000_000_000_i64,
    ]
    .boxed()
}

fn dollars(cents: i64) -> f64 {
    cents as f64 / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(seed: u64) -> Vec<Transaction> {
        let mut generator = Generator::new(seed, "test");
        let drawn = generator.events(20);
        drawn.iter().map(|d| generator.transaction(d)).collect()
    }

    #[test]
    fn a_seed_gives_the_same_inputs_again_and_another_gives_others() {
        assert_eq!(events(7), events(7));
        assert_ne!(events(7), events(8));
    }

    #[test]
    fn a_purchase_is_made_twice() {
        for seed in 0..50 {
            let mut events = events(seed);
            let again = events.pop().unwrap();
            let first = events.iter().find(|e| {
                e.transaction_id != again.transaction_id && {
                    let transaction_id = again.transaction_id.clone();
                    Transaction {
                        transaction_id,
                        ..(*e).clone()
                    } == again
                }
            });
            assert!(first.is_some(), "seed {seed}");
        }
    }

    #[test]
    fn both_sides_of_every_threshold_are_in_every_batch() {
        for seed in 0..50 {
            let amounts: Vec<_> = events(seed).iter().map(|e| e.amount).collect();
            for amount in [
                99.99, 100.0, 100.01, 999.99, 1000.0, 2999.99, 3000.0, 3000.01,
            ] {
                assert!(amounts.contains(&amount), "seed {seed} misses {amount}");
            }
        }
    }

    proptest! {
        #[test]
        fn shrinking_finds_the_simplest_event_that_still_fails(
            seed: u64,
            percent in (0..=100_usize, 0..=100_i64, 0..=100_usize),
        ) {
            let mut generator = Generator::new(seed, "test");
            let mut drawn = generator.event(0..USERS, (0..=500_000_i64).boxed());
            let (user, cents, merchant, _) = drawn.tree.current();
            let (user, cents) = (user * percent.0 / 100, cents * percent.1 / 100);
            let simplest = (user, cents, merchant * percent.2 / 100, 0);
            let mut moved = drawn.simplify();
            while moved {
                let (user, cents, merchant, _) = drawn.tree.current();
                let fails = user >= simplest.0 && cents >= simplest.1 && merchant >= simplest.2;
                moved = if fails { drawn.simplify() } else { drawn.complicate() };
            }
            prop_assert_eq!(drawn.tree.current(), simplest);
        }
    }
}
