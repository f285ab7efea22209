//! Step 3: the stream processor.
//!
//! It reads every shard of the stream from its oldest record, runs each event through
//! the four stages of step 2, counts the events, and prints a report.
//!
//! You may change the fields of a struct, and add fields and functions. The signatures
//! below must stay: the grader and step 4 call them.

use contract::{Classified, Rejected, Result, Stats, Transaction};

/// What both processors of this course have in common.
///
/// Both read a stream in the same way, so you write the reading once, in the two
/// methods that have a body here. Each processor handles an event differently, so you
/// write the other methods in each `impl`.
#[allow(async_fn_in_trait)] // No processor is sent to another thread.
#[allow(dead_code)] // remove once your code calls them
pub trait Processor {
    /// The client that reads the stream.
    fn kinesis(&self) -> &aws_sdk_kinesis::Client;

    /// Runs one event through the pipeline.
    ///
    /// Returns the result of the pipeline, or `None` if the event was filtered out.
    async fn process_event(&mut self, event: &Transaction) -> Option<Classified>;

    /// Rejects a record that is not a transaction.
    fn reject(&mut self, record: Rejected);

    /// The rejected records so far, in the order in which they were rejected.
    fn rejected(&self) -> &[Rejected];

    /// The statistics so far.
    fn stats(&self) -> Stats;

    /// Prints the report of the run.
    fn print_stats(&self);

    /// Processes every shard of the stream, and then prints the report.
    ///
    /// `stream_name` is the stream to read. [ListShards] returns its shards page by
    /// page: a `NextToken` in the answer says that there are more shards. A shard that
    /// was split or merged is closed, but ListShards still returns it. Its records are
    /// older than the records of the shards that replace it.
    ///
    /// Returns the events that leave the pipeline. Events of one user share a partition
    /// key, and they are in the order of the stream. The order between users is free.
    /// Each record is processed once.
    ///
    /// # Errors
    ///
    /// The function returns an error from AWS, for example if the stream does not
    /// exist. A record that is not a transaction is not an error.
    ///
    /// # Prints
    ///
    /// The function first prints this line, and at the end the report; see
    /// [`print_stats`](Self::print_stats). This output is judged, except for blank
    /// lines. For a stream without records, the report has only zeros.
    ///
    /// ```text
    /// Starting stream processor...
    /// ```
    ///
    /// # Judged
    ///
    /// - The returned events, and their order for each user.
    /// - Every shard is read, including closed shards.
    /// - The statistics and the printed output.
    /// - The error if the stream does not exist.
    ///
    /// [ListShards]: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListShards.html
    async fn process_stream(&mut self, stream_name: &str) -> Result<Vec<Classified>> {
        todo!()
    }

    /// Processes one shard, from its oldest record to its end.
    ///
    /// `stream_name` and `shard_id` name the shard. [GetShardIterator] returns the
    /// first iterator. The iterator type `TRIM_HORIZON` starts at the oldest record.
    /// AWS keeps a record for 24 hours, or for up to 365 days if the stream is
    /// configured so. [GetRecords] takes an iterator and returns one page of records,
    /// oldest first. It also returns the `NextShardIterator`, at which the next page
    /// starts. Kinesis decides how many records are on a page. A page may have far
    /// fewer records than the shard.
    ///
    /// A shard ends in one of two ways:
    ///
    /// - Closed shard: there is no `NextShardIterator`.
    /// - Open shard: a page has no records. Another program could add records later,
    ///   but your code does not wait for them.
    ///
    /// On AWS a page may have no records although more records follow. Then its
    /// `MillisBehindLatest` is above 0, and a consumer continues with
    /// `NextShardIterator` ([GetRecords]; Kinesis developer guide, "Troubleshoot
    /// Kinesis Data Streams consumers"). The module's program stops at such a page.
    /// Here you may do the same, or continue until `MillisBehindLatest` is 0.
    ///
    /// [`Transaction::parse`] reads the data of a record. It returns an error if the
    /// data is not JSON, a field is missing or has another type, or the amount is
    /// negative or not a number. Then the record goes to [`reject`](Self::reject), and
    /// your code processes the next record. Every transaction goes to
    /// [`process_event`](Self::process_event).
    ///
    /// Returns the events that leave the pipeline, in the order of the shard for each
    /// user.
    ///
    /// # Errors
    ///
    /// The function returns an error from AWS. A record that is not a transaction is
    /// not an error.
    ///
    /// # Prints
    ///
    /// The function itself prints nothing.
    ///
    /// # Judged
    ///
    /// The grader calls [`process_stream`](Self::process_stream), and checks:
    ///
    /// - Every page is read.
    /// - The function ends for closed shards and for empty shards.
    /// - Records that are not transactions are rejected with all their data, and the
    ///   other records are processed.
    ///
    /// [GetShardIterator]: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetShardIterator.html
    /// [GetRecords]: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html
    async fn process_shard(
        &mut self,
        stream_name: &str,
        shard_id: &str,
    ) -> Result<Vec<Classified>> {
        todo!()
    }
}

