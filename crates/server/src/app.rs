//! What every request shares.

use std::sync::Arc;
use std::time::Duration;

use tintype_library::places::Gazetteer;
use tintype_library::{Library, LibraryError};
use tintype_protocol::id::SharedLinkId;
use tintype_protocol::version::{Generation, Version};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::caller_cache::CallerCache;
use crate::error::ApiError;
use crate::following::Following;
use crate::guesses::Guesses;
use crate::landing::Landing;
use crate::reconciling::Reconciling;
use crate::writing::Writing;

/// Streams that are produced at the same time; each holds a thread and a database connection.
const MAX_STREAMS: usize = 64;
/// Files received at the same time; others wait. Each holds a thread that writes.
const MAX_UPLOADS: usize = 24;
/// Archives made at the same time; others wait. Each holds a thread that reads.
const MAX_ARCHIVES: usize = 8;
/// Archives made for guests of shared links at the same time; they must not keep others from theirs.
const MAX_GUEST_ARCHIVES: usize = 4;
/// Pictures of people cut out at the same time; others wait. Each decodes a preview.
const MAX_PORTRAITS: usize = 2;
/// Requests that wait at the same time for bytes from other servers; each holds a thread. Others wait for their turn.
const MAX_FETCHES: usize = 32;
/// Files handed on from other servers at the same time; each holds a connection there.
const MAX_RELAYS: usize = 16;
/// People who begin to follow a server, or stop, at the same time; others wait for their turn.
const MAX_FOLLOW_REQUESTS: usize = 4;
/// How long a request waits for its turn to ask another server.
const TURN_LIMIT: Duration = Duration::from_secs(20);
/// Password hashes computed at the same time: they are slow on purpose and must not take every thread.
const MAX_PASSWORDS: usize = 4;
/// The same for passwords of shared links, so that guessing them does not keep users from logging in.
const MAX_GUEST_PASSWORDS: usize = 1;

/// What can be set for a server.
#[derive(Clone)]
pub struct Options {
    /// The version of the reference that is reported; decides the shapes of bodies.
    pub version: Version,
    /// Tintype's own version, for people.
    pub own_version: &'static str,
    /// Address that links for people begin with; empty when unknown.
    pub external_domain: String,
    /// Knows how to follow servers. Without it this node follows nobody.
    pub following: Option<Arc<dyn Following>>,
    /// Knows the landing zones. Without it this node has none.
    pub landing: Option<Arc<dyn Landing>>,
    /// Writes into files. Without it this node writes into none by its pages.
    pub writing: Option<Arc<dyn Writing>>,
    /// Keeps folders in agreement with the library. Without it this node does not by its pages.
    pub reconciling: Option<Arc<dyn Reconciling>>,
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("Options");
        shown.field("version", &self.version).field("own_version", &self.own_version);
        shown.field("external_domain", &self.external_domain).field("can_follow", &self.following.is_some()).finish()
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            version: Version::CURRENT,
            own_version: env!("CARGO_PKG_VERSION"),
            external_domain: String::new(),
            following: None,
            landing: None,
            writing: None,
            reconciling: None,
        }
    }
}

/// What every request shares. Cheap to clone.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
}

struct Inner {
    library: Arc<Library>,
    places: Arc<Gazetteer>,
    options: Options,
    streams: Arc<Semaphore>,
    uploads: Arc<Semaphore>,
    archives: Arc<Semaphore>,
    guest_archives: Arc<Semaphore>,
    portraits: Arc<Semaphore>,
    fetches: Arc<Semaphore>,
    relays: Arc<Semaphore>,
    follow_requests: Arc<Semaphore>,
    passwords: Arc<Semaphore>,
    guest_passwords: Arc<Semaphore>,
    guesses: Guesses,
    callers: CallerCache,
}

