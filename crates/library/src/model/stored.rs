//! What lies here in the place of an original.

use tintype_protocol::checksum::Sha1;
use tintype_protocol::time::Timestamp;

/// The form in which an asset is kept when that is not its original.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredForm {
    /// Content of the file that lies here.
    pub sha1: Sha1,
    /// Its length in bytes.
    pub size_bytes: i64,
    /// What it is.
    pub media_type: String,
    /// Profile and method by which it was made.
    pub recipe: String,
    /// Whether the original's bytes can be rebuilt from it.
    pub is_exact: bool,
    /// Since when it lies here.
    pub stored_at: Timestamp,
}
