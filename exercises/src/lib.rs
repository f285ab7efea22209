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

pub mod cleanup;
pub mod lambda;
pub mod patterns;
pub mod processor;
pub mod quiz;
pub mod scaling;
pub mod setup;
pub mod stages;
pub mod stateful;
