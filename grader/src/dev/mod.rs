//! The author's commands.

pub mod accept;
pub mod check;
pub mod costs;
pub mod new;
pub mod seeds;
