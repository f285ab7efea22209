//! The parts that differ between Linux and macOS: the processor time of a process, the load of the
//! machine, and processes that left their group.

use std::time::Duration;

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;

/// The environment variable that marks every process of one grading. Children inherit it.
pub const MARK: &str = "STREAMLINGS_GRADING";

/// The pause between checks of a process that is about to end.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Kills a process and all processes in its group.
pub fn kill_group(pid: u32) {
    if pid > 1 {
        killpg(Pid::from_raw(pid.cast_signed()), Signal::SIGKILL).ok();
    }
}

/// The `nice` value of a submission's processes. They run after other processes.
const NICE: i32 = 5;

/// Lowers the priority of a submission's process, or of its compiler: other submissions also wait
/// for the grader.
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

/// On other systems this cannot be known without reaping the process. A process that has closed its
/// channel ends very soon.
#[cfg(not(target_os = "linux"))]
pub async fn has_ended(_pid: u32) {
    tokio::time::sleep(10 * LOOK_EVERY).await;
}

/// Kills processes that left their group but still have the mark of this grading. On macOS, which
/// does not show environments, only the groups are killed.
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

/// The seconds of processor time that the process has used; `None` if the system does not say.
pub fn cpu_seconds(pid: u32) -> Option<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // After the name, which may contain any character, utime and stime are the 12th and the 13th
    // field.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let ticks: u64 = fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?;
    let per_second = nix::unistd::sysconf(nix::unistd::SysconfVar::CLK_TCK).ok()??;
    Some(ticks as f64 / per_second as f64)
}

/// The time since the start of the machine in which some process waited for a processor (Linux,
/// pressure stall information); zero if the system does not say.
pub fn stalled() -> Duration {
    let pressure = std::fs::read_to_string("/proc/pressure/cpu").unwrap_or_default();
    let total = pressure
        .lines()
        .next()
        .and_then(|some| some.rsplit_once("total="));
    let micros = total.and_then(|(_, micros)| micros.parse().ok());
    Duration::from_micros(micros.unwrap_or_default())
}
