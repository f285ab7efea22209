//! Generated inputs: the submission and the reference get the same inputs. If their answers
//! differ, the grader looks for the smallest input that shows the difference.

/// A kind of scenario without parameters. The function `compare` of its file compares the
/// submission with the reference.
macro_rules! generated {
    ($kind:ident) => {
        pub struct $kind;

        impl crate::scenario::Kind for $kind {
            fn facets(&self) -> &'static [crate::scenario::Facet] {
                &["generated"]
            }

            fn is_generated(&self) -> bool {
                true
            }

            async fn run(&self, context: &mut Context<'_>) -> Result<Facets, End> {
                compare(context).await
            }
        }
    };
}

pub mod lambda;
pub mod patterns;
pub mod purchases;
pub mod shards;
mod shrink;
pub mod stages;
pub mod streams;

use std::time::Duration;

use protocol::Call;
use serde_json::{Value, json};

use super::{Context, End, Facets, Stopped};
use crate::child::{Child, Trouble};
use crate::problem::Problem;

/// The time limit of the search for the smallest input.
const SHRINK_WITHIN: Duration = Duration::from_millis(700);

/// The answers of the submission and the reference.
#[derive(Clone)]
struct Answers {
    yours: Value,
    expected: Value,
}

impl Answers {
    fn agree(&self) -> bool {
        self.yours == self.expected
    }

    /// The facet of a scenario, with the answers by the name of the input.
    fn facet(answers: impl IntoIterator<Item = (String, Self)>, records: usize) -> Facets {
        let (mut yours, mut expected) = (serde_json::Map::new(), serde_json::Map::new());
        for (input, answers) in answers {
            yours.insert(input.clone(), answers.yours);
            expected.insert(input, answers.expected);
        }
        Facets::default().against("generated", yours.into(), expected.into(), records)
    }
}

/// The submission and the reference.
struct Both<'s, 'a> {
    context: &'s mut Context<'a>,
    reference: Child,
}

impl<'s, 'a> Both<'s, 'a> {
    fn open(context: &'s mut Context<'a>) -> Result<Self, End> {
        let reference = context.observer.start_reference()?;
        Ok(Self { context, reference })
    }

    /// The answers of both to a call, after `view`.
    async fn ask(
        &mut self,
        call: &Call,
        view: impl Fn(&Value) -> Result<Value, Trouble>,
    ) -> Result<Answers, End> {
        let Self { context, reference } = self;
        let (expected, yours) = tokio::join!(
            of_reference(reference, call, &view),
            of_submission(context, call, &view),
        );
        Ok(Answers {
            yours: yours?,
            expected: expected?,
        })
    }
}

async fn of_reference(
    reference: &mut Child,
    call: &Call,
    view: impl Fn(&Value) -> Result<Value, Trouble>,
) -> Result<Value, End> {
    let expected = reference.call(call).await.and_then(|value| view(&value));
    expected.map_err(|trouble| {
        let trouble = trouble.describe(call.name());
        Problem::bug(format!("the reference: {trouble}")).into()
    })
}

/// The answer of the submission. An error or a panic is also an answer.
async fn of_submission(
    context: &mut Context<'_>,
    call: &Call,
    view: impl Fn(&Value) -> Result<Value, Trouble>,
) -> Result<Value, End> {
    match context.ask(call).await.and_then(|value| view(&value)) {
        Ok(value) => Ok(value),
        Err(trouble @ Trouble::Unreadable(_)) => Ok(json!(trouble.describe(call.name()))),
        Err(Trouble::Panicked(panic)) => Ok(json!(format!("panicked: {}", panic.message))),
        Err(Trouble::Failed(error)) => Ok(json!(format!("returned an error: {error}"))),
        Err(trouble) => Err(Stopped::at(call.name(), trouble).into()),
    }
}
