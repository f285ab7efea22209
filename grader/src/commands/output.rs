//! Standard output, where the grader prints its results.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};

use crate::problem::{Problem, Result};

/// Prints a text. It is not an error if the reader has closed the pipe. A full device is a
/// fault of the machine.
pub fn print(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    let printed = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    match printed {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => Err(Problem::machine(
            format!("cannot write to standard output: {e}"),
            "Free some space on that device, or write the output to another place.",
        )),
        _ => Ok(()),
    }
}

/// Prints a line, in the same way.
pub fn line(text: impl Display) -> Result<()> {
    print(&format!("{text}\n"))
}
