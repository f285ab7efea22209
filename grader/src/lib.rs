//! Grades a submission. The modules stand in the order of the flow: a command → the engine →
//! the steps → build the submission → choose a backend → seed it → put the submission
//! through scenarios → check what was observed against the expectations → report. No two
//! modules use each other, directly or by way of others. Only [`commands`] prints anything
//! or listens to signals.
//!
//! A student's failure is a value, a [`check::Verdict`]. An `Err` is a
//! [`problem::Problem`]: the operator's, the machine's or the grader's fault, never
//! scored as the student's.

// What is typed: one file for each command.
pub mod commands;

// The flow of a grading in one function, and what several gradings share.
pub mod engine;

// What is judged, and with how many points.
pub mod step;

// What is graded: sources, and the program that rustc makes of them.
pub mod submission;

// Where it runs: the emulated Kinesis and DynamoDB.
pub mod backend;

// What is put there: streams and tables, by the same AWS calls everywhere.
pub mod seed;

// On what data: files under `fixtures/` …
pub mod fixture;

// … and inputs made from a seed.
pub mod generate;

// The inputs of step 6, in the words of its functions.
pub mod pattern;

// The questions of step 9, and what is said to an answer.
pub mod quiz;

// How it is run: the calls of its functions, …
pub mod call;

// … the process that answers them, …
pub mod child;

// … and AWS Lambda, played.
pub mod lambda;

// What is seen of it: scenarios, with the facets that each gives.
pub mod scenario;

// How that is to be judged: facets against expectations give verdicts, …
pub mod check;

// … with what shows them, as values, …
pub mod evidence;

// … verdicts give points, …
pub mod score;

// … and what they show is known by the mistakes on record.
pub mod diagnose;

// What is said about it: a document, on a terminal or as JSON.
pub mod report;

// What they all use: where things are, …
pub mod course;

// … how cargo is called, …
pub mod cargo;

// … where submissions run, …
pub mod runs;

// … how little they may do there, …
pub mod sandbox;

// … what the engine does while it does it, …
pub mod event;

// … and why there is no verdict.
pub mod problem;

#[cfg(test)]
mod arbitrary;
