//! The search for the smallest input. It leaves out everything that it can while the answers
//! differ, and makes the rest simpler. After its time limit, the search ends with the smallest
//! input so far.

use std::time::{Duration, Instant};

use super::{Answers, End};
use crate::generate::{GeneratedEvent, Generator};

/// The first of these inputs for which the answers differ.
pub async fn first_to_part<T>(
    inputs: impl IntoIterator<Item = T>,
    within: Duration,
    mut ask: impl AsyncFnMut(&T) -> Result<Answers, End>,
) -> Result<Option<(T, Answers)>, End> {
    let since = Instant::now();
    for input in inputs {
        if since.elapsed() >= within {
            break;
        }
        let answers = ask(&input).await?;
        if !answers.agree() {
            return Ok(Some((input, answers)));
        }
    }
    Ok(None)
}

/// Leaves out records while the answers differ: first `at_once` records at a time, then fewer and
/// fewer. With fewer records left, each try is faster.
pub async fn fewest<T: Clone>(
    mut records: Vec<T>,
    mut answers: Answers,
    mut at_once: usize,
    within: Duration,
    mut ask: impl AsyncFnMut(&[T]) -> Result<Answers, End>,
) -> Result<(Vec<T>, Answers), End> {
    let since = Instant::now();
    while at_once > 0 {
        let mut at = 0;
        while at < records.len() && since.elapsed() < within {
            let end = (at + at_once).min(records.len());
            let fewer = [&records[..at], &records[end..]].concat();
            let again = ask(&fewer).await?;
            if again.agree() {
                at = end;
            } else {
                (records, answers) = (fewer, again);
            }
        }
        at_once /= 2;
    }
    Ok((records, answers))
}

/// The shortest beginning of the records for which the answers differ. If they differ for one
/// beginning, they also differ for every longer one.
pub async fn shortest<T>(
    mut records: Vec<T>,
    mut answers: Answers,
    within: Duration,
    mut ask: impl AsyncFnMut(&[T]) -> Result<Answers, End>,
) -> Result<(Vec<T>, Answers), End> {
    let since = Instant::now();
    let mut agreed = 0;
    while agreed + 1 < records.len() && since.elapsed() < within {
        let middle = agreed + (records.len() - agreed) / 2;
        let again = ask(&records[..middle]).await?;
        if again.agree() {
            agreed = middle;
        } else {
            records.truncate(middle);
            answers = again;
        }
    }
    Ok((records, answers))
}

/// Makes a drawn event simpler while the answers that `ask` returns differ. Returns the last
/// answers that differ.
pub async fn simplify<T>(
    generator: &Generator,
    drawn: &mut GeneratedEvent,
    mut failing: (T, Answers),
    within: Duration,
    mut ask: impl AsyncFnMut(&Generator, &GeneratedEvent) -> Result<(T, Answers), End>,
) -> Result<(T, Answers), End> {
    let since = Instant::now();
    let mut moved = drawn.simplify();
    while moved && since.elapsed() < within {
        let simpler = ask(generator, drawn).await?;
        moved = if simpler.1.agree() {
            drawn.complicate()
        } else {
            failing = simpler;
            drawn.simplify()
        };
    }
    Ok(failing)
}

#[cfg(test)]
pub mod tests;
