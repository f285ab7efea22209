//! A submission: its sources, how they are compiled, and the programs that come of it.
//!
//! [`Submission::read`] → [`Compiler`](compiler::Compiler), which knows how to call rustc →
//! [`Slot`](slot::Slot), a directory of its own → [`build`](build::build) →
//! [`Program`](store::Program), kept by what it was made of.

mod api;
mod archive;
mod build;
mod compilation;
mod compiler;
mod gather;
mod link;
mod message;
mod outside;
mod slot;
mod sources;
mod store;

pub use api::{Api, function_at};
pub use build::{COMPILE_WITHIN, build};
pub use compiler::Compiler;
pub use message::{CompilerMessage, sort};
pub use sources::{COMPILED_AS, Submission, as_students};
pub use store::Program;
