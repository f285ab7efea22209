//! Step 3: the stream processor.
//!
//! It reads every shard of the stream from its oldest record, runs each event
//! through the four stages of step 2, keeps count, and prints a report.
//!
//! A struct's fields, and functions of your own, are yours to change and to add. The
//! signatures below must stay: the grader and step 4 call them.

use contract::{Classified, Rejected, Result, Stats, Transaction};

/// What both processors of this course have in common.
///
/// They read a stream in the same way, so reading is written once, in the two
/// methods that have a body here. What happens to an event differs from processor
/// to processor, so the others are written in each `impl`.
#[allow(async_fn_in_trait)] // Processors are awaited in place, never sent to another thread.
#[allow(dead_code)] // remove once your code calls them
pub trait Processor {
    /// The client to read with.
    fn kinesis(&self) -> &aws_sdk_kinesis::Client;

    /// Runs one event through the pipeline.
    ///
    /// Returns what came out at the end, or `None` if the event was filtered out.
    async fn process_event(&mut self, event: &Transaction) -> Option<Classified>;

    /// Sets a record aside that is not a transaction.
    fn reject(&mut self, record: Rejected);

    /// The records set aside so far, in the order in which they were.
    fn rejected(&self) -> &[Rejected];

    /// The statistics so far.
    fn stats(&self) -> Stats;

    /// Prints the report of the run.
    fn print_stats(&self);

    /// Processes every shard of the stream, and then prints the report.
    ///
    /// `stream_name` is the stream to read. [ListShards] names its shards, page by
    /// page: a `NextToken` in the answer says that there are more. A shard that was
    /// split or merged is closed, and it is on the list too: its records are older
    /// than those of the shards that took its place.
    ///
    /// Returns the events that came out of the pipeline. Events of one user, which
    /// share a partition key, are in the order of the stream; the order between
    /// users is free. Each record is processed once.
    ///
    /// # Errors
    ///
    /// An error from AWS, such as that for a stream that is not there. A record that
    /// is not a transaction is no error.
    ///
    /// # Prints
    ///
    /// First this line, and last the report, see [`print_stats`](Self::print_stats).
    /// Judged, except for blank lines. A stream without records gives a report of
    /// zeros.
    ///
    /// ```text
    /// Starting stream processor...
    /// ```
    ///
    /// # Judged
    ///
    /// The events that are returned, and their order for each user; that every shard
    /// is read, the closed ones too; the statistics; what is printed; the error for a
    /// stream that is not there.
    ///
    /// [ListShards]: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListShards.html
    async fn process_stream(&mut self, stream_name: &str) -> Result<Vec<Classified>> {
        todo!()
    }

    /// Processes one shard, from its oldest record to its end.
    ///
    /// `stream_name` and `shard_id` say which one. [GetShardIterator] gives the
    /// iterator to start with; the type of the one at the oldest record is
    /// `TRIM_HORIZON`. AWS keeps a record for 24 hours, or for up to 365 days if the
    /// stream is told to. [GetRecords] takes an iterator and returns one page of
    /// records, oldest first, together with the `NextShardIterator` at which the next
    /// page starts. How many records are on a page is for Kinesis to decide, and it
    /// may be far fewer than the shard holds.
    ///
    /// A shard has come to its end in one of two ways:
    ///
    /// - a closed shard: there is no `NextShardIterator`;
    /// - an open shard: a page comes without records. Another program could add some
    ///   later; this one does not wait for them.
    ///
    /// On AWS a page may have no records although some follow: its `MillisBehindLatest`
    /// is then above 0, and a consumer reads on with `NextShardIterator` ([GetRecords];
    /// Kinesis developer guide, "Troubleshoot Kinesis Data Streams consumers"). The
    /// module's program stops at such a page. Here you may do the same, or read on until
    /// `MillisBehindLatest` is 0.
    ///
    /// [`Transaction::parse`] reads a record's data. If it refuses, because the data
    /// is not JSON, a field is missing or of another type, or the amount is negative
    /// or not a number, then the record goes to [`reject`](Self::reject), and the
    /// next record is processed. Every transaction goes to
    /// [`process_event`](Self::process_event).
    ///
    /// Returns the events that came out of the pipeline, those of one user in the
    /// order of the shard.
    ///
    /// # Errors
    ///
    /// An error from AWS. A record that is not a transaction is no error.
    ///
    /// # Prints
    ///
    /// Nothing of its own.
    ///
    /// # Judged
    ///
    /// By way of [`process_stream`](Self::process_stream): that every page is read,
    /// that closed shards and empty shards come to an end, and that records which are
    /// no transactions are set aside whole while the rest is processed.
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
    /// A processor that looks users up in `table_name`, with statistics at zero.
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

    /// Runs one event through the four stages and keeps count.
    ///
    /// The transaction `event` is filtered first. One that is kept is transformed,
    /// enriched from the table of users, and classified.
    ///
    /// Returns the enriched event with its risk, or `None` if it was filtered out.
    ///
    /// The statistics count:
    ///
    /// | field of [`Stats`] | counts |
    /// |---|---|
    /// | `total_processed` | every event, the filtered ones too |
    /// | `filtered_out` | the events that the filter drops |
    /// | `enriched` | the events that go through enrichment, whether or not the user is found |
    /// | `high_value` | the events of high risk, and those alone |
    ///
    /// # Prints
    ///
    /// Two lines for each event, and a third that depends on the filter. Amounts are
    /// US dollars with two decimals; a tier or a country that is not known is printed
    /// as `unknown`. Judged; blank lines do not count, and neither do lines that start
    /// with ⚠.
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
    /// What is returned, the statistics, and what is printed.
    async fn process_event(&mut self, event: &Transaction) -> Option<Classified> {
        todo!()
    }

    /// Sets `record` aside: prints a line and keeps the record, whole.
    ///
    /// The record holds the data as it was read, where it was found, and what is wrong
    /// with it. It is not a transaction, so no statistic counts it.
    ///
    /// # Prints
    ///
    /// A line that names the record and the reason. Not judged.
    ///
    /// ```text
    /// ⚠ Rejected record 49590338271490256608559692538361571095921575989136588898: missing field `amount`
    /// ```
    ///
    /// # Judged
    ///
    /// What [`rejected`](Processor::rejected) returns after a run: the data of each
    /// record set aside, unchanged, and that shard, sequence number and reason are
    /// given.
    fn reject(&mut self, record: Rejected) {
        todo!()
    }

    fn rejected(&self) -> &[Rejected] {
        &self.rejected
    }

    fn stats(&self) -> Stats {
        self.stats
    }

    /// Prints the four statistics between rules of 60 `=` each.
    ///
    /// # Prints
    ///
    /// Judged, except for blank lines:
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
