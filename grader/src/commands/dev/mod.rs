//! The author's commands.

pub mod accept;
pub mod check;
pub mod costs;
pub mod mistakes;
pub mod new;
pub mod seeds;
pub mod unseen;
mod wrong;
