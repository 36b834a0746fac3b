//! Assets, their exif rows and values, the ledger and the keys of their bytes.

use rusqlite::{Row, params, params_from_iter};
use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::{AssetId, UserId};
use tintype_protocol::model::{AssetStatus, AssetType, SortOrder};
use tintype_protocol::time::Timestamp;

use super::asset_rows::{ASSET_COLUMNS, EXIF_COLUMNS, EXIF_REST, read_asset, read_exif};
use super::engine;
use super::filters::{asset_condition, bucket_condition};
use super::tx::{Result, Tombstone, Tx};
use super::value::Columns;
use crate::model::{
    Asset, AssetFilter, AssetMetadata, AssetStats, BucketFilter, BucketRow, Exif, KnownContent, MonthCount, NewAsset,
};
use crate::store::{NewContent, ReadAssets, WriteAssets, WriteKeys};

/// The month of a local date, see [`MonthCount`].
pub(super) fn month_of(local: Timestamp) -> i64 {
    let (year, month) = local.year_month();
    year * 12 + i64::from(month) - 1
}

fn both(row: &Row<'_>) -> rusqlite::Result<(Asset, Option<Exif>)> {
    let mut columns = Columns::of(row);
    Ok((read_asset(&mut columns)?, Some(read_exif(&mut columns)?)))
}

impl Tx<'_> {
    fn search_ordered(&self, filter: &AssetFilter, tail: &str) -> Result<Vec<(Asset, Option<Exif>)>> {
        let condition = asset_condition(filter);
        let sql = format!(
            "SELECT {ASSET_COLUMNS}, {EXIF_COLUMNS}, {EXIF_REST} FROM asset a JOIN exif e ON e.asset_id = a.id WHERE {} {tail}",
            condition.sql()
        );
        self.all(&sql, params_from_iter(condition.values), both)
    }
}

