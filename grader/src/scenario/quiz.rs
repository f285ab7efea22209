//! Step 9: the answers of the quiz.

use crate::scenario::{Context, End, Facet, Facets, Kind};
use crate::{call, quiz};
use serde::Deserialize;

/// One question of the quiz.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quiz {
    question: String,
}

impl Kind for Quiz {
    fn facets(&self) -> &'static [Facet] {
        &["answers"]
    }

    async fn run(&self, context: &mut Context<'_>) -> Result<Facets, End> {
        let Self { question } = self;
        let question = quiz::question(context.course, question)?;
        let answers = context.call(call::quiz_answers()).await?;
        let judged = question.judge(&answers[&question.id]);
        Ok(Facets::default().with("answers", judged))
    }
}
