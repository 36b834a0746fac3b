//! Partners and members of albums.

use rusqlite::params;
use tintype_protocol::id::{AlbumId, AssetId, UserId};
use tintype_protocol::model::AlbumRole;

use super::tx::{Result, Tombstone, Tx};
use super::value::Columns;
use crate::model::{Asset, Partner};
use crate::store::{ReadSharing, WriteSharing};

impl ReadSharing for Tx<'_> {
    fn partners(&self, user: UserId) -> Result<Vec<Partner>> {
        let sql = "SELECT shared_by_id, shared_with_id, in_timeline FROM partner WHERE shared_by_id = ?1 OR shared_with_id = ?1";
        self.all(sql, params![user.as_bytes()], |row| {
            let mut columns = Columns::of(row);
            Ok(Partner { shared_by: columns.id()?, shared_with: columns.id()?, in_timeline: columns.flag()? })
        })
    }

    fn is_in_album_of(&self, asset: &Asset, user: UserId) -> Result<bool> {
        let sql = "SELECT 1 FROM album_asset l JOIN album_user u ON u.album_id = l.album_id AND u.user_id = ?2
            JOIN album b ON b.id = l.album_id AND b.deleted_at IS NULL
            WHERE l.asset_id = ?1 OR l.asset_id IN (SELECT s.id FROM asset s WHERE s.live_photo_video_id = ?1) LIMIT 1";
        Ok(self.one(sql, params![asset.id.as_bytes(), user.as_bytes()], |_| Ok(()))?.is_some())
    }
}

impl WriteSharing for Tx<'_> {
    fn add_partner(&mut self, partner: &Partner) -> Result<bool> {
        let added = self.execute(
            "INSERT INTO partner (shared_by_id, shared_with_id, in_timeline, create_id, update_id, created_at, updated_at)
             VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?5) ON CONFLICT DO NOTHING",
            params![
                partner.shared_by.as_bytes(),
                partner.shared_with.as_bytes(),
                partner.in_timeline,
                self.next_id().as_bytes(),
                self.time().0
            ],
        )?;
        if added > 0 && self.was_partner(partner)? {
            // Who was a partner before may still hold what was locked away meanwhile.
            let locked = "SELECT id FROM asset WHERE owner_id = ?1 AND visibility = 'locked'";
            for id in self.all(locked, params![partner.shared_by.as_bytes()], |row| Columns::of(row).id::<AssetId>())? {
                self.withdraw(partner.shared_by, id)?;
            }
        }
        Ok(added > 0)
    }

    fn update_partner(&mut self, partner: &Partner) -> Result<()> {
        self.execute(
            "UPDATE partner SET in_timeline = ?3, update_id = ?4, updated_at = ?5 WHERE shared_by_id = ?1 AND shared_with_id = ?2",
            params![
                partner.shared_by.as_bytes(),
                partner.shared_with.as_bytes(),
                partner.in_timeline,
                self.next_id().as_bytes(),
                self.time().0
            ],
        )?;
        Ok(())
    }

    fn remove_partner(&mut self, shared_by: UserId, shared_with: UserId) -> Result<bool> {
        let removed = self.execute(
            "DELETE FROM partner WHERE shared_by_id = ?1 AND shared_with_id = ?2",
            params![shared_by.as_bytes(), shared_with.as_bytes()],
        )?;
        if removed == 0 {
            return Ok(false);
        }
        for concerned in [shared_by, shared_with] {
            self.bury(&Tombstone {
                kind: "partner",
                scope: Some(concerned.as_bytes()),
                key1: Some(shared_by.as_bytes()),
                key2: Some(shared_with.as_bytes()),
                ..Tombstone::default()
            })?;
        }
        Ok(true)
    }

    fn add_album_user(&mut self, album: AlbumId, user: UserId, role: AlbumRole) -> Result<bool> {
        let added = self.execute(
            "INSERT INTO album_user (album_id, user_id, role, create_id, update_id) VALUES (?1, ?2, ?3, ?4, ?4)
             ON CONFLICT DO NOTHING",
            params![album.as_bytes(), user.as_bytes(), role.as_str(), self.next_id().as_bytes()],
        )?;
        if added > 0 {
            self.execute(
                "UPDATE album SET updated_at = ?2, update_id = ?3 WHERE id = ?1",
                params![album.as_bytes(), self.time().0, self.next_id().as_bytes()],
            )?;
            // The new member has to learn who owns the album.
            self.execute(
                "UPDATE album_user SET update_id = ?2 WHERE album_id = ?1 AND role = 'owner'",
                params![album.as_bytes(), self.next_id().as_bytes()],
            )?;
        }
        Ok(added > 0)
    }

    fn set_album_role(&mut self, album: AlbumId, user: UserId, role: AlbumRole) -> Result<bool> {
        let changed = self.execute(
            "UPDATE album_user SET role = ?3, update_id = ?4 WHERE album_id = ?1 AND user_id = ?2 AND role <> 'owner'",
            params![album.as_bytes(), user.as_bytes(), role.as_str(), self.next_id().as_bytes()],
        )?;
        Ok(changed > 0)
    }

    fn remove_album_user(&mut self, album: AlbumId, user: UserId) -> Result<bool> {
        let removed = self.execute(
            "DELETE FROM album_user WHERE album_id = ?1 AND user_id = ?2 AND role <> 'owner'",
            params![album.as_bytes(), user.as_bytes()],
        )?;
        if removed == 0 {
            return Ok(false);
        }
        self.bury(&Tombstone {
            kind: "album",
            scope: Some(user.as_bytes()),
            key1: Some(album.as_bytes()),
            ..Tombstone::default()
        })?;
        self.bury(&Tombstone {
            kind: "album_user",
            scope: Some(album.as_bytes()),
            key1: Some(album.as_bytes()),
            key2: Some(user.as_bytes()),
            ..Tombstone::default()
        })?;
        Ok(true)
    }

    fn withdraw_asset(&mut self, asset: &Asset) -> Result<()> {
        self.withdraw(asset.owner_id, asset.id)
    }
}

impl Tx<'_> {
    fn withdraw(&self, owner: UserId, asset: AssetId) -> Result<()> {
        self.bury(&Tombstone {
            kind: "asset_withdrawn",
            scope: Some(owner.as_bytes()),
            key1: Some(asset.as_bytes()),
            ..Tombstone::default()
        })
    }

    /// Whether the two were partners in this direction before.
    fn was_partner(&self, partner: &Partner) -> Result<bool> {
        let sql = "SELECT 1 FROM tombstone WHERE kind = 'partner' AND key1 = ?1 AND key2 = ?2 LIMIT 1";
        let ids = params![partner.shared_by.as_bytes(), partner.shared_with.as_bytes()];
        Ok(self.one(sql, ids, |_| Ok(()))?.is_some())
    }
}
