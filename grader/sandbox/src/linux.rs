//! Landlock, seccomp and resource limits.

mod syscalls;

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, NetPort, Ruleset,
    RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetError, Scope, path_beneath_rules,
};
use rlimit::Resource;

use crate::{Limits, Policy};

/// The oldest Landlock that restricts connections and signals too: Linux 6.12.
const LANDLOCK: ABI = ABI::V6;

pub fn is_offered() -> bool {
    ruleset().is_ok()
}

pub fn enter(policy: &Policy) -> Result<(), String> {
    keep_no_descriptor()?;
    limit(&policy.limits).map_err(|e| format!("the limits: {e}"))?;
    restrict(policy).map_err(|e| format!("Landlock: {e}"))?;
    syscalls::refuse().map_err(|e| format!("seccomp: {e}"))
}

/// Whatever the caller had open beside the three standard streams ends at `exec`.
fn keep_no_descriptor() -> Result<(), String> {
    let flags = libc::CLOSE_RANGE_CLOEXEC as libc::c_int;
    #[allow(
        unsafe_code,
        reason = "it takes three numbers, and changes only a flag of each"
    )]
    let done = unsafe { libc::close_range(3, libc::c_uint::MAX, flags) };
    match done {
        0 => Ok(()),
        _ => Err(format!("descriptors: {}", std::io::Error::last_os_error())),
    }
}

fn limit(limits: &Limits) -> std::io::Result<()> {
    for (resource, most) in [
        (Resource::AS, limits.memory),
        (Resource::CPU, limits.processor),
        (Resource::FSIZE, limits.file),
        (Resource::NOFILE, limits.open_files),
        (Resource::CORE, 0),
    ] {
        resource.set(most, most)?;
    }
    Ok(())
}

/// All that Landlock restricts, with nothing allowed yet.
fn ruleset() -> Result<RulesetCreated, RulesetError> {
    Ruleset::default()
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(LANDLOCK))?
        .handle_access(AccessNet::from_all(LANDLOCK))?
        .scope(Scope::from_all(LANDLOCK))?
        .create()
}

fn restrict(policy: &Policy) -> Result<(), RulesetError> {
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let execute: BitFlags<_> = read | AccessFs::Execute;
    let write = AccessFs::from_all(LANDLOCK) & !BitFlags::from(AccessFs::Execute);
    let ports = policy.connect.iter();
    let ports = ports.map(|port| Ok::<_, RulesetError>(NetPort::new(*port, AccessNet::ConnectTcp)));
    ruleset()?
        .add_rules(path_beneath_rules(&policy.read, read))?
        .add_rules(path_beneath_rules(&policy.execute, execute))?
        .add_rules(path_beneath_rules(&policy.write, write))?
        .add_rules(ports)?
        .restrict_self()
        .map(drop)
}
