//! The change feed in SQL: one ordered range query per kind.

use rusqlite::params;
use tintype_protocol::id::{AssetId, UpdateId, UserId};

use super::asset_rows::{ASSET_FEED_COLUMNS, EXIF_COLUMNS, asset_row, exif_row};
use super::edits::{EDIT_COLUMNS, edit_row};
use super::engine;
use super::faces::{FACE_COLUMNS, face_row};
use super::memories::{MEMORY_COLUMNS, memory_row};
use super::ocr::{OCR_COLUMNS, ocr_row};
use super::people::{PERSON_COLUMNS, person_row};
use super::shared_changes::Span;
use super::stacks::{STACK_FEED_COLUMNS, stack_row};
use super::tx::{Result, Tx};
use super::value::Columns;
use crate::feed::{AlbumRow, BackfillKind, FeedKind, FeedRow, LinkedKind, Parent, ParentKey, UserRow, Visit, Visitor};
use crate::model::Partner;
use crate::store::ReadFeed;

const USER_COLUMNS: &str = "u.update_id, u.id, u.name, u.email, u.avatar_color, u.deleted_at, u.profile_changed_at, \
    u.profile_image_path <> '', u.is_admin, u.oauth_id, u.storage_label, u.quota_bytes, u.usage_bytes";

/// Albums that the user `?1` owns or has joined. Columns compared with these are written `+column`, so that the engine
/// walks the index of positions: a client that is up to date costs nothing then, however large its albums are.
const MY_ALBUMS: &str = "SELECT m.album_id FROM album_user m WHERE m.user_id = ?1";

impl ReadFeed for Tx<'_> {
    fn last_update_id(&self) -> Result<UpdateId> {
        let last = self.one("SELECT last_update_id FROM feed_position", [], |row| {
            row.get::<_, [u8; 16]>(0).map(UpdateId::from_bytes)
        })?;
        Ok(last.unwrap_or(UpdateId::MIN))
    }

    fn changes(&self, kind: FeedKind, user: UserId, after: UpdateId, visit: &mut Visitor<'_>) -> Result<()> {
        match kind {
            FeedKind::PartnerAssets => return self.partner_assets(user, after, visit),
            FeedKind::PartnerExifs => return self.partner_exifs(user, after, visit),
            FeedKind::PartnerStacks => return self.partner_stacks(user, after, visit),
            _ => {}
        }
        let sql = statement(kind);
        let mut statement = self.connection.prepare_cached(&sql).map_err(engine)?;
        let mut rows = statement.query(params![user.as_bytes(), after.as_bytes()]).map_err(engine)?;
        while let Some(row) = rows.next().map_err(engine)? {
            let mut columns = Columns::of(row);
            let position: UpdateId = columns.id().map_err(engine)?;
            let changed = read(kind, user, &mut columns).map_err(engine)?;
            if visit(position, changed) == Visit::Stop {
                break;
            }
        }
        Ok(())
    }

    fn linked_changes(
        &self,
        kind: LinkedKind,
        user: UserId,
        after: UpdateId,
        known: UpdateId,
        visit: &mut Visitor<'_>,
    ) -> Result<()> {
        self.linked(kind, user, &Span { after, known }, visit)
    }

    fn accesses(&self, kind: BackfillKind, user: UserId, from: UpdateId) -> Result<Vec<Parent>> {
        self.accesses_of(kind.is_of_partners(), user, from)
    }

    fn backfill(
        &self,
        kind: BackfillKind,
        parent: ParentKey,
        from: UpdateId,
        to: UpdateId,
        visit: &mut Visitor<'_>,
    ) -> Result<()> {
        self.backfilled(kind, parent, (from, to), visit)
    }
}