impl App {
    /// A server over `library`.
    pub fn new(library: Arc<Library>, places: Arc<Gazetteer>, options: Options) -> Self {
        let room = |permits| Arc::new(Semaphore::new(permits));
        let inner = Inner {
            library,
            places,
            options,
            streams: room(MAX_STREAMS),
            uploads: room(MAX_UPLOADS),
            archives: room(MAX_ARCHIVES),
            guest_archives: room(MAX_GUEST_ARCHIVES),
            portraits: room(MAX_PORTRAITS),
            fetches: room(MAX_FETCHES),
            relays: room(MAX_RELAYS),
            follow_requests: room(MAX_FOLLOW_REQUESTS),
            passwords: room(MAX_PASSWORDS),
            guest_passwords: room(MAX_GUEST_PASSWORDS),
            guesses: Guesses::default(),
            callers: CallerCache::default(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// What can be set.
    pub(crate) fn options(&self) -> &Options {
        &self.inner.options
    }

    /// The family of bodies that is spoken.
    pub(crate) fn generation(&self) -> Generation {
        self.inner.options.version.generation()
    }

    /// Whether bodies have the shape of version 3 and later.
    pub(crate) fn is_v3(&self) -> bool {
        self.generation() == Generation::Three
    }

    /// The library, for what does not block.
    pub(crate) fn library_ref(&self) -> &Library {
        &self.inner.library
    }

    /// The library, for code that runs on a thread of its own.
    pub(crate) fn library(&self) -> Arc<Library> {
        Arc::clone(&self.inner.library)
    }

    /// Who was behind a token a moment ago.
    pub(crate) fn callers(&self) -> &CallerCache {
        &self.inner.callers
    }

    /// Names of places.
    pub(crate) fn places(&self) -> Arc<Gazetteer> {
        Arc::clone(&self.inner.places)
    }

    /// Room for one more stream.
    pub(crate) fn stream_room(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        Arc::clone(&self.inner.streams).try_acquire_owned().map_err(|_| ApiError::Busy)
    }

    /// Room to receive one more file, when there is.
    pub(crate) async fn upload_room(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        Arc::clone(&self.inner.uploads).acquire_owned().await.map_err(|_| ApiError::Internal)
    }

    /// Room to make one more archive, when there is.
    pub(crate) async fn archive_room(&self, is_guest: bool) -> Result<OwnedSemaphorePermit, ApiError> {
        let room = if is_guest { &self.inner.guest_archives } else { &self.inner.archives };
        Arc::clone(room).acquire_owned().await.map_err(|_| ApiError::Internal)
    }

    /// Room to cut out one more picture of a person, when there is.
    pub(crate) async fn portrait_room(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        Arc::clone(&self.inner.portraits).acquire_owned().await.map_err(|_| ApiError::Internal)
    }

    /// Room to hand on one more file from another server, when there is before long.
    pub(crate) async fn relay_room(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        turn(&self.inner.relays).await
    }

    /// Runs work that asks another server and waits for it, with a limit; a few at a time.
    pub(crate) async fn run_remote<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Arc<Library>) -> Result<T, LibraryError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let room = turn(&self.inner.fetches).await?;
        let library = self.library();
        let outcome = tokio::task::spawn_blocking(move || {
            let _room = room;
            work(&library)
        });
        Ok(outcome.await.map_err(|_| ApiError::Internal)??)
    }

    /// What knows the landing zones, on a node that has some.
    pub(crate) fn landing(&self) -> Option<Arc<dyn Landing>> {
        self.inner.options.landing.clone()
    }

    /// What writes into files, on a node that does.
    pub(crate) fn writing(&self) -> Option<Arc<dyn Writing>> {
        self.inner.options.writing.clone()
    }

    /// What keeps folders in agreement with the library.
    pub(crate) fn reconciling(&self) -> Option<Arc<dyn Reconciling>> {
        self.inner.options.reconciling.clone()
    }

    /// What knows how to follow servers, on a node that can.
    pub(crate) fn following(&self) -> Option<Arc<dyn Following>> {
        self.inner.options.following.clone()
    }

    /// Room to ask a server that is to be followed, or no longer, when there is before long.
    pub(crate) async fn follow_room(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        turn(&self.inner.follow_requests).await
    }

    /// Runs blocking work with the library on a thread made for that.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Library) -> Result<T, LibraryError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let library = self.library();
        let outcome = tokio::task::spawn_blocking(move || work(&library)).await;
        Ok(outcome.map_err(|_| ApiError::Internal)??)
    }

    /// Runs a lookup of a few rows or one small file. Where that takes microseconds it is not worth two changes of
    /// threads, which cost more than the lookup itself.
    pub(crate) async fn look_up<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Library) -> Result<T, LibraryError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let library = self.library_ref();
        if library.is_quick() { Ok(work(library)?) } else { self.run(work).await }
    }

    /// Runs work that hashes passwords, a few at a time.
    pub(crate) async fn run_password<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Library) -> Result<T, LibraryError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let _turn = self.inner.passwords.acquire().await.map_err(|_| ApiError::Internal)?;
        self.run(work).await
    }

    /// Runs work that compares the password of a shared link, as long as it has not been guessed at too often.
    pub(crate) async fn run_guess<T: Send + 'static>(
        &self,
        link: SharedLinkId,
        work: impl FnOnce(&Library) -> Result<T, LibraryError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let now = self.library_ref().now();
        if !self.inner.guesses.may_try(link, now) {
            return Err(ApiError::TooManyGuesses);
        }
        let _turn = self.inner.guest_passwords.acquire().await.map_err(|_| ApiError::Internal)?;
        let outcome = self.run(work).await;
        if matches!(outcome, Err(ApiError::Library(LibraryError::Unauthenticated(_)))) {
            self.inner.guesses.note_wrong(link, now);
        }
        outcome
    }
}

/// Room for one more, when there is before long.
async fn turn(room: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, ApiError> {
    let turn = tokio::time::timeout(TURN_LIMIT, Arc::clone(room).acquire_owned()).await;
    turn.map_err(|_| ApiError::Busy)?.map_err(|_| ApiError::Internal)
}