impl ReadAssets for Tx<'_> {
    fn asset(&self, id: AssetId) -> Result<Option<Asset>> {
        let sql = by_id(ASSET_COLUMNS);
        self.one(&sql, params![id.as_bytes()], |row| read_asset(&mut Columns::of(row)))
    }

    fn exif(&self, id: AssetId) -> Result<Option<Exif>> {
        let sql = format!("SELECT {EXIF_COLUMNS}, {EXIF_REST} FROM exif e WHERE e.asset_id = ?1");
        self.one(&sql, params![id.as_bytes()], |row| read_exif(&mut Columns::of(row)))
    }

    fn asset_by_checksum(&self, owner: UserId, checksum: &Sha1) -> Result<Option<KnownContent>> {
        self.one(
            "SELECT id, deleted_at IS NOT NULL FROM asset WHERE owner_id = ?1 AND checksum = ?2 AND library_id IS NULL",
            params![owner.as_bytes(), checksum.0],
            |row| {
                let mut columns = Columns::of(row);
                Ok(KnownContent { asset_id: columns.id()?, is_trashed: columns.flag()? })
            },
        )
    }

    fn search(
        &self,
        filter: &AssetFilter,
        order: SortOrder,
        limit: u32,
        offset: u64,
    ) -> Result<Vec<(Asset, Option<Exif>)>> {
        let direction = match order {
            SortOrder::Ascending => "ASC",
            SortOrder::Descending => "DESC",
        };
        self.search_ordered(
            filter,
            &format!("ORDER BY a.file_created_at {direction}, a.id {direction} LIMIT {limit} OFFSET {offset}"),
        )
    }

    fn search_random(&self, filter: &AssetFilter, limit: u32) -> Result<Vec<(Asset, Option<Exif>)>> {
        self.search_ordered(filter, &format!("ORDER BY random() LIMIT {limit}"))
    }

    fn search_largest(&self, filter: &AssetFilter, limit: u32) -> Result<Vec<(Asset, Option<Exif>)>> {
        self.search_ordered(filter, &format!("ORDER BY a.size_bytes DESC, a.id LIMIT {limit}"))
    }

    fn search_by_id(&self, filter: &AssetFilter, limit: u32) -> Result<Vec<Asset>> {
        let found = self.search_ordered(filter, &format!("ORDER BY a.id LIMIT {limit}"))?;
        Ok(found.into_iter().map(|(asset, _)| asset).collect())
    }

    fn count(&self, filter: &AssetFilter) -> Result<AssetStats> {
        let condition = asset_condition(filter);
        let sql = format!(
            "SELECT count(*) FILTER (WHERE a.type = 'IMAGE'), count(*) FILTER (WHERE a.type = 'VIDEO')
             FROM asset a JOIN exif e ON e.asset_id = a.id WHERE {}",
            condition.sql()
        );
        let stats = self.one(&sql, params_from_iter(condition.values), |row| {
            let mut columns = Columns::of(row);
            Ok(AssetStats { images: columns.small()?, videos: columns.small()? })
        })?;
        Ok(stats.unwrap_or_default())
    }

    fn months(&self, filter: &BucketFilter) -> Result<Vec<MonthCount>> {
        let condition = bucket_condition(filter);
        let join = if filter.bbox.is_some() { "JOIN exif e ON e.asset_id = a.id" } else { "" };
        let direction = if filter.order == Some(SortOrder::Ascending) { "ASC" } else { "DESC" };
        let sql = format!(
            "SELECT a.month, count(*) FROM asset a {join} WHERE {} GROUP BY a.month ORDER BY a.month {direction}",
            condition.sql()
        );
        self.all(&sql, params_from_iter(condition.values), |row| {
            let mut columns = Columns::of(row);
            Ok(MonthCount { month: columns.integer()?, count: columns.small()? })
        })
    }

    fn month(&self, filter: &BucketFilter, month: i64) -> Result<Vec<BucketRow>> {
        let condition = bucket_condition(filter);
        let direction = if filter.order == Some(SortOrder::Ascending) { "ASC" } else { "DESC" };
        // By local day first: clients draw a header for each day (http-api §7). The offset of 719,468 days keeps days
        // before 1970 apart, as the engine's division rounds towards zero.
        let stack = if filter.is_stacked {
            "a.stack_id, (SELECT count(*) FROM asset m WHERE m.stack_id = a.stack_id AND m.deleted_at IS NULL)"
        } else {
            "NULL, 0"
        };
        let sql = format!(
            "SELECT a.id, a.owner_id, a.width, a.height, a.is_favorite, a.visibility, a.deleted_at, a.type, a.thumbhash,
                a.file_created_at, a.local_date_time, a.created_at, a.duration_ms, e.projection_type,
                a.live_photo_video_id, e.city, e.country, e.latitude, e.longitude, a.status, {stack}
             FROM asset a JOIN exif e ON e.asset_id = a.id WHERE {} AND a.month = {month}
             ORDER BY (a.local_date_time + 62162035200000) / 86400000 {direction}, a.file_created_at {direction}, a.id",
            condition.sql()
        );
        self.all(&sql, params_from_iter(condition.values), |row| {
            let mut columns = Columns::of(row);
            Ok(BucketRow {
                id: columns.id()?,
                owner_id: columns.id()?,
                width: columns.maybe_small()?,
                height: columns.maybe_small()?,
                is_favorite: columns.flag()?,
                visibility: columns.name()?,
                is_trashed: columns.maybe_time()?.is_some(),
                asset_type: columns.name()?,
                thumbhash: columns.maybe_bytes()?.map(<[u8]>::to_vec),
                file_created_at: columns.time()?,
                local_date_time: columns.time()?,
                created_at: columns.time()?,
                duration_ms: columns.maybe_small()?,
                projection_type: columns.maybe_string()?,
                live_photo_video_id: columns.maybe_id()?,
                city: columns.maybe_string()?,
                country: columns.maybe_string()?,
                latitude: columns.maybe_real()?,
                longitude: columns.maybe_real()?,
                status: columns.name()?,
                stack: {
                    let (id, count) = (columns.maybe_id()?, columns.small()?);
                    id.map(|id| (id, count))
                },
            })
        })
    }

    fn device_asset_ids(&self, owner: UserId, device: &str) -> Result<Vec<String>> {
        self.all(
            "SELECT device_asset_id FROM asset WHERE owner_id = ?1 AND device_id = ?2 AND visibility <> 'hidden' AND deleted_at IS NULL",
            params![owner.as_bytes(), device],
            |row| row.get(0),
        )
    }

    fn folders(&self, owner: UserId) -> Result<Vec<String>> {
        // The folder is what is left when the text behind the last slash is cut off.
        self.all(
            "SELECT DISTINCT rtrim(rtrim(original_path, replace(original_path, '/', '')), '/') AS folder FROM asset
             WHERE owner_id = ?1 AND visibility = 'timeline' AND deleted_at IS NULL AND is_offline = 0 ORDER BY folder",
            params![owner.as_bytes()],
            |row| row.get(0),
        )
    }

    fn asset_metadata(&self, asset: AssetId) -> Result<Vec<AssetMetadata>> {
        self.all(
            "SELECT key, value, updated_at FROM asset_metadata WHERE asset_id = ?1 ORDER BY key",
            params![asset.as_bytes()],
            |row| {
                let mut columns = Columns::of(row);
                Ok(AssetMetadata { key: columns.string()?, value: columns.string()?, updated_at: columns.time()? })
            },
        )
    }

    fn stills_of(&self, video: AssetId) -> Result<Vec<AssetId>> {
        self.all("SELECT id FROM asset WHERE live_photo_video_id = ?1", params![video.as_bytes()], |row| {
            Columns::of(row).id()
        })
    }

    fn live_photo_partner(&self, asset: &Asset, content_identifier: &str) -> Result<Option<Asset>> {
        let other = if asset.asset_type == AssetType::Image { AssetType::Video } else { AssetType::Image };
        let sql = format!(
            "SELECT {ASSET_COLUMNS} FROM exif e JOIN asset a ON a.id = e.asset_id
             WHERE e.owner_id = ?1 AND e.live_photo_cid = ?2 AND a.type = ?3 AND a.id <> ?4 AND a.status = ?5
             AND a.library_id IS ?6 LIMIT 1"
        );
        self.one(
            &sql,
            params![
                asset.owner_id.as_bytes(),
                content_identifier,
                other.as_str(),
                asset.id.as_bytes(),
                AssetStatus::Active.as_str(),
                asset.library_id.as_ref().map(tintype_protocol::id::LibraryId::as_bytes)
            ],
            |row| read_asset(&mut Columns::of(row)),
        )
    }

    fn visit_blob_keys(&self, visit: &mut dyn FnMut(&str)) -> Result<()> {
        let sql = "SELECT original_path FROM asset WHERE is_remote = 0
            AND NOT (original_path >= '/' AND original_path < '0') UNION ALL SELECT sidecar_path FROM asset WHERE sidecar_path IS NOT NULL";
        let mut statement = self.connection.prepare_cached(sql).map_err(engine)?;
        let mut rows = statement.query([]).map_err(engine)?;
        while let Some(row) = rows.next().map_err(engine)? {
            visit(Columns::of(row).text().map_err(engine)?);
        }
        Ok(())
    }
}

