//! Step 6: the results of each pattern for a batch of events.

use std::collections::BTreeMap;

use crate::generate::patterns::{describe, len};
use crate::pattern::Pattern;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::fixture::{self, Fixture};
use crate::scenario::{Context, End, Facet, Facets, Kind, facet};

/// Batches for the functions of step 6.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Patterns {
    cases: String,
}

impl Kind for Patterns {
    fn fixtures(&self) -> Vec<Fixture> {
        vec![Fixture::Patterns(self.cases.clone())]
    }

    fn facets(&self) -> &'static [Facet] {
        &["results"]
    }

    async fn run(&self, context: &mut Context<'_>) -> Result<Facets, End> {
        let Self { cases } = self;
        let (mut results, mut inputs) = (Map::new(), BTreeMap::new());
        for (about, pattern) in fixture::patterns(context.course, cases)? {
            let input = label(&pattern);
            let on = format!("{about}: {input}");
            let value = context.call_on(&on, pattern.call()).await?;
            results.insert(about.clone(), view(&pattern, &value));
            inputs.insert(about, input);
        }
        Ok(Facets::default()
            .with("results", results)
            .with_inputs(inputs))
    }
}

/// From this number on, records are counted and not listed.
const MORE_THAN_TOLD: usize = 20;

/// A short label for the input of a pattern.
pub fn label(pattern: &Pattern) -> String {
    match len(pattern) {
        0 => "no records".into(),
        many @ MORE_THAN_TOLD.. => format!("{many} records"),
        _ => describe(pattern),
    }
}

/// The part of a result that is compared: for CSV the fields, for amounts the cents.
pub fn view(pattern: &Pattern, value: &Value) -> Value {
    match pattern {
        Pattern::ToCsv(_) => rows(value.as_str().unwrap_or_default()),
        Pattern::RunningAverage(_) => {
            let averages = value.as_array().into_iter().flatten();
            averages.map(dollars).collect()
        }
        Pattern::Join(_) => {
            let mut joined = value.clone();
            let paid = joined["paid"].as_object_mut().into_iter().flatten();
            for (_, order) in paid {
                *order = json!({
                    "amount": dollars(&order["amount"]),
                    "paid": dollars(&order["paid"]),
                });
            }
            joined
        }
        _ => value.clone(),
    }
}

/// An amount. JSON has `null` for a number that is infinite or NaN.
fn dollars(amount: &Value) -> Value {
    let dollars = amount.as_f64().map(facet::dollars);
    json!(dollars.unwrap_or_else(|| "infinite or NaN".into()))
}

/// The rows of a CSV document, as a reader gets them. The quoting does not matter.
fn rows(csv: &str) -> Value {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(csv.as_bytes());
    let row = |row: Result<csv::StringRecord, csv::Error>| match row {
        Ok(row) => json!(row.iter().collect::<Vec<_>>().join(" | ")),
        Err(e) => json!(format!("not CSV: {e}")),
    };
    let mut rows: Vec<_> = reader.records().map(row).collect();
    if !csv.is_empty() && !csv.ends_with('\n') {
        rows.push(json!("the last line has no line break at its end"));
    }
    rows.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_is_told_record_by_record_unless_it_is_long() {
        let amounts = |many| Pattern::RunningAverage(vec![1.5; many]);
        assert_eq!(label(&amounts(0)), "no records");
        assert_eq!(label(&amounts(2)), "$1.50; $1.50");
        assert_eq!(label(&amounts(20)), "20 records");
    }

    #[test]
    fn csv_is_what_a_reader_gets_out_of_it() {
        let plain = rows("a,b\n1,\"Zoo, Inc.\"\n");
        assert_eq!(plain, json!(["a | b", "1 | Zoo, Inc."]));
        assert_eq!(rows("\"a\",\"b\"\r\n1,\"Zoo, Inc.\"\r\n"), plain);
        assert_ne!(rows("a,b\n1,Zoo, Inc.\n"), plain);
        assert_ne!(rows("a,b\n1,\"Zoo, Inc.\""), plain);
    }
}
