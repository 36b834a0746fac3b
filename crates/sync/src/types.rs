//! What a server of a version may be asked for. One type that it does not know fails the whole request.

use tintype_library::replica::APPLIED;
use tintype_protocol::sync::RequestType;
use tintype_protocol::version::{Generation, Version};

/// Types that only servers of generation 2 know; generation 3 has retired them.
const RETIRED: &[RequestType] = &[
    RequestType::AssetsV1,
    RequestType::PartnerAssetsV1,
    RequestType::AlbumAssetsV1,
    RequestType::AlbumsV1,
    RequestType::AssetFacesV1,
];
/// Types that generation 3 brought.
const NEWER: &[RequestType] = &[
    RequestType::AssetsV2,
    RequestType::PartnerAssetsV2,
    RequestType::AlbumAssetsV2,
    RequestType::AlbumsV2,
    RequestType::AssetOcrV1,
];

/// What to ask a server of this version for, of all that is kept here.
pub(crate) fn requested(version: Version) -> Vec<RequestType> {
    let unknown = match version.generation() {
        Generation::Two => NEWER,
        Generation::Three => RETIRED,
    };
    APPLIED.iter().copied().filter(|kind| !unknown.contains(kind)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retired_type_is_never_asked_for() {
        let of = |version: &str| requested(version.parse().unwrap());
        let (older, newer) = (of("2.7.5"), of("3.2.2"));
        assert!(older.contains(&RequestType::AssetsV1) && !older.iter().any(|kind| NEWER.contains(kind)));
        assert!(newer.contains(&RequestType::AssetsV2) && !newer.iter().any(|kind| RETIRED.contains(kind)));
        assert_eq!(older.len(), newer.len());
    }
}
