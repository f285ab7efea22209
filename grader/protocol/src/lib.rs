//! How the grader talks to a submission's process: the messages, the loop that answers
//! them, and the start as a Lambda function. What is specific to one submission, the
//! calls of its functions, is the `runner` beside this crate.

mod lambda;
pub mod load;
mod message;
mod panic;
mod serve;

pub use futures::future::join_all as together;
pub use lambda::{HANDLER_PANICKED, Handle};
pub use message::{Call, Failure, Memory, Panic, Reply, Run, value};
pub use serve::{Calls, clients, dynamodb, kinesis, serve};

// Crates that a submission may use and this one does not: they are in the shared library
// too, so that no submission links them again.
use {time as _, uuid as _};
