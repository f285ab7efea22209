//! The grader as people use it: the real program, on submissions made for the
//! occasion.

mod alternative;
mod author;
mod cli;
mod compile;
mod hostile;
mod localstack;
mod project;
mod reports;
mod schema;
mod seeds;
mod serve;
mod session;
mod student;
mod teardown;
mod verdicts;
mod wrong;