/// `SELECT … FROM asset a WHERE a.id = ?1`.
fn by_id(columns: &str) -> String {
    format!("SELECT {columns} FROM asset a WHERE a.id = ?1")
}

impl WriteKeys for Tx<'_> {
    fn reserve_key(&mut self, key: &str) -> Result<()> {
        // A key that was given away and not yet cleared would take new bytes with it.
        let sql = "SELECT 1 FROM asset WHERE original_path = ?1 UNION ALL SELECT 1 FROM orphaned_key WHERE key = ?1";
        let taken = self.exists(sql, params![key])?;
        if taken {
            return Err(crate::store::StoreError::Conflict(key.to_owned()));
        }
        self.execute("INSERT INTO reserved_key (key, reserved_at) VALUES (?1, ?2)", params![key, self.time().0])?;
        Ok(())
    }

    fn release_key(&mut self, key: &str) -> Result<()> {
        self.execute("DELETE FROM reserved_key WHERE key = ?1", params![key])?;
        Ok(())
    }

    fn orphan_key(&mut self, key: &str) -> Result<()> {
        self.execute("INSERT INTO orphaned_key (key) VALUES (?1) ON CONFLICT DO NOTHING", params![key])?;
        Ok(())
    }

    fn forget_orphan(&mut self, key: &str) -> Result<()> {
        self.execute("DELETE FROM orphaned_key WHERE key = ?1", params![key])?;
        Ok(())
    }
}

