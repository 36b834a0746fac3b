//! Memories that the server made, and what is in them.

use tintype_protocol::id::{AssetId, MemoryId};
use tintype_protocol::sync::{MemoryDelete, MemoryToAssetV1, MemoryV1};

use super::{Outcome, Replica};
use crate::error::LibraryError;
use crate::model::{ExternalKind, ExternalLink, LinkKind, Memory, MemoryFilter};

impl Replica<'_> {
    pub(super) fn memory(&mut self, line: MemoryV1) -> Result<Outcome, LibraryError> {
        let Some(owner_id) = self.local_user(line.owner_id)? else {
            return Ok(Outcome::waits_for("user", line.owner_id.0));
        };
        if line.deleted_at.is_some() {
            return self.memory_is_gone(MemoryDelete { memory_id: line.id });
        }
        let known = self.recognise(ExternalKind::Memory, line.id.0, owner_id)?.map(MemoryId);
        let mut memory = Memory {
            id: known.unwrap_or(line.id),
            owner_id,
            year: line.data.year,
            memory_at: line.memory_at,
            show_at: line.show_at,
            hide_at: line.hide_at,
            seen_at: line.seen_at,
            is_saved: line.is_saved,
            created_at: line.created_at,
            updated_at: line.updated_at,
        };
        if known.is_none() {
            match self.same_memory(&memory)? {
                Some(same) => memory.id = same,
                None if self.tx.memory(line.id)?.is_some() => return Ok(Outcome::taken("memory", line.id.0)),
                None => {}
            }
            self.name(ExternalKind::Memory, line.id.0, memory.id.0, owner_id)?;
        }
        match self.tx.memory(memory.id)? {
            Some(here) if is_same(&here, &memory) => {}
            Some(_) => self.tx.update_memory(&memory)?,
            None if self.has_pending_change(memory.id.0)? => {}
            None => self.tx.insert_memory(&memory)?,
        }
        Ok(Outcome::Applied)
    }

    /// The same day of the same year, remembered by this node before it followed the server.
    fn same_memory(&self, memory: &Memory) -> Result<Option<MemoryId>, LibraryError> {
        for here in self.tx.memories(memory.owner_id, &MemoryFilter::default())? {
            let is_same_day =
                (here.year, here.memory_at, here.show_at) == (memory.year, memory.memory_at, memory.show_at);
            if is_same_day && self.external(ExternalKind::Memory, here.id.0)?.is_none() {
                return Ok(Some(here.id));
            }
        }
        Ok(None)
    }

    pub(super) fn memory_is_gone(&mut self, line: MemoryDelete) -> Result<Outcome, LibraryError> {
        if let Some(id) = self.local(ExternalKind::Memory, line.memory_id.0)? {
            if let Some(memory) = self.tx.memory(MemoryId(id))? {
                self.tx.delete_memory(&memory)?;
            }
            self.tx.forget_links_of(self.upstream.server_id, LinkKind::MemoryAsset, line.memory_id.0)?;
            self.forget(ExternalKind::Memory, line.memory_id.0)?;
        }
        Ok(Outcome::Applied)
    }

    pub(super) fn memory_asset(&mut self, line: MemoryToAssetV1) -> Result<Outcome, LibraryError> {
        let Some(memory) = self.local(ExternalKind::Memory, line.memory_id.0)? else {
            return Ok(Outcome::waits_for("memory", line.memory_id.0));
        };
        let Some(asset) = self.kept_asset(line.asset_id)? else {
            return Ok(Outcome::waits_for("asset", line.asset_id.0));
        };
        self.link_is_shown(&ExternalLink::new(LinkKind::MemoryAsset, line.memory_id.0, line.asset_id.0))?;
        // What was deleted here stays so until the server hears of it.
        if let (Some(memory), Some(asset)) = (self.tx.memory(MemoryId(memory))?, asset) {
            self.tx.add_memory_asset(&memory, asset)?;
        }
        Ok(Outcome::Applied)
    }

    pub(super) fn memory_asset_is_gone(&mut self, line: MemoryToAssetV1) -> Result<Outcome, LibraryError> {
        self.forget_link(&ExternalLink::new(LinkKind::MemoryAsset, line.memory_id.0, line.asset_id.0))?;
        let memory = self.local(ExternalKind::Memory, line.memory_id.0)?.map(MemoryId);
        if let (Some(memory), Some(asset)) = (memory, self.local_asset(line.asset_id)?) {
            self.leave_memory(memory, asset)?;
        }
        Ok(Outcome::Applied)
    }

    /// An asset is not in a memory any more.
    pub(super) fn leave_memory(&mut self, memory: MemoryId, asset: AssetId) -> Result<(), LibraryError> {
        if let Some(memory) = self.tx.memory(memory)? {
            self.tx.remove_memory_asset(&memory, asset)?;
        }
        Ok(())
    }
}

/// Whether nothing differs but the times of the row.
fn is_same(here: &Memory, there: &Memory) -> bool {
    let times = |memory: &Memory| Memory { created_at: here.created_at, updated_at: here.updated_at, ..memory.clone() };
    times(here) == times(there)
}
