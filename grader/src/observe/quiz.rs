//! Step 9: the answers of the quiz.

use super::{Act, Scene, Seen, proceed};
use crate::{call, quiz};

pub async fn answers(scene: &mut Scene<'_>, question: &str) -> Act {
    let question = quiz::question(scene.course, question)?;
    let answers = proceed!(scene.call(call::quiz_answers()).await);
    let judged = question.judge(&answers[&question.id]);
    Ok(Ok(Seen::default().with("answers", judged)))
}
