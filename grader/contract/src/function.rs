//! Functions of a submission that take one value, return one, and talk to nobody: they
//! are called by name, with JSON.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A function, with its argument.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Function {
    /// Its module and its name, such as `stages::filter_event`.
    pub function: String,
    pub input: Value,
}

impl Function {
    /// The name of the function as the student knows it.
    pub fn name(&self) -> &str {
        self.function.rsplit("::").next().unwrap_or_default()
    }
}

/// How the answer begins to the name of a function that has no line below.
pub const UNKNOWN: &str = "the course does not call ";

/// Passes the value on. An `Err` means that it is none for this function.
pub fn answer<T: DeserializeOwned, R: Serialize>(
    input: Value,
    function: impl FnOnce(T) -> R,
) -> crate::Result<Value> {
    Ok(serde_json::to_value(function(serde_json::from_value(
        input,
    )?))?)
}

/// Expands to the call of the function that is asked for. The types are written out, so
/// that a signature that was changed is a compile error that names it.
#[macro_export]
#[allow(clippy::crate_in_macro_def)] // The submission's own functions are what is called.
macro_rules! functions {
    ($asked:expr) => {{
        use $crate::function::{Function, UNKNOWN, answer};

        let Function { function, input } = $asked;
        match function.as_str() {
            "stages::filter_event" => answer(input, |event: $crate::Transaction| -> bool {
                crate::stages::filter_event(&event)
            }),
            "stages::transform_event" => answer(
                input,
                |event: $crate::Transaction| -> $crate::StandardEvent {
                    crate::stages::transform_event(&event)
                },
            ),
            "stages::classify_event" => {
                answer(input, |event: $crate::StandardEvent| -> $crate::Risk {
                    crate::stages::classify_event(&event)
                })
            }
            // `cargo grade dev new` adds a function here.
            _ => Err(::std::format!("{UNKNOWN}{function}").into()),
        }
    }};
}
