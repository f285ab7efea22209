//! Step 3: read every shard of the stream and run each event through the stages.

use aws_sdk_kinesis::types::{Record, ShardIteratorType};
use contract::{Classified, Rejected, Result, Stats, Transaction};

use crate::stages::{classify_event, enrich_event, filter_event, transform_event};

/// What both processors of this course have in common: they read a stream shard by shard
/// and process each event. The reading is written once, here. Each processor handles an
/// event differently.
#[allow(async_fn_in_trait)] // No processor is sent to another thread.
pub trait Processor {
    /// The client that reads the stream.
    fn kinesis(&self) -> &aws_sdk_kinesis::Client;

    /// Runs one event through the pipeline; `None` if it was filtered out.
    async fn process_event(&mut self, event: &Transaction) -> Option<Classified>;

    /// Sets a record aside that is not a transaction.
    fn reject(&mut self, record: Rejected);

    /// The rejected records so far.
    fn rejected(&self) -> &[Rejected];

    /// The statistics so far.
    fn stats(&self) -> Stats;

    /// Prints the report of the run.
    fn print_stats(&self);

    /// Processes every shard of the stream, prints the report, and returns the events that
    /// leave the pipeline.
    async fn process_stream(&mut self, stream_name: &str) -> Result<Vec<Classified>> {
        println!("Starting stream processor...\n");
        let mut outputs = Vec::new();
        for shard_id in list_shard_ids(self.kinesis(), stream_name).await? {
            outputs.extend(self.process_shard(stream_name, &shard_id).await?);
        }
        self.print_stats();
        Ok(outputs)
    }

    /// Processes one shard, from its oldest record to its end.
    async fn process_shard(
        &mut self,
        stream_name: &str,
        shard_id: &str,
    ) -> Result<Vec<Classified>> {
        let mut outputs = Vec::new();
        let mut iterator = self
            .kinesis()
            .get_shard_iterator()
            .stream_name(stream_name)
            .shard_id(shard_id)
            .shard_iterator_type(ShardIteratorType::TrimHorizon)
            .send()
            .await?
            .shard_iterator;
        while let Some(at) = iterator {
            let page = self
                .kinesis()
                .get_records()
                .shard_iterator(at)
                .send()
                .await?;
            for record in &page.records {
                match Transaction::parse(record.data.as_ref()) {
                    Ok(event) => outputs.extend(self.process_event(&event).await),
                    Err(reason) => self.reject(set_aside(shard_id, record, reason)),
                }
            }
            if page.records.is_empty() {
                break;
            }
            iterator = page.next_shard_iterator;
        }
        Ok(outputs)
    }
}

/// The processor without state: filter, transform, enrich, classify.
pub struct StreamProcessor {
    kinesis: aws_sdk_kinesis::Client,
    dynamodb: aws_sdk_dynamodb::Client,
    table_name: String,
    stats: Stats,
    rejected: Vec<Rejected>,
}

impl StreamProcessor {
    /// Creates a processor that looks up users in `table_name`. All statistics are zero.
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

    async fn process_event(&mut self, event: &Transaction) -> Option<Classified> {
        self.stats.total_processed += 1;
        println!("\nProcessing transaction {}:", event.transaction_id);
        println!(
            "  Input: {} | ${:.2} | {}",
            event.user_id, event.amount, event.merchant
        );
        if !filter_event(event) {
            self.stats.filtered_out += 1;
            println!("  ✗ Filtered out (amount too low)");
            return None;
        }
        let event = transform_event(event);
        let event = enrich_event(&self.dynamodb, &self.table_name, event).await;
        self.stats.enriched += 1;
        let risk = classify_event(&event);
        if risk == contract::Risk::HighRisk {
            self.stats.high_value += 1;
        }
        println!(
            "  ✓ Processed: Tier={}, Country={}, Risk={risk}",
            event.user_tier.as_deref().unwrap_or("unknown"),
            event.user_country.as_deref().unwrap_or("unknown"),
        );
        Some(Classified { event, risk })
    }

    fn reject(&mut self, record: Rejected) {
        println!(
            "\n⚠ Rejected record {}: {}",
            record.sequence_number, record.reason
        );
        self.rejected.push(record);
    }

    fn rejected(&self) -> &[Rejected] {
        &self.rejected
    }

    fn stats(&self) -> Stats {
        self.stats
    }

    fn print_stats(&self) {
        let rule = "=".repeat(60);
        println!("\n{rule}\nStream Processing Statistics\n{rule}");
        println!("Total processed: {}", self.stats.total_processed);
        println!("Filtered out: {}", self.stats.filtered_out);
        println!("Enriched: {}", self.stats.enriched);
        println!("High value flagged: {}", self.stats.high_value);
        println!("{rule}");
    }
}

async fn list_shard_ids(
    kinesis: &aws_sdk_kinesis::Client,
    stream_name: &str,
) -> Result<Vec<String>> {
    let mut ids = Vec::new();
    let mut page = kinesis
        .list_shards()
        .stream_name(stream_name)
        .send()
        .await?;
    loop {
        ids.extend(page.shards().iter().map(|shard| shard.shard_id.clone()));
        // The token stands for the stream: AWS refuses the name beside it.
        let Some(token) = page.next_token else {
            return Ok(ids);
        };
        page = kinesis.list_shards().next_token(token).send().await?;
    }
}

fn set_aside(shard_id: &str, record: &Record, reason: String) -> Rejected {
    Rejected {
        shard_id: shard_id.to_owned(),
        sequence_number: record.sequence_number.clone(),
        data: record.data.as_ref().to_vec(),
        reason,
    }
}
