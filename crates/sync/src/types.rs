//! What a server of a version may be asked for. One type that it does not know fails the whole request.

use tintype_protocol::sync::RequestType;
use tintype_protocol::version::Version;

/// From this version on servers know edits, and the second form of faces (events-after-2.7.5 §1).
const EDITS: Version = Version { major: 2, minor: 6, patch: 0 };
/// From this version on servers know the second form of assets and albums, and recognised text. The first one is retired
/// by later ones, together with the first one of faces.
const SECOND: Version = Version { major: 3, minor: 0, patch: 0 };

/// What to ask a server of this version for: everything that it has, once.
pub(crate) fn requested(version: Version) -> Vec<RequestType> {
    RequestType::ALL.iter().copied().filter(|kind| is_wanted(*kind, version)).collect()
}

fn is_wanted(kind: RequestType, version: Version) -> bool {
    use RequestType as R;
    match kind {
        R::AssetsV1 | R::PartnerAssetsV1 | R::AlbumAssetsV1 | R::AlbumsV1 => version < SECOND,
        R::AssetsV2 | R::PartnerAssetsV2 | R::AlbumAssetsV2 | R::AlbumsV2 | R::AssetOcrV1 => version >= SECOND,
        R::AssetFacesV1 => version < EDITS,
        R::AssetFacesV2 | R::AssetEditsV1 => version >= EDITS,
        R::AuthUsersV1
        | R::UsersV1
        | R::PartnersV1
        | R::StacksV1
        | R::PartnerStacksV1
        | R::AlbumUsersV1
        | R::AlbumToAssetsV1
        | R::AssetExifsV1
        | R::AlbumAssetExifsV1
        | R::PartnerAssetExifsV1
        | R::MemoriesV1
        | R::MemoryToAssetsV1
        | R::PeopleV1
        | R::UserMetadataV1
        | R::AssetMetadataV1 => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Types that every version has.
    const ALWAYS: usize = 15;

    #[test]
    fn a_server_is_asked_for_all_that_it_knows_and_nothing_else() {
        use RequestType as R;
        let first = [R::AssetsV1, R::PartnerAssetsV1, R::AlbumAssetsV1, R::AlbumsV1];
        let second = [R::AssetsV2, R::PartnerAssetsV2, R::AlbumAssetsV2, R::AlbumsV2, R::AssetOcrV1];
        let edits = [R::AssetFacesV2, R::AssetEditsV1];
        let old_faces = [R::AssetFacesV1];
        for (version, has) in [
            ("2.5.0", [&first[..], &old_faces]),
            ("2.5.6", [&first, &old_faces]),
            ("2.6.0", [&first, &edits]),
            ("2.7.5", [&first, &edits]),
            ("3.0.0", [&second, &edits]),
            ("3.1.0", [&second, &edits]),
            ("3.2.2", [&second, &edits]),
            ("3.3.0", [&second, &edits]),
        ] {
            let types = requested(version.parse().unwrap());
            let special = [&first[..], &second, &edits, &old_faces].concat();
            let (asked, others): (Vec<_>, Vec<_>) = types.iter().partition(|kind| special.contains(kind));
            let mut has = has.concat();
            has.sort();
            assert_eq!((asked, others.len()), (has, ALWAYS), "{version}");
        }
    }
}