impl WriteAssets for Tx<'_> {
    fn insert_asset(&mut self, asset: &NewAsset) -> Result<()> {
        let now = self.time().0;
        self.execute(
            "INSERT INTO asset (id, owner_id, checksum, type, device_asset_id, device_id, original_name, original_path,
                sidecar_path, media_type, size_bytes, file_created_at, file_modified_at, local_date_time, month,
                duration_ms, is_favorite, visibility, live_photo_video_id, is_rendered, is_encoded, is_edited,
                is_offline, status, created_at, updated_at, verified_at, update_id)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?12, ?14, ?15, ?16, ?17, ?18, 0, 0, 0, 0,
                ?19, ?20, ?20, ?20, ?21)",
            params![
                asset.id.as_bytes(),
                asset.owner_id.as_bytes(),
                asset.checksum.0,
                asset.asset_type.as_str(),
                asset.device_asset_id,
                asset.device_id,
                asset.original_name,
                asset.original_path,
                asset.sidecar_path,
                asset.media_type,
                asset.size_bytes,
                asset.file_created_at.0,
                asset.file_modified_at.0,
                month_of(asset.file_created_at),
                asset.duration_ms.map(|ms| i64::try_from(ms).unwrap_or(i64::MAX)),
                asset.is_favorite,
                asset.visibility.as_str(),
                asset.live_photo_video_id.as_ref().map(AssetId::as_bytes),
                AssetStatus::Active.as_str(),
                now,
                self.next_id().as_bytes()
            ],
        )?;
        self.execute(
            "INSERT INTO exif (asset_id, owner_id, description, file_size_bytes, locked, update_id) VALUES (?1, ?2, '', ?3, 0, ?4)",
            params![asset.id.as_bytes(), asset.owner_id.as_bytes(), asset.size_bytes, self.next_id().as_bytes()],
        )?;
        Ok(())
    }

    fn update_asset(&mut self, asset: &Asset) -> Result<()> {
        self.execute(
            "UPDATE asset SET type = ?2, sidecar_path = ?3, media_type = ?4, file_created_at = ?5,
                file_modified_at = ?6, local_date_time = ?7, month = ?8, duration_ms = ?9, is_favorite = ?10,
                visibility = ?11, live_photo_video_id = ?12, stack_id = ?13, width = ?14, height = ?15, thumbhash = ?16,
                is_rendered = ?17, is_encoded = ?18, is_edited = ?19, is_offline = ?20, status = ?21, deleted_at = ?22,
                updated_at = ?23, update_id = ?24 WHERE id = ?1",
            params![
                asset.id.as_bytes(),
                asset.asset_type.as_str(),
                asset.sidecar_path,
                asset.media_type,
                asset.file_created_at.0,
                asset.file_modified_at.0,
                asset.local_date_time.0,
                month_of(asset.local_date_time),
                asset.duration_ms.map(|ms| i64::try_from(ms).unwrap_or(i64::MAX)),
                asset.is_favorite,
                asset.visibility.as_str(),
                asset.live_photo_video_id.as_ref().map(AssetId::as_bytes),
                asset.stack_id.as_ref().map(tintype_protocol::id::StackId::as_bytes),
                asset.width,
                asset.height,
                asset.thumbhash,
                asset.is_rendered,
                asset.is_encoded,
                asset.is_edited,
                asset.is_offline,
                asset.status.as_str(),
                asset.deleted_at.map(|at| at.0),
                self.time().0,
                self.next_id().as_bytes()
            ],
        )?;
        Ok(())
    }

    fn replace_content(&mut self, asset: &Asset, content: &NewContent) -> Result<()> {
        self.execute(
            "UPDATE asset SET checksum = ?2, type = ?3, original_name = ?4, original_path = ?5, media_type = ?6,
                size_bytes = ?7, device_asset_id = ?8, device_id = ?9, file_created_at = ?10, local_date_time = ?10,
                month = ?11, file_modified_at = ?12, duration_ms = ?13, sidecar_path = NULL, live_photo_video_id = NULL,
                is_rendered = 0, is_encoded = 0, is_edited = 0, verified_at = ?14, updated_at = ?14, update_id = ?15
             WHERE id = ?1",
            params![
                asset.id.as_bytes(),
                content.checksum.0,
                content.asset_type.as_str(),
                content.original_name,
                content.original_path,
                content.media_type,
                content.size_bytes,
                content.device_asset_id,
                content.device_id,
                content.file_created_at.0,
                month_of(content.file_created_at),
                content.file_modified_at.0,
                content.duration_ms.map(|ms| i64::try_from(ms).unwrap_or(i64::MAX)),
                self.time().0,
                self.next_id().as_bytes()
            ],
        )?;
        Ok(())
    }

    fn update_exif(&mut self, id: AssetId, exif: &Exif) -> Result<()> {
        self.execute(
            "UPDATE exif SET description = ?2, image_width = ?3, image_height = ?4, file_size_bytes = ?5, orientation = ?6,
                date_time_original = ?7, modify_date = ?8, time_zone = ?9, latitude = ?10, longitude = ?11,
                projection_type = ?12, city = ?13, state = ?14, country = ?15, make = ?16, model = ?17, lens_model = ?18,
                f_number = ?19, focal_length = ?20, iso = ?21, exposure_time = ?22, profile_description = ?23,
                rating = ?24, fps = ?25, live_photo_cid = ?26, auto_stack_id = ?27, locked = ?28, update_id = ?29
             WHERE asset_id = ?1",
            params![
                id.as_bytes(),
                exif.description,
                exif.image_width,
                exif.image_height,
                exif.file_size_bytes,
                exif.orientation,
                exif.date_time_original.map(|at| at.0),
                exif.modify_date.map(|at| at.0),
                exif.time_zone,
                exif.latitude,
                exif.longitude,
                exif.projection_type,
                exif.city,
                exif.state,
                exif.country,
                exif.make,
                exif.model,
                exif.lens_model,
                exif.f_number,
                exif.focal_length,
                exif.iso,
                exif.exposure_time,
                exif.profile_description,
                exif.rating,
                exif.fps,
                exif.live_photo_cid,
                exif.auto_stack_id,
                exif.locked,
                self.next_id().as_bytes()
            ],
        )?;
        Ok(())
    }

    fn delete_asset(&mut self, asset: &Asset) -> Result<()> {
        let id = asset.id.as_bytes();
        self.leave_albums(asset.id)?;
        self.leave_memories(asset.id)?;
        let featured = self.featured_on(asset.id)?;
        // Stills whose motion part this was are told, as their line changes.
        let stills = self.all("SELECT id FROM asset WHERE live_photo_video_id = ?1", params![id], |row| {
            Columns::of(row).id::<AssetId>()
        })?;
        for still in stills {
            self.execute(
                "UPDATE asset SET live_photo_video_id = NULL, updated_at = ?2, update_id = ?3 WHERE id = ?1",
                params![still.as_bytes(), self.time().0, self.next_id().as_bytes()],
            )?;
        }
        self.execute("DELETE FROM job WHERE asset_id = ?1 AND state <> 'active'", params![id])?;
        self.execute("DELETE FROM asset WHERE id = ?1", params![id])?;
        self.feature_others(featured)?;
        self.bury(&Tombstone {
            kind: "asset",
            scope: Some(asset.owner_id.as_bytes()),
            key1: Some(id),
            ..Tombstone::default()
        })
    }

    fn set_asset_metadata(&mut self, id: AssetId, key: &str, json: &str) -> Result<()> {
        self.execute(
            "INSERT INTO asset_metadata (asset_id, owner_id, key, value, updated_at, update_id)
             SELECT id, owner_id, ?2, ?3, ?4, ?5 FROM asset WHERE id = ?1
             ON CONFLICT (asset_id, key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at, update_id = excluded.update_id",
            params![id.as_bytes(), key, json, self.time().0, self.next_id().as_bytes()],
        )?;
        Ok(())
    }

    fn delete_asset_metadata(&mut self, id: AssetId, key: &str) -> Result<bool> {
        let owner = self.one(
            "DELETE FROM asset_metadata WHERE asset_id = ?1 AND key = ?2 RETURNING owner_id",
            params![id.as_bytes(), key],
            |row| Columns::of(row).id::<UserId>(),
        )?;
        let Some(owner) = owner else { return Ok(false) };
        self.bury(&Tombstone {
            kind: "asset_metadata",
            scope: Some(owner.as_bytes()),
            key1: Some(id.as_bytes()),
            key3: Some(key),
            ..Tombstone::default()
        })?;
        Ok(true)
    }
}
