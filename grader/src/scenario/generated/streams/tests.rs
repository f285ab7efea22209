//! Tests of the search among generated events.

use proptest::prelude::*;
use proptest::sample::Index;

use super::super::shrink::tests::{EVER, are_among, finished};
use super::*;

/// How a submission is wrong at one event, the culprit.
#[derive(Clone, Copy, Debug)]
enum Wrong {
    Panics,
    /// Only this event differs.
    Differs,
    /// This event and all later events differ.
    DiffersFromThen,
}

/// A submission that is wrong at its culprit.
struct Submission {
    culprit: String,
    /// It is wrong only if all these events come before.
    after: Vec<String>,
    wrong: Wrong,
}

impl Submission {
    fn run(&self, events: &[Transaction]) -> Answers {
        let expected = json!(
            events
                .iter()
                .map(|e| json!({ "event": e.transaction_id }))
                .collect::<Vec<_>>()
        );
        let mut yours = expected.clone();
        let at = events.iter().position(|e| e.transaction_id == self.culprit);
        if let Some(at) = at.filter(|at| are_among(&self.after, &ids(&events[..*at]))) {
            match self.wrong {
                Wrong::Panics => yours = json!("panicked: here"),
                Wrong::Differs => yours[at]["filter"] = json!("drop"),
                Wrong::DiffersFromThen => {
                    for at in at..events.len() {
                        yours[at]["total"] = json!("0.00");
                    }
                }
            }
        }
        Answers { yours, expected }
    }
}

fn ids(events: &[Transaction]) -> Vec<String> {
    events.iter().map(|e| e.transaction_id.clone()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn the_culprit_is_left_last_after_those_events_that_it_takes(
        seed: u64,
        culprit: Index,
        after in prop::bits::u16::ANY,
        wrong in prop_oneof![Just(Wrong::Panics), Just(Wrong::Differs), Just(Wrong::DiffersFromThen)],
    ) {
        let mut generator = Generator::new(seed, "test");
        let drawn = generator.events(MORE_EVENTS);
        let events: Vec<_> = drawn.iter().map(|d| generator.transaction(d)).collect();
        let all = ids(&events);
        let culprit = culprit.index(all.len());
        let after = (0..culprit).filter(|at| after >> at & 1 == 1);
        let submission = Submission {
            culprit: all[culprit].clone(),
            after: after.map(|at| all[at].clone()).collect(),
            wrong,
        };
        let whole = submission.run(&events);
        let ask = async |events: &[Transaction]| Ok(submission.run(events));
        let (few, answers) = finished(smallest(&generator, drawn, whole, EVER, ask));
        let expected = [&submission.after[..], std::slice::from_ref(&submission.culprit)].concat();
        prop_assert_eq!(ids(&few), expected);
        prop_assert!(!answers.agree());
        let seen = as_facet(&answers, few.len());
        let named = seen.facets["generated"].as_object().unwrap().keys().next();
        prop_assert_eq!(named, Some(&submission.culprit));
    }
}

/// The trace of an event that was returned or not.
fn way(comes_out: bool) -> Value {
    match comes_out {
        true => {
            json!({ "filter": "keep", "transform": {}, "enrich": "", "classify": "LOW_RISK", "statistics": {} })
        }
        false => json!({ "filter": "drop", "statistics": {} }),
    }
}

#[test]
fn an_event_lost_after_the_filter_is_told_by_what_is_returned() {
    let told = |comes_out| {
        let mut trace = way(comes_out);
        by_what_is_returned(&mut trace);
        trace
    };
    let kept = json!({ "filter": "keep", "returned": "an event", "statistics": {} });
    let lost = json!({ "filter": "drop", "returned": "nothing", "statistics": {} });
    assert_eq!([told(true), told(false)], [kept, lost]);
}

#[test]
fn the_filter_says_nothing_where_nothing_was_followed() {
    let says = [way(true), way(false), json!("panicked")].map(|it| said_by_the_filter(&it));
    assert_eq!(says, [Some(true), Some(false), None]);
}
