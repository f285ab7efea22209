//! The step interface: which functions and types a submission has.

/// Expands to the `main` of a submission. It calls the submission's functions at
/// their paths, so a signature that was changed is a compile error that names it.
#[macro_export]
#[allow(clippy::crate_in_macro_def)] // The submission's own functions are what is called.
macro_rules! submission {
    () => {
        fn main() -> ::std::process::ExitCode {
            $crate::serve(
                |call| ::std::boxed::Box::pin(answer(call)),
                |event, function| ::std::boxed::Box::pin(crate::lambda::handle(event, function)),
            )
        }

        /// Runs one call of the grader.
        async fn answer(call: $crate::wire::Call) -> $crate::Result<::serde_json::Value> {
            use $crate::wire::{Call, Processor};
            use crate::processor::StreamProcessor;
            use crate::stateful::StatefulProcessor;

            let call = match call {
                // What talks to nobody needs no clients.
                Call::Function(function) => return $crate::functions!(function),
                Call::Pattern(pattern) => return answer_pattern(pattern),
                Call::Quiz => {
                    let answers: $crate::quiz::Answers = crate::quiz::ANSWERS;
                    return Ok(::serde_json::to_value(answers)?);
                }
                other => other,
            };
            let $crate::aws::Clients { kinesis, dynamodb } = $crate::clients().await;
            let value = match call {
                Call::Function(_) | Call::Pattern(_) | Call::Quiz => {
                    ::std::unreachable!("answered above")
                }
                Call::SetupStream { stream, shards } => {
                    let done: $crate::Result<()> = crate::setup::setup_stream(&kinesis, &stream, shards).await;
                    ::serde_json::to_value(done?)
                }
                Call::SetupReferenceData { table, users } => {
                    let done: $crate::Result<()> = crate::setup::setup_reference_data(&dynamodb, &table, &users).await;
                    ::serde_json::to_value(done?)
                }
                Call::SendTransactions { stream, purchases } => {
                    let done: $crate::Result<()> = crate::setup::send_transactions(&kinesis, &stream, &purchases).await;
                    ::serde_json::to_value(done?)
                }
                Call::EnrichEvent { table, event } => {
                    let event: $crate::StandardEvent = crate::stages::enrich_event(&dynamodb, &table, event).await;
                    ::serde_json::to_value(event)
                }
                Call::EnrichTogether { table, events } => {
                    let enrich = |event| crate::stages::enrich_event(&dynamodb, &table, event);
                    let events = events.into_iter().map(enrich);
                    ::serde_json::to_value($crate::together(events).await)
                }
                Call::DeleteStream { stream } => {
                    let done: $crate::Result<()> = crate::cleanup::delete_stream(&kinesis, &stream).await;
                    ::serde_json::to_value(done?)
                }
                Call::Scaling(scaling) => return answer_scaling(scaling, &kinesis).await,
                Call::DeleteTable { table } => {
                    let done: $crate::Result<()> = crate::cleanup::delete_table(&dynamodb, &table).await;
                    ::serde_json::to_value(done?)
                }
                Call::ProcessEvents { processor: Processor::Stream, table, events } => {
                    let mut processor = StreamProcessor::new(kinesis, dynamodb, &table);
                    $crate::submission!(@events processor, events, ::std::vec![])
                }
                Call::ProcessEvents { processor: Processor::Stateful, table, events } => {
                    let mut processor = StatefulProcessor::new(kinesis, dynamodb, &table);
                    $crate::submission!(@events processor, events, processor.totals())
                }
                Call::ProcessShard { processor: Processor::Stream, table, stream, shard_id } => {
                    let mut processor = StreamProcessor::new(kinesis, dynamodb, &table);
                    $crate::submission!(@shard processor, stream, shard_id, ::std::vec![])
                }
                Call::ProcessShard { processor: Processor::Stateful, table, stream, shard_id } => {
                    let mut processor = StatefulProcessor::new(kinesis, dynamodb, &table);
                    $crate::submission!(@shard processor, stream, shard_id, processor.totals())
                }
                Call::ProcessStream { processor: Processor::Stream, table, stream } => {
                    let mut processor = StreamProcessor::new(kinesis, dynamodb, &table);
                    $crate::submission!(@stream processor, stream, ::std::vec![])
                }
                Call::ProcessStream { processor: Processor::Stateful, table, stream } => {
                    let mut processor = StatefulProcessor::new(kinesis, dynamodb, &table);
                    $crate::submission!(@stream processor, stream, processor.totals())
                }
            };
            Ok(value?)
        }

        /// Runs one of the functions of step 7.
        async fn answer_scaling(
            scaling: $crate::scaling::Scaling,
            kinesis: &$crate::aws::KinesisClient,
        ) -> $crate::Result<::serde_json::Value> {
            use $crate::scaling::{self, Checkpoint, Scaling};

            let value = match scaling {
                Scaling::ProcessShard { stream, from, at_most } => {
                    let reached: $crate::Result<Checkpoint> =
                        crate::scaling::process_shard(kinesis, &stream, from, at_most).await;
                    ::serde_json::to_value(reached?)
                }
                Scaling::ProcessAll { stream, from, at_most } => {
                    let reached: $crate::Result<::std::vec::Vec<Checkpoint>> =
                        crate::scaling::process_all(kinesis, &stream, from, at_most).await;
                    ::serde_json::to_value(reached?)
                }
                Scaling::Merge(checkpoints) => {
                    let totals: ::std::collections::BTreeMap<::std::string::String, f64> =
                        crate::scaling::merge(&checkpoints);
                    ::serde_json::to_value(totals)
                }
                Scaling::Load { stream } => {
                    let (before, started) = (scaling::resident_bytes(), ::std::time::Instant::now());
                    let reached = crate::scaling::process_all(
                        kinesis, &stream, ::std::vec![], scaling::WITHOUT_END,
                    ).await?;
                    let seconds = started.elapsed().as_secs_f64();
                    let after = scaling::resident_bytes();
                    let bytes = after.zip(before).map(|(after, before)| after.saturating_sub(before));
                    let counted = crate::scaling::merge(&reached).len();
                    ::serde_json::to_value(scaling::Load { counted, seconds, bytes })
                }
                Scaling::ReadRaw { stream } => {
                    let started = ::std::time::Instant::now();
                    let counted = scaling::read_raw(kinesis, &stream).await?;
                    let seconds = started.elapsed().as_secs_f64();
                    ::serde_json::to_value(scaling::Load { counted, seconds, bytes: None })
                }
            };
            Ok(value?)
        }

        /// Runs one of the patterns of step 6.
        fn answer_pattern(pattern: $crate::patterns::Pattern) -> $crate::Result<::serde_json::Value> {
            use $crate::patterns::{self, Pattern};

            let value = match pattern {
                Pattern::ToCsv(transactions) => {
                    let csv: ::std::string::String = crate::patterns::to_csv(&transactions);
                    ::serde_json::to_value(csv)
                }
                Pattern::Split(events) => {
                    let branches: patterns::Branches = crate::patterns::split(events);
                    ::serde_json::to_value(branches)
                }
                Pattern::CountPerUser(events) => {
                    let counts: ::std::collections::BTreeMap<::std::string::String, u64> =
                        crate::patterns::count_per_user(&events);
                    ::serde_json::to_value(counts)
                }
                Pattern::CountPerHour { events, lateness } => {
                    let hours: patterns::Hours = crate::patterns::count_per_hour(&events, lateness);
                    ::serde_json::to_value(hours)
                }
                Pattern::RunningAverage(amounts) => {
                    let averages: ::std::vec::Vec<f64> = crate::patterns::running_average(&amounts);
                    ::serde_json::to_value(averages)
                }
                Pattern::EveryHundredth(batches) => {
                    let mut progress = crate::patterns::Progress::new();
                    let mut count = |event: patterns::Event| -> ::std::option::Option<::std::string::String> {
                        progress.count(&event)
                    };
                    let reports = |events: u64| -> ::std::vec::Vec<_> {
                        (0..events).map(patterns::Event::numbered).filter_map(&mut count).collect()
                    };
                    let reports: ::std::vec::Vec<_> = batches.into_iter().map(reports).collect();
                    ::serde_json::to_value(reports)
                }
                Pattern::Join(events) => {
                    let joined: patterns::Joined = crate::patterns::join(&events);
                    ::serde_json::to_value(joined)
                }
                Pattern::Sessions { events, gap } => {
                    let sessions: ::std::vec::Vec<patterns::Session> = crate::patterns::sessions(&events, gap);
                    ::serde_json::to_value(sessions)
                }
                Pattern::FailedLogins(logins) => {
                    let alerts: ::std::vec::Vec<patterns::Alert> = crate::patterns::failed_logins(&logins);
                    ::serde_json::to_value(alerts)
                }
            };
            Ok(value?)
        }
    };

    (@events $processor:ident, $events:ident, $totals:expr) => {{
        use crate::processor::Processor as _;
        let mut outputs: ::std::vec::Vec<::std::option::Option<$crate::Classified>> = ::std::vec![];
        let mut after = ::std::vec![];
        for event in &$events {
            outputs.push($processor.process_event(event).await);
            after.push($crate::wire::Memory { stats: $processor.stats(), totals: $totals });
        }
        $crate::submission!(@run $processor, outputs, $totals, after)
    }};
    (@shard $processor:ident, $stream:ident, $shard_id:ident, $totals:expr) => {{
        use crate::processor::Processor as _;
        let outputs: ::std::vec::Vec<$crate::Classified> =
            $processor.process_shard(&$stream, &$shard_id).await?;
        let outputs = outputs.into_iter().map(::std::option::Option::Some).collect();
        $crate::submission!(@run $processor, outputs, $totals, ::std::vec![])
    }};
    (@stream $processor:ident, $stream:ident, $totals:expr) => {{
        use crate::processor::Processor as _;
        let outputs: ::std::vec::Vec<$crate::Classified> =
            $processor.process_stream(&$stream).await?;
        let outputs = outputs.into_iter().map(::std::option::Option::Some).collect();
        $crate::submission!(@run $processor, outputs, $totals, ::std::vec![])
    }};
    (@run $processor:ident, $outputs:ident, $totals:expr, $after:expr) => {
        ::serde_json::to_value($crate::wire::Run {
            outputs: $outputs,
            stats: $processor.stats(),
            rejected: $processor.rejected().to_vec(),
            totals: $totals,
            after: $after,
        })
    };
}
