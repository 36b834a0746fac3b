//! After a reset: what the server no longer shows goes, if it came from there and if that is little enough to be true.

use tintype_protocol::id::{AlbumId, AssetId, EditId, FaceId, MemoryId, OcrId, PersonId, StackId, UserId};
use tintype_protocol::sync::{MemoryDelete, UserDelete};
use uuid::Uuid;

use super::Replica;
use super::swept::{NAMED, kept_name};
use crate::error::LibraryError;
use crate::model::{ExternalKind, ExternalLink, LinkKind, Upstream, UpstreamMode};

/// What is swept one after the other. First who can see what: the rest depends on it. Assets come after what hangs on
/// them, users after everything.
const STEPS: [Step; 15] = [
    Step::Links(LinkKind::Partner),
    Step::Links(LinkKind::AlbumUser),
    Step::Rows(ExternalKind::Album),
    Step::Links(LinkKind::AlbumAsset),
    Step::Rows(ExternalKind::Memory),
    Step::Links(LinkKind::MemoryAsset),
    Step::Links(LinkKind::AssetMetadata),
    Step::Links(LinkKind::UserMetadata),
    Step::Rows(ExternalKind::Ocr),
    Step::Rows(ExternalKind::Edit),
    Step::Rows(ExternalKind::Face),
    Step::Rows(ExternalKind::Person),
    Step::Rows(ExternalKind::Stack),
    Step::Rows(ExternalKind::Asset),
    Step::Rows(ExternalKind::User),
];
/// Rows of a kind that may always go.
const FREE_ROWS: u64 = 50;
/// Of more than that, at most one in this many.
const SHARE: u64 = 10;
/// Rows that are looked at in one transaction.
const BATCH: u32 = 500;

#[derive(Debug, Clone, Copy)]
enum Step {
    Rows(ExternalKind),
    Links(LinkKind),
}

impl Step {
    /// Whether so many may go as do. A server makes memories by itself and clears them away by itself.
    fn is_free(self) -> bool {
        matches!(self, Self::Rows(ExternalKind::Memory) | Self::Links(LinkKind::MemoryAsset))
    }
}

/// How far a sweep has come.
#[derive(Debug, Clone, Default)]
pub struct Sweep {
    is_confirmed: bool,
    is_weighed: bool,
    step: usize,
    row: Option<Uuid>,
    link: Option<ExternalLink>,
    /// What photos that went were called, the first ones.
    names: Vec<String>,
}

impl Sweep {
    /// A new one. `is_confirmed` says that a person wants it, however many rows there are.
    pub fn new(is_confirmed: bool) -> Self {
        Self { is_confirmed, ..Self::default() }
    }

    /// What the first photos that went were called.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    fn next_step(&mut self) {
        self.step += 1;
        (self.row, self.link) = (None, None);
    }
}

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

/// Whether so many of all rows would go that it is hard to believe.
pub(super) fn is_too_much(all: u64, gone: u64) -> bool {
    gone > FREE_ROWS && gone * SHARE > all
}

