//! Step 9: the answers of the quiz.

use crate::scenario::{End, Facet, Kind, Scene, Seen};
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

    async fn run(&self, scene: &mut Scene<'_>) -> Result<Seen, End> {
        let Self { question } = self;
        let question = quiz::question(scene.course, question)?;
        let answers = scene.call(call::quiz_answers()).await?;
        let judged = question.judge(&answers[&question.id]);
        Ok(Seen::default().with("answers", judged))
    }
}
