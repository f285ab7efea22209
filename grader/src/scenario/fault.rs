//! Faults of a scenario, and which operations they can strike.

use serde::Deserialize;

/// A fault that strikes some of a scenario's AWS calls.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The operations it strikes, such as `GetRecords`.
    pub on: Vec<String>,
    /// How many of these calls pass unharmed first …
    #[serde(default)]
    pub after: usize,
    /// … and how many are struck then; all of them unless given.
    pub times: Option<usize>,
    pub harm: Harm,
}

/// What a fault does to a call.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Harm {
    /// AWS answers with this error.
    Error(String),
    /// A stream or a table is said to have this status.
    Status(String),
    /// GetRecords delivers its last record twice.
    Duplicate,
    /// GetRecords delivers nothing yet: more is behind, as AWS has it in the midst of a shard.
    Pause,
    /// PutRecords takes every other record only, and BatchWriteItem every other item.
    PartialFailure,
    /// Shards that are closed are listed no more, as when all their records have expired.
    OpenShardsOnly,
    /// The answer waits until so many calls are under way, for a second at most.
    UntilTogether(usize),
}

/// The operations that the embedded backend knows: the actions of the Kinesis API, version
/// 2013-12-02, …
const KINESIS: [&str; 30] = [
    "AddTagsToStream",
    "CreateStream",
    "DecreaseStreamRetentionPeriod",
    "DeleteStream",
    "DeregisterStreamConsumer",
    "DescribeLimits",
    "DescribeStream",
    "DescribeStreamConsumer",
    "DescribeStreamSummary",
    "DisableEnhancedMonitoring",
    "EnableEnhancedMonitoring",
    "GetRecords",
    "GetShardIterator",
    "IncreaseStreamRetentionPeriod",
    "ListShards",
    "ListStreamConsumers",
    "ListStreams",
    "ListTagsForStream",
    "MergeShards",
    "PutRecord",
    "PutRecords",
    "RegisterStreamConsumer",
    "RemoveTagsFromStream",
    "SplitShard",
    "StartStreamEncryption",
    "StopStreamEncryption",
    "SubscribeToShard",
    "UpdateShardCount",
    "UpdateStreamMode",
    "ListTagsForResource",
];

/// … and those of the DynamoDB API, version 2012-08-10, that have to do with items and
/// tables.
const DYNAMODB: [&str; 21] = [
    "BatchExecuteStatement",
    "BatchGetItem",
    "BatchWriteItem",
    "CreateTable",
    "DeleteItem",
    "DeleteTable",
    "DescribeTable",
    "DescribeTimeToLive",
    "ExecuteStatement",
    "ExecuteTransaction",
    "GetItem",
    "ListTables",
    "ListTagsOfResource",
    "PutItem",
    "Query",
    "Scan",
    "TransactGetItems",
    "TransactWriteItems",
    "UpdateItem",
    "UpdateTable",
    "UpdateTimeToLive",
];

impl Fault {
    /// One that strikes from the first call on.
    pub fn at_once(on: &[&str], times: Option<usize>, harm: Harm) -> Self {
        Self {
            on: on.iter().map(|on| (*on).to_owned()).collect(),
            after: 0,
            times,
            harm,
        }
    }

    /// The same with another error, if it is one.
    pub fn with_error(mut self, error: &str) -> Self {
        if matches!(self.harm, Harm::Error(_)) {
            self.harm = Harm::Error(error.to_owned());
        }
        self
    }

    /// Says what is wrong with a fault that can never strike, or does no harm.
    pub fn can_strike(&self) -> Result<(), String> {
        if self.on.is_empty() || self.times == Some(0) {
            return Err("a fault strikes no call".to_owned());
        }
        for on in &self.on {
            let on = on.as_str();
            if !KINESIS.contains(&on) && !DYNAMODB.contains(&on) {
                return Err(format!("{on} is no operation of Kinesis or DynamoDB"));
            }
            if self.harm.on().is_some_and(|known| !known.contains(&on)) {
                return Err(format!("{:?} does no harm to {on}", self.harm));
            }
        }
        Ok(())
    }
}

impl Harm {
    /// The operations to whose requests or answers it does something, unless it is all.
    fn on(&self) -> Option<&'static [&'static str]> {
        match self {
            Self::Error(_) | Self::UntilTogether(_) => None,
            Self::Status(_) => Some(&[
                "DescribeStream",
                "DescribeStreamSummary",
                "DescribeTable",
                "ListStreams",
            ]),
            Self::Duplicate | Self::Pause => Some(&["GetRecords"]),
            Self::PartialFailure => Some(&["PutRecords", "BatchWriteItem"]),
            Self::OpenShardsOnly => Some(&["ListShards", "DescribeStream"]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(on: &str, harm: Harm) -> Fault {
        Fault::at_once(&[on], None, harm)
    }

    #[test]
    fn a_fault_of_an_operation_that_there_is_not_cannot_strike() {
        let harm = Harm::Error("InternalServerError".into());
        assert_eq!(fault("GetRecords", harm.clone()).can_strike(), Ok(()));
        let said = fault("GetRecord", harm).can_strike().unwrap_err();
        assert_eq!(said, "GetRecord is no operation of Kinesis or DynamoDB");
    }

    #[test]
    fn a_harm_that_does_nothing_to_an_operation_is_refused() {
        assert!(
            fault("PutRecord", Harm::PartialFailure)
                .can_strike()
                .is_err()
        );
        assert_eq!(
            fault("PutRecords", Harm::PartialFailure).can_strike(),
            Ok(())
        );
    }

    #[test]
    fn a_fault_that_strikes_no_call_is_refused() {
        let mut never = fault("GetRecords", Harm::Duplicate);
        never.times = Some(0);
        assert!(never.can_strike().is_err());
    }
}
