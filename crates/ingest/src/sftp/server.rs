//! The server: takes connections, and gives up those that do not say who they are.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Shutdown, SocketAddr, TcpStream as Socket};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use russh::server::{Config, run_stream};
use russh::{MethodKind, MethodSet, SshId};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;

use super::accounts::{Account, Accounts, Present, Seat};
use super::claims::Claims;
use super::connection::{Connection, ConnectionError};
use super::guesses::{Guesses, network};
use super::host_key::{self, HostKeyError};

/// Threads that encrypt and decrypt. The disk has threads of its own.
const THREADS: usize = 2;
/// Lookups of accounts at the same time: a password takes a processor a while.
const MAX_LOOKUPS: usize = 4;
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
/// After an error of the system that is not the client's (no descriptors left, say).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// An account's folder is looked through for uploads that nobody went on with.
const EXPIRY_INTERVAL: Duration = Duration::from_secs(24 * 3_600);
/// Folders remembered for that.
const MAX_EXPIRED: usize = 1_024;
/// How long sessions may take to set aside what they hold.
const STOP_WAIT: Duration = Duration::from_secs(5);

/// What bounds the server.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Connections, signed in or not.
    pub connections: usize,
    /// Connections that have not signed in.
    pub strangers: usize,
    /// Of these, from one address.
    pub strangers_per_address: usize,
    /// How long signing in may take.
    pub login_time: Duration,
    /// How long a wrong password takes to be refused.
    pub rejection_time: Duration,
    /// Sessions of one account.
    pub sessions_per_account: usize,
    /// A connection on which nothing comes is closed.
    pub idle_time: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections: 256,
            strangers: 64,
            strangers_per_address: 32,
            login_time: Duration::from_secs(10),
            rejection_time: Duration::from_secs(1),
            sessions_per_account: 64,
            idle_time: Duration::from_secs(600),
        }
    }
}

/// What the server needs to know.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Where its key lies; made when it is missing.
    pub host_key_path: PathBuf,
    /// What bounds it.
    pub limits: Limits,
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
    shared: Arc<Shared>,
    address: SocketAddr,
    fingerprint: String,
}

/// What all connections share.
pub(crate) struct Shared {
    pub(super) accounts: Arc<dyn Accounts>,
    pub(super) guesses: Guesses,
    pub(super) claims: Claims,
    limits: Limits,
    present: Present,
    lookups: Semaphore,
    doors: Mutex<Doors>,
    expired: Mutex<HashMap<PathBuf, Instant>>,
}

/// Connections that are open, each with a socket by which it can be cut off.
#[derive(Default)]
struct Doors {
    next: u64,
    is_closed: bool,
    open: HashMap<u64, Door>,
}

struct Door {
    socket: Socket,
    network: IpAddr,
    is_known: Arc<AtomicBool>,
}

impl Server {
    /// Starts a server on threads of its own.
    ///
    /// # Errors
    /// See [`StartError`].
    pub fn start(settings: &Settings, accounts: Arc<dyn Accounts>) -> Result<Server, StartError> {
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
        let shared = Arc::new(Shared::new(accounts, settings.limits.clone()));
        let config = Arc::new(config(key, &settings.limits));
        runtime.spawn(accept(listener, config, Arc::clone(&shared)));
        tracing::info!(%address, fingerprint, "sftp: listening");
        Ok(Server { runtime: Some(runtime), shared, address, fingerprint })
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
        self.shared.cut_all();
        let start = Instant::now();
        while self.shared.present.sessions() > 0 && start.elapsed() < STOP_WAIT {
            std::thread::sleep(Duration::from_millis(5));
        }
        self.end();
    }

