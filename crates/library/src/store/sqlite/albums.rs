//! Albums, who takes part in them, and what is in them.

use rusqlite::{Row, params};
use tintype_protocol::id::{AlbumId, AssetId, UserId};
use tintype_protocol::model::{AlbumRole, SortOrder};

use super::asset_rows::{ASSET_COLUMNS, read_asset};
use super::tx::{Result, Tombstone, Tx};
use super::value::Columns;
use crate::model::{Album, AlbumSummary, AlbumUser, Asset, NewAlbum};
use crate::store::{ReadAlbums, WriteAlbums};

const ALBUM_COLUMNS: &str = "b.id, b.owner_id, b.name, b.description, b.thumbnail_asset_id, b.is_activity_enabled, \
    b.sort_order, b.created_at, b.updated_at";

fn read_album(row: &Row<'_>) -> rusqlite::Result<Album> {
    let mut columns = Columns::of(row);
    Ok(Album {
        id: columns.id()?,
        owner_id: columns.id()?,
        name: columns.string()?,
        description: columns.string()?,
        thumbnail_asset_id: columns.maybe_id()?,
        is_activity_enabled: columns.flag()?,
        order: columns.name()?,
        created_at: columns.time()?,
        updated_at: columns.time()?,
    })
}

impl ReadAlbums for Tx<'_> {
    fn album(&self, id: AlbumId) -> Result<Option<Album>> {
        let sql = format!("SELECT {ALBUM_COLUMNS} FROM album b WHERE b.id = ?1 AND b.deleted_at IS NULL");
        self.one(&sql, params![id.as_bytes()], read_album)
    }

    fn album_users(&self, id: AlbumId) -> Result<Vec<AlbumUser>> {
        self.all("SELECT album_id, user_id, role FROM album_user WHERE album_id = ?1", params![id.as_bytes()], |row| {
            let mut columns = Columns::of(row);
            Ok(AlbumUser { album_id: columns.id()?, user_id: columns.id()?, role: columns.name()? })
        })
    }

    fn album_role(&self, album: AlbumId, user: UserId) -> Result<Option<AlbumRole>> {
        self.one(
            "SELECT role FROM album_user WHERE album_id = ?1 AND user_id = ?2",
            params![album.as_bytes(), user.as_bytes()],
            |row| Columns::of(row).name(),
        )
    }

    fn albums_of(&self, user: UserId) -> Result<Vec<Album>> {
        let sql = format!(
            "SELECT {ALBUM_COLUMNS} FROM album_user u JOIN album b ON b.id = u.album_id
             WHERE u.user_id = ?1 AND b.deleted_at IS NULL ORDER BY b.created_at DESC, b.rowid DESC"
        );
        self.all(&sql, params![user.as_bytes()], read_album)
    }

    fn owned_albums(&self, owner: UserId) -> Result<Vec<Album>> {
        let sql = format!("SELECT {ALBUM_COLUMNS} FROM album b WHERE b.owner_id = ?1 ORDER BY b.created_at, b.rowid");
        self.all(&sql, params![owner.as_bytes()], read_album)
    }

    fn album_summary(&self, id: AlbumId) -> Result<AlbumSummary> {
        let found = self.one(
            "SELECT count(*), min(a.local_date_time), max(a.local_date_time), max(a.updated_at)
             FROM album_asset l JOIN asset a ON a.id = l.asset_id WHERE l.album_id = ?1 AND a.deleted_at IS NULL",
            params![id.as_bytes()],
            |row| {
                let mut columns = Columns::of(row);
                Ok(AlbumSummary {
                    asset_count: columns.small()?,
                    start: columns.maybe_time()?,
                    end: columns.maybe_time()?,
                    last_modified: columns.maybe_time()?,
                })
            },
        )?;
        Ok(found.unwrap_or_default())
    }

    fn album_assets(&self, album: &Album) -> Result<Vec<Asset>> {
        let direction = match album.order {
            SortOrder::Ascending => "ASC",
            SortOrder::Descending => "DESC",
        };
        let sql = format!(
            "SELECT {ASSET_COLUMNS} FROM album_asset l JOIN asset a ON a.id = l.asset_id
             WHERE l.album_id = ?1 AND a.deleted_at IS NULL ORDER BY a.file_created_at {direction}, a.id"
        );
        self.all(&sql, params![album.id.as_bytes()], |row| read_asset(&mut Columns::of(row)))
    }

    fn albums_with_asset(&self, asset: AssetId) -> Result<Vec<AlbumId>> {
        self.all("SELECT album_id FROM album_asset WHERE asset_id = ?1", params![asset.as_bytes()], |row| {
            Columns::of(row).id()
        })
    }
}

