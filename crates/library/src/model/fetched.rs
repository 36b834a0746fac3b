//! Originals that lie here, and those that lie elsewhere.

use tintype_protocol::time::Timestamp;

/// How much of an owner's library lies here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HeldOriginals {
    /// Originals that lie here.
    pub here: u64,
    /// Their bytes.
    pub here_bytes: u64,
    /// Of these, how many were verified: the SHA-1 of the bytes was computed here and was the asset's.
    pub verified: u64,
    /// When the one was verified that was verified first.
    pub verified_first: Option<Timestamp>,
    /// And the last one.
    pub verified_last: Option<Timestamp>,
    /// Originals that only an upstream has.
    pub elsewhere: u64,
}
