//! Standard output, where whatever the grader says goes.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};

use crate::problem::{Problem, Result};

/// Prints all of a text. When nobody reads on, that is the reader's choice; a device that is
/// full is a fault of the machine.
pub fn print(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    let printed = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    match printed {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => Err(Problem::machine(
            format!("standard output takes no more: {e}"),
            "Free some space there, or send the output elsewhere.",
        )),
        _ => Ok(()),
    }
}

/// Prints a line, in the same way.
pub fn line(text: impl Display) -> Result<()> {
    print(&format!("{text}\n"))
}
