//! `cargo grade list`: the steps at a glance.

use colored::Colorize;

use crate::course::Course;
use crate::problem::{Result, exit};
use crate::step;

pub fn run() -> Result<u8> {
    let steps = step::load(&Course::find()?)?;
    let total: u32 = steps.iter().map(step::Step::points).sum();
    for step in &steps {
        let head = format!("{} {:<9}", step.number, step.id);
        println!(
            "  {} {:>3} points  src/{}",
            head.bold(),
            step.points(),
            step.file
        );
        println!("      {}", step.summary);
        println!("      {}", step.functions.join(", ").dimmed());
    }
    println!("\n  {total} points in all. Grade one with `cargo grade 1` or `cargo grade setup`.");
    Ok(exit::PASSED)
}