impl Replica<'_> {
    /// Lets some rows go that the server showed before this epoch and did not in it. To be called after the end of a
    /// stream only, again and again; rows that only this library knows are not touched, nor are those with changes that
    /// the server does not know.
    pub fn sweep(&mut self, sweep: &mut Sweep) -> Result<Swept, LibraryError> {
        if !sweep.is_weighed {
            if let Some(held) = self.too_many()?.filter(|_| !sweep.is_confirmed) {
                self.upstream.held = held;
                // All has come: what is only here is known as well as it ever will be.
                self.upstream.synced_at.get_or_insert(self.tx.now());
                self.tx.update_upstream(&self.upstream)?;
                return Ok(Swept::Held(held));
            }
            sweep.is_weighed = true;
        }
        let (mut looked_at, mut gone) = (0, 0);
        while let Some(step) = STEPS.get(sweep.step).filter(|_| looked_at < BATCH) {
            let limit = BATCH - looked_at;
            let found = match *step {
                Step::Rows(kind) => self.sweep_rows(kind, sweep, limit, &mut gone)?,
                Step::Links(kind) => self.sweep_links(kind, sweep, limit, &mut gone)?,
            };
            if found < limit {
                sweep.next_step();
            }
            looked_at += found;
        }
        Ok(if looked_at == 0 { Swept::Everything } else { Swept::Some(gone) })
    }

    /// How many rows of a kind would go, if that is too much to believe. No photo goes by itself that nobody is known to have
    /// deleted.
    fn too_many(&self) -> Result<Option<u64>, LibraryError> {
        if self.upstream.keeps_unshown {
            let gone = self.tx.unseen_originals(&self.upstream)?;
            if gone > 0 {
                return Ok(Some(gone));
            }
        }
        for step in STEPS.iter().filter(|step| !step.is_free()) {
            let (all, gone) = match *step {
                Step::Rows(kind) => self.tx.seen_counts(&self.upstream, kind)?,
                Step::Links(kind) => self.tx.seen_link_counts(&self.upstream, kind)?,
            };
            if is_too_much(all, gone) {
                return Ok(Some(gone));
            }
        }
        Ok(None)
    }

    /// How many rows were looked at.
    fn sweep_rows(
        &mut self,
        kind: ExternalKind,
        sweep: &mut Sweep,
        limit: u32,
        gone: &mut u64,
    ) -> Result<u32, LibraryError> {
        let rows = self.tx.unseen(&self.upstream, kind, sweep.row, limit)?;
        for (external, local) in &rows {
            sweep.row = Some(*external);
            if self.has_pending_change(*local)? {
                continue;
            }
            let is_named = kind == ExternalKind::Asset && sweep.names.len() < NAMED;
            let asset = if is_named { self.tx.asset(AssetId(*local))? } else { None };
            if self.let_go(kind, *external, *local)? {
                *gone += 1;
                sweep.names.extend(asset.map(|asset| kept_name(&asset.original_name)));
            }
        }
        Ok(rows.len() as u32)
    }

    /// Whether the row went. One that somebody else here can still see is theirs to answer for from now on.
    fn let_go(&mut self, kind: ExternalKind, external: Uuid, local: Uuid) -> Result<bool, LibraryError> {
        match kind {
            ExternalKind::User => {
                self.user_is_gone(UserDelete { user_id: UserId(external) })?;
            }
            ExternalKind::Asset => return self.let_asset_go(external, AssetId(local)),
            ExternalKind::Album => return self.lose_album(AlbumId(external), AlbumId(local)),
            ExternalKind::Stack => {
                let owner = self.tx.stack(StackId(local))?.map(|stack| stack.owner_id);
                let others = owner.filter(|owner| *owner != self.upstream.user_id);
                if let Some(other) = others.map(|owner| self.other_beside(owner)).transpose()?.flatten() {
                    return self.hand_over(&other, kind, external);
                }
                self.dissolve(StackId(local))?;
            }
            ExternalKind::Memory => {
                self.memory_is_gone(MemoryDelete { memory_id: MemoryId(external) })?;
            }
            ExternalKind::Person => self.remove_person(PersonId(local))?,
            ExternalKind::Face => self.remove_face(FaceId(local))?,
            ExternalKind::Edit => self.remove_edit(EditId(local))?,
            ExternalKind::Ocr => self.remove_text(OcrId(local))?,
            // The stream does not know them.
            ExternalKind::Tag => return Ok(false),
        }
        self.forget(kind, external)?;
        Ok(true)
    }

    fn let_asset_go(&mut self, external: Uuid, local: AssetId) -> Result<bool, LibraryError> {
        let kind = ExternalKind::Asset;
        match self.tx.asset(local)? {
            Some(asset) if asset.owner_id != self.upstream.user_id => {
                if let Some(other) = self.other_who_sees(&asset)? {
                    return self.hand_over(&other, kind, external);
                }
                // It may be there still, and only out of sight.
                self.withdraw(&asset)
            }
            _ => {
                // A search does not show what is locked away: there, nobody knows that it was deleted.
                if self.upstream.mode == UpstreamMode::Stream && !self.upstream.keeps_unshown {
                    self.note_deleted(local)?;
                }
                self.remove_mirrored(local)?;
                self.forget(kind, external)?;
                Ok(true)
            }
        }
    }

    /// A row does not go, and somebody else is asked from now on whether it is still there.
    fn hand_over(&mut self, other: &Upstream, kind: ExternalKind, external: Uuid) -> Result<bool, LibraryError> {
        self.tx.see_external_id(other, kind, external)?;
        Ok(false)
    }

    /// How many links were looked at.
    fn sweep_links(
        &mut self,
        kind: LinkKind,
        sweep: &mut Sweep,
        limit: u32,
        gone: &mut u64,
    ) -> Result<u32, LibraryError> {
        let links = self.tx.unseen_links(&self.upstream, kind, sweep.link.as_ref(), limit)?;
        for link in &links {
            *gone += u64::from(self.let_link_go(link)?);
        }
        let found = links.len() as u32;
        sweep.link = links.into_iter().last().or(sweep.link.take());
        Ok(found)
    }

    /// Whether the link went.
    fn let_link_go(&mut self, link: &ExternalLink) -> Result<bool, LibraryError> {
        let kind = link.kind.parent_kind();
        let parent = match kind {
            ExternalKind::User => self.local_user(UserId(link.parent))?.map(|user| user.0),
            _ => self.local(kind, link.parent)?,
        };
        let Some(parent) = parent else {
            self.forget_link(link)?;
            return Ok(false);
        };
        if self.is_kept_link(kind, link, parent)? {
            self.forget_link(link)?;
            return Ok(false);
        }
        if self.has_pending_change(parent)? {
            return Ok(false);
        }
        let is_mine = link.child_name() == Some(self.upstream.external_user_id);
        if kind == ExternalKind::Album && !is_mine && !self.is_in_shown_album(AlbumId(link.parent), AlbumId(parent))? {
            // The user cannot say who or what is in an album that they are no longer in.
            if let Some(other) = self.other_in(AlbumId(parent))? {
                self.tx.see_link(&other, link)?;
                return Ok(false);
            }
        }
        self.forget_link(link)?;
        self.unlink(link, parent)?;
        Ok(true)
    }

    /// Whether what a link joins stays joined here: the server has lost its parent, or nobody is known to have taken anything out of
    /// what is the user's own.
    fn is_kept_link(&self, kind: ExternalKind, link: &ExternalLink, parent: Uuid) -> Result<bool, LibraryError> {
        if kind == ExternalKind::User {
            return Ok(self.upstream.keeps_unshown && parent == self.upstream.user_id.0);
        }
        if self.external(kind, parent)? != Some(link.parent) {
            return Ok(true);
        }
        let owner = match kind {
            ExternalKind::Album => self.tx.album(AlbumId(parent))?.map(|album| album.owner_id),
            ExternalKind::Asset => self.tx.asset(AssetId(parent))?.map(|asset| asset.owner_id),
            _ => None,
        };
        Ok(self.upstream.keeps_unshown && owner == Some(self.upstream.user_id))
    }

    fn unlink(&mut self, link: &ExternalLink, parent: Uuid) -> Result<(), LibraryError> {
        let child = link.child_name();
        let asset = child.map(|asset| self.local_asset(AssetId(asset))).transpose()?.flatten();
        let user = child.map(|user| self.local_user(UserId(user))).transpose()?.flatten();
        match (link.kind, asset, user) {
            (LinkKind::Partner, _, Some(user)) => self.part(UserId(parent), user),
            (LinkKind::AlbumUser, _, Some(user)) => {
                self.tx.remove_album_user(AlbumId(parent), user)?;
                Ok(())
            }
            (LinkKind::AlbumAsset, Some(asset), _) => self.leave_album(AlbumId(parent), asset),
            (LinkKind::MemoryAsset, Some(asset), _) => self.leave_memory(MemoryId(parent), asset),
            (LinkKind::AssetMetadata, ..) => {
                self.tx.delete_asset_metadata(AssetId(parent), &link.child_key())?;
                Ok(())
            }
            (LinkKind::UserMetadata, ..) => {
                if let Ok(key) = link.child_key().parse() {
                    self.tx.delete_user_metadata(UserId(parent), key)?;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
