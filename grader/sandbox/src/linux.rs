//! Landlock, seccomp, resource limits and namespaces.

mod namespaces;
mod ports;
mod syscalls;

use std::io;

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, NetPort, Ruleset,
    RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetError, Scope, path_beneath_rules,
};
use rlimit::Resource;
use rustix::thread::{CapabilitySet, CapabilitySets, set_capabilities};

use crate::{Limits, Policy};

pub use ports::received;

/// The oldest Landlock that restricts connections: Linux 6.7. Seccomp refuses signals.
const WITHOUT_NAMESPACES: ABI = ABI::V4;

/// The oldest Landlock that lets files move between folders: Linux 5.19.
const WITH_NAMESPACES: ABI = ABI::V2;

/// The newest Landlock version whose features are used, as far as the kernel has them.
const NEWEST: ABI = ABI::V6;

pub fn enter(policy: &Policy) -> Result<(), String> {
    if let Some(own) = &policy.namespaces {
        namespaces::enter(own, &policy.connect)?;
    }
    keep_no_descriptor()?;
    drop_capabilities().map_err(|e| format!("capabilities: {e}"))?;
    limit(&policy.limits).map_err(|e| format!("the limits: {e}"))?;
    restrict(policy).map_err(|e| format!("Landlock: {e}"))?;
    syscalls::refuse(policy.processes).map_err(|e| format!("seccomp: {e}"))
}

/// Drops what root may do and other users may not.
fn drop_capabilities() -> io::Result<()> {
    let none = CapabilitySet::empty();
    let sets = CapabilitySets {
        effective: none,
        permitted: none,
        inheritable: none,
    };
    Ok(set_capabilities(None, sets)?)
}

/// Makes `exec` close every file that the caller had open, except the three standard streams.
fn keep_no_descriptor() -> Result<(), String> {
    let flags = libc::CLOSE_RANGE_CLOEXEC as libc::c_int;
    #[allow(
        unsafe_code,
        reason = "it takes three numbers, and changes only a flag of each"
    )]
    let done = unsafe { libc::close_range(3, libc::c_uint::MAX, flags) };
    match done {
        0 => Ok(()),
        _ => Err(format!("descriptors: {}", io::Error::last_os_error())),
    }
}

fn limit(limits: &Limits) -> io::Result<()> {
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

/// Everything that Landlock restricts, with nothing allowed yet. If a kernel lacks a newer
/// feature, the process's own network and seccomp cover it; with the required versions they
/// can.
fn ruleset(namespaces: bool) -> Result<RulesetCreated, RulesetError> {
    let required = Ruleset::default().set_compatibility(CompatLevel::HardRequirement);
    let required = if namespaces {
        required.handle_access(AccessFs::from_all(WITH_NAMESPACES))?
    } else {
        required
            .handle_access(AccessFs::from_all(WITHOUT_NAMESPACES))?
            .handle_access(AccessNet::from_all(WITHOUT_NAMESPACES))?
    };
    required
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(NEWEST))?
        .handle_access(AccessNet::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?
        .create()
}

fn restrict(policy: &Policy) -> Result<(), RulesetError> {
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let execute: BitFlags<_> = read | AccessFs::Execute;
    let write = AccessFs::from_all(NEWEST) & !BitFlags::from(AccessFs::Execute);
    let ports = policy.connect.iter();
    let ports = ports.map(|port| Ok::<_, RulesetError>(NetPort::new(*port, AccessNet::ConnectTcp)));
    ruleset(policy.namespaces.is_some())?
        .add_rules(path_beneath_rules(&policy.read, read))?
        .add_rules(path_beneath_rules(&policy.execute, execute))?
        .add_rules(path_beneath_rules(&policy.write, write))?
        .add_rules(ports)?
        .restrict_self()
        .map(drop)
}
