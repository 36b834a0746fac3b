//! Links by which people without an account see something.

use tintype_protocol::id::{AlbumId, SharedLinkId, UserId};
use tintype_protocol::link_key::LinkKey;
use tintype_protocol::model::SharedLinkType;
use tintype_protocol::permission::Permission;
use tintype_protocol::time::Timestamp;

/// A link. Who knows its key, or its slug, sees its assets until it expires.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct SharedLink {
    pub id: SharedLinkId,
    /// Who made it, and in whose name guests act.
    pub user_id: UserId,
    pub key: LinkKey,
    /// A name to be used in place of the key; unique in the library.
    pub slug: Option<String>,
    /// `None`: assets that were chosen one by one.
    pub album_id: Option<AlbumId>,
    pub description: Option<String>,
    /// bcrypt. The password itself is kept nowhere.
    pub password_hash: Option<String>,
    pub expires_at: Option<Timestamp>,
    pub allow_upload: bool,
    pub allow_download: bool,
    pub show_metadata: bool,
    pub created_at: Timestamp,
}

impl SharedLink {
    /// What it shows.
    pub fn kind(&self) -> SharedLinkType {
        if self.album_id.is_some() { SharedLinkType::Album } else { SharedLinkType::Individual }
    }

    /// Whether guests may do what needs `permission` with what the link shows. Everything that is not named is refused.
    pub fn allows(&self, permission: Permission) -> bool {
        match permission {
            Permission::AssetRead | Permission::AssetView | Permission::AlbumRead => true,
            Permission::AssetDownload | Permission::AlbumDownload => self.allow_download,
            Permission::AssetUpload | Permission::AssetShare | Permission::AlbumAssetCreate => self.allow_upload,
            _ => false,
        }
    }

    /// Whether it still opens anything at `now`.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guests_do_only_what_is_named() {
        let id = uuid::Uuid::from_u128(1);
        let link = |allow_upload, allow_download| SharedLink {
            id: id.into(),
            user_id: id.into(),
            key: LinkKey([0; 50]),
            slug: None,
            album_id: None,
            description: None,
            password_hash: None,
            expires_at: Some(Timestamp(5)),
            allow_upload,
            allow_download,
            show_metadata: true,
            created_at: Timestamp(0),
        };
        let allowed = |link: &SharedLink| Permission::ALL.iter().filter(|permission| link.allows(**permission)).count();
        assert_eq!(allowed(&link(false, false)), 3);
        assert_eq!(allowed(&link(false, true)), 5);
        assert_eq!(allowed(&link(true, true)), 8);
        let link = link(true, true);
        assert!(!link.has_expired(Timestamp(4)) && link.has_expired(Timestamp(5)));
    }
}
