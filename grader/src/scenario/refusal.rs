//! The results of a function for different errors of AWS, one after the other.

use protocol::Call;
use serde_json::{Map, Value, json};

use super::{Context, End, Facets, Fault, Harm};

/// Calls `see` once for each error, and lets the scenario's faults return this error. Without
/// errors, calls it once with the faults unchanged. `see` gets the number of the round, from 0.
pub async fn for_each_error(
    context: &mut Context<'_>,
    errors: &[String],
    mut see: impl AsyncFnMut(&mut Context<'_>, usize) -> Result<Value, End>,
) -> Result<Value, End> {
    if errors.is_empty() {
        return see(context, 0).await;
    }
    let mut seen = Map::new();
    for (round, error) in errors.iter().enumerate() {
        context.strike_with(error);
        seen.insert(error.clone(), see(context, round).await?);
    }
    Ok(seen.into())
}

/// A call that AWS refuses.
pub struct Refusal<'a> {
    pub call: Call,
    /// The operation that does the work, then those that only look. All of them are refused.
    pub on: &'a [&'a str],
    /// The errors that AWS returns, one after the other.
    pub errors: &'a [String],
    /// The result for code that returns `Ok` but never calls the operation that does the work.
    pub unasked: &'a str,
}

/// Among the errors of a refusal: the connection breaks off.
const NO_ANSWER: &str = "no answer";

impl Refusal<'_> {
    /// The facet `returned`: the result of the function for each error.
    pub async fn run(self, context: &mut Context<'_>) -> Result<Facets, End> {
        let function = self.call.name().to_owned();
        let mut returned = Map::new();
        for error in self.errors {
            let harm = match error.as_str() {
                NO_ANSWER => Harm::NoAnswer,
                error => Harm::Error(error.to_owned()),
            };
            context
                .proxy
                .set_faults(&[Fault::at_once(self.on, None, harm)]);
            let done = context.attempt(self.call.clone()).await?.is_some();
            let said = match done {
                false => "an error",
                true if context.proxy.journal().asked(self.on[0]) => "Ok",
                true => self.unasked,
            };
            returned.insert(format!("{function}, {error}"), json!(said));
        }
        Ok(Facets::default().with("returned", json!(returned)))
    }
}
