//! From changed rows to lines.

use serde_json::value::RawValue;
use tintype_library::feed::{AlbumRow, AssetRow, ExifRow, FeedRow, UserRow};
use tintype_protocol::dto::memory::OnThisDayDto;
use tintype_protocol::id::UserId;
use tintype_protocol::model::{AlbumRole, MemoryType};
use tintype_protocol::sync::{
    AckId, AckToken, AlbumToAssetV1, AlbumUserV1, AlbumV1, AssetDelete, AssetEditDelete, AssetFaceDelete, AssetFaceV1,
    AssetMetadataDelete, AssetMetadataV1, AssetOcrDelete, AssetOcrV1, AuthUserV1, DeleteAlbum, Empty, EntityType, Line,
    MemoryDelete, MemoryToAssetV1, MemoryV1, Number, PartnerDelete, PartnerV1, PersonDelete, PersonV1, StackDelete,
    StackV1, UserDelete, UserMetadataDelete, UserMetadataV1, UserV1,
};

use super::chunks::{Chunks, LineError};
use crate::lines;
use tintype_library::model::{Face, Memory, OcrRow, Person};

/// Who reads a stream.
#[derive(Debug, Clone, Copy)]
pub(super) struct Viewer {
    pub(super) user: UserId,
    /// Owners of albums are rows of their own, for clients that read albums of generation 3.
    pub(super) shows_owners: bool,
}

/// Writes rows as lines of one entity type.
pub(super) struct LineWriter<'c> {
    chunks: &'c mut Chunks,
    entity: EntityType,
    viewer: Viewer,
    thumbhash: String,
}

impl<'c> LineWriter<'c> {
    pub(super) fn new(chunks: &'c mut Chunks, entity: EntityType, viewer: Viewer) -> Self {
        Self { chunks, entity, viewer, thumbhash: String::new() }
    }

    /// Writes a line that only carries the ack of another type.
    pub(super) fn mark(&mut self, ack: AckToken) -> Result<(), LineError> {
        self.chunks.push(&Line { entity: EntityType::SyncAckV1, data: Empty {}, ack })
    }

    /// Writes one row.
    pub(super) fn write(&mut self, at: AckId, row: FeedRow<'_>) -> Result<(), LineError> {
        match row {
            FeedRow::User(row) if self.entity == EntityType::AuthUserV1 => self.line(at, auth_user(&row)),
            FeedRow::User(row) => self.line(at, user(&row)),
            FeedRow::Asset(row) => self.asset(at, &row),
            FeedRow::Exif(row) => self.exif(at, &row),
            FeedRow::Partner(row) => self.line(
                at,
                PartnerV1 {
                    shared_by_id: row.shared_by,
                    shared_with_id: row.shared_with,
                    in_timeline: row.in_timeline,
                },
            ),
            FeedRow::Stack(row) => self.line(
                at,
                StackV1 {
                    id: row.stack.id,
                    created_at: row.created_at,
                    updated_at: row.updated_at,
                    primary_asset_id: row.stack.primary,
                    owner_id: row.stack.owner_id,
                },
            ),
            FeedRow::Edit(row) => self.line(at, lines::edit(&row)),
            FeedRow::EditGone(edit_id) => self.line(at, AssetEditDelete { edit_id }),
            FeedRow::Memory(row) => self.line(at, memory(&row)),
            FeedRow::MemoryGone(memory_id) => self.line(at, MemoryDelete { memory_id }),
            FeedRow::MemoryAsset { memory_id, asset_id } | FeedRow::MemoryAssetGone { memory_id, asset_id } => {
                self.line(at, MemoryToAssetV1 { memory_id, asset_id })
            }
            FeedRow::Ocr(row) => self.line(at, ocr(&row)),
            FeedRow::OcrGone { removal, asset_id, deleted_at } => {
                self.line(at, AssetOcrDelete { id: removal, asset_id, deleted_at })
            }
            FeedRow::Person(row) => self.line(at, person(&row)),
            FeedRow::Face(row) => self.line(at, face(&row, self.entity)),
            FeedRow::PersonGone(person_id) => self.line(at, PersonDelete { person_id }),
            FeedRow::FaceGone(asset_face_id) => self.line(at, AssetFaceDelete { asset_face_id }),
            FeedRow::StackGone(stack_id) => self.line(at, StackDelete { stack_id }),
            FeedRow::PartnerGone { shared_by, shared_with } => {
                self.line(at, PartnerDelete { shared_by_id: shared_by, shared_with_id: shared_with })
            }
            FeedRow::Album(row) => self.line(at, album(&row, self.entity)),
            FeedRow::AlbumUser { role: AlbumRole::Owner, .. } if !self.viewer.shows_owners => Ok(()),
            FeedRow::AlbumUser { album_id, user_id, role } => self.line(at, AlbumUserV1 { album_id, user_id, role }),
            FeedRow::AlbumAsset { album_id, asset_id } | FeedRow::AlbumAssetGone { album_id, asset_id } => {
                self.line(at, AlbumToAssetV1 { album_id, asset_id })
            }
            FeedRow::UserMetadata { user_id, key, value } => {
                self.line(at, UserMetadataV1 { user_id, key, value: raw(value)? })
            }
            FeedRow::AssetMetadata { asset_id, key, value } => {
                self.line(at, AssetMetadataV1 { asset_id, key: key.into(), value: raw(value)? })
            }
            FeedRow::UserGone(user_id) => self.line(at, UserDelete { user_id }),
            FeedRow::AssetGone(asset_id) => self.line(at, AssetDelete { asset_id }),
            FeedRow::AlbumGone(album_id) => self.line(at, DeleteAlbum { album_id }),
            FeedRow::AlbumUserGone { album_id, user_id } => {
                #[derive(serde::Serialize)]
                #[serde(rename_all = "camelCase")]
                struct Gone {
                    album_id: tintype_protocol::id::AlbumId,
                    user_id: tintype_protocol::id::UserId,
                }
                self.line(at, Gone { album_id, user_id })
            }
            FeedRow::UserMetadataGone { user_id, key } => self.line(at, UserMetadataDelete { user_id, key }),
            FeedRow::AssetMetadataGone { asset_id, key } => {
                self.line(at, AssetMetadataDelete { asset_id, key: key.into() })
            }
        }
    }

