//! Following servers, as far as that needs the network: whoever runs this server brings it along.
//!
//! What waits, what was refused and what both sides changed are rows of the library, which pages read there.

use std::time::Duration;

use tintype_library::model::{Upstream, User};
use tintype_library::offer::Offer;
use tintype_library::{Library, LibraryError};
use tintype_protocol::time::Timestamp;

/// Knows how to talk to servers that are followed. Calls that say so block.
pub trait Following: Send + Sync {
    /// A user begins to follow the server at an address that a person typed. One whose session there has ended may
    /// sign in again by the same. Blocks.
    fn begin(
        &self,
        library: &Library,
        user: &User,
        address: &str,
        credentials: &Credentials,
    ) -> Result<(), FollowError>;

    /// A user follows no more; what came stays. Answers what else they should know. Blocks.
    fn end(&self, library: &Library, user: &User) -> Result<Option<String>, FollowError>;

    /// Something is to be done soon, in the background. Asking again while it waits is asking once.
    fn wish(&self, upstream: &Upstream, wish: Wish);

    /// What is only here, as of a moment ago. Blocks.
    fn only_here(&self, library: &Library, upstream: &Upstream) -> Result<Offer, LibraryError>;

    /// All of that is to go up from now on. Answers what it is. Blocks.
    fn offer(&self, library: &Library, upstream: &Upstream) -> Result<Offer, LibraryError>;

    /// What happens with an upstream now, and went wrong the last time.
    fn activity(&self, upstream: &Upstream) -> Activity;
}

/// By what a server is to know somebody.
#[derive(Clone)]
#[allow(missing_docs)]
pub enum Credentials {
    /// For a session.
    Password { email: String, password: String },
    /// Of a program: without the stream, by searching.
    Key(String),
}

/// What is to be done with an upstream; later ones include those before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wish {
    /// Send what waits.
    Push,
    /// Bring in what is new there, and send what waits.
    Sync,
    /// The same, and let go what the server no longer shows, though it is much.
    Sweep,
}

/// What happens with an upstream.
#[derive(Debug, Clone, Default)]
pub struct Activity {
    /// What runs now.
    pub running: Option<Running>,
    /// Whether something was wished that has not begun.
    pub is_waiting: bool,
    /// Why the last try did not come to its end, if it did not.
    pub problem: Option<Problem>,
}

/// How far a sync has come.
#[derive(Debug, Clone, Copy)]
pub struct Running {
    /// Lines that are safe.
    pub lines: u64,
    /// About how many there will be, where that is known.
    pub expected: Option<u64>,
    /// Changes that were sent, once everything is in.
    pub sent: Option<u64>,
    /// Since it began.
    pub time: Duration,
}

/// Why a sync did not come to its end.
#[derive(Debug, Clone)]
pub struct Problem {
    /// Of what kind it is.
    pub kind: ProblemKind,
    /// What went wrong, with its causes.
    pub text: String,
    /// When.
    pub at: Timestamp,
}

/// What a person can do about a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProblemKind {
    /// Nothing: the server is away, or busy, and is asked again.
    Away,
    /// Sign in again.
    LoggedOut,
    /// Read what it says.
    Other,
}

/// Why somebody cannot begin to follow, or stop.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub struct FollowError {
    /// What of that which was typed is to be changed.
    pub about: About,
    /// For people.
    pub text: String,
}

/// What a [`FollowError`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// The address.
    Address,
    /// E-mail and password, or the key.
    Credentials,
    /// Nothing that was typed.
    Else,
}

impl About {
    /// Its name for pages.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Credentials => "credentials",
            Self::Else => "else",
        }
    }
}
