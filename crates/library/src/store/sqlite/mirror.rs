//! Rows that came from an upstream. Each statement adds a row or changes it where it differs, so that a line that
//! comes again moves nothing.

use rusqlite::params;
use tintype_protocol::bytes::parse_base64;
use tintype_protocol::id::{AlbumId, AssetId, StackId, UpdateId, UserId};
use tintype_protocol::model::{AlbumRole, AssetStatus};
use tintype_protocol::sync::{AlbumV1, AssetExifV1, LineDuration, UserV1};
use tintype_protocol::time::Timestamp;
use uuid::Uuid;

use super::assets::month_of;
use super::tx::{Result, Tx};
use super::value::Columns;
use crate::model::{Edit, Stack};
use crate::store::{MirroredAsset, ReadEdits, StoreError, WriteMirror};

/// A new asset, whose bytes only the upstream has. Plain, as a statement that may also change rows makes the engine keep
/// copies of every page for the case that it has to be undone.
const INSERT_ASSET: &str = "INSERT INTO asset (id, owner_id, device_asset_id, device_id, original_path, media_type,
        size_bytes, is_rendered, is_encoded, is_offline, is_remote, created_at, updated_at, update_id,
        checksum, type, original_name, file_created_at, file_modified_at, local_date_time, month, duration_ms,
        is_favorite, visibility, live_photo_video_id, width, height, thumbhash, is_edited, status, deleted_at, stack_id)
    VALUES (?1, ?2, '', '', ?3, ?4, 0, 0, 0, 0, 1, ?5, ?6, ?7,
        ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25)";
/// What the line says of an asset that is here, where it differs.
const UPDATE_ASSET: &str = "UPDATE asset SET updated_at = ?6, update_id = ?7, (checksum, type, original_name,
        file_created_at, file_modified_at, local_date_time, month, duration_ms, is_favorite, visibility,
        live_photo_video_id, width, height, thumbhash, is_edited, status, deleted_at, stack_id)
        = (?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25)
    WHERE id = ?1 AND (checksum, type, original_name, file_created_at, file_modified_at, local_date_time, month,
        duration_ms, is_favorite, visibility, live_photo_video_id, width, height, thumbhash, is_edited, status, deleted_at,
        stack_id)
        IS NOT (?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25)";

/// What is known about an asset, plain for the same reason.
const INSERT_EXIF: &str = "INSERT INTO exif (asset_id, owner_id, locked, description, image_width, image_height,
        file_size_bytes, orientation, date_time_original, modify_date, time_zone, latitude, longitude, projection_type,
        city, state, country, make, model, lens_model, f_number, focal_length, iso, exposure_time, profile_description,
        rating, fps, update_id)
    VALUES (?1, ?27, 0, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21,
        ?22, ?23, ?24, ?25, ?26)";
const UPDATE_EXIF: &str = "UPDATE exif SET (description, image_width, image_height, file_size_bytes, orientation,
        date_time_original, modify_date, time_zone, latitude, longitude, projection_type, city, state, country, make,
        model, lens_model, f_number, focal_length, iso, exposure_time, profile_description, rating, fps, update_id)
        = (?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25,
        ?26)
    WHERE asset_id = ?1 AND owner_id = ?27 AND (description, image_width, image_height, file_size_bytes, orientation,
        date_time_original, modify_date, time_zone, latitude, longitude, projection_type, city, state, country, make,
        model, lens_model, f_number, focal_length, iso, exposure_time, profile_description, rating, fps)
        IS NOT (?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24,
        ?25)";

