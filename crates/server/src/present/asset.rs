//! Assets.

use std::collections::HashMap;

use tintype_library::model::{Asset, Exif, Face, Person, StackSummary, Tag, User};
use tintype_library::sessions::Caller;
use tintype_protocol::dto::asset::{
    AssetResponseDto, DurationDto, ExifResponseDto, SanitizedAssetResponseDto, ShownAssetDto, TagResponseDto,
};
use tintype_protocol::dto::stack::AssetStackResponseDto;
use tintype_protocol::id::UserId;
use tintype_protocol::model::{AssetType, Visibility};
use tintype_protocol::sync::Number;

/// What is shown around a single asset.
#[derive(Default)]
pub(crate) struct Surroundings {
    pub(crate) tags: Vec<Tag>,
    pub(crate) stack: Option<StackSummary>,
    /// Empty for everybody but the owner.
    pub(crate) faces: Vec<(Face, Option<Person>)>,
}

/// Turns assets into bodies for one viewer; for guests there is none, as nothing is theirs.
pub(crate) struct AssetPresenter {
    is_v3: bool,
    viewer: Option<UserId>,
    owners: HashMap<UserId, User>,
}

impl AssetPresenter {
    /// For lists and searches.
    pub(crate) fn new(is_v3: bool, viewer: impl Into<Option<UserId>>) -> Self {
        Self { is_v3, viewer: viewer.into(), owners: HashMap::new() }
    }

    /// For single assets, whose bodies name the owner.
    pub(crate) fn with_owners(self, owners: HashMap<UserId, User>) -> Self {
        Self { owners, ..self }
    }

    /// An asset in a list.
    pub(crate) fn listed(&self, asset: Asset, known: Option<Exif>) -> AssetResponseDto {
        let is_own = Some(asset.owner_id) == self.viewer;
        AssetResponseDto {
            id: asset.id,
            created_at: asset.created_at,
            owner_id: asset.owner_id,
            owner: self.owners.get(&asset.owner_id).map(super::user),
            library_id: asset.library_id,
            asset_type: asset.asset_type,
            thumbhash: asset.thumbhash.as_deref().map(base64),
            file_created_at: asset.file_created_at,
            file_modified_at: asset.file_modified_at,
            local_date_time: asset.local_date_time,
            updated_at: asset.updated_at,
            is_favorite: asset.is_favorite && is_own,
            is_archived: asset.visibility == Visibility::Archive,
            is_trashed: asset.is_trashed(),
            is_offline: asset.is_offline,
            is_edited: asset.is_edited,
            visibility: asset.visibility,
            duration: self.duration(asset.asset_type, asset.duration_ms),
            exif_info: known.map(exif),
            live_photo_video_id: asset.live_photo_video_id,
            tags: None,
            people: Vec::new(),
            unassigned_faces: None,
            checksum: asset.checksum,
            stack: None,
            duplicate_id: None,
            resized: (!self.is_v3).then_some(true),
            device_asset_id: (!self.is_v3).then_some(asset.device_asset_id),
            device_id: (!self.is_v3).then_some(asset.device_id),
            has_metadata: true,
            width: asset.width,
            height: asset.height,
            // Where a file lies says how its owner is called and sorts; guests get its name.
            original_path: if self.viewer.is_some() { asset.original_path } else { asset.original_name.clone() },
            original_file_name: asset.original_name,
            original_mime_type: asset.media_type,
        }
    }

    /// An asset by itself.
    pub(crate) fn single(&self, asset: Asset, known: Option<Exif>, around: Surroundings) -> AssetResponseDto {
        let Surroundings { tags, stack, faces } = around;
        let (people, nobody) = super::on_asset(faces, self.is_v3);
        AssetResponseDto {
            people,
            // How somebody sorts their photos is nothing for guests.
            tags: Some(tags.into_iter().filter(|_| self.viewer.is_some()).map(tag).collect()),
            stack: Some(stack.map(|summary| AssetStackResponseDto {
                id: summary.stack.id,
                primary_asset_id: summary.stack.primary,
                asset_count: summary.count,
            })),
            unassigned_faces: (!self.is_v3).then_some(nobody),
            ..self.listed(asset, known)
        }
    }

    /// An asset in the form that the caller may see.
    pub(crate) fn shown(&self, caller: &Caller, asset: Asset, known: Option<Exif>) -> ShownAssetDto {
        if caller.sees_metadata() {
            ShownAssetDto::Whole(Box::new(self.listed(asset, known)))
        } else {
            ShownAssetDto::Sanitized(self.sanitized(asset))
        }
    }

    /// An asset without its metadata.
    pub(crate) fn sanitized(&self, asset: Asset) -> SanitizedAssetResponseDto {
        SanitizedAssetResponseDto {
            id: asset.id,
            asset_type: asset.asset_type,
            thumbhash: asset.thumbhash.as_deref().map(base64),
            original_mime_type: asset.media_type,
            local_date_time: asset.local_date_time,
            duration: self.duration(asset.asset_type, asset.duration_ms),
            live_photo_video_id: asset.live_photo_video_id,
            has_metadata: false,
            width: asset.width,
            height: asset.height,
        }
    }

    fn duration(&self, asset_type: AssetType, ms: Option<u64>) -> DurationDto {
        if self.is_v3 {
            DurationDto::Millis(ms)
        } else if asset_type == AssetType::Image {
            DurationDto::Text(None)
        } else {
            DurationDto::Text(ms)
        }
    }
}

/// A tag.
pub(crate) fn tag(row: Tag) -> TagResponseDto {
    TagResponseDto {
        id: row.id,
        parent_id: row.parent_id,
        name: row.value.rsplit('/').next().unwrap_or_default().to_owned(),
        value: row.value,
        created_at: row.created_at,
        updated_at: row.updated_at,
        color: row.color,
    }
}

/// A duration in a time bucket.
pub(crate) fn duration(is_v3: bool, ms: Option<u64>) -> DurationDto {
    if is_v3 { DurationDto::Millis(ms) } else { DurationDto::TextOrNull(ms) }
}

/// What is known about an asset.
fn exif(row: Exif) -> ExifResponseDto {
    ExifResponseDto {
        make: row.make,
        model: row.model,
        exif_image_width: row.image_width,
        exif_image_height: row.image_height,
        file_size_in_byte: row.file_size_bytes,
        orientation: row.orientation.map(|orientation| orientation.to_string()),
        date_time_original: row.date_time_original,
        modify_date: row.modify_date,
        time_zone: row.time_zone,
        lens_model: row.lens_model,
        f_number: row.f_number.map(Number),
        focal_length: row.focal_length.map(Number),
        iso: row.iso,
        exposure_time: row.exposure_time,
        latitude: row.latitude.map(Number),
        longitude: row.longitude.map(Number),
        city: row.city,
        state: row.state,
        country: row.country,
        description: Some(row.description),
        projection_type: row.projection_type,
        rating: row.rating,
    }
}

fn base64(bytes: &[u8]) -> String {
    tintype_protocol::bytes::base64(bytes)
}
