//! Which lines a request type stands for, in their order (sync-protocol §5; events-after-2.7.5 §2).

use std::collections::HashSet;

use tintype_library::feed::{BackfillKind, FeedKind, LinkedKind};
use tintype_protocol::sync::{EntityType, RequestType};

/// One part of what a request type stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Everything behind the checkpoint of the line type.
    Rows(FeedKind, EntityType),
    /// Rows that a new access makes visible although they lie behind the checkpoint of `upserts` (§8).
    Backfill { kind: BackfillKind, lines: EntityType, upserts: EntityType },
    /// Rows of assets whose link the client knows; sent only once it has acked a link, as `creates` (§7).
    Updates { kind: LinkedKind, lines: EntityType, creates: EntityType },
    /// Rows of assets whose link is new. The first is preceded by an ack for `updates`: what is created now need not
    /// come as an update next time.
    Creates { kind: FeedKind, lines: EntityType, updates: EntityType },
}

use EntityType as E;
use FeedKind as F;
use Step::{Backfill, Creates, Rows, Updates};

/// The steps of a request type.
pub(super) fn steps(request: RequestType) -> &'static [Step] {
    match request {
        RequestType::AuthUsersV1 => &[Rows(F::Me, E::AuthUserV1)],
        RequestType::UsersV1 => &[Rows(F::UserDeletes, E::UserDeleteV1), Rows(F::Users, E::UserV1)],
        RequestType::PartnersV1 => &[Rows(F::PartnerDeletes, E::PartnerDeleteV1), Rows(F::Partners, E::PartnerV1)],
        RequestType::AssetsV1 => &[Rows(F::AssetDeletes, E::AssetDeleteV1), Rows(F::Assets, E::AssetV1)],
        RequestType::AssetsV2 => &[Rows(F::AssetDeletes, E::AssetDeleteV1), Rows(F::Assets, E::AssetV2)],
        RequestType::StacksV1 => &[Rows(F::StackDeletes, E::StackDeleteV1), Rows(F::Stacks, E::StackV1)],
        RequestType::PartnerAssetsV1 => &PARTNER_ASSETS_V1,
        RequestType::PartnerAssetsV2 => &PARTNER_ASSETS_V2,
        RequestType::PartnerStacksV1 => &PARTNER_STACKS,
        RequestType::AlbumAssetsV1 => &ALBUM_ASSETS_V1,
        RequestType::AlbumAssetsV2 => &ALBUM_ASSETS_V2,
        RequestType::AlbumsV1 => &[Rows(F::AlbumDeletes, E::AlbumDeleteV1), Rows(F::Albums, E::AlbumV1)],
        RequestType::AlbumsV2 => &[Rows(F::AlbumDeletes, E::AlbumDeleteV1), Rows(F::Albums, E::AlbumV2)],
        RequestType::AlbumUsersV1 => &ALBUM_USERS,
        RequestType::AlbumToAssetsV1 => &ALBUM_LINKS,
        RequestType::AssetExifsV1 => &[Rows(F::Exifs, E::AssetExifV1)],
        RequestType::AlbumAssetExifsV1 => &ALBUM_EXIFS,
        RequestType::AssetOcrV1 => &[Rows(F::OcrDeletes, E::AssetOcrDeleteV1), Rows(F::Ocr, E::AssetOcrV1)],
        RequestType::PartnerAssetExifsV1 => &PARTNER_EXIFS,
        RequestType::MemoriesV1 => &[Rows(F::MemoryDeletes, E::MemoryDeleteV1), Rows(F::Memories, E::MemoryV1)],
        RequestType::MemoryToAssetsV1 => {
            &[Rows(F::MemoryAssetDeletes, E::MemoryToAssetDeleteV1), Rows(F::MemoryAssets, E::MemoryToAssetV1)]
        }
        RequestType::PeopleV1 => &[Rows(F::PersonDeletes, E::PersonDeleteV1), Rows(F::People, E::PersonV1)],
        RequestType::AssetFacesV1 => &[Rows(F::FaceDeletes, E::AssetFaceDeleteV1), Rows(F::Faces, E::AssetFaceV1)],
        RequestType::AssetFacesV2 => &[Rows(F::FaceDeletes, E::AssetFaceDeleteV1), Rows(F::Faces, E::AssetFaceV2)],
        RequestType::UserMetadataV1 => {
            &[Rows(F::UserMetadataDeletes, E::UserMetadataDeleteV1), Rows(F::UserMetadata, E::UserMetadataV1)]
        }
        RequestType::AssetMetadataV1 => {
            &[Rows(F::AssetMetadataDeletes, E::AssetMetadataDeleteV1), Rows(F::AssetMetadata, E::AssetMetadataV1)]
        }
        RequestType::AssetEditsV1 => &[Rows(F::EditDeletes, E::AssetEditDeleteV1), Rows(F::Edits, E::AssetEditV1)],
    }
}

const fn backfill(kind: BackfillKind, lines: EntityType, upserts: EntityType) -> Step {
    Backfill { kind, lines, upserts }
}

const PARTNER_ASSETS_V1: [Step; 3] = [
    Rows(F::PartnerAssetDeletes, E::PartnerAssetDeleteV1),
    backfill(BackfillKind::PartnerAssets, E::PartnerAssetBackfillV1, E::PartnerAssetV1),
    Rows(F::PartnerAssets, E::PartnerAssetV1),
];

