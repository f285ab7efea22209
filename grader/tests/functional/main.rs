//! The grader as people use it: the real program, on submissions that the tests make.

mod alternative;
mod author;
mod cli;
mod compile;
mod editor;
mod handed_in;
mod hostile;
mod localstack;
mod machine;
mod pages;
mod project;
mod reports;
mod review;
mod schema;
mod screens;
mod security;
mod seeds;
mod serve;
mod server;
mod session;
mod student;
mod teardown;
mod terminal;
mod trivial;
mod verdicts;
mod wrong;
