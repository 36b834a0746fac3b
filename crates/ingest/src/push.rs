//! The sender's side: what lies in a folder goes one way to an SFTP server or an Immich-compatible one. What was sent is
//! remembered, so nothing is sent twice; what is deleted here was proven to be there before, and the proof is on disk.

mod aside;
mod backoff;
mod choice;
mod http;
mod journal;
mod outgoing;
mod pace;
mod pass;
mod remote;
mod report;
mod rest;
mod sending;
mod sftp;
mod sidecar;
mod ssh;
mod state;
mod target;
mod there;
mod window;

pub use choice::{BadPattern, Choice};
pub use http::Http;
pub use journal::{JOURNAL_NAME, Journal};
pub use pace::{Pace, Surroundings};
pub use pass::{Push, Settings};
pub use report::{Event, PushError, Summary};
pub use rest::DEFAULT_SETTLE;
pub use sftp::Sftp;
pub use ssh::{Address, BadAddress, Login};
pub use state::{STATE_NAME, State, StateError};
pub use target::{Outgoing, Proof, SendError, Sent, Target};
pub use window::{BadWindow, Window};
