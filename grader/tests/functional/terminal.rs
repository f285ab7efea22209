//! Programs in a real terminal.

use std::fs::File;
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// Starts a program in a terminal of this size. The file is what a person reads from and types
/// into; it ends when the program has ended.
pub fn start(mut command: Command, rows: u16, columns: u16) -> (Child, File) {
    let size = nix::pty::Winsize {
        ws_row: rows,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    let pty = nix::pty::openpty(Some(&size), None).unwrap();
    let end = |fd: &OwnedFd| Stdio::from(fd.try_clone().unwrap());
    command.stdin(end(&pty.slave)).stdout(end(&pty.slave));
    let program = command.stderr(Stdio::null()).spawn().unwrap();
    // If a text never comes, the test ends instead of waiting forever.
    let pid = Pid::from_raw(program.id().cast_signed());
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_secs(180));
        kill(pid, Signal::SIGKILL).ok();
    });
    (program, File::from(pty.master))
}
