//! A submission at work: its process, what it is asked, what it answers and
//! prints, and its end.

mod patience;
mod process;
mod tree;

use protocol::{Panic, Reply};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use patience::Budget;
pub use process::{Child, Environment, Launch};
pub use tree::{MARK, give_way, kill_strays};

/// How much of a panic's message is told, in characters.
const LONGEST_MESSAGE: usize = 240;

/// What was printed on one stream, up to the cap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Printed {
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

/// Why a call has no result. Each is a verdict of its own.
#[derive(Clone, Debug, PartialEq)]
pub enum Trouble {
    /// The function's body is still `todo!()`.
    Unwritten {
        file: String,
        line: u32,
    },
    /// The function returned `Err`.
    Failed(String),
    Panicked(Panic),
    /// The process ended of itself in the middle of a call.
    Exited(i32),
    /// A signal ended it: an abort, a stack overflow.
    Crashed {
        signal: i32,
        said: String,
    },
    /// No answer in time.
    TimedOut {
        limit: f64,
        /// Seconds of processor time used by all its threads, where that is known.
        busy: Option<f64>,
        /// What it asked AWS for towards the end, if it did.
        polling: Option<Polling>,
    },
    /// All processes together have had their time, in seconds, before this one answered.
    Spent(f64),
    /// So many times in a row it asked a drained shard for records.
    PolledOn(usize),
    /// More printed than anybody reads; MiB.
    Flooded(usize),
    /// Something else than a reply came back on the channel.
    Garbled,
    /// A reply whose value is none of the type that the function returns; why.
    Unreadable(String),
    /// It deleted, by this operation, what the grader was going to look at.
    Deleted(String),
    /// The call is none that the runner knows: a fault of the course.
    Refused(String),
}

/// The operation that a program which did not come to an end asked for most lately.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Polling {
    pub operation: String,
    pub times: usize,
    /// In so many last seconds.
    pub seconds: u64,
}

/// The kind of a trouble, without what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TroubleKind {
    Unwritten,
    ReturnedError,
    Panicked,
    Exited,
    Crashed,
    TimedOut,
    PolledOn,
    Flooded,
    Garbled,
    Deleted,
}

impl Trouble {
    /// What a panic means: a `todo!()` is one too.
    pub fn of(panic: Panic) -> Self {
        if panic.message.starts_with("not yet implemented") {
            Self::Unwritten {
                file: panic.file,
                line: panic.line,
            }
        } else {
            Self::Panicked(panic)
        }
    }

    pub fn kind(&self) -> TroubleKind {
        match self {
            Self::Unwritten { .. } => TroubleKind::Unwritten,
            Self::Failed(_) => TroubleKind::ReturnedError,
            Self::Panicked(_) => TroubleKind::Panicked,
            Self::Exited(_) => TroubleKind::Exited,
            Self::Crashed { .. } => TroubleKind::Crashed,
            Self::TimedOut { .. } | Self::Spent(_) => TroubleKind::TimedOut,
            Self::PolledOn(_) => TroubleKind::PolledOn,
            Self::Flooded(_) => TroubleKind::Flooded,
            Self::Deleted(_) => TroubleKind::Deleted,
            Self::Garbled | Self::Unreadable(_) | Self::Refused(_) => TroubleKind::Garbled,
        }
    }

    /// The file and the line it arose at, where that is known.
    pub fn place(&self) -> Option<(&str, u32)> {
        match self {
            Self::Unwritten { file, line } | Self::Panicked(Panic { file, line, .. }) => {
                Some((file, *line))
            }
            _ => None,
        }
    }

    /// What happened, as a sentence about `function`.
    pub fn describe(&self, function: &str) -> String {
        match self {
            Self::Unwritten { file, line } => {
                format!("{function} is not implemented yet: {file}:{line}")
            }
            Self::Failed(error) => format!("{function} returned an error: {error}"),
            Self::Panicked(Panic {
                message,
                file,
                line,
            }) => {
                format!(
                    "{function} panicked at {file}:{line}: {}",
                    shortened(message)
                )
            }
            Self::Exited(code) => {
                format!("the program ended itself with exit code {code} inside {function}")
            }
            Self::Crashed { signal, said } => {
                format!(
                    "the program was ended by signal {} inside {function}{said}",
                    signal_name(*signal)
                )
            }
            Self::TimedOut {
                limit,
                busy,
                polling,
            } => timed_out(function, *limit, *busy, polling.as_ref()),
            Self::Spent(limit) => {
                format!(
                    "the submission had used up its {limit:.0} s in all before {function} \
                     returned: what waits so long in other scenarios?"
                )
            }
            Self::PolledOn(times) => {
                format!(
                    "{function} was ended after {times} empty pages in a row of a shard with \
                     no records left"
                )
            }
            Self::Flooded(mib) => {
                format!("{function} flooded the output: more than {mib} MiB printed")
            }
            Self::Deleted(operation) => {
                format!("the program called {operation} on what it was to work with")
            }
            Self::Garbled => format!("the program's answer to {function} cannot be read"),
            // JSON has no such numbers: they are written as null.
            Self::Unreadable(why) if why.contains(NO_NUMBER) => {
                format!("{function} returned a number that is infinite or not a number (NaN)")
            }
            Self::Unreadable(why) => {
                format!("the program's answer to {function} cannot be read: {why}")
            }
            Self::Refused(why) => why.clone(),
        }
    }
}