impl WriteAlbums for Tx<'_> {
    fn insert_album(&mut self, album: &NewAlbum) -> Result<()> {
        self.execute(
            "INSERT INTO album (id, owner_id, name, description, is_activity_enabled, sort_order, created_at, updated_at, update_id)
             VALUES (?1, ?2, ?3, ?4, 1, ?5, ?6, ?6, ?7)",
            params![
                album.id.as_bytes(),
                album.owner_id.as_bytes(),
                album.name,
                album.description,
                album.order.as_str(),
                self.time().0,
                self.next_id().as_bytes()
            ],
        )?;
        self.execute(
            "INSERT INTO album_user (album_id, user_id, role, create_id, update_id) VALUES (?1, ?2, ?3, ?4, ?4)",
            params![
                album.id.as_bytes(),
                album.owner_id.as_bytes(),
                AlbumRole::Owner.as_str(),
                self.next_id().as_bytes()
            ],
        )?;
        Ok(())
    }

    fn update_album(&mut self, album: &Album) -> Result<()> {
        self.execute(
            "UPDATE album SET name = ?2, description = ?3, thumbnail_asset_id = ?4, is_activity_enabled = ?5,
                sort_order = ?6, updated_at = ?7, update_id = ?8 WHERE id = ?1",
            params![
                album.id.as_bytes(),
                album.name,
                album.description,
                album.thumbnail_asset_id.as_ref().map(AssetId::as_bytes),
                album.is_activity_enabled,
                album.order.as_str(),
                self.time().0,
                self.next_id().as_bytes()
            ],
        )?;
        Ok(())
    }

    fn delete_album(&mut self, album: &Album) -> Result<()> {
        // Each user who could see it gets a tombstone; the links go without one, as clients cascade.
        let users = self.album_users(album.id)?;
        self.execute("DELETE FROM album WHERE id = ?1", params![album.id.as_bytes()])?;
        for user in users {
            self.bury(&Tombstone {
                kind: "album",
                scope: Some(user.user_id.as_bytes()),
                key1: Some(album.id.as_bytes()),
                ..Tombstone::default()
            })?;
        }
        Ok(())
    }

    fn hide_albums(&mut self, owner: UserId, hidden: bool) -> Result<()> {
        for album in self.owned_albums(owner)? {
            self.execute(
                "UPDATE album SET deleted_at = ?2, updated_at = ?3, update_id = ?4 WHERE id = ?1",
                params![album.id.as_bytes(), hidden.then_some(self.time().0), self.time().0, self.next_id().as_bytes()],
            )?;
        }
        Ok(())
    }

    fn add_album_asset(&mut self, album: AlbumId, asset: AssetId) -> Result<bool> {
        let added = self.execute(
            "INSERT INTO album_asset (album_id, asset_id, created_at, update_id) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
            params![album.as_bytes(), asset.as_bytes(), self.time().0, self.next_id().as_bytes()],
        )?;
        Ok(added > 0)
    }

    fn remove_album_asset(&mut self, album: AlbumId, asset: AssetId) -> Result<bool> {
        let removed = self.execute(
            "DELETE FROM album_asset WHERE album_id = ?1 AND asset_id = ?2",
            params![album.as_bytes(), asset.as_bytes()],
        )?;
        if removed == 0 {
            return Ok(false);
        }
        self.bury_link(album, asset)?;
        Ok(true)
    }
}

impl Tx<'_> {
    fn bury_link(&self, album: AlbumId, asset: AssetId) -> Result<()> {
        self.bury(&Tombstone {
            kind: "album_asset",
            scope: Some(album.as_bytes()),
            key1: Some(album.as_bytes()),
            key2: Some(asset.as_bytes()),
            ..Tombstone::default()
        })
    }

    /// Takes an asset that is about to go out of its albums, and off their covers.
    pub(super) fn leave_albums(&mut self, asset: AssetId) -> Result<()> {
        for album in self.albums_with_asset(asset)? {
            self.remove_album_asset(album, asset)?;
        }
        let covers =
            self.all("SELECT id FROM album WHERE thumbnail_asset_id = ?1", params![asset.as_bytes()], |row| {
                Columns::of(row).id::<AlbumId>()
            })?;
        for album in covers {
            self.execute(
                "UPDATE album SET updated_at = ?2, update_id = ?3, thumbnail_asset_id = (
                    SELECT l.asset_id FROM album_asset l JOIN asset a ON a.id = l.asset_id
                    WHERE l.album_id = ?1 AND a.deleted_at IS NULL ORDER BY a.file_created_at DESC LIMIT 1)
                 WHERE id = ?1",
                params![album.as_bytes(), self.time().0, self.next_id().as_bytes()],
            )?;
        }
        Ok(())
    }
}
