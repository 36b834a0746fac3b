//! Comments and likes.

use rusqlite::{Row, params};
use tintype_protocol::id::{ActivityId, AlbumId, AssetId};

use super::tx::{Result, Tx};
use super::value::Columns;
use crate::model::Activity;
use crate::store::{ReadActivities, WriteActivities};

const ACTIVITY_COLUMNS: &str = "c.id, c.album_id, c.user_id, c.asset_id, c.comment, c.created_at";

fn read_activity(row: &Row<'_>) -> rusqlite::Result<Activity> {
    let mut columns = Columns::of(row);
    Ok(Activity {
        id: columns.id()?,
        album_id: columns.id()?,
        user_id: columns.id()?,
        asset_id: columns.maybe_id()?,
        comment: columns.maybe_string()?,
        created_at: columns.time()?,
    })
}

impl ReadActivities for Tx<'_> {
    fn activity(&self, id: ActivityId) -> Result<Option<Activity>> {
        let sql = format!("SELECT {ACTIVITY_COLUMNS} FROM activity c WHERE c.id = ?1");
        self.one(&sql, params![id.as_bytes()], read_activity)
    }

    fn activities(&self, album: AlbumId) -> Result<Vec<Activity>> {
        let sql = format!(
            "SELECT {ACTIVITY_COLUMNS} FROM activity c JOIN user u ON u.id = c.user_id AND u.deleted_at IS NULL
             LEFT JOIN asset a ON a.id = c.asset_id WHERE c.album_id = ?1 AND a.deleted_at IS NULL
             ORDER BY c.created_at, c.rowid"
        );
        self.all(&sql, params![album.as_bytes()], read_activity)
    }
}

impl WriteActivities for Tx<'_> {
    fn insert_activity(&mut self, activity: &Activity) -> Result<()> {
        self.execute(
            "INSERT INTO activity (id, album_id, user_id, asset_id, comment, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                activity.id.as_bytes(),
                activity.album_id.as_bytes(),
                activity.user_id.as_bytes(),
                activity.asset_id.as_ref().map(AssetId::as_bytes),
                activity.comment,
                activity.created_at.0
            ],
        )?;
        Ok(())
    }

    fn delete_activity(&mut self, id: ActivityId) -> Result<()> {
        self.execute("DELETE FROM activity WHERE id = ?1", params![id.as_bytes()])?;
        Ok(())
    }
}
