//! What the exercises, the solutions and the grader agree on: the domain types,
//! the AWS clients, and the private channel on which a submission is asked to
//! run one of its functions.

pub mod aws;
mod child;
mod event;
pub mod function;
pub mod lambda;
pub mod patterns;
pub mod quiz;
pub mod scaling;
mod submission;
pub mod wire;

pub use child::{clients, serve};
pub use event::{Classified, Purchase, Rejected, Risk, StandardEvent, Stats, Transaction, User};
#[doc(hidden)]
pub use futures::future::join_all as together;

/// The error of every fallible function in the course: anything that implements
/// [`std::error::Error`], so `?` works on each AWS call.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// `Result` with the course's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;