/// The query of a kind: `?1` is the user, `?2` the position; the position comes first, then the columns of [`read`].
fn statement(kind: FeedKind) -> String {
    match kind {
        FeedKind::Me => format!("SELECT {USER_COLUMNS} FROM user u WHERE u.id = ?1 AND u.update_id > ?2"),
        FeedKind::Users => {
            // The parameter of the user is named so that all kinds take the same two.
            format!("SELECT {USER_COLUMNS} FROM user u WHERE ?1 IS NOT NULL AND u.update_id > ?2 ORDER BY u.update_id")
        }
        FeedKind::Partners => "SELECT p.update_id, p.shared_by_id, p.shared_with_id, p.in_timeline FROM partner p
             WHERE p.update_id > ?2 AND ?1 IN (+p.shared_by_id, +p.shared_with_id) ORDER BY p.update_id"
            .to_owned(),
        FeedKind::PartnerDeletes => tombstones("partner", "+t.scope = ?1"),
        // Few rows: what is behind the position is sorted.
        FeedKind::PartnerAssetDeletes => "SELECT t.update_id, t.key1, t.key2, t.key3 FROM tombstone t
             WHERE t.kind IN ('asset', 'asset_withdrawn') AND t.update_id > ?2 AND EXISTS (
                SELECT 1 FROM partner p WHERE p.shared_with_id = ?1 AND p.shared_by_id = t.scope
                AND (t.kind = 'asset' OR t.update_id > p.create_id))
             ORDER BY t.update_id"
            .to_owned(),
        // Merged from the partners' own sequences; see `shared_changes`.
        FeedKind::PartnerAssets | FeedKind::PartnerExifs | FeedKind::PartnerStacks => String::new(),
        FeedKind::Stacks => format!(
            "SELECT s.update_id, {STACK_FEED_COLUMNS} FROM stack s WHERE s.owner_id = ?1 AND s.update_id > ?2 ORDER BY s.update_id"
        ),
        FeedKind::StackDeletes => tombstones("stack", "+t.scope = ?1"),
        FeedKind::PartnerStackDeletes => {
            tombstones("stack", "+t.scope IN (SELECT p.shared_by_id FROM partner p WHERE p.shared_with_id = ?1)")
        }
        FeedKind::Assets => format!(
            "SELECT a.update_id, {ASSET_FEED_COLUMNS} FROM asset a WHERE a.owner_id = ?1 AND a.update_id > ?2 ORDER BY a.update_id"
        ),
        FeedKind::Exifs => format!(
            "SELECT e.update_id, {EXIF_COLUMNS} FROM exif e WHERE e.owner_id = ?1 AND e.update_id > ?2 ORDER BY e.update_id"
        ),
        FeedKind::Albums => format!(
            "SELECT b.update_id, b.id, b.owner_id, b.name, b.description, b.created_at, b.updated_at, b.thumbnail_asset_id,
                b.is_activity_enabled, b.sort_order FROM album b
             WHERE b.update_id > ?2 AND +b.id IN ({MY_ALBUMS}) ORDER BY b.update_id"
        ),
        FeedKind::AlbumUsers => format!(
            "SELECT u.update_id, u.album_id, u.user_id, u.role FROM album_user u
             WHERE u.update_id > ?2 AND +u.album_id IN ({MY_ALBUMS}) ORDER BY u.update_id"
        ),
        FeedKind::AlbumAssets => format!(
            "SELECT l.update_id, l.album_id, l.asset_id FROM album_asset l
             WHERE l.update_id > ?2 AND +l.album_id IN ({MY_ALBUMS}) ORDER BY l.update_id"
        ),
        FeedKind::AlbumAssetRows => format!(
            "SELECT l.update_id, {ASSET_FEED_COLUMNS} FROM album_asset l CROSS JOIN asset a ON a.id = l.asset_id
             WHERE l.update_id > ?2 AND +l.album_id IN ({MY_ALBUMS}) ORDER BY l.update_id"
        ),
        FeedKind::AlbumExifRows => format!(
            "SELECT l.update_id, {EXIF_COLUMNS} FROM album_asset l CROSS JOIN exif e ON e.asset_id = l.asset_id
             WHERE l.update_id > ?2 AND +l.album_id IN ({MY_ALBUMS}) ORDER BY l.update_id"
        ),
        FeedKind::Edits => format!(
            "SELECT d.update_id, {EDIT_COLUMNS} FROM edit d WHERE d.owner_id = ?1 AND d.update_id > ?2 ORDER BY d.update_id"
        ),
        FeedKind::Memories => format!(
            "SELECT m.update_id, {MEMORY_COLUMNS} FROM memory m WHERE m.owner_id = ?1 AND m.update_id > ?2 ORDER BY m.update_id"
        ),
        FeedKind::MemoryAssets => "SELECT l.update_id, l.memory_id, l.asset_id FROM memory_asset l
             WHERE l.owner_id = ?1 AND l.update_id > ?2 ORDER BY l.update_id"
            .to_owned(),
        FeedKind::Ocr => format!(
            "SELECT o.update_id, {OCR_COLUMNS} FROM ocr o WHERE o.owner_id = ?1 AND o.update_id > ?2 ORDER BY o.update_id"
        ),
        FeedKind::People => format!(
            "SELECT p.update_id, {PERSON_COLUMNS} FROM person p WHERE p.owner_id = ?1 AND p.update_id > ?2 ORDER BY p.update_id"
        ),
        FeedKind::Faces => format!(
            "SELECT f.update_id, {FACE_COLUMNS} FROM face f WHERE f.owner_id = ?1 AND f.update_id > ?2 ORDER BY f.update_id"
        ),
        FeedKind::UserMetadata => "SELECT m.update_id, m.key, m.value FROM user_metadata m
             WHERE m.user_id = ?1 AND m.update_id > ?2 ORDER BY m.update_id"
            .to_owned(),
        FeedKind::AssetMetadata => "SELECT m.update_id, m.asset_id, m.key, m.value FROM asset_metadata m
             WHERE m.owner_id = ?1 AND m.update_id > ?2 ORDER BY m.update_id"
            .to_owned(),
        FeedKind::UserDeletes => tombstones("user", "t.scope IS NULL AND ?1 IS NOT NULL"),
        FeedKind::AssetDeletes => tombstones("asset", "+t.scope = ?1"),
        FeedKind::AlbumDeletes => tombstones("album", "+t.scope = ?1"),
        FeedKind::EditDeletes => {
            tombstones("edit", "+t.scope = ?1 AND EXISTS (SELECT 1 FROM asset a WHERE a.id = t.key2)")
        }
        FeedKind::MemoryDeletes => tombstones("memory", "+t.scope = ?1"),
        // As in the reference, of interest while the memory is there.
        FeedKind::MemoryAssetDeletes => {
            tombstones("memory_asset", "+t.scope = ?1 AND EXISTS (SELECT 1 FROM memory m WHERE m.id = t.key1)")
        }
        FeedKind::OcrDeletes => "SELECT t.update_id, t.update_id, t.key1, t.deleted_at FROM tombstone t
             WHERE t.kind = 'ocr' AND t.update_id > ?2 AND +t.scope = ?1
                AND EXISTS (SELECT 1 FROM asset a WHERE a.id = t.key1) ORDER BY t.update_id"
            .to_owned(),
        FeedKind::PersonDeletes => tombstones("person", "+t.scope = ?1"),
        // As in the reference, a face's removal is of interest while its asset lives.
        FeedKind::FaceDeletes => {
            tombstones("face", "+t.scope = ?1 AND EXISTS (SELECT 1 FROM asset a WHERE a.id = t.key2)")
        }
        FeedKind::UserMetadataDeletes => tombstones("user_metadata", "+t.scope = ?1"),
        // As in the reference, a value's removal is of interest while its asset lives.
        FeedKind::AssetMetadataDeletes => {
            tombstones("asset_metadata", "+t.scope = ?1 AND EXISTS (SELECT 1 FROM asset a WHERE a.id = t.key1)")
        }
        FeedKind::AlbumUserDeletes => tombstones("album_user", &format!("+t.scope IN ({MY_ALBUMS})")),
        FeedKind::AlbumAssetDeletes => tombstones("album_asset", &format!("+t.scope IN ({MY_ALBUMS})")),
    }
}

