//! What the server shows: names of rows, who is asked whether a row is still there, and links between rows.
//!
//! Several users here may follow the same server. Each row is marked by one of them, in their epoch: its owner, if they
//! are one of these, as the server shows them everything that is theirs; else whoever was shown it last.

use tintype_protocol::id::{AssetId, UserId};
use uuid::Uuid;

use super::Replica;
use crate::error::LibraryError;
use crate::model::{Asset, ExternalKind, ExternalLink, Upstream};

impl Replica<'_> {
    /// What a row of the server is called here.
    pub(super) fn local(&self, kind: ExternalKind, external: Uuid) -> Result<Option<Uuid>, LibraryError> {
        Ok(self.tx.local_id(self.upstream.server_id, kind, external)?)
    }

    /// What a row of this library is called there.
    pub(super) fn external(&self, kind: ExternalKind, local: Uuid) -> Result<Option<Uuid>, LibraryError> {
        Ok(self.tx.external_id(self.upstream.server_id, kind, local)?)
    }

    /// The user here who is a user there.
    pub(super) fn local_user(&self, external: UserId) -> Result<Option<UserId>, LibraryError> {
        match self.followers().find(|follower| follower.external_user_id == external.0) {
            Some(follower) => Ok(Some(follower.user_id)),
            None => Ok(self.local(ExternalKind::User, external.0)?.map(UserId)),
        }
    }

    /// Who a user of this library is there.
    pub(super) fn external_user(&self, local: UserId) -> Result<Option<UserId>, LibraryError> {
        match self.followers().find(|follower| follower.user_id == local) {
            Some(follower) => Ok(Some(UserId(follower.external_user_id))),
            None => Ok(self.external(ExternalKind::User, local.0)?.map(UserId)),
        }
    }

    /// The asset here that is an asset there.
    pub(super) fn local_asset(&self, external: AssetId) -> Result<Option<AssetId>, LibraryError> {
        Ok(self.local(ExternalKind::Asset, external.0)?.map(AssetId))
    }

    /// What an asset is called here, if it has been shown; nothing inside if it was deleted here and the server does not
    /// know that yet.
    pub(super) fn kept_asset(&self, external: AssetId) -> Result<Option<Option<AssetId>>, LibraryError> {
        let Some(id) = self.local_asset(external)? else { return Ok(None) };
        Ok(Some(self.tx.asset(id)?.map(|asset| asset.id)))
    }

    /// Everybody here who follows the server.
    pub(super) fn followers(&self) -> impl Iterator<Item = &Upstream> {
        std::iter::once(&self.upstream).chain(&self.others)
    }

    /// Whether a user here follows the server themselves. Their own lines say everything about their rows then.
    pub(super) fn follows(&self, user: UserId) -> bool {
        self.followers().any(|follower| follower.user_id == user)
    }

    /// What a row is called here, if the server has shown it before; it shows it again.
    pub(super) fn recognise(
        &mut self,
        kind: ExternalKind,
        external: Uuid,
        owner: UserId,
    ) -> Result<Option<Uuid>, LibraryError> {
        Ok(self.recognise_name(kind, external, owner)?.map(|(local, _)| local))
    }

    /// Likewise, and whether the row had lost its name there until now.
    pub(super) fn recognise_name(
        &mut self,
        kind: ExternalKind,
        external: Uuid,
        owner: UserId,
    ) -> Result<Option<(Uuid, bool)>, LibraryError> {
        let Some((local, is_lost)) = self.tx.local_name(self.upstream.server_id, kind, external)? else {
            return Ok(None);
        };
        // It may have got another one since.
        let was_nameless = is_lost && self.external(kind, local)?.is_none();
        self.tx.see_external_id(witness(&self.upstream, &self.others, owner), kind, external)?;
        Ok(Some((local, was_nameless)))
    }

    /// The server shows a row for the first time.
    pub(super) fn name(
        &mut self,
        kind: ExternalKind,
        external: Uuid,
        local: Uuid,
        owner: UserId,
    ) -> Result<(), LibraryError> {
        Ok(self.tx.add_external_id(witness(&self.upstream, &self.others, owner), kind, external, local)?)
    }

    /// The server has no such row any more.
    pub(super) fn forget(&mut self, kind: ExternalKind, external: Uuid) -> Result<(), LibraryError> {
        Ok(self.tx.forget_external_id(self.upstream.server_id, kind, external)?)
    }

    /// The server shows a link.
    pub(super) fn link_is_shown(&mut self, link: &ExternalLink) -> Result<(), LibraryError> {
        Ok(self.tx.see_link(&self.upstream, link)?)
    }

    /// The server has no such link any more. Whether it ever showed one.
    pub(super) fn forget_link(&mut self, link: &ExternalLink) -> Result<bool, LibraryError> {
        let was_shown = self.tx.link_shown(self.upstream.server_id, link)?.is_some();
        if was_shown {
            self.tx.forget_link(self.upstream.server_id, link)?;
        }
        Ok(was_shown)
    }

    /// Somebody else here who follows the server and can see the assets of an owner.
    pub(super) fn other_beside(&self, owner: UserId) -> Result<Option<Upstream>, LibraryError> {
        if self.others.is_empty() {
            return Ok(None);
        }
        let partners = self.tx.partners(owner)?;
        let may_see = |user: UserId| {
            user == owner || partners.iter().any(|pair| (pair.shared_by, pair.shared_with) == (owner, user))
        };
        Ok(self.others.iter().find(|other| may_see(other.user_id)).cloned())
    }

    /// Somebody else here who follows the server and can see an asset.
    pub(super) fn other_who_sees(&self, asset: &Asset) -> Result<Option<Upstream>, LibraryError> {
        if let Some(other) = self.other_beside(asset.owner_id)? {
            return Ok(Some(other));
        }
        for other in &self.others {
            if self.tx.is_in_album_of(asset, other.user_id)? {
                return Ok(Some(other.clone()));
            }
        }
        Ok(None)
    }
}

/// Who marks the rows of an owner.
fn witness<'u>(upstream: &'u Upstream, others: &'u [Upstream], owner: UserId) -> &'u Upstream {
    others.iter().find(|other| other.user_id == owner).unwrap_or(upstream)
}
