//! Pages as on AWS, on every backend.
//!
//! - GetRecords may always return fewer records than exist (Kinesis API, GetRecords). Emulators
//!   return ten thousand records on a page, so the grader would not notice code that reads only
//!   one page. The same is true for the shards of a stream: AWS lists at most a thousand.
//! - The last page of a closed shard may have records (Kinesis API, GetRecords). Emulators send
//!   one more page, without records.
//! - ListShards continues with only a token (Kinesis API, ListShards). The embedded backend does
//!   not support this, and it ignores a filter of the shards.
//! - Any call may name its stream by the ARN. The embedded backend does not support this.
//! - Scan and Query read at most 1 MB, and DescribeStream returns at most 100 shards (Kinesis API,
//!   DescribeStream). Emulators return everything.
//! - Records may be as old as the stream keeps them. The grader's own are seconds old.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

/// The most records on the first, second and third page of a shard; then the sizes repeat. A page
/// may be shorter than the page before it and still not be the last.
const PAGE_LIMITS: [u64; 3] = [100, 60, 80];

/// The most records that GetRecords may be asked for (Kinesis API, GetRecords).
const MOST_RECORDS: u64 = 10_000;

/// The most shards on a page of their list.
const SHARDS_AT_ONCE: u64 = 3;

/// The most items on a page of a table. On AWS a page has 1 MB at most (DynamoDB developer
/// guide, "Paginating table query results").
const ITEMS_AT_ONCE: u64 = 1;

/// By how many seconds the answers make the records older: more than a day.
const AGE: f64 = 2.0 * 86_400.0;

/// The separator in a token. Names of streams cannot contain it.
const TOKEN_SEPARATOR: char = '/';

/// The shards that are listed (Kinesis API, ShardFilter).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Listed {
    #[default]
    All,
    /// The open shards.
    Open,
    /// The shards without parents. This is right for streams with no expired records.
    First,
}

impl Listed {
    fn of(filter: &Value) -> Self {
        match filter["Type"].as_str() {
            Some("AT_LATEST") => Self::Open,
            Some("AT_TRIM_HORIZON") => Self::First,
            _ => Self::All,
        }
    }

    /// The letter for a token.
    fn letter(self) -> &'static str {
        match self {
            Self::All => "a",
            Self::Open => "o",
            Self::First => "f",
        }
    }

    pub fn has(self, shard: &Value) -> bool {
        match self {
            Self::All => true,
            Self::Open => shard["SequenceNumberRange"]["EndingSequenceNumber"].is_null(),
            Self::First => shard["ParentShardId"].is_null(),
        }
    }
}

/// Makes the pages of one scenario.
pub struct Pages {
    /// The most records on each page of a shard; the sizes repeat.
    limits: Mutex<Vec<u64>>,
    /// The number of the page for each iterator; an unknown iterator is for the first page.
    numbers: Mutex<HashMap<String, usize>>,
    /// Whether the shards that are read are closed.
    closed: AtomicBool,
}

/// The change that the answer to a request needs.
#[derive(Debug, PartialEq)]
pub enum Correction {
    /// A page of at most `limit` records, and its number in the shard.
    Records { limit: u64, number: usize },
    /// A page of the shards of a stream.
    Shards { stream: String, listed: Listed },
    /// A page of the shards in the description of a stream, after this one.
    Described { after: Option<String>, limit: usize },
}

impl Pages {
    /// Pages of at most these numbers of records, or of [`PAGE_LIMITS`] if none are given.
    pub fn new(limits: &[u64]) -> Self {
        let pages = Self {
            limits: Mutex::default(),
            numbers: Mutex::default(),
            closed: AtomicBool::default(),
        };
        pages.set_limits(limits);
        pages
    }

    /// From now on, pages have these sizes.
    pub fn set_limits(&self, limits: &[u64]) {
        let limits = if limits.is_empty() {
            &PAGE_LIMITS
        } else {
            limits
        };
        *self.limits.lock() = limits.to_vec();
    }

    /// From now on, the shards that are read are closed, or not.
    pub fn set_closed(&self, closed: bool) {
        self.closed.store(closed, Ordering::Relaxed);
    }

