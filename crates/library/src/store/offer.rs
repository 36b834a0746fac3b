//! What an upstream is not told of by itself, in a store.

use tintype_protocol::id::AssetId;
use tintype_protocol::time::Timestamp;

use super::StoreError;
use crate::model::{Asset, Upstream};

type Result<T> = std::result::Result<T, StoreError>;

/// Questions about assets that are *only here*: those of an upstream's user that are active, whose originals lie here,
/// which have no name on the server and do not wait to get one.
pub trait ReadOffer {
    /// Some of them, by id, behind `after`.
    fn only_here(&self, upstream: &Upstream, after: Option<AssetId>, limit: u32) -> Result<Vec<Asset>>;
    /// Whether an asset is one of them.
    fn is_only_here(&self, upstream: &Upstream, asset: AssetId) -> Result<bool>;
    /// How many there are, and how many bytes they have. The motion part of a still that is one of them is not counted,
    /// but its bytes are. Looks at each asset of the user.
    fn only_here_totals(&self, upstream: &Upstream) -> Result<(u64, u64)>;
    /// The same in the trash, since before a time, of which nothing waits to be sent: some of them, by id.
    fn trashed_only_here(&self, upstream: &Upstream, before: Timestamp, limit: u32) -> Result<Vec<Asset>>;
}
