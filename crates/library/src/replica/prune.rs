//! Assets of others that nobody here can see any more. The server sends no deletes for them: it ends the access.
//!
//! Each end is noted in the transaction that applies it, and looked at after a stream was complete, as the asset may have
//! become visible by another line of it. Where no access has ended, there is nothing to look at.

use tintype_protocol::id::{AssetId, StackId, UpdateId, UserId};

use super::Replica;
use crate::error::LibraryError;
use crate::feed::{FeedKind, FeedRow, Visit};
use crate::model::{Asset, ExternalKind};

/// Assets that are looked at in one transaction.
const BATCH: u32 = 500;

/// What was done about accesses that have ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pruned {
    /// So many assets went; there may be more to look at.
    Some(u64),
    /// Nothing is left to look at.
    Everything,
}

impl Replica<'_> {
    /// Lets some assets go to which the access of everybody here has ended. To be called after the end of a stream only,
    /// again and again.
    pub fn prune(&mut self) -> Result<Pruned, LibraryError> {
        let server = self.upstream.server_id;
        let assets = self.tx.ended_accesses(server, ExternalKind::Asset, BATCH)?;
        if !assets.is_empty() {
            let mut gone = 0;
            for (id, _) in assets {
                gone += u64::from(self.prune_asset(AssetId(id))?);
                self.tx.forget_ended_access(server, ExternalKind::Asset, id)?;
            }
            return Ok(Pruned::Some(gone));
        }
        match self.tx.ended_accesses(server, ExternalKind::User, 1)?.first() {
            Some((user, position)) => Ok(Pruned::Some(self.prune_some_of(UserId(*user), *position)?)),
            None => Ok(Pruned::Everything),
        }
    }

    /// The next assets of a user behind a position. How many went.
    fn prune_some_of(&mut self, user: UserId, position: UpdateId) -> Result<u64, LibraryError> {
        let server = self.upstream.server_id;
        let mut next = Vec::new();
        self.tx.changes(FeedKind::Assets, user, position, &mut |at, row| {
            if let FeedRow::Asset(asset) = row {
                next.push((at, asset.id));
            }
            if next.len() < BATCH as usize { Visit::Continue } else { Visit::Stop }
        })?;
        let mut gone = 0;
        for (_, id) in &next {
            gone += u64::from(self.prune_asset(*id)?);
        }
        match next.last() {
            Some((last, _)) if next.len() == BATCH as usize => {
                self.tx.move_ended_access(server, ExternalKind::User, user.0, *last)?;
            }
            _ => {
                self.prune_user(user)?;
                self.tx.forget_ended_access(server, ExternalKind::User, user.0)?;
            }
        }
        Ok(gone)
    }

    /// Whether an asset went.
    fn prune_asset(&mut self, id: AssetId) -> Result<bool, LibraryError> {
        match self.tx.asset(id)? {
            Some(asset) if !self.is_in_sight(&asset)? => self.withdraw(&asset),
            _ => Ok(false),
        }
    }

    /// Whether somebody here who follows the server can see an asset there. Whose account there is gone has nothing left.
    fn is_in_sight(&self, asset: &Asset) -> Result<bool, LibraryError> {
        if self.follows(asset.owner_id) {
            return Ok(true);
        }
        if self.external(ExternalKind::User, asset.owner_id.0)?.is_none() {
            return Ok(false);
        }
        if self.is_beside(asset.owner_id)? {
            return Ok(true);
        }
        for follower in self.followers() {
            if self.tx.is_in_album_of(asset, follower.user_id)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a user lets somebody here see their library.
    fn is_beside(&self, user: UserId) -> Result<bool, LibraryError> {
        let partners = self.tx.partners(user)?;
        Ok(partners.iter().any(|partner| partner.shared_by == user && self.follows(partner.shared_with)))
    }

    /// What else a user showed with their library, and they themselves if their account there is gone.
    fn prune_user(&mut self, user: UserId) -> Result<(), LibraryError> {
        if self.follows(user) || self.is_beside(user)? {
            return Ok(());
        }
        for stack in self.tx.stacks_of(user, None)? {
            self.prune_stack(stack.id)?;
        }
        let is_gone = self.external(ExternalKind::User, user.0)?.is_none();
        if !is_gone || self.has_account(user)? || !self.tx.owned_albums(user)?.is_empty() || self.has_assets(user)? {
            return Ok(());
        }
        match self.tx.user(user)? {
            Some(user) => Ok(self.tx.delete_user(&user)?),
            None => Ok(()),
        }
    }

    fn prune_stack(&mut self, id: StackId) -> Result<(), LibraryError> {
        if let Some(external) = self.external(ExternalKind::Stack, id.0)? {
            self.dissolve(id)?;
            self.forget(ExternalKind::Stack, external)?;
        }
        Ok(())
    }

    fn has_assets(&self, user: UserId) -> Result<bool, LibraryError> {
        let mut has = false;
        self.tx.changes(FeedKind::Assets, user, UpdateId::MIN, &mut |_, _| {
            has = true;
            Visit::Stop
        })?;
        Ok(has)
    }
}
