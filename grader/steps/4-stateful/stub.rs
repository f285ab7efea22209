//! Step 4: the same pipeline with state, a running total for each user.
//!
//! This processor does all that the one of step 3 does. Beyond that it remembers,
//! from event to event and from shard to shard, what each user has spent.

use std::collections::HashMap;

use contract::{Classified, Rejected, Stats, Transaction};

use crate::processor::{Processor, StreamProcessor};

/// The processor with state: the pipeline of [`StreamProcessor`], and what each
/// user has spent, over every event.
pub struct StatefulProcessor {
    inner: StreamProcessor,
    /// US dollars by user.
    #[allow(dead_code)] // remove once your code reads it
    user_totals: HashMap<String, f64>,
}

impl StatefulProcessor {
    /// A processor that looks users up in `table_name`, with no totals yet.
    pub fn new(
        kinesis: aws_sdk_kinesis::Client,
        dynamodb: aws_sdk_dynamodb::Client,
        table_name: &str,
    ) -> Self {
        Self {
            inner: StreamProcessor::new(kinesis, dynamodb, table_name),
            user_totals: HashMap::new(),
        }
    }

    /// What each user has spent so far.
    ///
    /// Returns a pair of user and total for each user of whom an event was processed,
    /// sorted by user in alphabetical order. Totals are US dollars.
    ///
    /// A total adds up every transaction of the user, those that are filtered out and
    /// those of users the table does not know included. Records that are set aside
    /// are not transactions and add nothing. The totals are those of all shards
    /// together.
    ///
    /// # Judged
    ///
    /// The totals, compared to the cent, and the order of the users.
    pub fn totals(&self) -> Vec<(String, f64)> {
        todo!()
    }
}

impl Processor for StatefulProcessor {
    fn kinesis(&self) -> &aws_sdk_kinesis::Client {
        self.inner.kinesis()
    }

    /// Runs one event through the pipeline of [`StreamProcessor`] and adds its amount
    /// to its user's total.
    ///
    /// Returns what the processor without state returns for `event`, and keeps the
    /// same statistics: each event is counted once.
    ///
    /// # Prints
    ///
    /// The lines of the processor without state, and after them the user's total with
    /// this event, in US dollars with two decimals. Judged, except for blank lines.
    ///
    /// ```text
    /// Processing transaction txn_0001:
    ///   Input: alice | $50.00 | Amazon
    ///   ✗ Filtered out (amount too low)
    ///   Running total for alice: $50.00
    /// ```
    ///
    /// # Judged
    ///
    /// The totals, the statistics, and what is printed.
    async fn process_event(&mut self, event: &Transaction) -> Option<Classified> {
        todo!()
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

    /// Prints the report of the processor without state, and after it the totals.
    ///
    /// # Prints
    ///
    /// After the report of step 3, one line for each user, sorted by user, in US
    /// dollars with two decimals. Judged, except for blank lines.
    ///
    /// ```text
    /// User Spending Totals (stateful):
    ///   alice: $5550.00
    ///   bob: $1515.00
    ///   charlie: $25.00
    /// ```
    fn print_stats(&self) {
        todo!()
    }
}
