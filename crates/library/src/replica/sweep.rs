//! After a reset: what the server no longer shows goes, if it came from there and if that is little enough to be true.

use tintype_protocol::id::{AlbumId, AssetId};
use uuid::Uuid;

use super::Replica;
use crate::error::LibraryError;
use crate::model::ExternalKind;

/// Kinds of rows that are swept; children first.
const KINDS: [ExternalKind; 2] = [ExternalKind::Album, ExternalKind::Asset];
/// Rows that may always go.
const FREE_ROWS: u64 = 50;
/// Of more than that, at most one in this many.
const SHARE: u64 = 10;
/// Rows that go in one transaction.
const BATCH: u32 = 500;

/// What a sweep did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Swept {
    /// Some rows went; there may be more.
    Some(u64),
    /// Nothing is left that the server did not show.
    Everything,
    /// So many rows would go that a person has to say so.
    Held(u64),
}

impl Replica<'_> {
    /// Lets some rows go that the server showed before this epoch and did not in it. To be called after the end of a
    /// stream only, again and again; rows that only this library knows are not touched. `is_confirmed` says that a
    /// person wants it, however many there are.
    pub fn sweep(&mut self, is_confirmed: bool) -> Result<Swept, LibraryError> {
        let mut unseen = 0;
        for kind in KINDS {
            let (all, gone) = self.tx.seen_counts(&self.upstream, kind)?;
            if gone > FREE_ROWS && gone * SHARE > all && !is_confirmed {
                self.upstream.held = gone;
                self.tx.update_upstream(&self.upstream)?;
                return Ok(Swept::Held(gone));
            }
            unseen += gone;
        }
        if unseen == 0 {
            self.upstream.held = 0;
            return Ok(Swept::Everything);
        }
        let mut count = 0;
        for kind in KINDS {
            for (external, local) in self.tx.unseen(&self.upstream, kind, BATCH)? {
                self.let_go(kind, external, local)?;
                count += 1;
            }
        }
        Ok(Swept::Some(count))
    }

    fn let_go(&mut self, kind: ExternalKind, external: Uuid, local: Uuid) -> Result<(), LibraryError> {
        match kind {
            ExternalKind::Asset => self.remove_mirrored(AssetId(local))?,
            ExternalKind::Album => {
                if let Some(album) = self.tx.album(AlbumId(local))? {
                    self.tx.delete_album(&album)?;
                }
            }
            // Kept for what refers to it.
            _ => {}
        }
        self.forget(kind, external)
    }
}
