//! The AWS calls of a submission beside those of the reference, by operation.

use super::ScenarioReport;

/// How often an operation was called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub calls: usize,
    /// The records or items that it read or wrote.
    pub records: usize,
    /// The calls that were refused.
    pub refused: usize,
}

/// An operation, and how often both sides called it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    pub operation: String,
    pub yours: Tally,
    pub reference: Tally,
}

/// The operations of these scenarios, in the order of their first call.
pub fn compared(yours: &[&ScenarioReport], reference: &[&ScenarioReport]) -> Vec<Compared> {
    let mut rows = Vec::new();
    add(&mut rows, yours, |row| &mut row.yours);
    add(&mut rows, reference, |row| &mut row.reference);
    rows
}

/// Adds the calls of one side.
fn add(
    rows: &mut Vec<Compared>,
    scenarios: &[&ScenarioReport],
    side: fn(&mut Compared) -> &mut Tally,
) {
    for call in scenarios.iter().flat_map(|scenario| &scenario.calls) {
        let at = rows.iter().position(|row| row.operation == call.operation);
        let at = at.unwrap_or_else(|| {
            rows.push(Compared {
                operation: call.operation.clone(),
                ..Compared::default()
            });
            rows.len() - 1
        });
        let tally = side(&mut rows[at]);
        tally.calls += 1;
        tally.records += call.records;
        tally.refused += usize::from(call.refused.is_some());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::AwsCall;

    fn scenario(calls: &[(&str, usize, bool)]) -> ScenarioReport {
        let call = |(operation, records, refused): &(&str, usize, bool)| AwsCall {
            at: 0,
            operation: (*operation).into(),
            shard: None,
            records: *records,
            refused: refused.then(|| "no answer".into()),
            again: false,
        };
        ScenarioReport {
            id: "s".into(),
            seconds: 0.0,
            asked: Vec::new(),
            calls: calls.iter().map(call).collect(),
        }
    }

    #[test]
    fn each_operation_has_both_sides() {
        let yours = scenario(&[("GetRecords", 2, false), ("GetRecords", 0, true)]);
        let reference = scenario(&[("ListShards", 0, false), ("GetRecords", 2, false)]);
        let rows = compared(&[&yours], &[&reference]);
        let tally = |calls, records, refused| Tally {
            calls,
            records,
            refused,
        };
        let row = |operation: &str, yours, reference| Compared {
            operation: operation.into(),
            yours,
            reference,
        };
        assert_eq!(
            rows,
            [
                row("GetRecords", tally(2, 2, 1), tally(1, 2, 0)),
                row("ListShards", tally(0, 0, 0), tally(1, 0, 0)),
            ]
        );
    }
}
