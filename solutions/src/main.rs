//! The reference solution: the same files and the same public API as the
//! exercises, complete.

mod cleanup;
mod lambda;
mod patterns;
mod processor;
mod quiz;
mod scaling;
mod setup;
mod stages;
mod stateful;

contract::submission!();
