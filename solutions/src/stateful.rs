//! Step 4: the same pipeline with state, a running total for each user.

use std::collections::BTreeMap;

use contract::{Classified, Rejected, Stats, Transaction};

use crate::processor::{Processor, StreamProcessor};

/// The processor with state: the pipeline of [`StreamProcessor`], and the total of each
/// user over all events.
pub struct StatefulProcessor {
    inner: StreamProcessor,
    user_totals: BTreeMap<String, f64>,
}

impl StatefulProcessor {
    /// Creates a processor that looks up users in `table_name`. It has no totals yet.
    pub fn new(
        kinesis: aws_sdk_kinesis::Client,
        dynamodb: aws_sdk_dynamodb::Client,
        table_name: &str,
    ) -> Self {
        Self {
            inner: StreamProcessor::new(kinesis, dynamodb, table_name),
            user_totals: BTreeMap::new(),
        }
    }

    /// What each user has spent in US dollars, sorted by user.
    pub fn totals(&self) -> Vec<(String, f64)> {
        let totals = self.user_totals.iter();
        totals.map(|(user, total)| (user.clone(), *total)).collect()
    }
}

impl Processor for StatefulProcessor {
    fn kinesis(&self) -> &aws_sdk_kinesis::Client {
        self.inner.kinesis()
    }

    async fn process_event(&mut self, event: &Transaction) -> Option<Classified> {
        let output = self.inner.process_event(event).await;
        let total = self.user_totals.entry(event.user_id.clone()).or_default();
        *total += event.amount;
        println!("  Running total for {}: ${total:.2}", event.user_id);
        output
    }

    fn reject(&mut self, record: Rejected) {
        self.inner.reject(record);
    }

    fn rejected(&self) -> &[Rejected] {
        self.inner.rejected()
    }

    fn stats(&self) -> Stats {
        self.inner.stats()
    }

    fn print_stats(&self) {
        self.inner.print_stats();
        println!("\nUser Spending Totals (stateful):");
        for (user, total) in &self.user_totals {
            println!("  {user}: ${total:.2}");
        }
    }
}
