//! How the grader talks to a submission's process: the messages, the loop that answers
//! them, and the start as a Lambda function. The calls of the submission's functions are
//! in the crate `runner`.

mod lambda;
pub mod load;
mod message;
mod panic;
mod serve;

pub use futures::future::join_all as together;
pub use lambda::{HANDLER_PANICKED, Handle};
pub use message::{Call, Failure, Memory, Panic, Reply, Run, value};
pub use serve::{Calls, clients, dynamodb, kinesis, serve};

// This crate does not use these two, but a submission may. So the shared library contains
// them, and no submission links them again.
use {time as _, uuid as _};