    /// Changes a request, and returns the change that its answer needs. A request that AWS would
    /// refuse stays unchanged, so the backend refuses it.
    pub fn adapt(&self, operation: &str, request: &mut Value) -> Option<Correction> {
        let request = request.as_object_mut()?;
        name_for_arn(request);
        match operation {
            "GetRecords" => self.smaller_page(request),
            "ListShards" => by_name(request),
            "DescribeStream" => described(request),
            "Scan" | "Query" => {
                few_items(request);
                None
            }
            "GetShardIterator" => {
                older(request);
                None
            }
            _ => None,
        }
    }

    /// Lowers the limit of GetRecords.
    fn smaller_page(&self, request: &mut Map<String, Value>) -> Option<Correction> {
        let iterator = request.get("ShardIterator")?.as_str()?;
        let number = self.numbers.lock().get(iterator).copied();
        let number = number.unwrap_or_default();
        let limits = self.limits.lock();
        let most = limits[number % limits.len()];
        let limit = match request.get("Limit") {
            None => most,
            Some(asked) => {
                let asked = asked.as_u64();
                asked
                    .filter(|asked| (1..=MOST_RECORDS).contains(asked))?
                    .min(most)
            }
        };
        request.insert("Limit".into(), json!(limit));
        Some(Correction::Records { limit, number })
    }

    /// Changes an answer. An answer without the expected fields stays unchanged.
    pub fn correct(&self, correction: &Correction, answer: &mut Value) -> Option<()> {
        let answer = answer.as_object_mut()?;
        match correction {
            Correction::Records { limit, number } => {
                if let Some(next) = answer.get("NextShardIterator").and_then(Value::as_str) {
                    self.numbers.lock().insert(next.to_owned(), number + 1);
                }
                if self.closed.load(Ordering::Relaxed) {
                    nothing_follows(answer, *limit);
                }
                arrived_before(answer);
                up_to_date_at_the_end(answer);
                not_up_to_date(answer, *limit)
            }
            Correction::Described { after, limit } => {
                let description = answer.get_mut("StreamDescription")?.as_object_mut()?;
                let shards = description.get_mut("Shards")?.as_array_mut()?;
                let is_after = |shard: &Value| shard["ShardId"].as_str() > after.as_deref();
                shards.retain(is_after);
                let more = shards.len() > *limit;
                shards.truncate(*limit);
                description.insert("HasMoreShards".into(), json!(more));
                Some(())
            }
            Correction::Shards { stream, listed } => {
                own_token(answer, stream, *listed);
                let shards = answer.get_mut("Shards")?.as_array_mut()?;
                shards.retain(|shard| listed.has(shard));
                Some(())
            }
        }
    }
}

/// A page of a table with few items.
fn few_items(request: &mut Map<String, Value>) -> Option<()> {
    request.get("TableName")?.as_str()?;
    let asked = request.get("Limit");
    let limit = asked.map_or(Some(ITEMS_AT_ONCE), Value::as_u64)?;
    request.insert("Limit".into(), json!(limit.min(ITEMS_AT_ONCE)));
    Some(())
}

/// Asks for all shards in the description of a stream. The answer then gets one page of them.
fn described(request: &mut Map<String, Value>) -> Option<Correction> {
    request.get("StreamName")?.as_str()?;
    let after = request.remove("ExclusiveStartShardId");
    let limit = request.remove("Limit").as_ref().and_then(Value::as_u64);
    Some(Correction::Described {
        after: after.and_then(|shard| shard.as_str().map(str::to_owned)),
        limit: limit.unwrap_or(SHARDS_AT_ONCE).min(SHARDS_AT_ONCE) as usize,
    })
}

/// Moves the time of an iterator by [`AGE`], because the answers make the records older. The
/// grader has just put them, and on AWS they may be days old.
fn older(request: &mut Map<String, Value>) -> Option<()> {
    let at = request.get("Timestamp")?.as_f64()? + AGE;
    let now = OffsetDateTime::now_utc().unix_timestamp() as f64;
    if at > now {
        request.remove("Timestamp");
        request.insert("ShardIteratorType".into(), json!("LATEST"));
    } else {
        request.insert("Timestamp".into(), json!(at));
    }
    Some(())
}

