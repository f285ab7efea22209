//! The commands for authors.

pub mod accept;
pub mod check;
pub mod costs;
mod faults;
pub mod mistakes;
pub mod new;
mod reviews;
mod rules;
pub mod seeds;
pub mod unseen;
mod words;
pub mod wrong;
