//! Namespaces of one process. They need no privilege if the kernel's settings allow this.

use std::net::UdpSocket;
use std::os::fd::AsRawFd;
use std::path::Path;
use std::{env, fs, io};

use nix::sched::{CloneFlags, unshare};
use nix::unistd::{getegid, geteuid};
use rustix::mount::{MountFlags, MountPropagationFlags, mount, mount_change};

use super::ports;
use crate::{Folder, Namespaces};

/// The user inside the namespace.
const NOBODY: u32 = 65534;

/// Moves this process permanently to its own namespaces.
pub fn enter(own: &Namespaces, connect: &[u16]) -> Result<(), String> {
    let to = own.ports.as_deref().map(ports::connect).transpose();
    let to = to.map_err(|e| format!("the grader does not serve the ports: {e}"))?;
    separate().map_err(|e| format!("namespaces: {e}"))?;
    if let Some(to) = to {
        raise_loopback().map_err(|e| format!("the loopback network: {e}"))?;
        ports::hand_over(&to, connect).map_err(|e| format!("the ports: {e}"))?;
    }
    match &own.folder {
        Some(folder) => cover(folder).map_err(|e| format!("{}: {e}", folder.path.display())),
        None => Ok(()),
    }
}

fn separate() -> io::Result<()> {
    let (user, group) = (geteuid(), getegid());
    unshare(
        CloneFlags::CLONE_NEWUSER
            | CloneFlags::CLONE_NEWNET
            | CloneFlags::CLONE_NEWNS
            | CloneFlags::CLONE_NEWIPC
            | CloneFlags::CLONE_NEWUTS,
    )?;
    fs::write("/proc/self/setgroups", "deny")?;
    fs::write("/proc/self/uid_map", format!("{NOBODY} {user} 1"))?;
    fs::write("/proc/self/gid_map", format!("{NOBODY} {group} 1"))
}

/// Starts the loopback device, which is down in a new network.
fn raise_loopback() -> io::Result<()> {
    let mut request = libc::ifreq {
        ifr_name: [0; libc::IFNAMSIZ],
        ifr_ifru: libc::__c_anonymous_ifr_ifru {
            ifru_flags: libc::IFF_UP as libc::c_short,
        },
    };
    for (to, from) in request.ifr_name.iter_mut().zip(b"lo") {
        *to = *from as libc::c_char;
    }
    let socket = UdpSocket::bind("0.0.0.0:0")?;
    #[allow(
        unsafe_code,
        reason = "it reads the request, which lives on, and changes a flag of a device"
    )]
    let done = unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS, &request) };
    match done {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Puts an empty file system in memory over a folder.
fn cover(folder: &Folder) -> io::Result<()> {
    let Folder { path, size, files } = folder;
    let private = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
    mount_change("/", private)?;
    let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    let options = format!("size={size},nr_inodes={files},mode=700");
    let options = std::ffi::CString::new(options)?;
    mount(
        "streamlings",
        path,
        "tmpfs",
        flags,
        Some(options.as_c_str()),
    )?;
    // Without this, the current directory is still the folder below.
    match env::current_dir()? == Path::new(path) {
        true => env::set_current_dir(path),
        false => Ok(()),
    }
}
