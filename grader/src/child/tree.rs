//! What differs between Linux and macOS: the processor time of a process, how busy the
//! machine is, and processes that left their group.

use std::time::Duration;

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;

/// Marks every process of one grading: children inherit the environment.
pub const MARK: &str = "STREAMLINGS_GRADING";

/// How often a process is looked at that is about to end.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Kills a process and everything that stayed in its group.
pub fn kill_group(pid: u32) {
    if pid > 1 {
        killpg(Pid::from_raw(pid.cast_signed()), Signal::SIGKILL).ok();
    }
}

/// How much later than others a process of a submission gets a processor, as `nice` counts.
const NICE: i32 = 5;

/// Has a process of a submission, or its compiler, give way to the grader, which others wait
/// for too.
pub fn give_way(pid: u32) {
    let pid = rustix::process::Pid::from_raw(pid.cast_signed());
    rustix::process::setpriority_process(pid, NICE).ok();
}

/// Returns when a process has ended and waits to be reaped.
#[cfg(target_os = "linux")]
pub async fn has_ended(pid: u32) {
    use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};

    let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
    let pid = Pid::from_raw(pid.cast_signed());
    while waitid(Id::Pid(pid), flags) == Ok(WaitStatus::StillAlive) {
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Elsewhere it cannot be told without reaping it: a process that has closed its channel
/// ends within moments.
#[cfg(not(target_os = "linux"))]
pub async fn has_ended(_pid: u32) {
    tokio::time::sleep(10 * LOOK_EVERY).await;
}

/// Kills what left its group but still carries the mark of this grading. Where
/// environments cannot be read (macOS), groups have to do.
pub fn kill_strays(mark: &str) {
    let wanted = format!("{MARK}={mark}");
    let Ok(processes) = std::fs::read_dir("/proc") else {
        return;
    };
    for process in processes.flatten() {
        let pid = process
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok());
        let environment = std::fs::read(process.path().join("environ")).unwrap_or_default();
        let marked = environment
            .split(|byte| *byte == 0)
            .any(|var| var == wanted.as_bytes());
        if let (Some(pid), true) = (pid, marked) {
            kill(Pid::from_raw(pid), Signal::SIGKILL).ok();
        }
    }
}

/// Seconds of processor time the process has used; `None` where that is not told.
pub fn cpu_seconds(pid: u32) -> Option<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // After the name, which may hold anything, utime and stime are the 12th and 13th.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let ticks: u64 = fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?;
    let per_second = nix::unistd::sysconf(nix::unistd::SysconfVar::CLK_TCK).ok()??;
    Some(ticks as f64 / per_second as f64)
}

/// How long somebody has been waiting for a processor since the machine started
/// (Linux, pressure stall information); zero where that is not told.
pub fn stalled() -> Duration {
    let pressure = std::fs::read_to_string("/proc/pressure/cpu").unwrap_or_default();
    let total = pressure
        .lines()
        .next()
        .and_then(|some| some.rsplit_once("total="));
    let micros = total.and_then(|(_, micros)| micros.parse().ok());
    Duration::from_micros(micros.unwrap_or_default())
}