impl WriteMirror for Tx<'_> {
    fn mirror_user(&mut self, id: UserId, email: &str, line: &UserV1<'_>) -> Result<()> {
        self.execute(
            "INSERT INTO user (id, email, name, password_hash, is_admin, avatar_color, profile_image_path,
                profile_changed_at, usage_bytes, should_change_password, oauth_id, status, created_at, updated_at, update_id)
             VALUES (?1, ?2, ?3, '', 0, ?4, '', ?5, 0, 0, '', 'active', ?6, ?6, ?7)
             ON CONFLICT (id) DO UPDATE SET email = excluded.email, name = excluded.name,
                avatar_color = excluded.avatar_color, profile_changed_at = excluded.profile_changed_at,
                updated_at = excluded.updated_at, update_id = excluded.update_id
             WHERE (user.email, user.name, user.avatar_color, user.profile_changed_at)
                IS NOT (excluded.email, excluded.name, excluded.avatar_color, excluded.profile_changed_at)",
            params![
                id.as_bytes(),
                email,
                line.name,
                line.avatar_color.map(|color| color.as_str()),
                line.profile_changed_at.0,
                self.time().0,
                self.next_id().as_bytes()
            ],
        )?;
        Ok(())
    }

    fn insert_mirrored(&mut self, asset: MirroredAsset<'_>) -> Result<()> {
        self.put_mirrored(INSERT_ASSET, asset)
    }

    fn update_mirrored(&mut self, asset: MirroredAsset<'_>) -> Result<()> {
        self.put_mirrored(UPDATE_ASSET, asset)
    }

    fn complete_exif(&mut self, after: UpdateId) -> Result<()> {
        // Behind the first stream that is everything, and as a rule nothing is missing: counting is much faster.
        if after == UpdateId::MIN
            && self.exists("SELECT 1 WHERE (SELECT count(*) FROM asset) = (SELECT count(*) FROM exif)", [])?
        {
            return Ok(());
        }
        // Positions are in order per owner: one look for each.
        let missing: Vec<(AssetId, UserId)> = self.all(
            "SELECT a.id, a.owner_id FROM user u CROSS JOIN asset a ON a.owner_id = u.id AND a.update_id > ?1
             WHERE NOT EXISTS (SELECT 1 FROM exif e WHERE e.asset_id = a.id)",
            params![after.as_bytes()],
            |row| {
                let mut columns = Columns::of(row);
                Ok((columns.id()?, columns.id()?))
            },
        )?;
        for (id, owner) in missing {
            self.execute(
                "INSERT INTO exif (asset_id, owner_id, description, locked, update_id) VALUES (?1, ?2, '', 0, ?3)",
                params![id.as_bytes(), owner.as_bytes(), self.next_id().as_bytes()],
            )?;
        }
        Ok(())
    }

    fn await_motion(&mut self, server: i64, video: Uuid, still: AssetId) -> Result<()> {
        self.execute(
            "INSERT INTO awaited_motion (server_id, video, still_id) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            params![server, video.as_bytes(), still.as_bytes()],
        )?;
        Ok(())
    }

    fn end_awaiting(&mut self, server: i64, external: Uuid, video: AssetId) -> Result<()> {
        let stills: Vec<AssetId> = self.all(
            "DELETE FROM awaited_motion WHERE server_id = ?1 AND video = ?2 RETURNING still_id",
            params![server, external.as_bytes()],
            |row| Columns::of(row).id(),
        )?;
        for still in stills {
            self.execute(
                "UPDATE asset SET live_photo_video_id = ?2, updated_at = ?3, update_id = ?4 WHERE id = ?1",
                params![still.as_bytes(), video.as_bytes(), self.time().0, self.next_id().as_bytes()],
            )?;
        }
        Ok(())
    }

    fn insert_mirrored_exif(&mut self, id: AssetId, owner: UserId, line: &AssetExifV1<'_>) -> Result<bool> {
        match self.put_exif(INSERT_EXIF, id, owner, line) {
            // There is a row, or no such asset.
            Err(StoreError::Conflict(_) | StoreError::Dangling(_)) => Ok(false),
            other => other,
        }
    }

    fn update_mirrored_exif(&mut self, id: AssetId, owner: UserId, line: &AssetExifV1<'_>) -> Result<()> {
        self.put_exif(UPDATE_EXIF, id, owner, line)?;
        Ok(())
    }

    fn lock_exif(&mut self, id: AssetId, fields: u32) -> Result<()> {
        if fields != 0 {
            let sql = "UPDATE exif SET locked = locked | ?2 WHERE asset_id = ?1 AND locked | ?2 <> locked";
            self.execute(sql, params![id.as_bytes(), fields])?;
        }
        Ok(())
    }

    fn mirror_album(&mut self, id: AlbumId, owner: UserId, cover: Option<AssetId>, line: &AlbumV1<'_>) -> Result<()> {
        self.execute(
            "INSERT INTO album (id, owner_id, name, description, thumbnail_asset_id, is_activity_enabled, sort_order,
                created_at, updated_at, update_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
             ON CONFLICT (id) DO UPDATE SET name = excluded.name, description = excluded.description,
                thumbnail_asset_id = excluded.thumbnail_asset_id, is_activity_enabled = excluded.is_activity_enabled,
                sort_order = excluded.sort_order, updated_at = excluded.updated_at, update_id = excluded.update_id
             WHERE (album.name, album.description, album.thumbnail_asset_id, album.is_activity_enabled, album.sort_order)
                IS NOT (excluded.name, excluded.description, excluded.thumbnail_asset_id, excluded.is_activity_enabled,
                excluded.sort_order)",
            params![
                id.as_bytes(),
                owner.as_bytes(),
                line.name,
                line.description,
                cover.as_ref().map(AssetId::as_bytes),
                line.is_activity_enabled,
                line.order.as_str(),
                line.created_at.0,
                line.updated_at.0,
                self.next_id().as_bytes()
            ],
        )?;
        self.mirror_album_user(id, owner, AlbumRole::Owner)
    }

    fn set_album_owner(&mut self, album: AlbumId, owner: UserId) -> Result<()> {
        let changed = self.execute(
            "UPDATE album SET owner_id = ?2, updated_at = ?3, update_id = ?4 WHERE id = ?1 AND owner_id <> ?2",
            params![album.as_bytes(), owner.as_bytes(), self.time().0, self.next_id().as_bytes()],
        )?;
        if changed > 0 {
            self.execute(
                "DELETE FROM album_user WHERE album_id = ?1 AND role = 'owner' AND user_id <> ?2",
                params![album.as_bytes(), owner.as_bytes()],
            )?;
        }
        self.mirror_album_user(album, owner, AlbumRole::Owner)
    }

    fn mirror_stack(&mut self, stack: &Stack, created_at: Timestamp) -> Result<()> {
        self.execute(
            "INSERT INTO stack (id, owner_id, primary_asset_id, created_at, updated_at, update_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (id) DO UPDATE SET primary_asset_id = excluded.primary_asset_id, updated_at = excluded.updated_at,
                update_id = excluded.update_id
             WHERE stack.primary_asset_id <> excluded.primary_asset_id",
            params![
                stack.id.as_bytes(),
                stack.owner_id.as_bytes(),
                stack.primary.as_bytes(),
                created_at.0,
                self.time().0,
                self.next_id().as_bytes()
            ],
        )?;
        Ok(())
    }

    fn mirror_edit(&mut self, edit: &Edit) -> Result<()> {
        for other in self.edits(edit.asset_id)? {
            if other == *edit {
                return Ok(());
            }
            if other.id == edit.id || other.sequence == edit.sequence {
                self.delete_edit(&other)?;
            }
        }
        self.insert_edit(edit)
    }

    fn delete_edit(&mut self, edit: &Edit) -> Result<()> {
        self.bury_edit(edit)
    }

    fn mirror_album_user(&mut self, album: AlbumId, user: UserId, role: AlbumRole) -> Result<()> {
        self.execute(
            "INSERT INTO album_user (album_id, user_id, role, create_id, update_id) VALUES (?1, ?2, ?3, ?4, ?4)
             ON CONFLICT DO UPDATE SET role = excluded.role, update_id = excluded.update_id
             WHERE album_user.role <> excluded.role",
            params![album.as_bytes(), user.as_bytes(), role.as_str(), self.next_id().as_bytes()],
        )?;
        Ok(())
    }
}

