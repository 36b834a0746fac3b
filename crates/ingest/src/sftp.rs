//! The landing zone's door for phones and cameras: an SFTP server that lets each account into one folder and nowhere
//! else, and shows the rest of the program complete files only.
//!
//! SSH is russh's. A connection (`connection.rs`) is asynchronous; each session is plain blocking code on a thread of
//! its own (`session.rs`), which needs no network to be tested. The SFTP packets are read here (`wire.rs`), not by
//! russh-sftp: that goes on after a packet that is too long, in the middle of it, and knows names in UTF-8 only.

pub(crate) mod account_folder;
pub(crate) mod accounts;
mod channel;
pub(crate) mod claims;
mod connection;
mod cut_short;
mod extents;
pub(crate) mod given_up;
mod guesses;
mod host_key;
mod listing;
mod making_way;
mod opening;
mod partial;
pub(crate) mod path;
mod quota;
pub(crate) mod reception;
pub(crate) mod refused;
mod replaced;
mod root;
mod server;
mod session;
pub(crate) mod upload;
pub(crate) mod wire;

pub use accounts::{Account, Accounts};
pub use given_up::PARTIAL_AGE;
pub use host_key::{HostKeyError, fingerprint_of};
pub use path::{PathError, ZonePath, check as check_path};
pub use reception::{Limits, Reception};
pub use russh::keys::PublicKey;
pub use server::{Server, Settings, StartError};
pub use session::{MAX_HANDLES, drive_session};
