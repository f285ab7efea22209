//! The system calls that are refused in the sandbox: calls that reach other processes, the
//! kernel or the network in ways that not every Landlock version covers, and calls that make
//! more processes. Threads are allowed.
//!
//! Here a program counts as native code: known bugs of the compiler let it make any call
//! without `unsafe`.

use std::collections::BTreeMap;
use std::env::consts::ARCH;
use std::process;

use libc::{AF_INET, AF_INET6, SOCK_STREAM, c_long};
use seccompiler::{
    BackendError, BpfProgram, Error, SeccompAction, SeccompCmpArgLen as Length, SeccompCmpOp as Is,
    SeccompCondition as Condition, SeccompFilter, SeccompRule as Rule, TargetArch, apply_filter,
    sock_filter,
};

/// Refused with any arguments.
const REFUSED: &[c_long] = &[
    // Other processes: their memory, their descriptors, signals to them.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_getfd,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_send_signal,
    libc::SYS_kcmp,
    libc::SYS_kill,
    libc::SYS_tkill,
    libc::SYS_rt_sigqueueinfo,
    libc::SYS_rt_tgsigqueueinfo,
    // Changes a file by its path: Landlock covers this only since Linux 6.2.
    libc::SYS_truncate,
    // Memory and messages that outlive the process.
    libc::SYS_shmget,
    libc::SYS_shmat,
    libc::SYS_shmctl,
    libc::SYS_semget,
    libc::SYS_semop,
    libc::SYS_semtimedop,
    libc::SYS_semctl,
    libc::SYS_msgget,
    libc::SYS_msgsnd,
    libc::SYS_msgrcv,
    libc::SYS_msgctl,
    libc::SYS_mq_open,
    libc::SYS_mq_unlink,
    // Connections from other processes.
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
    // Memory that the limits do not count, and watching files.
    libc::SYS_memfd_create,
    libc::SYS_mlock,
    libc::SYS_mlock2,
    libc::SYS_mlockall,
    libc::SYS_inotify_init1,
    libc::SYS_fanotify_init,
    // Leaving the process group that the grader kills at the end.
    libc::SYS_setsid,
    libc::SYS_setpgid,
    // Other namespaces and mounts.
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_open_by_handle_at,
    libc::SYS_name_to_handle_at,
    // The kernel itself.
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_acct,
    libc::SYS_quotactl,
    libc::SYS_syslog,
    libc::SYS_personality,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_adjtimex,
    libc::SYS_clock_adjtime,
];

/// Calls that change a file without opening it. Landlock does not cover them. They are refused
/// to processes that may not start others; the linker needs them to make its program
/// executable.
const CHANGES: &[c_long] = &[
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    SYS_FCHMODAT2,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_utimensat,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_fsetxattr,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    libc::SYS_fremovexattr,
    libc::SYS_mknodat,
];

/// The same number on every architecture. Not every C library has a name for it.
const SYS_FCHMODAT2: c_long = 452;

/// The same calls that only the oldest architecture has.
#[cfg(target_arch = "x86_64")]
const OLD_CHANGES: &[c_long] = &[
    libc::SYS_chmod,
    libc::SYS_chown,
    libc::SYS_lchown,
    libc::SYS_utime,
    libc::SYS_utimes,
    libc::SYS_futimesat,
    libc::SYS_mknod,
    libc::SYS_inotify_init,
];
#[cfg(not(target_arch = "x86_64"))]
const OLD_CHANGES: &[c_long] = &[];

// linux/fcntl.h, asm/sockios.h, linux/socket.h and linux/tcp.h.
const F_SETSIG: i32 = 10;
const F_SETOWN_EX: i32 = 15;
const FIOSETOWN: u64 = 0x8901;
const SIOCSPGRP: u64 = 0x8902;
const MSG_FASTOPEN: u64 = 0x2000_0000;
const TCP_FASTOPEN_CONNECT: u64 = 30;

/// Calls that make a process with any arguments.
#[cfg(target_arch = "x86_64")]
const FORKS: &[c_long] = &[libc::SYS_fork, libc::SYS_vfork];
#[cfg(not(target_arch = "x86_64"))]
const FORKS: &[c_long] = &[];

/// Refuses these calls permanently, for this process and all its threads. Calls that make
/// processes are refused unless `may_fork` is set.
pub fn refuse(may_fork: bool) -> Result<(), Error> {
    // The flags of `clone3` are in memory, which a filter cannot read. Without `clone3` the C
    // library uses `clone`.
    let clone3 = BTreeMap::from([(libc::SYS_clone3, Vec::new())]);
    apply_filter(&no_other_numbers())?;
    apply_filter(&program(clone3, libc::ENOSYS)?)?;
    apply_filter(&program(refused(may_fork)?, libc::EPERM)?)
}

fn program(rules: BTreeMap<i64, Vec<Rule>>, error: i32) -> Result<BpfProgram, Error> {
    let arch = TargetArch::try_from(ARCH)?;
    let refuse = SeccompAction::Errno(error as u32);
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, refuse, arch)?;
    Ok(filter.try_into()?)
}

