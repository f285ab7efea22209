//! The names for findings: of recorded mistakes, and of others.

use serde_json::{Value, json};

use super::*;
use crate::evidence::{Segment, steady, with_marks_of};
use crate::step;

fn stages() -> Step {
    step::of_checkout().swap_remove(1)
}

/// The name of the mistake that these findings of a step show.
fn named(step: &Step, found: &Findings) -> Option<String> {
    let (names, records): (Vec<_>, Vec<_>) = step.mistakes.iter().unzip();
    let at = recognise(step, found, &records)?;
    Some(names[at].clone())
}

/// The findings of several mistakes of a step together.
fn together(step: &Step, names: &[&str]) -> Findings {
    let all = names.iter().flat_map(|name| step.mistakes[*name].clone());
    all.collect()
}

fn difference(place: &str, expected: Value, actual: Value) -> Difference {
    Difference {
        path: vec![Segment::Field(place.to_owned())],
        expected: Some(expected),
        actual: Some(actual),
    }
}

fn differences(first: Vec<Difference>) -> Evidence {
    let count = first.len();
    Evidence::Differences { count, first }
}

#[test]
fn every_mistake_that_is_recorded_has_its_name() {
    let mut count = 0;
    for step in step::of_checkout() {
        for (name, found) in &step.mistakes {
            assert_eq!(named(&step, found).as_ref(), Some(name));
            count += 1;
        }
        assert_eq!(
            step.mistakes.len(),
            step.misconceptions.len(),
            "{}",
            step.id
        );
    }
    assert!(count > 150);
}

#[test]
fn of_several_mistakes_the_first_is_named() {
    let step = stages();
    let both = [
        "stages-high-from-3000",
        "stages-processed-at-is-the-purchase",
    ];
    assert_eq!(
        named(&step, &together(&step, &both)).as_deref(),
        Some(both[0])
    );
    // With an unknown mistake next to them, there is no name.
    let mut found = together(&step, &both);
    let unknown = difference("alice $25.00", json!("drop"), json!("keep"));
    found.insert("filter_threshold".into(), differences(vec![unknown]));
    assert_eq!(named(&step, &found), None);
}

#[test]
fn mistakes_that_share_a_check_are_not_told_apart() {
    let step = stages();
    let name = "stages-thresholds-swapped";
    let mut found = together(&step, &[name]);
    assert_eq!(named(&step, &found).as_deref(), Some(name));
    let high = step.mistakes["stages-high-from-3000"]["classify_high"].clone();
    found.insert("classify_high".into(), high);
    assert_eq!(named(&step, &found), None);
}

#[test]
fn what_two_records_say_alike_has_no_name() {
    let mut step = stages();
    let name = "stages-high-from-3000";
    let found = step.mistakes[name].clone();
    step.mistakes.insert("the same".into(), found.clone());
    assert_eq!(named(&step, &found), None);
}

#[test]
fn what_is_not_written_yet_is_left_aside() {
    let step = stages();
    let name = "stages-high-from-3000";
    let mut found = together(&step, &[name]);
    let unwritten = Evidence::Trouble(TroubleKind::Unwritten);
    found.insert("enrich_unknown".into(), unwritten.clone());
    found.insert("enrich_unknown_warns".into(), Evidence::Blocked);
    assert_eq!(named(&step, &found).as_deref(), Some(name));
    found.insert("classify_high".into(), unwritten);
    assert_eq!(named(&step, &found), None);
}

#[test]
fn another_kind_of_trouble_is_another_mistake() {
    let step = stages();
    let name = "stages-unknown-user-panics";
    let mut found = together(&step, &[name]);
    assert_eq!(named(&step, &found).as_deref(), Some(name));
    let timed_out = Evidence::Trouble(TroubleKind::TimedOut);
    found.insert("enrich_unknown".into(), timed_out);
    assert_eq!(named(&step, &found), None);
}

#[test]
fn a_check_that_the_record_has_blocked_must_not_pass() {
    let step = stages();
    let mut found = together(&step, &["stages-unknown-user-panics"]);
    assert_eq!(
        found.remove("enrich_unknown_warns"),
        Some(Evidence::Blocked)
    );
    assert_eq!(named(&step, &found), None);
}

#[test]
fn a_bonus_counts_where_nothing_else_is_wrong() {
    let step = stages();
    let name = "stages-blocks-the-runtime";
    let bonus = together(&step, &[name]);
    assert_eq!(named(&step, &bonus).as_deref(), Some(name));
    let beside = together(&step, &[name, "stages-high-from-3000"]);
    assert_eq!(
        named(&step, &beside).as_deref(),
        Some("stages-high-from-3000")
    );
}

#[test]
fn most_of_the_values_must_be_the_same() {
    let at = |amount: u32| difference(&format!("alice ${amount}"), json!("keep"), json!("drop"));
    let evidence = |amounts: &[u32]| differences(amounts.iter().map(|it| at(*it)).collect());
    let recorded = evidence(&[1, 2, 3, 4]);
    assert_eq!(alike(&evidence(&[1, 2, 3, 4]), &recorded), 1.0);
    assert_eq!(alike(&evidence(&[1, 2, 3, 4, 5]), &recorded), 0.8);
    assert_eq!(alike(&evidence(&[5, 6]), &recorded), 0.0);
    // For differences that are not kept, only their number counts.
    let many = |count| Evidence::Differences {
        count,
        first: vec![at(1), at(2)],
    };
    assert_eq!(alike(&many(10), &many(40)), 0.25);
}

#[test]
fn words_that_were_made_up_can_be_any() {
    let actual = |actual: Value| differences(vec![difference("tier", Value::Null, actual)]);
    let recorded = actual(json!("unknown"));
    assert_eq!(alike(&actual(json!("n/a")), &recorded), 1.0);
    assert_eq!(alike(&actual(json!(1)), &recorded), 0.0);
    let known = |word| differences(vec![difference("tier", json!("gold"), json!(word))]);
    assert_eq!(alike(&known("US"), &known("CA")), 0.0);
}

#[test]
fn what_varied_when_it_was_recorded_can_be_anything() {
    let total = |total: &str| differences(vec![difference("alice", json!("1.00"), json!(total))]);
    let found = |evidence| Findings::from([("totals".to_owned(), evidence)]);
    let recorded = steady(found(total("17.00")), &found(total("23.00"))).unwrap();
    assert_eq!(alike(&total("42.00"), &recorded["totals"]), 1.0);
    let again = with_marks_of(found(total("17.00")), &recorded);
    assert_eq!(again, recorded);
    // The mark stays if a different value is expected now.
    let now = |total| differences(vec![difference("alice", json!("9.00"), json!(total))]);
    let again = with_marks_of(found(now("17.00")), &recorded);
    assert_eq!(again, found(now("[varies]")));
    // If anything but a value differs between runs, the mistake cannot be recorded.
    let gone = Evidence::Trouble(TroubleKind::Panicked);
    assert_eq!(steady(found(total("17.00")), &found(gone)), None);
}
