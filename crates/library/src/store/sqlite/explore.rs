//! Places, cameras, the map and folders.
//!
//! Names come from indexes that hold nothing else; whether a photo with that name is shown is then looked up for each
//! of the few different names, not for each photo.

use rusqlite::{Row, params};
use tintype_protocol::id::UserId;

use super::asset_rows::{ASSET_COLUMNS, EXIF_COLUMNS, EXIF_REST, read_asset, read_exif};
use super::tx::{Result, Tx};
use super::value::Columns;
use crate::model::{Asset, Camera, Exif, Marker, MarkerFilter, MarkersOf, PlaceName};
use crate::store::ReadExplore;

const SHOWN: &str = "a.visibility = 'timeline' AND a.deleted_at IS NULL";
/// The condition of the index of cameras, as it is written there.
const NAMES_CAMERA: &str = "(e.make IS NOT NULL OR e.model IS NOT NULL OR e.lens_model IS NOT NULL)";

fn both(row: &Row<'_>) -> rusqlite::Result<(Asset, Option<Exif>)> {
    let mut columns = Columns::of(row);
    Ok((read_asset(&mut columns)?, Some(read_exif(&mut columns)?)))
}

fn marker(row: &Row<'_>) -> rusqlite::Result<Marker> {
    let mut columns = Columns::of(row);
    Ok(Marker {
        id: columns.id()?,
        latitude: columns.maybe_real()?.unwrap_or_default(),
        longitude: columns.maybe_real()?.unwrap_or_default(),
        city: columns.maybe_string()?,
        state: columns.maybe_string()?,
        country: columns.maybe_string()?,
    })
}

impl ReadExplore for Tx<'_> {
    fn places(&self, owner: UserId) -> Result<Vec<(PlaceName, u64)>> {
        self.all(
            "SELECT e.country, e.state, e.city, count(*) FROM exif e WHERE e.owner_id = ?1 AND e.country IS NOT NULL
             GROUP BY e.country, e.state, e.city",
            params![owner.as_bytes()],
            |row| {
                let mut columns = Columns::of(row);
                let place = PlaceName {
                    country: columns.string()?,
                    state: columns.maybe_string()?,
                    city: columns.maybe_string()?,
                };
                Ok((place, columns.small()?))
            },
        )
    }

    fn shown_at(&self, owner: UserId, place: &PlaceName, limit: u32) -> Result<Vec<(Asset, Option<Exif>)>> {
        let sql = format!(
            "SELECT {ASSET_COLUMNS}, {EXIF_COLUMNS}, {EXIF_REST} FROM exif e CROSS JOIN asset a ON a.id = e.asset_id
             WHERE e.owner_id = ?1 AND e.country = ?2 AND e.state IS ?3 AND e.city IS ?4 AND {SHOWN} LIMIT ?5"
        );
        self.all(&sql, params![owner.as_bytes(), place.country, place.state, place.city, limit], both)
    }

    fn cameras(&self, owner: UserId) -> Result<Vec<Camera>> {
        let sql = format!(
            "SELECT DISTINCT e.make, e.model, e.lens_model FROM exif e WHERE e.owner_id = ?1 AND {NAMES_CAMERA}"
        );
        self.all(&sql, params![owner.as_bytes()], |row| {
            let mut columns = Columns::of(row);
            Ok(Camera {
                make: columns.maybe_string()?,
                model: columns.maybe_string()?,
                lens_model: columns.maybe_string()?,
            })
        })
    }

    fn is_shown_with(&self, owner: UserId, camera: &Camera) -> Result<bool> {
        let sql = format!(
            "SELECT 1 FROM exif e CROSS JOIN asset a ON a.id = e.asset_id WHERE e.owner_id = ?1 AND {NAMES_CAMERA}
             AND e.make IS ?2 AND e.model IS ?3 AND e.lens_model IS ?4 AND {SHOWN} LIMIT 1"
        );
        self.exists(&sql, params![owner.as_bytes(), camera.make, camera.model, camera.lens_model])
    }

    fn markers(&self, of: MarkersOf, filter: &MarkerFilter) -> Result<Vec<Marker>> {
        let (from, user) = match of {
            MarkersOf::Owner(user) => ("exif e CROSS JOIN asset a ON a.id = e.asset_id WHERE e.owner_id = ?1", user),
            MarkersOf::AlbumsOf(user) => (
                "album_user u CROSS JOIN album b ON b.id = u.album_id CROSS JOIN album_asset l ON l.album_id = b.id
                 CROSS JOIN asset a ON a.id = l.asset_id CROSS JOIN exif e ON e.asset_id = a.id
                 WHERE u.user_id = ?1 AND b.deleted_at IS NULL AND a.owner_id <> ?1",
                user,
            ),
        };
        let sql = format!(
            "SELECT a.id, e.latitude, e.longitude, e.city, e.state, e.country FROM {from}
             AND e.latitude IS NOT NULL AND e.longitude IS NOT NULL AND a.deleted_at IS NULL
             AND (a.visibility = 'timeline' OR ?2 AND a.visibility = 'archive') AND (?3 IS NULL OR a.is_favorite = ?3)
             AND (?4 IS NULL OR a.file_created_at >= ?4) AND (?5 IS NULL OR a.file_created_at <= ?5)"
        );
        let (after, before) = filter.taken;
        self.all(
            &sql,
            params![
                user.as_bytes(),
                filter.with_archive,
                filter.is_favorite,
                after.map(|time| time.0),
                before.map(|time| time.0)
            ],
            marker,
        )
    }

    fn in_folder(&self, owner: UserId, folder: &str) -> Result<Vec<(Asset, Option<Exif>)>> {
        // Paths are ordered without regard to case: the range finds the folder, the rest of the condition is exact.
        let sql = format!(
            "SELECT {ASSET_COLUMNS}, {EXIF_COLUMNS}, {EXIF_REST} FROM asset a CROSS JOIN exif e ON e.asset_id = a.id
             WHERE a.original_path >= ?2 || '/' AND a.original_path < ?2 || '0' AND +a.owner_id = ?1
             AND substr(a.original_path, 1, length(?2) + 1) = ?2 || '/' COLLATE BINARY
             AND instr(substr(a.original_path, length(?2) + 2), '/') = 0 AND a.is_offline = 0 AND {SHOWN}
             ORDER BY a.original_path"
        );
        self.all(&sql, params![owner.as_bytes(), folder], both)
    }
}
