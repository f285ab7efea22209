//! A submission: its sources, how they are compiled, and the resulting programs.
//!
//! [`Submission::read`] → [`Compiler`](compiler::Compiler), which knows how to call rustc →
//! [`Slot`](slot::Slot), a directory to compile in → [`build`](build::build) →
//! [`Program`](store::Program), stored under a digest of what it was built from.

mod api;
mod archive;
mod build;
mod compilation;
mod compiler;
mod gather;
mod link;
mod lint;
mod message;
mod outside;
mod slot;
mod sources;
mod store;

pub use api::{Api, function_at, lines_of_functions};
pub use archive::without_any_ending;
pub use build::{COMPILE_WITHIN, build, lints};
pub use compiler::Compiler;
pub use lint::Lint;
pub use message::{CompilerMessage, sort};
pub use sources::{COMPILED_AS, Submission, as_students, digest};
pub use store::Program;
