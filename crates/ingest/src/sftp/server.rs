//! The server: takes connections, and gives up those that do not say who they are.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use russh::server::{Config, run_stream};
use russh::{MethodKind, MethodSet, SshId};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

use super::connection::{Connection, ConnectionError};
use super::host_key::{self, HostKeyError};
use super::reception::{Limits, MAX_LOOKUPS, Reception, Visit};

/// Threads that encrypt and decrypt. The disk has threads of its own.
const THREADS: usize = 2;
/// What a client may send before it hears that it may send more.
const WINDOW_BYTES: u32 = 2 << 20;
const SSH_PACKET_BYTES: u32 = 32_768;
/// Answers that wait for the connection, for each of them.
const OUTBOX_MESSAGES: usize = 64;
/// Clients with an agent offer all its keys before they ask for a password.
const MAX_LOGIN_TRIES: usize = 10;
/// A client that says nothing is asked so often whether it is there, and so many times.
const KEEPALIVE: Duration = Duration::from_secs(60);
const MAX_KEEPALIVES: usize = 3;

/// What the server needs to know.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Where its key lies; made when it is missing.
    pub host_key_path: PathBuf,
}

/// The server could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// There is no usable key.
    #[error(transparent)]
    HostKey(#[from] HostKeyError),
    /// Somebody else listens there, or nobody may.
    #[error("cannot listen on {address} for SFTP")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// No threads.
    #[error("threads for SFTP could not be started")]
    Threads(#[source] io::Error),
}

/// A running server. It ends when it is dropped, too, without waiting for its sessions.
pub struct Server {
    runtime: Option<Runtime>,
    reception: Arc<Reception>,
    address: SocketAddr,
    fingerprint: String,
}

impl Server {
    /// Starts a server on threads of its own, for whom the reception lets in.
    ///
    /// # Errors
    /// See [`StartError`].
    pub fn start(settings: &Settings, reception: Arc<Reception>) -> Result<Server, StartError> {
        let key = host_key::load_or_make(&settings.host_key_path)?;
        let fingerprint = host_key::fingerprint(&key);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(THREADS)
            .max_blocking_threads(MAX_LOOKUPS)
            .thread_name("ssh")
            .enable_all()
            .build()
            .map_err(StartError::Threads)?;
        let failed = |source| StartError::Listen { address: settings.listen, source };
        let listener = runtime.block_on(TcpListener::bind(settings.listen)).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let config = Arc::new(config(key, reception.limits()));
        runtime.spawn(Arc::clone(&reception).welcome(listener, move |reception, stream, visit, address| {
            serve(Arc::clone(&config), reception, stream, visit, address)
        }));
        tracing::info!(%address, fingerprint, "sftp: listening");
        Ok(Server { runtime: Some(runtime), reception, address, fingerprint })
    }

    /// Where it listens.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// The fingerprint of its key, as `ssh-keygen -l` prints it.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Ends it: connections are cut, and uploads on their way set aside, to be continued.
    pub fn stop(mut self) {
        self.reception.send_away();
        self.end();
    }

    fn end(&mut self) {
        self.reception.cut_all();
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

fn config(key: russh::keys::PrivateKey, limits: &Limits) -> Config {
    Config {
        server_id: SshId::Standard("SSH-2.0-Tintype".into()),
        methods: MethodSet::from(&[MethodKind::PublicKey, MethodKind::Password][..]),
        auth_rejection_time: limits.rejection_time,
        auth_rejection_time_initial: Some(Duration::ZERO),
        keys: vec![key],
        window_size: WINDOW_BYTES,
        maximum_packet_size: SSH_PACKET_BYTES,
        event_buffer_size: OUTBOX_MESSAGES,
        max_auth_attempts: MAX_LOGIN_TRIES,
        inactivity_timeout: Some(limits.idle_time),
        keepalive_interval: Some(KEEPALIVE),
        keepalive_max: MAX_KEEPALIVES,
        nodelay: true,
        ..Config::default()
    }
}

async fn serve(config: Arc<Config>, reception: Arc<Reception>, stream: TcpStream, visit: Visit, address: IpAddr) {
    let handler = Connection::new(reception, address, visit.is_known());
    let whole = async { run_stream(config, stream, handler).await?.await };
    tokio::pin!(whole);
    let ended: Result<(), ConnectionError> = tokio::select! {
        ended = &mut whole => ended,
        () = visit.expect_sign_in() => whole.await,
    };
    drop(visit);
    if let Err(error) = ended {
        tracing::debug!(%address, error = &error as &dyn std::error::Error, "sftp: a connection ended");
    }
}