/// The processor without state: filter, transform, enrich, classify.
#[allow(dead_code)] // remove once your code reads them
pub struct StreamProcessor {
    kinesis: aws_sdk_kinesis::Client,
    dynamodb: aws_sdk_dynamodb::Client,
    table_name: String,
    stats: Stats,
    rejected: Vec<Rejected>,
}

impl StreamProcessor {
    /// Creates a processor that looks up users in `table_name`, with all statistics at
    /// zero.
    pub fn new(
        kinesis: aws_sdk_kinesis::Client,
        dynamodb: aws_sdk_dynamodb::Client,
        table_name: &str,
    ) -> Self {
        Self {
            kinesis,
            dynamodb,
            table_name: table_name.to_owned(),
            stats: Stats::default(),
            rejected: Vec::new(),
        }
    }
}

impl Processor for StreamProcessor {
    fn kinesis(&self) -> &aws_sdk_kinesis::Client {
        &self.kinesis
    }

    /// Runs one event through the four stages and updates the statistics.
    ///
    /// The function filters the transaction `event` first. It transforms a kept event,
    /// enriches it from the table of users, and classifies it.
    ///
    /// Returns the enriched event with its risk, or `None` if the event was filtered
    /// out.
    ///
    /// The statistics count:
    ///
    /// | field of [`Stats`] | counts |
    /// |---|---|
    /// | `total_processed` | every event, including filtered events |
    /// | `filtered_out` | events that the filter drops |
    /// | `enriched` | events that go through enrichment, even if the user is not found |
    /// | `high_value` | only events of high risk |
    ///
    /// # Prints
    ///
    /// The function prints two lines for each event, and a third line that depends on
    /// the filter. Amounts are US dollars with two decimals. An unknown tier or country
    /// is printed as `unknown`. This output is judged, except for blank lines and lines
    /// that start with ⚠.
    ///
    /// ```text
    /// Processing transaction txn_0001:
    ///   Input: alice | $50.00 | Amazon
    ///   ✗ Filtered out (amount too low)
    ///
    /// Processing transaction txn_0002:
    ///   Input: bob | $1500.00 | BestBuy
    ///   ✓ Processed: Tier=silver, Country=CA, Risk=MEDIUM_RISK
    /// ```
    ///
    /// # Judged
    ///
    /// The returned value, the statistics, and the printed output.
    async fn process_event(&mut self, event: &Transaction) -> Option<Classified> {
        todo!()
    }

    /// Rejects `record`: prints a line and keeps the complete record.
    ///
    /// The record holds its data as your code read it, the place where your code found
    /// it, and the reason. It is not a transaction, so no statistic counts it.
    ///
    /// # Prints
    ///
    /// The function prints a line that names the record and the reason. This line is
    /// not judged.
    ///
    /// ```text
    /// ⚠ Rejected record 49590338271490256608559692538361571095921575989136588898: missing field `amount`
    /// ```
    ///
    /// # Judged
    ///
    /// The records that [`rejected`](Processor::rejected) returns after a run. The data
    /// of each rejected record must be unchanged. Its shard, sequence number and reason
    /// must be given.
    fn reject(&mut self, record: Rejected) {
        todo!()
    }

    fn rejected(&self) -> &[Rejected] {
        &self.rejected
    }

    fn stats(&self) -> Stats {
        self.stats
    }

    /// Prints the four statistics between lines of 60 `=` each.
    ///
    /// # Prints
    ///
    /// This output is judged, except for blank lines:
    ///
    /// ```text
    /// ============================================================
    /// Stream Processing Statistics
    /// ============================================================
    /// Total processed: 6
    /// Filtered out: 3
    /// Enriched: 3
    /// High value flagged: 1
    /// ============================================================
    /// ```
    fn print_stats(&self) {
        todo!()
    }
}