/// What serde says of a number that is missing.
const NO_NUMBER: &str = "invalid type: null, expected f64";

/// A value as the type that a function returns.
pub fn decode<T: DeserializeOwned>(value: &Value) -> Result<T, Trouble> {
    T::deserialize(value).map_err(|e| Trouble::Unreadable(e.to_string()))
}

/// The start of a message: errors of the SDK go on for thousands of characters.
fn shortened(message: &str) -> String {
    match message.char_indices().nth(LONGEST_MESSAGE) {
        Some((at, _)) => format!("{}…", &message[..at]),
        None => message.to_owned(),
    }
}

/// Threads on several processors compute for more seconds than pass, and a busy machine
/// extends the limit: so much processor time is told as no number.
fn timed_out(function: &str, limit: f64, busy: Option<f64>, polling: Option<&Polling>) -> String {
    let start = format!("{function} did not return within {limit:.0} s");
    if let Some(Polling {
        operation,
        times,
        seconds,
    }) = polling
    {
        return format!(
            "{start}: in the last {seconds} s it asked for {operation} {times} times. Does it \
             poll without end?"
        );
    }
    match busy {
        Some(busy) if busy > limit * 0.9 => {
            format!("{start} and computed all the while: an endless loop?")
        }
        Some(busy) if busy > limit / 5.0 => {
            format!("{start}, with {busy:.1} s of processor time used: an endless loop?")
        }
        Some(busy) if busy < limit / 20.0 => {
            format!("{start}, idle all the while: a deadlock, or a wait for what never comes?")
        }
        Some(busy) => {
            format!("{start}, with {busy:.1} s of processor time used: a loop without end?")
        }
        None => format!("{start}: an endless loop or a deadlock?"),
    }
}

/// A signal as `kill -l` names it, such as `SIGSEGV`.
pub fn signal_name(signal: i32) -> String {
    nix::sys::signal::Signal::try_from(signal)
        .map_or_else(|_| signal.to_string(), |signal| signal.as_str().to_owned())
}

/// What became of a call.
pub type Outcome = Result<Value, Trouble>;

/// What a line that came back on the channel says of the call.
pub fn outcome(line: &[u8]) -> Outcome {
    let Ok(reply) = serde_json::from_slice(line) else {
        return Err(Trouble::Garbled);
    };
    match reply {
        Reply::Returned(value) => Ok(value),
        Reply::Failed(error) => Err(Trouble::Failed(error)),
        Reply::Panicked(panic) => Err(Trouble::of(panic)),
        Reply::Refused(why) => Err(Trouble::Refused(why)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_timeout_tells_a_loop_from_a_deadlock() {
        let busy = |busy| told(busy, None);
        assert!(busy(Some(9.8)).contains("endless loop?"));
        assert!(busy(Some(0.02)).contains("deadlock"));
        assert!(busy(Some(1.0)).contains("loop without end"));
    }

    #[test]
    fn no_more_processor_time_is_told_than_there_was_time() {
        assert_eq!(
            told(Some(14.2), None),
            "f did not return within 10 s and computed all the while: an endless loop?"
        );
    }

    #[test]
    fn who_polls_and_sleeps_is_no_deadlock() {
        let polling = Polling {
            operation: "GetRecords".into(),
            times: 5,
            seconds: 5,
        };
        assert_eq!(
            told(Some(0.1), Some(polling)),
            "f did not return within 10 s: in the last 5 s it asked for GetRecords 5 times. \
             Does it poll without end?"
        );
    }

    fn told(busy: Option<f64>, polling: Option<Polling>) -> String {
        let timed_out = Trouble::TimedOut {
            limit: 10.0,
            busy,
            polling,
        };
        timed_out.describe("f")
    }

    #[test]
    fn todo_is_told_from_other_panics() {
        let panic = |message: &str| {
            let message = message.to_owned();
            let reply = Reply::Panicked(Panic {
                message,
                file: "f.rs".into(),
                line: 3,
            });
            outcome(&serde_json::to_vec(&reply).unwrap())
        };
        assert!(matches!(
            panic("not yet implemented"),
            Err(Trouble::Unwritten { line: 3, .. })
        ));
        assert!(matches!(
            panic("not yet implemented: later"),
            Err(Trouble::Unwritten { .. })
        ));
        assert!(matches!(
            panic("index out of bounds"),
            Err(Trouble::Panicked(_))
        ));
    }

    proptest! {
        /// What is no reply is no value, whatever bytes of a reply are changed.
        #[test]
        fn nothing_but_a_reply_has_a_value(
            noise in vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
            cut in any::<prop::sample::Index>(),
            doubled: bool,
        ) {
            let reply = Reply::Returned(json!({ "outputs": [1.5, null], "totals": [["alice", 2]] }));
            let mut line = serde_json::to_vec(&reply).unwrap();
            for (at, byte) in &noise {
                let at = at.index(line.len());
                line[at] = *byte;
            }
            if doubled {
                line.extend(line.clone());
            }
            line.truncate(1 + cut.index(line.len()));
            match outcome(&line) {
                Ok(value) => {
                    let read: Reply = serde_json::from_slice(&line).unwrap();
                    prop_assert_eq!(read, Reply::Returned(value));
                }
                Err(trouble) => prop_assert!(!trouble.describe("f").is_empty()),
            }
        }
    }
}
