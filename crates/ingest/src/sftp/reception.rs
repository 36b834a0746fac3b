//! What connections of all kinds share: who may come in, how many are here, and who writes what.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Shutdown, TcpStream as Socket};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use russh::keys::PublicKey;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use super::account_folder::AccountFolder;
use super::accounts::{Account, Accounts, Present, Seat};
use super::claims::Claims;
use super::given_up::{UNTENDED_AGE, give_up};
use super::guesses::{Guesses, network};
use super::root::Root;

/// Lookups of accounts at the same time: a password takes a processor a while.
pub(super) const MAX_LOOKUPS: usize = 4;
/// An account's folder is looked through for uploads that nobody went on with.
const EXPIRY_INTERVAL: Duration = Duration::from_secs(24 * 3_600);
/// Folders remembered for that.
const MAX_EXPIRED: usize = 1_024;
/// After an error of the system that is not the client's (no descriptors left, say).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How long sessions may take to set aside what they hold, and how often it is looked whether they have.
const STOP_WAIT: Duration = Duration::from_secs(5);
const STOP_LOOKS: Duration = Duration::from_millis(5);

/// What bounds them.
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

/// See the module's description. Servers that share one let in the same accounts, count them together, and do not get in
/// each other's way.
pub struct Reception {
    accounts: Arc<dyn Accounts>,
    guesses: Guesses,
    claims: Claims,
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

/// A connection that is let in; forgotten when it is over, however it ends.
pub(crate) struct Visit {
    reception: Arc<Reception>,
    number: u64,
    is_known: Arc<AtomicBool>,
}

impl Visit {
    /// Set when the client has proven who it is.
    pub(crate) fn is_known(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.is_known)
    }

    /// Cuts the connection off if nobody signed in within the time for that. Ends then.
    pub(crate) async fn expect_sign_in(&self) {
        tokio::time::sleep(self.reception.limits.login_time).await;
        if self.is_known.load(Ordering::Acquire) {
            return;
        }
        if let Some(door) = self.reception.doors().open.get(&self.number) {
            // It may be closed already.
            let _ = door.socket.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.reception.doors().open.remove(&self.number);
    }
}

impl std::fmt::Debug for Reception {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reception").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl Reception {
    /// Lets in these accounts, within these limits.
    pub fn new(accounts: Arc<dyn Accounts>, limits: Limits) -> Arc<Reception> {
        Arc::new(Reception {
            accounts,
            limits,
            guesses: Guesses::default(),
            claims: Claims::default(),
            present: Present::default(),
            lookups: Semaphore::new(MAX_LOOKUPS),
            doors: Mutex::default(),
            expired: Mutex::default(),
        })
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    fn doors(&self) -> MutexGuard<'_, Doors> {
        self.doors.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a connection, unless there are too many.
    pub(crate) fn let_in(
        self: &Arc<Self>,
        stream: TcpStream,
        address: IpAddr,
    ) -> io::Result<Option<(TcpStream, Visit)>> {
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
        drop(doors);
        let visit = Visit { reception: Arc::clone(self), number, is_known };
        Ok(Some((TcpStream::from_std(stream)?, visit)))
    }

    /// Ends all connections, and lets nobody in any more.
    pub(crate) fn cut_all(&self) {
        let mut doors = self.doors();
        doors.is_closed = true;
        for door in doors.open.values() {
            let _ = door.socket.shutdown(Shutdown::Both);
        }
    }

    /// The same, and waits a moment until sessions have set aside what they hold.
    pub(crate) fn send_away(&self) {
        self.cut_all();
        let start = Instant::now();
        while self.sessions() > 0 && start.elapsed() < STOP_WAIT {
            std::thread::sleep(STOP_LOOKS);
        }
    }

    /// Takes the connections of a listener, for ever, and has each that is let in served; whoever is one too many is closed at
    /// once.
    pub(crate) async fn welcome<S>(
        self: Arc<Self>,
        listener: TcpListener,
        serve: impl Fn(Arc<Self>, TcpStream, Visit, IpAddr) -> S,
    ) where
        S: Future<Output = ()> + Send + 'static,
    {
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => {
                    if let Ok(Some((stream, visit))) = self.let_in(stream, peer.ip()) {
                        tokio::spawn(serve(Arc::clone(&self), stream, visit, peer.ip()));
                    }
                }
                Err(error) => {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "landing: a connection could not be taken"
                    );
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    /// A session more for an account, if it may have one.
    pub(crate) fn enter(&self, account: &Account) -> Option<Seat> {
        self.present.enter(account, self.limits.sessions_per_account)
    }

    /// Sessions of all accounts.
    fn sessions(&self) -> usize {
        self.present.sessions()
    }

    /// The account with this name and password. Whoever guessed wrong too often is not asked.
    pub(crate) async fn by_password(self: &Arc<Self>, name: &str, password: &str, address: IpAddr) -> Option<Account> {
        if !self.guesses.may_try(address, name, Instant::now()) {
            tracing::warn!(%address, "landing: too many wrong passwords");
            return None;
        }
        let (known_as, password, asked) = (name.to_owned(), password.to_owned(), Arc::clone(self));
        let found = self.blocking(move || asked.accounts.by_password(&known_as, &password)).await;
        if found.is_some() {
            self.guesses.note_right(address, name);
        } else {
            self.guesses.note_wrong(address, name, Instant::now());
            tracing::info!(%address, "landing: a wrong name or password");
        }
        found
    }

    /// The account with this name, if it may come in with this key.
    pub(crate) async fn by_key(self: &Arc<Self>, name: &str, key: &PublicKey) -> Option<Account> {
        let (asked, name, key) = (Arc::clone(self), name.to_owned(), key.clone());
        self.blocking(move || asked.accounts.by_key(&name, &key)).await
    }

    /// Runs a lookup where it may block. A few at a time; the others wait.
    async fn blocking<T: Send + 'static>(&self, look_up: impl FnOnce() -> Option<T> + Send + 'static) -> Option<T> {
        let _permit = self.lookups.acquire().await.ok()?;
        tokio::task::spawn_blocking(look_up).await.ok()?
    }

    /// Opens the folder of an account. It is made where its parent is there: a disk that is not mounted must not be
    /// mistaken for an empty one. Once a day, uploads that nobody goes on with are given up first.
    pub(crate) fn folder_of(&self, seat: &Seat) -> io::Result<AccountFolder> {
        let presence = seat.presence();
        let folder = &presence.account.root;
        let root = match std::fs::create_dir(folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => Root::open(folder)?,
        };
        if self.is_time_to_expire(folder) {
            let moved = give_up(folder, &self.claims, SystemTime::now(), UNTENDED_AGE)?;
            tracing::debug!(count = moved.len(), "landing: uploads that nobody went on with were given up");
        }
        let quota = Arc::clone(&presence.quota);
        Ok(AccountFolder::new(root, self.claims.clone(), quota, presence.open_files.clone()))
    }

    /// Whether a folder was not looked through for a day.
    fn is_time_to_expire(&self, folder: &Path) -> bool {
        let mut expired = self.expired.lock().unwrap_or_else(PoisonError::into_inner);
        expired.retain(|_, at| at.elapsed() < EXPIRY_INTERVAL);
        let is_due = expired.len() < MAX_EXPIRED && !expired.contains_key(folder);
        if is_due {
            expired.insert(folder.to_owned(), Instant::now());
        }
        is_due
    }
}
