//! Grades a submission. The modules are in the order of the flow: a command → the engine → the
//! steps → build the submission → choose a backend → provision streams and tables → run the
//! submission in scenarios → compare the observations with the expectations → report. The
//! modules have no circular dependencies. Only [`commands`] prints anything or listens to
//! signals.
//!
//! A failure of the student's code is a value, a [`check::Verdict`]. An `Err` is a
//! [`problem::Problem`]: a fault of the user, the machine or the grader. It never costs the
//! student points.

// The commands, one file each.
pub mod commands;

// The flow of a grading in one function, and what several gradings share.
pub mod engine;

// The steps: what is judged, and for how many points.
pub mod step;

// The submission: its sources, and the program that rustc builds from them.
pub mod submission;

// Where it runs: the emulated Kinesis and DynamoDB.
pub mod backend;

// Creates streams and tables there, with the same AWS calls on every backend.
pub mod provision;

// The input data: files under `fixtures/` …
pub mod fixture;

// … and inputs made from a seed.
pub mod generate;

// The inputs of step 6, in the terms of its functions.
pub mod pattern;

// The questions of step 9, and the feedback on an answer.
pub mod quiz;

// The calls of the submission's functions, …
pub mod call;

// … the process that answers them, …
pub mod child;

// … and a simulated AWS Lambda.
pub mod lambda;

// The scenarios, with the facets that each of them observes.
pub mod scenario;

// Facets are compared with expectations, which gives verdicts, …
pub mod check;

// … with their evidence as values, …
pub mod evidence;

// … verdicts give points, …
pub mod score;

// … and known mistakes are recognised in them.
pub mod diagnose;

// The report: a document, for a terminal or as JSON.
pub mod report;

// A class: many submissions in one session, and their gradebook.
pub mod class;

// What all modules use: where files are, …
pub mod course;

// … how cargo is called, …
pub mod cargo;

// … where submissions run, …
pub mod runs;

// … what they may do there, …
pub mod sandbox;

// … the events of the engine, …
pub mod event;

// … and why there is no verdict.
pub mod problem;

#[cfg(test)]
mod arbitrary;
