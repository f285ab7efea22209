//! Faults of a scenario, and the operations that they can affect.

use serde::Deserialize;

/// A fault that hits some AWS calls of a scenario.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The operations that it hits, such as `GetRecords`.
    pub on: Vec<String>,
    /// The number of these calls that first pass without the fault.
    #[serde(default)]
    pub after: usize,
    /// The number of calls that are then hit; all of them if it is `None`.
    pub times: Option<usize>,
    pub harm: Harm,
}

/// What a fault does to a call.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Harm {
    /// AWS answers with this error.
    Error(String),
    /// The connection breaks off before the answer.
    NoAnswer,
    /// The answer says that a stream or a table has this status.
    Status(String),
    /// GetRecords delivers its last record twice.
    Duplicate,
    /// GetRecords returns no records, although more follow, as can happen on AWS in the middle
    /// of a shard.
    Pause,
    /// PutRecords takes only every second record, and BatchWriteItem only every second item.
    PartialFailure,
    /// Closed shards are no longer listed, as when all their records have expired.
    OpenShardsOnly,
    /// The answer waits until this number of calls are waiting, for at most one second.
    UntilTogether(usize),
}

/// The Kinesis operations that the embedded backend knows: the actions of the Kinesis API,
/// version 2013-12-02.
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

/// The DynamoDB operations that the embedded backend knows: the actions of the DynamoDB API,
/// version 2012-08-10, for items and tables.
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
    /// A fault that hits from the first call on.
    pub fn at_once(on: &[&str], times: Option<usize>, harm: Harm) -> Self {
        Self {
            on: on.iter().map(|on| (*on).to_owned()).collect(),
            after: 0,
            times,
            harm,
        }
    }

    /// The same fault with a different error, if its harm is an error.
    pub fn with_error(mut self, error: &str) -> Self {
        if matches!(self.harm, Harm::Error(_)) {
            self.harm = Harm::Error(error.to_owned());
        }
        self
    }

    /// Returns what is wrong with a fault that can never hit a call, or has no effect on one.
    pub fn can_strike(&self) -> Result<(), String> {
        if self.on.is_empty() || self.times == Some(0) {
            return Err("a fault can hit no call: `on` is empty, or `times` is 0".to_owned());
        }
        for on in &self.on {
            let on = on.as_str();
            if !KINESIS.contains(&on) && !DYNAMODB.contains(&on) {
                return Err(format!("{on} is not an operation of Kinesis or DynamoDB"));
            }
            if self.harm.on().is_some_and(|known| !known.contains(&on)) {
                return Err(format!("{:?} has no effect on {on}", self.harm));
            }
        }
        Ok(())
    }
}

impl Harm {
    /// The operations with requests or answers that it changes; `None` for all operations.
    fn on(&self) -> Option<&'static [&'static str]> {
        match self {
            Self::Error(_) | Self::NoAnswer | Self::UntilTogether(_) => None,
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
        assert_eq!(said, "GetRecord is not an operation of Kinesis or DynamoDB");
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
