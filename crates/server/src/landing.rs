//! Landing zones, as far as they are not rows of the library: whoever runs this server brings them along.

use tintype_library::LibraryError;
use tintype_protocol::time::Timestamp;

/// Knows the zones of this node. Calls block.
pub trait Landing: Send + Sync {
    /// How the zones stand; `None` while nothing has begun to look at them.
    fn zones(&self) -> Result<Option<Vec<LandingZone>>, LibraryError>;

    /// Puts originals from `undone/` back into their zones, to begin anew. How many there were, and how many somebody had
    /// taken away.
    fn retry(&self, which: Which) -> Result<(u64, u64), LandingError>;

    /// Zones are to be looked at soon.
    fn look(&self);

    /// The bytes of a file in `undone/`, if they are at most `limit`.
    fn undone(&self, id: i64, limit: u64) -> Result<Option<Vec<u8>>, LibraryError>;
}

/// Which originals are to be tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// All.
    All,
    /// One, by its number.
    One(i64),
}

/// Why originals could not be tried again.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub struct LandingError {
    /// For people.
    pub text: String,
}

/// How a zone stands.
#[derive(Debug, Clone)]
pub struct LandingZone {
    /// Its name.
    pub name: String,
    /// Where files are dropped.
    pub folder: String,
    /// Who gets them.
    pub destination: String,
    /// What happens to originals, in words.
    pub after: &'static str,
    /// Files in each state: its name, their number, and their bytes.
    pub counts: Vec<(&'static str, u64, u64)>,
    /// Files that have not come to an end.
    pub on_the_way: u64,
    /// Bytes by which what was delivered is smaller than the originals.
    pub saved_bytes: u64,
    /// Files and bytes that were delivered in the last minutes, for each minute.
    pub rate: Option<(f64, f64)>,
    /// Why nothing is delivered for now, and until when.
    pub away: Option<(String, Timestamp)>,
    /// What could not be read.
    pub problems: Vec<String>,
    /// Links, pipes and devices, which are left alone.
    pub strange: u64,
}