    fn line<T: serde::Serialize>(&mut self, at: AckId, data: T) -> Result<(), LineError> {
        self.chunks.push(&Line { entity: self.entity, data, ack: AckToken { entity: self.entity, id: at } })
    }

    fn asset(&mut self, at: AckId, row: &AssetRow<'_>) -> Result<(), LineError> {
        let is_second = is_second_generation(self.entity);
        let data = lines::asset(row, self.viewer.user, is_second, &mut self.thumbhash);
        self.chunks.push_row(&Line { entity: self.entity, data, ack: AckToken { entity: self.entity, id: at } })
    }

    fn exif(&mut self, at: AckId, row: &ExifRow<'_>) -> Result<(), LineError> {
        let mut digit = [0; 4];
        let data = lines::exif(row, &mut digit);
        self.chunks.push_row(&Line { entity: self.entity, data, ack: AckToken { entity: self.entity, id: at } })
    }
}

fn is_second_generation(entity: EntityType) -> bool {
    use EntityType as E;
    matches!(
        entity,
        E::AssetV2
            | E::PartnerAssetV2
            | E::PartnerAssetBackfillV2
            | E::AlbumAssetCreateV2
            | E::AlbumAssetUpdateV2
            | E::AlbumAssetBackfillV2
    )
}

fn raw(json: &str) -> Result<&RawValue, LineError> {
    serde_json::from_str(json).map_err(LineError::Line)
}

fn user<'r>(row: &UserRow<'r>) -> UserV1<'r> {
    UserV1 {
        id: row.id,
        name: row.name.into(),
        email: row.email.into(),
        avatar_color: row.avatar_color,
        deleted_at: row.deleted_at,
        profile_changed_at: row.profile_changed_at,
        has_profile_image: row.has_profile_image,
    }
}

fn auth_user<'r>(row: &UserRow<'r>) -> AuthUserV1<'r> {
    AuthUserV1 {
        id: row.id,
        name: row.name.into(),
        email: row.email.into(),
        avatar_color: row.avatar_color,
        deleted_at: row.deleted_at,
        profile_changed_at: row.profile_changed_at,
        is_admin: row.is_admin,
        pin_code: None,
        oauth_id: row.oauth_id.into(),
        storage_label: row.storage_label.map(Into::into),
        quota_size_in_bytes: row.quota_bytes,
        quota_usage_in_bytes: row.usage_bytes,
        has_profile_image: row.has_profile_image,
    }
}

fn album<'r>(row: &AlbumRow<'r>, entity: EntityType) -> AlbumV1<'r> {
    AlbumV1 {
        id: row.id,
        owner_id: (entity == EntityType::AlbumV1).then_some(row.owner_id),
        name: row.name.into(),
        description: row.description.into(),
        created_at: row.created_at,
        updated_at: row.updated_at,
        thumbnail_asset_id: row.thumbnail_asset_id,
        is_activity_enabled: row.is_activity_enabled,
        order: row.order,
    }
}

fn person(row: &Person) -> PersonV1<'_> {
    PersonV1 {
        id: row.id,
        created_at: row.created_at,
        updated_at: row.updated_at,
        owner_id: row.owner_id,
        name: row.name.as_str().into(),
        birth_date: row.birth_date,
        is_hidden: row.is_hidden,
        is_favorite: row.is_favorite,
        color: row.color.as_deref().map(Into::into),
        face_asset_id: row.feature_face,
    }
}

fn face(row: &Face, entity: EntityType) -> AssetFaceV1 {
    let is_second = entity == EntityType::AssetFaceV2;
    AssetFaceV1 {
        id: row.id,
        asset_id: row.asset_id,
        person_id: row.person_id,
        image_width: row.area.image_width,
        image_height: row.area.image_height,
        x1: row.area.x1,
        y1: row.area.y1,
        x2: row.area.x2,
        y2: row.area.y2,
        source_type: row.source,
        deleted_at: is_second.then_some(row.deleted_at),
        is_visible: is_second.then_some(row.is_visible),
    }
}

fn memory(row: &Memory) -> MemoryV1 {
    MemoryV1 {
        id: row.id,
        created_at: row.created_at,
        updated_at: row.updated_at,
        deleted_at: None,
        owner_id: row.owner_id,
        kind: MemoryType::OnThisDay,
        data: OnThisDayDto { year: row.year },
        is_saved: row.is_saved,
        memory_at: row.memory_at,
        seen_at: row.seen_at,
        show_at: row.show_at,
        hide_at: row.hide_at,
    }
}

fn ocr(row: &OcrRow) -> AssetOcrV1<'_> {
    let [(x1, y1), (x2, y2), (x3, y3), (x4, y4)] = row.line.corners.map(|(x, y)| (Number(x), Number(y)));
    AssetOcrV1 {
        id: row.id,
        asset_id: row.asset_id,
        x1,
        y1,
        x2,
        y2,
        x3,
        y3,
        x4,
        y4,
        box_score: Number(row.line.box_score),
        text_score: Number(row.line.text_score),
        text: row.line.text.as_str().into(),
        is_visible: row.line.is_visible,
    }
}