/// Nothing follows the end of a closed shard, so a page there is not behind. An emulator
/// measures up to the present.
fn up_to_date_at_the_end(page: &mut Map<String, Value>) -> Option<()> {
    let is_empty = page.get("Records")?.as_array()?.is_empty();
    let is_end = page.get("NextShardIterator").is_none_or(Value::is_null);
    if is_empty && is_end {
        page.insert("MillisBehindLatest".into(), json!(0));
    }
    Some(())
}

/// Makes the records of a page older, by [`AGE`].
fn arrived_before(page: &mut Map<String, Value>) -> Option<()> {
    for record in page.get_mut("Records")?.as_array_mut()? {
        if let Some(at) = record["ApproximateArrivalTimestamp"].as_f64() {
            record["ApproximateArrivalTimestamp"] = json!(at - AGE);
        }
    }
    Some(())
}

/// Replaces the ARN of the stream with its name.
fn name_for_arn(request: &mut Map<String, Value>) -> Option<()> {
    let (_, name) = request
        .get("StreamARN")?
        .as_str()?
        .rsplit_once(":stream/")?;
    let name = json!(name);
    request.remove("StreamARN");
    request.insert("StreamName".into(), name);
    Some(())
}

/// Replaces our token for ListShards with the name of the stream and the last listed shard: the
/// embedded backend forgets the stream from one page to the next.
fn by_name(request: &mut Map<String, Value>) -> Option<Correction> {
    let mut listed = Listed::default();
    if let Some(token) = request.get("NextToken") {
        // With a token, these fields are not allowed (Kinesis API, ListShards).
        let alone = ["StreamName", "ExclusiveStartShardId", "ShardFilter"];
        if alone.iter().any(|field| request.contains_key(*field)) {
            return None;
        }
        let (stream, rest) = token.as_str()?.split_once(TOKEN_SEPARATOR)?;
        let (shard, letter) = rest.split_once(TOKEN_SEPARATOR)?;
        let all = [Listed::All, Listed::Open, Listed::First];
        listed = all.into_iter().find(|listed| listed.letter() == letter)?;
        let (stream, shard) = (json!(stream), json!(shard));
        request.remove("NextToken");
        request.insert("StreamName".into(), stream);
        request.insert("ExclusiveStartShardId".into(), shard);
    }
    if let Some(filter) = request.remove("ShardFilter") {
        listed = Listed::of(&filter);
        if filter["Type"] == "AFTER_SHARD_ID" {
            request.insert("ExclusiveStartShardId".into(), filter["ShardId"].clone());
        }
    }
    let stream = request.get("StreamName")?.as_str()?.to_owned();
    let most = match request.get("MaxResults") {
        None => SHARDS_AT_ONCE,
        Some(asked) => asked
            .as_u64()
            .filter(|asked| *asked > 0)?
            .min(SHARDS_AT_ONCE),
    };
    request.insert("MaxResults".into(), json!(most));
    Some(Correction::Shards { stream, listed })
}

/// Sets MillisBehindLatest above zero if the page is full. Emulators say zero on every page, and
/// code may stop at a zero.
fn not_up_to_date(page: &mut Map<String, Value>, limit: u64) -> Option<()> {
    let full = page.get("Records")?.as_array()?.len() as u64 >= limit;
    let behind = page.get("MillisBehindLatest").and_then(Value::as_u64);
    if full && behind.unwrap_or_default() == 0 {
        page.insert("MillisBehindLatest".into(), json!(1));
    }
    Some(())
}

/// Removes the next iterator from the page with the last records of a closed shard.
fn nothing_follows(page: &mut Map<String, Value>, limit: u64) -> Option<()> {
    let records = page.get("Records")?.as_array()?.len() as u64;
    if (1..limit).contains(&records) {
        page.remove("NextShardIterator");
    }
    Some(())
}

/// Replaces the backend's token with our own.
fn own_token(page: &mut Map<String, Value>, stream: &str, listed: Listed) -> Option<()> {
    page.get("NextToken")?.as_str()?;
    let last = page
        .get("Shards")?
        .as_array()?
        .last()?
        .get("ShardId")?
        .as_str()?;
    let letter = listed.letter();
    let token = format!("{stream}{TOKEN_SEPARATOR}{last}{TOKEN_SEPARATOR}{letter}");
    page.insert("NextToken".into(), json!(token));
    Some(())
}

#[cfg(test)]
mod tests;
