//! Pages as they are on AWS, on every backend.
//!
//! GetRecords may always return fewer records than there are (Kinesis API,
//! GetRecords), but emulators hand out ten thousand at once, and code that reads one
//! page only would never be found out; so do they with the shards of a stream, of
//! which AWS lists a thousand. The last page of a closed shard may have records (Kinesis API,
//! GetRecords), but emulators send one more that has none. ListShards goes on from page to page by a token alone
//! (Kinesis API, ListShards), which the embedded backend cannot follow, and may be for some
//! shards alone, which it does not heed; and any call may name its stream by the ARN, which
//! it does not know.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use serde_json::{Map, Value, json};

/// The most records on the first, second and third page of a shard, and so on from
/// the start: a page that is shorter than the last one is not the last page.
const PAGE_LIMITS: [u64; 3] = [100, 60, 80];

/// The most records that GetRecords may be asked for (Kinesis API, GetRecords).
const MOST_RECORDS: u64 = 10_000;

/// The most shards on a page of their list.
const SHARDS_AT_ONCE: u64 = 3;

/// Between the parts of a token; no name of a stream has it.
const TOKEN_SEPARATOR: char = '/';

/// Which shards are listed (Kinesis API, ShardFilter).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Listed {
    #[default]
    All,
    /// Those that are open.
    Open,
    /// Those that have no parents, of streams whose first records have not expired.
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

    /// As a part of a token.
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
    /// The most records on each page of a shard, over and over.
    limits: Mutex<Vec<u64>>,
    /// Which page an iterator stands for; the first where it is not known.
    numbers: Mutex<HashMap<String, usize>>,
    /// Whether the shards that are read are closed.
    closed: AtomicBool,
}

/// What the answer to a request needs.
#[derive(Debug, PartialEq)]
pub enum Mend {
    /// A page of at most so many records; which one of its shard.
    Records { limit: u64, number: usize },
    /// A page of the shards of a stream.
    Shards { stream: String, listed: Listed },
}

impl Pages {
    /// Pages of at most so many records; of [`PAGE_LIMITS`] where none are given.
    pub fn new(limits: &[u64]) -> Self {
        let pages = Self {
            limits: Mutex::default(),
            numbers: Mutex::default(),
            closed: AtomicBool::default(),
        };
        pages.set_limits(limits);
        pages
    }

    /// From now on pages of other sizes.
    pub fn set_limits(&self, limits: &[u64]) {
        let limits = if limits.is_empty() {
            &PAGE_LIMITS
        } else {
            limits
        };
        *self.limits.lock() = limits.to_vec();
    }

    /// From now on the shards that are read are closed, or are not.
    pub fn set_closed(&self, closed: bool) {
        self.closed.store(closed, Ordering::Relaxed);
    }

    /// Changes a request, and says what its answer needs. Whatever is not as AWS
    /// would have it stays unchanged, for the backend to refuse.
    pub fn adapt(&self, operation: &str, request: &mut Value) -> Option<Mend> {
        let request = request.as_object_mut()?;
        name_for_arn(request);
        match operation {
            "GetRecords" => self.smaller_page(request),
            "ListShards" => by_name(request),
            _ => None,
        }
    }

    /// GetRecords with its limit lowered.
    fn smaller_page(&self, request: &mut Map<String, Value>) -> Option<Mend> {
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
        Some(Mend::Records { limit, number })
    }

    /// Mends an answer; one without the fields of its kind stays as it is.
    pub fn mend(&self, mend: &Mend, answer: &mut Value) -> Option<()> {
        let answer = answer.as_object_mut()?;
        match mend {
            Mend::Records { limit, number } => {
                if let Some(next) = answer.get("NextShardIterator").and_then(Value::as_str) {
                    self.numbers.lock().insert(next.to_owned(), number + 1);
                }
                if self.closed.load(Ordering::Relaxed) {
                    nothing_follows(answer, *limit);
                }
                not_up_to_date(answer, *limit)
            }
            Mend::Shards { stream, listed } => {
                own_token(answer, stream, *listed);
                let shards = answer.get_mut("Shards")?.as_array_mut()?;
                shards.retain(|shard| listed.has(shard));
                Some(())
            }
        }
    }
}

/// The name of the stream in place of its ARN.
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

/// ListShards by the name of the stream and the shard to go on after, which our own
/// token holds: the embedded backend forgets the stream from one page to the next.
fn by_name(request: &mut Map<String, Value>) -> Option<Mend> {
    let mut listed = Listed::default();
    if let Some(token) = request.get("NextToken") {
        // Nothing else says of which stream (Kinesis API, ListShards).
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
    Some(Mend::Shards { stream, listed })
}

/// MillisBehindLatest above zero if the page is full: emulators say zero on every
/// page, and code may rightly stop there.
fn not_up_to_date(page: &mut Map<String, Value>, limit: u64) -> Option<()> {
    let full = page.get("Records")?.as_array()?.len() as u64 >= limit;
    let behind = page.get("MillisBehindLatest").and_then(Value::as_u64);
    if full && behind.unwrap_or_default() == 0 {
        page.insert("MillisBehindLatest".into(), json!(1));
    }
    Some(())
}

/// No next iterator on the page of a closed shard that has its last records.
fn nothing_follows(page: &mut Map<String, Value>, limit: u64) -> Option<()> {
    let records = page.get("Records")?.as_array()?.len() as u64;
    if (1..limit).contains(&records) {
        page.remove("NextShardIterator");
    }
    Some(())
}

/// A token of our own in place of the backend's.
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
