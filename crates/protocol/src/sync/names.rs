//! The names of the sync stream: 27 request types and 59 entity types of version 3.2.2 (22 and 50 of 2.7.5 among them).

use crate::wire::wire_names;

wire_names! {
    /// What a client may ask a stream for. Declared in the order in which a server works them off: parents before
    /// children, so that a client with foreign keys can apply every line as it comes.
    #[allow(missing_docs)]
    RequestType {
        AuthUsersV1 = "AuthUsersV1",
        UsersV1 = "UsersV1",
        PartnersV1 = "PartnersV1",
        AssetsV1 = "AssetsV1",
        AssetsV2 = "AssetsV2",
        StacksV1 = "StacksV1",
        PartnerAssetsV1 = "PartnerAssetsV1",
        PartnerAssetsV2 = "PartnerAssetsV2",
        PartnerStacksV1 = "PartnerStacksV1",
        AlbumAssetsV1 = "AlbumAssetsV1",
        AlbumAssetsV2 = "AlbumAssetsV2",
        AlbumsV1 = "AlbumsV1",
        AlbumsV2 = "AlbumsV2",
        AlbumUsersV1 = "AlbumUsersV1",
        AlbumToAssetsV1 = "AlbumToAssetsV1",
        AssetExifsV1 = "AssetExifsV1",
        AlbumAssetExifsV1 = "AlbumAssetExifsV1",
        AssetOcrV1 = "AssetOcrV1",
        PartnerAssetExifsV1 = "PartnerAssetExifsV1",
        MemoriesV1 = "MemoriesV1",
        MemoryToAssetsV1 = "MemoryToAssetsV1",
        PeopleV1 = "PeopleV1",
        AssetFacesV1 = "AssetFacesV1",
        AssetFacesV2 = "AssetFacesV2",
        UserMetadataV1 = "UserMetadataV1",
        AssetMetadataV1 = "AssetMetadataV1",
        AssetEditsV1 = "AssetEditsV1",
    }
}

wire_names! {
    /// The type of a line, and of the checkpoint that its ack moves.
    #[allow(missing_docs)]
    EntityType {
        AuthUserV1 = "AuthUserV1",
        UserDeleteV1 = "UserDeleteV1",
        UserV1 = "UserV1",
        PartnerDeleteV1 = "PartnerDeleteV1",
        PartnerV1 = "PartnerV1",
        AssetDeleteV1 = "AssetDeleteV1",
        AssetV1 = "AssetV1",
        AssetV2 = "AssetV2",
        StackDeleteV1 = "StackDeleteV1",
        StackV1 = "StackV1",
        PartnerAssetDeleteV1 = "PartnerAssetDeleteV1",
        PartnerAssetBackfillV1 = "PartnerAssetBackfillV1",
        PartnerAssetBackfillV2 = "PartnerAssetBackfillV2",
        PartnerAssetV1 = "PartnerAssetV1",
        PartnerAssetV2 = "PartnerAssetV2",
        PartnerStackDeleteV1 = "PartnerStackDeleteV1",
        PartnerStackBackfillV1 = "PartnerStackBackfillV1",
        PartnerStackV1 = "PartnerStackV1",
        AlbumAssetBackfillV1 = "AlbumAssetBackfillV1",
        AlbumAssetBackfillV2 = "AlbumAssetBackfillV2",
        AlbumAssetUpdateV1 = "AlbumAssetUpdateV1",
        AlbumAssetUpdateV2 = "AlbumAssetUpdateV2",
        AlbumAssetCreateV1 = "AlbumAssetCreateV1",
        AlbumAssetCreateV2 = "AlbumAssetCreateV2",
        AlbumDeleteV1 = "AlbumDeleteV1",
        AlbumV1 = "AlbumV1",
        AlbumV2 = "AlbumV2",
        AlbumUserDeleteV1 = "AlbumUserDeleteV1",
        AlbumUserBackfillV1 = "AlbumUserBackfillV1",
        AlbumUserV1 = "AlbumUserV1",
        AlbumToAssetDeleteV1 = "AlbumToAssetDeleteV1",
        AlbumToAssetBackfillV1 = "AlbumToAssetBackfillV1",
        AlbumToAssetV1 = "AlbumToAssetV1",
        AssetExifV1 = "AssetExifV1",
        AlbumAssetExifBackfillV1 = "AlbumAssetExifBackfillV1",
        AlbumAssetExifUpdateV1 = "AlbumAssetExifUpdateV1",
        AlbumAssetExifCreateV1 = "AlbumAssetExifCreateV1",
        AssetOcrDeleteV1 = "AssetOcrDeleteV1",
        AssetOcrV1 = "AssetOcrV1",
        PartnerAssetExifBackfillV1 = "PartnerAssetExifBackfillV1",
        PartnerAssetExifV1 = "PartnerAssetExifV1",
        MemoryDeleteV1 = "MemoryDeleteV1",
        MemoryV1 = "MemoryV1",
        MemoryToAssetDeleteV1 = "MemoryToAssetDeleteV1",
        MemoryToAssetV1 = "MemoryToAssetV1",
        PersonDeleteV1 = "PersonDeleteV1",
        PersonV1 = "PersonV1",
        AssetFaceDeleteV1 = "AssetFaceDeleteV1",
        AssetFaceV1 = "AssetFaceV1",
        AssetFaceV2 = "AssetFaceV2",
        UserMetadataDeleteV1 = "UserMetadataDeleteV1",
        UserMetadataV1 = "UserMetadataV1",
        AssetMetadataDeleteV1 = "AssetMetadataDeleteV1",
        AssetMetadataV1 = "AssetMetadataV1",
        AssetEditDeleteV1 = "AssetEditDeleteV1",
        AssetEditV1 = "AssetEditV1",
        SyncAckV1 = "SyncAckV1",
        SyncResetV1 = "SyncResetV1",
        SyncCompleteV1 = "SyncCompleteV1",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_names_of_the_protocol_are_here() {
        assert_eq!((RequestType::ALL.len(), EntityType::ALL.len()), (27, 59));
    }
}