const PARTNER_ASSETS_V2: [Step; 3] = [
    Rows(F::PartnerAssetDeletes, E::PartnerAssetDeleteV1),
    backfill(BackfillKind::PartnerAssets, E::PartnerAssetBackfillV2, E::PartnerAssetV2),
    Rows(F::PartnerAssets, E::PartnerAssetV2),
];

const PARTNER_EXIFS: [Step; 2] = [
    backfill(BackfillKind::PartnerExifs, E::PartnerAssetExifBackfillV1, E::PartnerAssetExifV1),
    Rows(F::PartnerExifs, E::PartnerAssetExifV1),
];

const PARTNER_STACKS: [Step; 3] = [
    Rows(F::PartnerStackDeletes, E::PartnerStackDeleteV1),
    backfill(BackfillKind::PartnerStacks, E::PartnerStackBackfillV1, E::PartnerStackV1),
    Rows(F::PartnerStacks, E::PartnerStackV1),
];

const ALBUM_ASSETS_V1: [Step; 3] = [
    backfill(BackfillKind::AlbumAssets, E::AlbumAssetBackfillV1, E::AlbumAssetCreateV1),
    Updates { kind: LinkedKind::Assets, lines: E::AlbumAssetUpdateV1, creates: E::AlbumAssetCreateV1 },
    Creates { kind: F::AlbumAssetRows, lines: E::AlbumAssetCreateV1, updates: E::AlbumAssetUpdateV1 },
];

const ALBUM_ASSETS_V2: [Step; 3] = [
    backfill(BackfillKind::AlbumAssets, E::AlbumAssetBackfillV2, E::AlbumAssetCreateV2),
    Updates { kind: LinkedKind::Assets, lines: E::AlbumAssetUpdateV2, creates: E::AlbumAssetCreateV2 },
    Creates { kind: F::AlbumAssetRows, lines: E::AlbumAssetCreateV2, updates: E::AlbumAssetUpdateV2 },
];

const ALBUM_EXIFS: [Step; 3] = [
    backfill(BackfillKind::AlbumExifs, E::AlbumAssetExifBackfillV1, E::AlbumAssetExifCreateV1),
    Updates { kind: LinkedKind::Exifs, lines: E::AlbumAssetExifUpdateV1, creates: E::AlbumAssetExifCreateV1 },
    Creates { kind: F::AlbumExifRows, lines: E::AlbumAssetExifCreateV1, updates: E::AlbumAssetExifUpdateV1 },
];

const ALBUM_USERS: [Step; 3] = [
    Rows(F::AlbumUserDeletes, E::AlbumUserDeleteV1),
    backfill(BackfillKind::AlbumUsers, E::AlbumUserBackfillV1, E::AlbumUserV1),
    Rows(F::AlbumUsers, E::AlbumUserV1),
];

const ALBUM_LINKS: [Step; 3] = [
    Rows(F::AlbumAssetDeletes, E::AlbumToAssetDeleteV1),
    backfill(BackfillKind::AlbumLinks, E::AlbumToAssetBackfillV1, E::AlbumToAssetV1),
    Rows(F::AlbumAssets, E::AlbumToAssetV1),
];

/// The newer form of a type; where both are asked for, the older one is not sent.
fn successor(request: RequestType) -> Option<RequestType> {
    match request {
        RequestType::AssetsV1 => Some(RequestType::AssetsV2),
        RequestType::AlbumsV1 => Some(RequestType::AlbumsV2),
        RequestType::PartnerAssetsV1 => Some(RequestType::PartnerAssetsV2),
        RequestType::AlbumAssetsV1 => Some(RequestType::AlbumAssetsV2),
        RequestType::AssetFacesV1 => Some(RequestType::AssetFacesV2),
        _ => None,
    }
}

/// The steps of everything that is wanted, in the order in which they are sent.
pub(super) fn wanted_steps(types: &HashSet<RequestType>) -> impl Iterator<Item = Step> {
    let is_superseded = |request: RequestType| successor(request).is_some_and(|newer| types.contains(&newer));
    let wanted =
        RequestType::ALL.iter().copied().filter(move |request| types.contains(request) && !is_superseded(*request));
    wanted.flat_map(|request| steps(request).iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_come_before_children() {
        let place = |wanted: RequestType| RequestType::ALL.iter().position(|request| *request == wanted).unwrap();
        for (parent, child) in [
            (RequestType::UsersV1, RequestType::AssetsV1),
            (RequestType::AssetsV2, RequestType::AssetExifsV1),
            (RequestType::AssetsV2, RequestType::AlbumToAssetsV1),
            (RequestType::AlbumsV2, RequestType::AlbumUsersV1),
            (RequestType::AlbumUsersV1, RequestType::AlbumToAssetsV1),
            (RequestType::AssetsV2, RequestType::AssetFacesV2),
            (RequestType::MemoriesV1, RequestType::MemoryToAssetsV1),
            (RequestType::AssetsV2, RequestType::AssetOcrV1),
            (RequestType::PeopleV1, RequestType::AssetFacesV1),
            (RequestType::PeopleV1, RequestType::AssetFacesV2),
        ] {
            assert!(place(parent) < place(child), "{parent} before {child}");
        }
    }
}
