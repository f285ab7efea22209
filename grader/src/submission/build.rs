//! Builds a submission. It is compiled in a slot and then stored, unless a program of the
//! same sources is already stored.

use std::time::Duration;

use tokio::time::timeout;

use super::compilation::{Compilation, Compiled, Unbuilt};
use super::lint::{self, Lint};
use super::slot::Slot;
use super::store::Place;
use super::{Compiler, CompilerMessage, Program, Submission};
use crate::course::Course;
use crate::problem::{Problem, Result};
use crate::sandbox::Sandbox;

/// How long compiling one submission may take.
pub const COMPILE_WITHIN: Duration = Duration::from_secs(120);

/// Builds the submission, or finds the stored program of the same sources. The inner `Err`
/// means that the submission has errors.
pub async fn build(
    course: &Course,
    compiler: &Compiler,
    sandbox: &Sandbox,
    submission: &Submission,
) -> Result<Result<Program, Vec<CompilerMessage>>> {
    if !submission.faults.is_empty() {
        let faults = submission.faults.iter().cloned();
        let error = |fault| CompilerMessage::about_the_submission(submission, fault);
        return Ok(Err(faults.map(error).collect()));
    }
    let place = Place::of(course, compiler, submission)?;
    if let Some(program) = place.find(submission) {
        return Ok(Ok(program));
    }
    let slot = take_slot(course, submission).await?;
    let compiled = compile(course, compiler, sandbox, submission, &slot).await?;
    compiler.must_be_the_same()?;
    let why = match compiled {
        Ok(compiled) => {
            place.keep(&compiled.program, compiled.warnings)?;
            let kept = place.find(submission);
            let gone = || Problem::bug("a program that was just stored is missing");
            return Ok(Ok(kept.ok_or_else(gone)?));
        }
        Err(Unbuilt::Errors(errors)) => return Ok(Err(errors)),
        Err(Unbuilt::Unclear(why)) => why,
    };
    drop(slot);
    if compiles_here(course, compiler, sandbox).await? {
        let errors = vec![CompilerMessage::about_the_whole(submission, why)];
        return Ok(Err(errors));
    }
    Err(Problem::machine(
        format!("the submission could not be compiled: {why}"),
        "The submission's code is not the cause. Fix this problem first (`cargo grade doctor`).",
    ))
}

/// Whether the compiler and the linker work on this machine now: compiles the solutions, even
/// if they were built before.
async fn compiles_here(course: &Course, compiler: &Compiler, sandbox: &Sandbox) -> Result<bool> {
    let solutions = Submission::read(course, &course.solutions())?;
    let slot = take_slot(course, &solutions).await?;
    let compiled = compile(course, compiler, sandbox, &solutions, &slot).await?;
    Ok(compiled.is_ok())
}

async fn compile(
    course: &Course,
    compiler: &Compiler,
    sandbox: &Sandbox,
    submission: &Submission,
    slot: &Slot,
) -> Result<Result<Compiled, Unbuilt>> {
    slot.stage(submission)?;
    let compilation = Compilation::new(course, compiler, sandbox, submission, &slot.dir)?;
    match timeout(COMPILE_WITHIN, compilation.run()).await {
        Ok(compiled) => compiled,
        Err(_) => {
            let seconds = COMPILE_WITHIN.as_secs();
            let what = format!("the compiler did not finish within {seconds} s");
            let errors = vec![CompilerMessage::about_the_whole(submission, what)];
            Ok(Err(Unbuilt::Errors(errors)))
        }
    }
}

/// The lints of clippy on the files of the submission; `None` if clippy is not installed.
pub async fn lints(
    course: &Course,
    compiler: &Compiler,
    sandbox: &Sandbox,
    submission: &Submission,
) -> Result<Option<Vec<Lint>>> {
    let slot = take_slot(course, submission).await?;
    slot.stage(submission)?;
    let compilation = Compilation::new(course, compiler, sandbox, submission, &slot.dir)?;
    let said = compilation.lint(&lint::GROUPS).await?;
    let lints = said.map(|said| lint::sorted(&said.messages));
    let as_students = |lint: Lint| lint.as_students(submission);
    Ok(lints.map(|lints| lints.into_iter().map(as_students).collect()))
}

/// Takes a slot on another thread, because waiting for it must not block other work.
async fn take_slot(course: &Course, submission: &Submission) -> Result<Slot> {
    let (course, submission) = (course.clone(), submission.clone());
    tokio::task::spawn_blocking(move || Slot::take(&course, &submission))
        .await
        .map_err(|e| Problem::bug(e.to_string()))?
}
