//! The types that the exercises, the solutions and the grader share: the data of the
//! pipeline, the AWS clients, and the start of a Lambda function.

pub mod aws;
mod event;
mod http;
pub mod lambda;
pub mod patterns;
pub mod quiz;
pub mod scaling;

pub use event::{Classified, Purchase, Rejected, Risk, StandardEvent, Stats, Transaction, User};

/// The error type of every function in the course that can fail. It holds any
/// [`std::error::Error`], so `?` works on every AWS call.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// `Result` with the course's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;