/// Refuses the second set of call numbers, for programs with 32-bit pointers (x32). The other
/// filters here do not cover it.
fn no_other_numbers() -> BpfProgram {
    const X32: u32 = 0x4000_0000;
    let step = |code: u32, jump: u8, k| sock_filter {
        code: code as u16,
        jt: jump,
        jf: 0,
        k,
    };
    let load_number = step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0);
    let is_other = step(libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K, 1, X32);
    let allow = step(libc::BPF_RET | libc::BPF_K, 0, libc::SECCOMP_RET_ALLOW);
    let no_such_call = libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32;
    let refuse = step(libc::BPF_RET | libc::BPF_K, 0, no_such_call);
    vec![load_number, is_other, allow, refuse]
}

/// The calls that are refused. A call with rules is refused only if one of them matches.
fn refused(may_fork: bool) -> Result<BTreeMap<i64, Vec<Rule>>, BackendError> {
    let mut refused: BTreeMap<i64, Vec<Rule>> = BTreeMap::new();
    refused.extend(REFUSED.iter().map(|call| (*call, Vec::new())));
    if !may_fork {
        refused.extend(FORKS.iter().map(|call| (*call, Vec::new())));
        // A new process, not a thread.
        let thread = libc::CLONE_THREAD as u64;
        let not_a_thread = Condition::new(0, Length::Dword, Is::MaskedEq(thread), 0)?;
        refused.insert(libc::SYS_clone, vec![Rule::new(vec![not_a_thread])?]);
        let changes = CHANGES.iter().chain(OLD_CHANGES);
        refused.extend(changes.map(|call| (*call, Vec::new())));
    }
    // Signals from a descriptor, which can go to any process.
    let owner = [libc::F_SETOWN, F_SETOWN_EX, F_SETSIG].map(|what| is(1, what as u64));
    refused.insert(libc::SYS_fcntl, any(owner)?);
    let owner = [FIOSETOWN, SIOCSPGRP].map(|what| is(1, what));
    refused.insert(libc::SYS_ioctl, any(owner)?);
    // A signal to another process; `abort` sends a signal to its own. A process that this one
    // starts inherits the filter, so it cannot even send a signal to itself.
    let own = u64::from(process::id());
    let another = Condition::new(0, Length::Dword, Is::Ne, own)?;
    refused.insert(libc::SYS_tgkill, vec![Rule::new(vec![another])?]);
    // The limits of another process.
    let not_own = [0, own].map(|pid| Condition::new(0, Length::Dword, Is::Ne, pid));
    let [not_self, not_named] = not_own;
    let limits = Rule::new(vec![not_self?, not_named?])?;
    refused.insert(libc::SYS_prlimit64, vec![limits]);
    // A connection that is made by sending: Landlock does not check it.
    for (call, flags) in [
        (libc::SYS_sendto, 3),
        (libc::SYS_sendmsg, 2),
        (libc::SYS_sendmmsg, 3),
    ] {
        let fast = Condition::new(
            flags,
            Length::Dword,
            Is::MaskedEq(MSG_FASTOPEN),
            MSG_FASTOPEN,
        );
        refused.insert(call, any([fast])?);
    }
    let fast = [
        is(1, libc::IPPROTO_TCP as u64)?,
        is(2, TCP_FASTOPEN_CONNECT)?,
    ];
    refused.insert(libc::SYS_setsockopt, vec![Rule::new(fast.to_vec())?]);
    // Sockets that are not TCP: Landlock covers only TCP.
    let family = |family: i32| Condition::new(0, Length::Dword, Is::Ne, family as u64);
    let other_family = Rule::new(vec![family(AF_INET)?, family(AF_INET6)?])?;
    let kind = Is::MaskedEq(0xf);
    let kinds = (0..=0xf).filter(|kind| *kind != SOCK_STREAM as u64);
    let mut sockets = vec![other_family];
    for other in kinds {
        let other = Condition::new(1, Length::Dword, kind.clone(), other)?;
        sockets.push(Rule::new(vec![other])?);
    }
    let other_protocol = [0, libc::IPPROTO_TCP]
        .map(|protocol| Condition::new(2, Length::Dword, Is::Ne, protocol as u64));
    let [not_default, not_tcp] = other_protocol;
    sockets.push(Rule::new(vec![not_default?, not_tcp?])?);
    refused.insert(libc::SYS_socket, sockets);
    Ok(refused)
}

/// A rule for each condition.
fn any(
    conditions: impl IntoIterator<Item = Result<Condition, BackendError>>,
) -> Result<Vec<Rule>, BackendError> {
    let rules = conditions.into_iter().map(|it| Rule::new(vec![it?]));
    rules.collect()
}

fn is(argument: u8, value: u64) -> Result<Condition, BackendError> {
    Condition::new(argument, Length::Dword, Is::Eq, value)
}
