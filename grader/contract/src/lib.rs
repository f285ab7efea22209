//! What the exercises, the solutions and the grader agree on: the domain types, the AWS
//! clients, and what a Lambda function starts with.

pub mod aws;
mod event;
mod http;
pub mod lambda;
pub mod patterns;
pub mod quiz;
pub mod scaling;

pub use event::{Classified, Purchase, Rejected, Risk, StandardEvent, Stats, Transaction, User};

/// The error of every fallible function in the course: anything that implements
/// [`std::error::Error`], so `?` works on each AWS call.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// `Result` with the course's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;
