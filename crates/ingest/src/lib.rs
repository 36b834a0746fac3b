//! The landing zone: devices drop files into folders, by SFTP, SMB, FTP or whatever else writes files there. What is
//! complete is hashed, looked up in the ledger, paired, optimised, proven, delivered and confirmed; only then the
//! original is let go.
//!
//! [`Pipeline`] does that for any number of [`Zone`]s. How far each file has come is on disk before anything further
//! happens to it, so a process may end at any moment; what went wrong for good lies in `undone/` beside a note that says
//! why.

mod album_ids;
pub mod delivery;
mod events;
mod fault;
#[cfg(feature = "ftp")]
pub mod ftp;
mod group;
mod hash;
mod here;
mod journal;
mod names;
mod open;
mod packing;
mod pairing;
mod pipeline;
mod places;
pub mod push;
pub mod recipe;
mod recover;
mod release;
mod retry;
mod running;
mod scan;
mod server;
pub mod sftp;
mod status;
mod undone;
mod unit;
mod watch;
mod writers;
mod zone;

pub use group::ReadMarks;
pub use here::Here;
pub use names::{DONE, UNDONE};
pub use packing::Packing;
pub use pipeline::{LARGE_BYTES, Lane, MAX_ATTEMPTS, Pipeline};
pub use retry::{Retried, Selection};
pub use running::Running;
pub use server::{ConnectError, Server};
pub use status::{Away, ZoneStatus};
pub use undone::RetryError;
pub use watch::Looked;
pub use zone::{After, AlbumRule, DEFAULT_SETTLE, Zone};
