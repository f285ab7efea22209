//! Grades a submission. The modules stand in the order of the flow: choose a
//! backend → seed it → build the submission → put it through scenarios → check what was
//! observed against the expectations → report. [`engine`] is that flow in one place.
//!
//! A student's failure is a value, a [`check::Verdict`]. An `Err` is a
//! [`problem::Problem`]: the operator's, the machine's or the grader's fault, never
//! scored as the student's.

// The flow, one call a stage:
pub mod engine;

// what is judged, and on what data,
pub mod step;

pub mod fixture;

pub mod pattern;

pub mod generate;

// where it runs,
pub mod backend;

pub mod seed;

// what is graded, and how it is run,
pub mod submission;

pub mod call;

pub mod child;

pub mod lambda;

// what is seen of it,
pub mod scenario;

// what that is worth,
pub mod check;

pub mod evidence;

pub mod score;

pub mod diagnose;

// and what is said about it.
pub mod report;

// The commands.
pub mod commands;
pub mod demo;
pub mod dev;
pub mod doctor;
pub mod hint;
pub mod list;
pub mod load;
pub mod reset;
pub mod serve;
pub mod solution;
pub mod watch;

// What all of them use.
pub mod cargo;
pub mod cli;
pub mod course;
pub mod event;
pub mod interrupt;
pub mod output;
pub mod problem;
pub mod progress;
pub mod quiz;
pub mod runs;
pub mod saved;
pub mod standing;

#[cfg(test)]
mod arbitrary;
