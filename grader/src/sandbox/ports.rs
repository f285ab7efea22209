//! Ports of this machine for a process with its own network. The sandbox creates sockets in
//! that network that listen on the same ports, and sends them to the grader. The grader
//! connects each connection to the port on this machine.

use std::io;
use std::net::Ipv4Addr;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net as std_unix;

use nix::unistd::geteuid;
use tokio::io::{Interest, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::task::JoinSet;
use uuid::Uuid;

/// When this value is dropped, the serving and all connections end.
pub struct Ports {
    /// The abstract Unix socket to which the sandbox sends its sockets.
    pub name: String,
    _serving: JoinSet<io::Result<()>>,
}

impl Ports {
    /// Serves the ports of one process.
    ///
    /// # Errors
    ///
    /// The system has no free socket.
    pub fn serve(ports: Vec<u16>) -> io::Result<Self> {
        let name = format!("streamlings-{}", Uuid::new_v4());
        let address = std_unix::SocketAddr::from_abstract_name(&name)?;
        let listener = std_unix::UnixListener::bind_addr(&address)?;
        listener.set_nonblocking(true)?;
        let listener = UnixListener::from_std(listener)?;
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let sandbox = accept_from_this_user(&listener).await?;
            let sockets = sandbox.async_io(Interest::READABLE, || sandbox::received(&sandbox));
            let mut relays = JoinSet::new();
            for (socket, port) in sockets.await?.into_iter().zip(ports) {
                let socket = std::net::TcpListener::from(socket);
                socket.set_nonblocking(true)?;
                relays.spawn(relay(TcpListener::from_std(socket)?, port));
            }
            relays.join_all().await;
            Ok(())
        });
        Ok(Self {
            name,
            _serving: serving,
        })
    }
}

/// Any user of the machine can connect to an abstract socket, so other users are ignored.
async fn accept_from_this_user(listener: &UnixListener) -> io::Result<UnixStream> {
    loop {
        let (stream, _) = listener.accept().await?;
        if stream.peer_cred()?.uid() == geteuid().as_raw() {
            return Ok(stream);
        }
    }
}

async fn relay(listener: TcpListener, port: u16) -> io::Result<()> {
    let mut connections = JoinSet::new();
    loop {
        let (mut within, _) = listener.accept().await?;
        within.set_nodelay(true)?;
        connections.spawn(async move {
            let mut here = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
            here.set_nodelay(true)?;
            copy_bidirectional(&mut within, &mut here).await
        });
        while connections.try_join_next().is_some() {}
    }
}
