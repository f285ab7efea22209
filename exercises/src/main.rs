//! The exercises: one file for each step.
//!
//! | step | file |
//! |---|---|
//! | 1 setup | `setup.rs` |
//! | 2 stages | `stages.rs` |
//! | 3 pipeline | `processor.rs` |
//! | 4 stateful | `stateful.rs` |
//! | 5 cleanup | `cleanup.rs` |
//! | 6 patterns | `patterns.rs` |
//! | 7 scaling | `scaling.rs` |
//! | 8 lambda | `lambda.rs` |
//! | 9 quiz | `quiz.rs` |
//!
//! Write the bodies that are `todo!()`, then run `cargo grade`, or `cargo grade 1`
//! for one step in detail. `exercises/README.md` says what is judged.

#![allow(unused_variables)] // until the bodies are written

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
