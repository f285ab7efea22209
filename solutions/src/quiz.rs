//! Step 9: the quiz.

use contract::quiz::{Answers, Kind, Mode, Modes, Scaling, Shards, Stages, State, Streaming};

pub const ANSWERS: Answers = Answers {
    state: State {
        json_to_csv: Some(Kind::Stateless),
        views_per_hour: Some(Kind::Stateful),
        amount_filter: Some(Kind::Stateless),
        failed_logins: Some(Kind::Stateful),
        country_lookup: Some(Kind::Stateless),
        running_average: Some(Kind::Stateful),
    },
    mode: Modes {
        block_fraud: Some(Mode::Stream),
        monthly_sales: Some(Mode::Batch),
        active_users: Some(Mode::Stream),
        model_training: Some(Mode::Batch),
        recommendations: Some(Mode::Stream),
        daily_warehouse: Some(Mode::Batch),
    },
    shards: Shards {
        shards: Some(4),
        users_per_shard: Some(15000),
        memory_per_shard: Some(300),
    },
    scaling: Scaling {
        any_processor_will_do: Some(true),
        nothing_to_recover: Some(true),
        events_are_smaller: Some(false),
        no_split_by_key: Some(true),
        order_is_kept: Some(false),
    },
    streaming: Streaming {
        annual_report: Some(false),
        login_alert: Some(true),
        model_of_five_years: Some(false),
        search_index: Some(true),
    },
    stages: Stages {
        calls_filter_last: Some(200),
        calls_filter_first: Some(40),
        wasted_percent: Some(80),
    },
};
