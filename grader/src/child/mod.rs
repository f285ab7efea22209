//! The process of a submission: its calls, its answers, its output and its end.

mod patience;
mod platform;
mod process;

use protocol::{Panic, Reply};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use patience::Budget;
pub use platform::{MARK, give_way, kill_strays};
pub use process::{Child, Environment, Launch};

/// How much of a panic's message is shown, in characters.
const LONGEST_MESSAGE: usize = 240;

/// The output on both streams, up to a limit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Printed {
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

/// Why a call has no result. Each has its own verdict.
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
    /// The process exited in the middle of a call.
    Exited(i32),
    /// A signal ended the process: an abort, a stack overflow.
    Crashed {
        signal: i32,
        said: String,
    },
    /// No answer in time.
    TimedOut {
        limit: f64,
        /// The seconds of processor time of all its threads, if known.
        busy: Option<f64>,
        /// The operation that it polled at the end, if it did.
        polling: Option<Polling>,
    },
    /// The time limit of all processes together, in seconds, was over before this one answered.
    Spent(f64),
    /// After the end of a shard, it asked for records this many times in a row.
    PolledOn(usize),
    /// It printed more than this limit, in MiB.
    Flooded(usize),
    /// The channel returned something that is not a reply.
    Garbled,
    /// The value of a reply does not have the type that the function returns; the reason.
    Unreadable(String),
    /// With this operation, it deleted a stream or a table that the grader needs.
    Deleted(String),
    /// The runner does not know the call: a bug in the course.
    Refused(String),
}

/// The operation that a program called most in the last seconds before its time limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Polling {
    pub operation: String,
    pub times: usize,
    /// The number of these last seconds.
    pub seconds: u64,
}

/// The kind of a trouble, without its details.
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
    /// The trouble for a panic. A `todo!()` is also a panic.
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

    /// The file and the line, if known.
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
            Self::Failed(error) => format!("{function} returned an error: {}", shortened(error)),
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
                format!("the program exited with exit code {code} inside {function}")
            }
            Self::Crashed { signal, said } => {
                format!(
                    "signal {} ended the program inside {function}{said}",
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
                    "the submission used all of its {limit:.0} s before {function} returned. \
                     Which code waits so long in other scenarios?"
                )
            }
            Self::PolledOn(times) => {
                format!(
                    "the grader stopped {function} after {times} empty pages in a row from a \
                     shard with no records left"
                )
            }
            Self::Flooded(mib) => {
                format!("{function} flooded the output: it printed more than {mib} MiB")
            }
            Self::Deleted(operation) => {
                format!("the program called {operation} on a stream or a table that it needs")
            }
            Self::Garbled => format!("the program's answer to {function} cannot be read"),
            // JSON has no such numbers, so they become null.
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

/// The error of serde for a null in place of a number.
const NO_NUMBER: &str = "invalid type: null, expected f64";

/// The value in the type that a function returns.
pub fn decode<T: DeserializeOwned>(value: &Value) -> Result<T, Trouble> {
    T::deserialize(value).map_err(|e| Trouble::Unreadable(e.to_string()))
}

/// The start of a message, because errors of the SDK can have thousands of characters.
fn shortened(message: &str) -> String {
    match message.char_indices().nth(LONGEST_MESSAGE) {
        Some((at, _)) => format!("{}…", &message[..at]),
        None => message.to_owned(),
    }
}

/// Threads on several processors can use more processor time than the time that passes, and a busy
/// machine extends the limit. So a large processor time is not shown as a number.
fn timed_out(function: &str, limit: f64, busy: Option<f64>, polling: Option<&Polling>) -> String {
    let start = format!("{function} did not return within {limit:.0} s");
    if let Some(Polling {
        operation,
        times,
        seconds,
    }) = polling
    {
        return format!(
            "{start}: in the last {seconds} s it called {operation} {times} times. Does it poll \
             forever?"
        );
    }
    match busy {
        Some(busy) if busy > limit * 0.9 => {
            format!("{start} and computed all the time: an endless loop?")
        }
        Some(busy) if busy > limit / 5.0 => {
            format!("{start}, with {busy:.1} s of processor time used: an endless loop?")
        }
        Some(busy) if busy < limit / 20.0 => {
            format!("{start} and was idle all the time: a deadlock, or a wait that never ends?")
        }
        Some(busy) => {
            format!("{start}, with {busy:.1} s of processor time used: a loop that never ends?")
        }
        None => format!("{start}: an endless loop or a deadlock?"),
    }
}

/// A signal as `kill -l` names it, such as `SIGSEGV`.
pub fn signal_name(signal: i32) -> String {
    nix::sys::signal::Signal::try_from(signal)
        .map_or_else(|_| signal.to_string(), |signal| signal.as_str().to_owned())
}

/// The result of a call.
pub type Outcome = Result<Value, Trouble>;

/// The result of a call, from the line that the channel returned.
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
        assert!(busy(Some(1.0)).contains("loop that never ends"));
    }

    #[test]
    fn no_more_processor_time_is_told_than_there_was_time() {
        assert_eq!(
            told(Some(14.2), None),
            "f did not return within 10 s and computed all the time: an endless loop?"
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
            "f did not return within 10 s: in the last 5 s it called GetRecords 5 times. Does it \
             poll forever?"
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
        /// A line that is not a reply has no value, even if only some bytes of a reply changed.
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
