//! Step 9: the quiz.
//!
//! `cargo grade quiz --ask` asks the questions in the terminal and writes your answers
//! into this file. You can also replace each `None` yourself, for example with
//! `Some(Kind::Stateful)`, `Some(true)` or `Some(4)`: the questions are in the
//! comments. `cargo grade quiz` says which answers are right, and why the others are
//! wrong. `cargo test -p exercises` does the same.

#[allow(unused_imports)] // until there are answers
use contract::quiz::{Answers, Kind, Mode, Modes, Scaling, Shards, Stages, State, Streaming};

pub const ANSWERS: Answers = Answers {
    // Does the operation have to remember earlier events: stateless, or stateful?
    state: State {
        // Turn each JSON event into a line of CSV
        json_to_csv: None,
        // Count page views for each hour
        views_per_hour: None,
        // Keep transactions above 100 dollars
        amount_filter: None,
        // Notice three failed logins in a row
        failed_logins: None,
        // Add the user's country from a DynamoDB table
        country_lookup: None,
        // Give the average amount so far
        running_average: None,
    },
    // Which serves the use best: stream, batch, or both?
    mode: Modes {
        // Stop suspicious payments before they go through
        block_fraud: None,
        // Report last month's sales by product
        monthly_sales: None,
        // Show how many users are active right now
        active_users: None,
        // Train a model on the last 90 days
        model_training: None,
        // Recommend products by what the user did lately
        recommendations: None,
        // Load each day's data into the warehouse
        daily_warehouse: None,
    },
    // One shard and one processor count events per user: 800 events a second, 60,000
    // users, 1,200 MB of memory. A shard takes 1,000 records a second at most, and this
    // is all one processor can do. Now there will be 3,200 events a second, from the
    // same users, spread evenly. Users are the partition key.
    shards: Shards {
        // How many shards does it take at least?
        shards: None,
        // How many users does each of them have?
        users_per_shard: None,
        // How much memory does each processor need, in MB?
        memory_per_shard: None,
    },
    // Which of these are reasons why stateless processing is easier to scale?
    scaling: Scaling {
        // Any processor can take any event
        any_processor_will_do: None,
        // After a crash only the position in the stream has to be restored
        nothing_to_recover: None,
        // Its events are smaller
        events_are_smaller: None,
        // Nothing has to be split by the key of the stream
        no_split_by_key: None,
        // More processors keep all events in one order
        order_is_kept: None,
    },
    // Which of these are good uses of stream processing?
    streaming: Streaming {
        // A yearly report from all history
        annual_report: None,
        // An alert on three failed logins within five minutes
        login_alert: None,
        // A model trained on five years of data
        model_of_five_years: None,
        // A search index that follows every change of a product
        search_index: None,
    },
    // 100 events come in, 20 of them pass the filter. Transform and enrich are called
    // once for each event that reaches them.
    stages: Stages {
        // How many calls of transform and enrich together, if the filter comes after them?
        calls_filter_last: None,
        // And if the filter comes first?
        calls_filter_first: None,
        // How many percent of the calls does the wrong order waste?
        wasted_percent: None,
    },
};