impl Tx<'_> {
    fn put_mirrored(&self, sql: &str, asset: MirroredAsset<'_>) -> Result<()> {
        let line = asset.line;
        let now = self.time().0;
        let duration = match line.duration {
            LineDuration::Text(ms) | LineDuration::Millis(ms) => ms.and_then(|ms| i64::try_from(ms).ok()),
        };
        let position = self.next_id();
        let status = if line.deleted_at.is_some() { AssetStatus::Trashed } else { AssetStatus::Active };
        self.execute(
            sql,
            params![
                asset.id.as_bytes(),
                asset.owner_id.as_bytes(),
                // Unique and rising, so that the index of paths grows at its end.
                format!("upstream/{}", uuid::Uuid::from_bytes(*position.as_bytes())),
                asset.media_type,
                line.created_at.map_or(now, |at| at.0),
                now,
                position.as_bytes(),
                line.checksum.0,
                line.asset_type.as_str(),
                line.original_file_name,
                line.file_created_at.0,
                line.file_modified_at.0,
                line.local_date_time.0,
                month_of(line.local_date_time),
                duration,
                line.is_favorite,
                line.visibility.as_str(),
                asset.live_photo_video_id.as_ref().map(AssetId::as_bytes),
                line.width.flatten(),
                line.height.flatten(),
                line.thumbhash.as_deref().and_then(parse_base64),
                line.is_edited.unwrap_or(false),
                status.as_str(),
                line.deleted_at.map(|at| at.0),
                asset.stack_id.as_ref().map(StackId::as_bytes)
            ],
        )?;
        Ok(())
    }

    /// Whether a row was added or changed.
    fn put_exif(&self, sql: &str, id: AssetId, owner: UserId, line: &AssetExifV1<'_>) -> Result<bool> {
        let orientation: Option<u8> = line.orientation.as_deref().and_then(|text| text.parse().ok());
        let changed = self.execute(
            sql,
            params![
                id.as_bytes(),
                line.description,
                line.exif_image_width,
                line.exif_image_height,
                line.file_size_in_byte,
                orientation,
                line.date_time_original.map(|at| at.0),
                line.modify_date.map(|at| at.0),
                line.time_zone,
                line.latitude.map(|number| number.0),
                line.longitude.map(|number| number.0),
                line.projection_type,
                line.city,
                line.state,
                line.country,
                line.make,
                line.model,
                line.lens_model,
                line.f_number.map(|number| number.0),
                line.focal_length.map(|number| number.0),
                line.iso,
                line.exposure_time,
                line.profile_description,
                line.rating,
                line.fps.map(|number| number.0),
                self.next_id().as_bytes(),
                owner.as_bytes()
            ],
        )?;
        if changed > 0 && line.file_size_in_byte.is_some() {
            // The size is part of the asset here; it is not part of its line, so the asset does not move.
            self.execute(
                "UPDATE asset SET size_bytes = ?2 WHERE id = ?1 AND is_remote = 1 AND size_bytes <> ?2",
                params![id.as_bytes(), line.file_size_in_byte],
            )?;
        }
        Ok(changed > 0)
    }
}