fn tombstones(kind: &str, whose: &str) -> String {
    format!(
        "SELECT t.update_id, t.key1, t.key2, t.key3 FROM tombstone t
         WHERE t.kind = '{kind}' AND t.update_id > ?2 AND {whose} ORDER BY t.update_id"
    )
}

fn read<'r>(kind: FeedKind, user: UserId, columns: &mut Columns<'r, '_>) -> rusqlite::Result<FeedRow<'r>> {
    Ok(match kind {
        FeedKind::Me | FeedKind::Users => FeedRow::User(read_user(columns)?),
        FeedKind::Assets | FeedKind::AlbumAssetRows | FeedKind::PartnerAssets => FeedRow::Asset(asset_row(columns)?),
        FeedKind::Exifs | FeedKind::AlbumExifRows | FeedKind::PartnerExifs => FeedRow::Exif(exif_row(columns)?),
        FeedKind::Albums => FeedRow::Album(read_album(columns)?),
        FeedKind::AlbumUsers => {
            FeedRow::AlbumUser { album_id: columns.id()?, user_id: columns.id()?, role: columns.name()? }
        }
        FeedKind::AlbumAssets => FeedRow::AlbumAsset { album_id: columns.id()?, asset_id: columns.id()? },
        FeedKind::UserMetadata => FeedRow::UserMetadata { user_id: user, key: columns.name()?, value: columns.text()? },
        FeedKind::AssetMetadata => {
            FeedRow::AssetMetadata { asset_id: columns.id()?, key: columns.text()?, value: columns.text()? }
        }
        FeedKind::Edits => FeedRow::Edit(edit_row(columns)?),
        FeedKind::EditDeletes => FeedRow::EditGone(columns.id()?),
        FeedKind::Memories => FeedRow::Memory(memory_row(columns)?),
        FeedKind::MemoryAssets => FeedRow::MemoryAsset { memory_id: columns.id()?, asset_id: columns.id()? },
        FeedKind::MemoryDeletes => FeedRow::MemoryGone(columns.id()?),
        FeedKind::MemoryAssetDeletes => FeedRow::MemoryAssetGone { memory_id: columns.id()?, asset_id: columns.id()? },
        FeedKind::Ocr => FeedRow::Ocr(ocr_row(columns)?),
        FeedKind::OcrDeletes => {
            FeedRow::OcrGone { removal: columns.id()?, asset_id: columns.id()?, deleted_at: columns.time()? }
        }
        FeedKind::People => FeedRow::Person(person_row(columns)?),
        FeedKind::Faces => FeedRow::Face(face_row(columns)?),
        FeedKind::PersonDeletes => FeedRow::PersonGone(columns.id()?),
        FeedKind::FaceDeletes => FeedRow::FaceGone(columns.id()?),
        FeedKind::UserDeletes => FeedRow::UserGone(columns.id()?),
        FeedKind::Partners => FeedRow::Partner(Partner {
            shared_by: columns.id()?,
            shared_with: columns.id()?,
            in_timeline: columns.flag()?,
        }),
        FeedKind::Stacks | FeedKind::PartnerStacks => FeedRow::Stack(stack_row(columns)?),
        FeedKind::StackDeletes | FeedKind::PartnerStackDeletes => FeedRow::StackGone(columns.id()?),
        FeedKind::PartnerDeletes => FeedRow::PartnerGone { shared_by: columns.id()?, shared_with: columns.id()? },
        FeedKind::AssetDeletes | FeedKind::PartnerAssetDeletes => FeedRow::AssetGone(columns.id()?),
        FeedKind::AlbumDeletes => FeedRow::AlbumGone(columns.id()?),
        FeedKind::AlbumUserDeletes => FeedRow::AlbumUserGone { album_id: columns.id()?, user_id: columns.id()? },
        FeedKind::AlbumAssetDeletes => FeedRow::AlbumAssetGone { album_id: columns.id()?, asset_id: columns.id()? },
        FeedKind::UserMetadataDeletes => {
            let _: (Option<AssetId>, Option<AssetId>) = (columns.maybe_id()?, columns.maybe_id()?);
            FeedRow::UserMetadataGone { user_id: user, key: columns.name()? }
        }
        FeedKind::AssetMetadataDeletes => {
            let asset_id = columns.id()?;
            let _: Option<AssetId> = columns.maybe_id()?;
            FeedRow::AssetMetadataGone { asset_id, key: columns.text()? }
        }
    })
}

fn read_user<'r>(columns: &mut Columns<'r, '_>) -> rusqlite::Result<UserRow<'r>> {
    Ok(UserRow {
        id: columns.id()?,
        name: columns.text()?,
        email: columns.text()?,
        avatar_color: columns.maybe_name()?,
        deleted_at: columns.maybe_time()?,
        profile_changed_at: columns.time()?,
        has_profile_image: columns.flag()?,
        is_admin: columns.flag()?,
        oauth_id: columns.text()?,
        storage_label: columns.maybe_text()?,
        quota_bytes: columns.maybe_integer()?,
        usage_bytes: columns.integer()?,
    })
}

fn read_album<'r>(columns: &mut Columns<'r, '_>) -> rusqlite::Result<AlbumRow<'r>> {
    Ok(AlbumRow {
        id: columns.id()?,
        owner_id: columns.id()?,
        name: columns.text()?,
        description: columns.text()?,
        created_at: columns.time()?,
        updated_at: columns.time()?,
        thumbnail_asset_id: columns.maybe_id()?,
        is_activity_enabled: columns.flag()?,
        order: columns.name()?,
    })
}
