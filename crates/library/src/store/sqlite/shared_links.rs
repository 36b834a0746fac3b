//! Shared links.

use rusqlite::{Row, params};
use tintype_protocol::id::{AlbumId, AssetId, SharedLinkId, UserId};
use tintype_protocol::link_key::LinkKey;

use super::asset_rows::{ASSET_COLUMNS, read_asset};
use super::tx::{Result, Tx};
use super::value::Columns;
use crate::model::{Asset, SharedLink};
use crate::store::{ReadSharedLinks, WriteSharedLinks};

const LINK_COLUMNS: &str = "s.id, s.user_id, s.key, s.slug, s.album_id, s.description, s.password_hash, s.expires_at, \
    s.allow_upload, s.allow_download, s.show_metadata, s.created_at";

fn read_link(row: &Row<'_>) -> rusqlite::Result<SharedLink> {
    let mut columns = Columns::of(row);
    Ok(SharedLink {
        id: columns.id()?,
        user_id: columns.id()?,
        key: LinkKey(columns.array()?),
        slug: columns.maybe_string()?,
        album_id: columns.maybe_id()?,
        description: columns.maybe_string()?,
        password_hash: columns.maybe_string()?,
        expires_at: columns.maybe_time()?,
        allow_upload: columns.flag()?,
        allow_download: columns.flag()?,
        show_metadata: columns.flag()?,
        created_at: columns.time()?,
    })
}

impl ReadSharedLinks for Tx<'_> {
    fn shared_link(&self, id: SharedLinkId) -> Result<Option<SharedLink>> {
        let sql = format!("SELECT {LINK_COLUMNS} FROM shared_link s WHERE s.id = ?1");
        self.one(&sql, params![id.as_bytes()], read_link)
    }

    fn shared_link_by_key(&self, key: &LinkKey) -> Result<Option<SharedLink>> {
        let sql = format!("SELECT {LINK_COLUMNS} FROM shared_link s WHERE s.key = ?1");
        self.one(&sql, params![key.0], read_link)
    }

    fn shared_link_by_slug(&self, slug: &str) -> Result<Option<SharedLink>> {
        let sql = format!("SELECT {LINK_COLUMNS} FROM shared_link s WHERE s.slug = ?1");
        self.one(&sql, params![slug], read_link)
    }

    fn shared_links_of(&self, user: UserId) -> Result<Vec<SharedLink>> {
        let sql = format!(
            "SELECT {LINK_COLUMNS} FROM shared_link s WHERE s.user_id = ?1 ORDER BY s.created_at DESC, s.rowid DESC"
        );
        self.all(&sql, params![user.as_bytes()], read_link)
    }

    fn link_assets(&self, link: SharedLinkId) -> Result<Vec<Asset>> {
        let sql = format!(
            "SELECT {ASSET_COLUMNS} FROM shared_link_asset l JOIN asset a ON a.id = l.asset_id
             WHERE l.link_id = ?1 AND a.deleted_at IS NULL ORDER BY a.file_created_at DESC, a.id"
        );
        self.all(&sql, params![link.as_bytes()], |row| read_asset(&mut Columns::of(row)))
    }

    fn links_with_asset(&self, asset: AssetId) -> Result<Vec<SharedLinkId>> {
        let sql = "SELECT link_id FROM shared_link_asset WHERE asset_id = ?1";
        self.all(sql, params![asset.as_bytes()], |row| Columns::of(row).id())
    }

    fn has_shared_link(&self, album: AlbumId) -> Result<bool> {
        let sql = "SELECT 1 FROM shared_link WHERE album_id = ?1 LIMIT 1";
        Ok(self.one(sql, params![album.as_bytes()], |_| Ok(()))?.is_some())
    }
}

impl WriteSharedLinks for Tx<'_> {
    fn insert_shared_link(&mut self, link: &SharedLink) -> Result<()> {
        self.execute(
            "INSERT INTO shared_link (id, user_id, key, slug, album_id, description, password_hash, expires_at,
                allow_upload, allow_download, show_metadata, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            params![
                link.id.as_bytes(),
                link.user_id.as_bytes(),
                link.key.0,
                link.slug,
                link.album_id.as_ref().map(AlbumId::as_bytes),
                link.description,
                link.password_hash,
                link.expires_at.map(|at| at.0),
                link.allow_upload,
                link.allow_download,
                link.show_metadata,
                link.created_at.0
            ],
        )?;
        Ok(())
    }

    fn update_shared_link(&mut self, link: &SharedLink) -> Result<()> {
        self.execute(
            "UPDATE shared_link SET slug = ?2, description = ?3, password_hash = ?4, expires_at = ?5, allow_upload = ?6,
                allow_download = ?7, show_metadata = ?8 WHERE id = ?1",
            params![
                link.id.as_bytes(),
                link.slug,
                link.description,
                link.password_hash,
                link.expires_at.map(|at| at.0),
                link.allow_upload,
                link.allow_download,
                link.show_metadata
            ],
        )?;
        Ok(())
    }

    fn delete_shared_link(&mut self, id: SharedLinkId) -> Result<()> {
        self.execute("DELETE FROM shared_link WHERE id = ?1", params![id.as_bytes()])?;
        Ok(())
    }

    fn add_link_asset(&mut self, link: SharedLinkId, asset: AssetId) -> Result<bool> {
        let added = self.execute(
            "INSERT INTO shared_link_asset (link_id, asset_id) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            params![link.as_bytes(), asset.as_bytes()],
        )?;
        Ok(added > 0)
    }

    fn remove_link_asset(&mut self, link: SharedLinkId, asset: AssetId) -> Result<bool> {
        let removed = self.execute(
            "DELETE FROM shared_link_asset WHERE link_id = ?1 AND asset_id = ?2",
            params![link.as_bytes(), asset.as_bytes()],
        )?;
        Ok(removed > 0)
    }
}