    fn end(&mut self) {
        self.shared.cut_all();
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

async fn accept(listener: TcpListener, config: Arc<Config>, shared: Arc<Shared>) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                // Whoever is one too many is closed at once.
                if let Ok(Some((stream, number, is_known))) = shared.let_in(stream, peer.ip()) {
                    let (config, shared) = (Arc::clone(&config), Arc::clone(&shared));
                    tokio::spawn(serve(config, shared, stream, number, peer.ip(), is_known));
                }
            }
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "sftp: a connection could not be taken");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn serve(
    config: Arc<Config>,
    shared: Arc<Shared>,
    stream: TcpStream,
    number: u64,
    address: IpAddr,
    is_known: Arc<AtomicBool>,
) {
    let guard = Guard { shared: Arc::clone(&shared), number };
    let handler = Connection::new(Arc::clone(&shared), address, Arc::clone(&is_known));
    let whole = async { run_stream(config, stream, handler).await?.await };
    tokio::pin!(whole);
    let ended: Result<(), ConnectionError> = tokio::select! {
        ended = &mut whole => ended,
        () = tokio::time::sleep(shared.limits.login_time) => {
            if !is_known.load(Ordering::Acquire) {
                tracing::debug!(%address, "sftp: nobody signed in");
                shared.cut(number);
            }
            whole.await
        }
    };
    drop(guard);
    if let Err(error) = ended {
        tracing::debug!(%address, error = &error as &dyn std::error::Error, "sftp: a connection ended");
    }
}

/// Forgets a connection when it is over, however it ends.
struct Guard {
    shared: Arc<Shared>,
    number: u64,
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.shared.doors().open.remove(&self.number);
    }
}

impl Shared {
    fn new(accounts: Arc<dyn Accounts>, limits: Limits) -> Shared {
        Shared {
            accounts,
            limits,
            guesses: Guesses::default(),
            claims: Claims::default(),
            present: Present::default(),
            lookups: Semaphore::new(MAX_LOOKUPS),
            doors: Mutex::default(),
            expired: Mutex::default(),
        }
    }

    fn doors(&self) -> MutexGuard<'_, Doors> {
        self.doors.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a connection, unless there are too many.
    fn let_in(&self, stream: TcpStream, address: IpAddr) -> io::Result<Option<(TcpStream, u64, Arc<AtomicBool>)>> {
        let (limits, network) = (&self.limits, network(address));
        let mut doors = self.doors();
        let strangers = || doors.open.values().filter(|door| !door.is_known.load(Ordering::Acquire));
        let from_there = strangers().filter(|door| door.network == network).count();
        let is_full = doors.open.len() >= limits.connections
            || strangers().count() >= limits.strangers
            || from_there >= limits.strangers_per_address;
        if doors.is_closed || is_full {
            return Ok(None);
        }
        stream.set_nodelay(true)?;
        let stream = stream.into_std()?;
        let socket = stream.try_clone()?;
        let is_known = Arc::new(AtomicBool::new(false));
        doors.next += 1;
        let number = doors.next;
        doors.open.insert(number, Door { socket, network, is_known: Arc::clone(&is_known) });
        Ok(Some((TcpStream::from_std(stream)?, number, is_known)))
    }

    fn cut(&self, number: u64) {
        if let Some(door) = self.doors().open.get(&number) {
            // It may be closed already.
            let _ = door.socket.shutdown(Shutdown::Both);
        }
    }

    fn cut_all(&self) {
        let mut doors = self.doors();
        doors.is_closed = true;
        for door in doors.open.values() {
            let _ = door.socket.shutdown(Shutdown::Both);
        }
    }

    /// A session more for an account, if it may have one.
    pub(super) fn enter(&self, account: &Account) -> Option<Seat> {
        self.present.enter(account, self.limits.sessions_per_account)
    }

    /// Runs a lookup where it may block. A few at a time; the others wait.
    pub(super) async fn blocking<T: Send + 'static>(
        &self,
        look_up: impl FnOnce() -> Option<T> + Send + 'static,
    ) -> Option<T> {
        let _permit = self.lookups.acquire().await.ok()?;
        tokio::task::spawn_blocking(look_up).await.ok()?
    }

    /// Whether a folder was not looked through for a day.
    pub(super) fn is_time_to_expire(&self, folder: &Path) -> bool {
        let mut expired = self.expired.lock().unwrap_or_else(PoisonError::into_inner);
        expired.retain(|_, at| at.elapsed() < EXPIRY_INTERVAL);
        let is_due = expired.len() < MAX_EXPIRED && !expired.contains_key(folder);
        if is_due {
            expired.insert(folder.to_owned(), Instant::now());
        }
        is_due
    }
}
