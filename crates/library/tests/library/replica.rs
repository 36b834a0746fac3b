//! What an upstream says, as the library takes it: lines in any order, again, wrong, and too early.

use serde_json::{Value, json};
use tintype_library::Library;
use tintype_library::model::{JobKind, NewUpstream, Upstream, UpstreamMode};
use tintype_library::replica::{Outcome, Sweep, Swept};
use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::AssetId;
use tintype_protocol::model::SortOrder;
use tintype_protocol::permission::Permission;
use tintype_protocol::sync::EntityType;
use tintype_protocol::version::Version;
use uuid::Uuid;

use crate::scene::{Scene, jpeg};

/// Who the user is there.
pub(crate) const ME: &str = "0f9d3c1e-7a4b-4c2d-9e8f-000000000001";

/// Some time.
pub(crate) const AT: &str = "2024-01-02T03:04:05.678Z";

pub(crate) fn id(number: u32) -> String {
    format!("0f9d3c1e-7a4b-4c2d-9e8f-{number:012}")
}

pub(crate) fn local(number: u32) -> AssetId {
    id(number).parse().unwrap()
}

pub(crate) fn follow(scene: &Scene) -> Upstream {
    let new = NewUpstream {
        address: "https://photos.example.org/api".to_owned(),
        version: Version::CURRENT,
        user_id: scene.owner,
        external_user_id: Uuid::parse_str(ME).unwrap(),
        email: "ada@example.org".to_owned(),
        mode: UpstreamMode::Stream,
    };
    scene.library.link_upstream(new).unwrap()
}

pub(crate) fn asset(number: u32, content: u8, more: &Value) -> Value {
    let checksum = tintype_protocol::bytes::base64(&[content; 20]);
    let mut line = json!({
        "id": id(number), "ownerId": ME, "originalFileName": format!("{number}.jpg"), "type": "IMAGE",
        "fileCreatedAt": "2024-01-02T03:04:05.678Z", "fileModifiedAt": "2024-01-02T03:04:05.678Z",
        "localDateTime": "2024-01-02T03:04:05.678Z", "createdAt": "2024-01-02T03:04:05.678Z", "deletedAt": null,
        "isFavorite": false, "visibility": "timeline", "duration": null, "livePhotoVideoId": null, "stackId": null,
        "libraryId": null, "width": 4, "height": 3, "isEdited": false, "checksum": checksum, "thumbhash": null,
    });
    line.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    line
}

/// Applies lines in one transaction; those that cannot be go into quarantine.
pub(crate) fn apply(library: &Library, upstream: &Upstream, lines: Vec<(EntityType, Value)>) -> Vec<Outcome> {
    library
        .replicate(upstream, move |replica| {
            let mut outcomes = Vec::new();
            for (entity, line) in lines {
                let data = line.to_string();
                let outcome = replica.apply(entity, data.as_bytes())?;
                if let Outcome::Refused(reason) = &outcome {
                    let ack = format!("{}|019b7c10-1111-7bbb-8bbb-000000000002", entity.as_str());
                    replica.quarantine(entity, data.as_bytes(), ack.parse().unwrap(), reason)?;
                }
                outcomes.push(outcome);
            }
            Ok(outcomes)
        })
        .unwrap()
}

pub(crate) fn retry(library: &Library, upstream: &Upstream) -> u64 {
    library.retry_quarantined(upstream, None).unwrap()
}

pub(crate) fn is_refused(outcome: &Outcome, why: &str) -> bool {
    matches!(outcome, Outcome::Refused(reason) if reason.contains(why))
}

#[test]
fn a_child_waits_for_its_parent_and_comes_after_it() {
    let scene = Scene::new();
    let (library, upstream) = (&scene.library, follow(&scene));
    let link = json!({ "albumId": id(9), "assetId": id(2) });
    let outcomes = apply(library, &upstream, vec![(EntityType::AlbumToAssetV1, link)]);
    assert!(is_refused(&outcomes[0], "album"), "{outcomes:?}");
    assert_eq!(retry(library, &upstream), 0);
    assert_eq!(library.quarantined(upstream.id).unwrap()[0].attempts, 2);
    let album = json!({
        "id": id(9), "name": "Trip", "description": "", "createdAt": "2024-01-02T03:04:05.678Z",
        "updatedAt": "2024-01-02T03:04:05.678Z", "thumbnailAssetId": null, "isActivityEnabled": true, "order": "desc",
    });
    let lines = vec![(EntityType::AlbumV2, album), (EntityType::AssetV2, asset(2, 2, &json!({})))];
    assert_eq!(apply(library, &upstream, lines), [Outcome::Applied, Outcome::Applied]);
    assert_eq!(retry(library, &upstream), 1);
    assert!(library.quarantined(upstream.id).unwrap().is_empty());
    let albums = library.albums(&scene.caller(), None).unwrap();
    assert_eq!((albums.len(), albums[0].summary.asset_count), (1, 1));
}

#[test]
fn a_live_photo_finds_its_motion_part_whichever_comes_first() {
    let scene = Scene::new();
    let (library, upstream) = (&scene.library, follow(&scene));
    let still = asset(2, 2, &json!({ "livePhotoVideoId": id(3) }));
    let video = asset(3, 3, &json!({ "type": "VIDEO", "visibility": "hidden" }));
    let motion = || {
        let caller = scene.caller();
        library.asset(&caller, local(2), Permission::AssetRead).unwrap().live_photo_video_id
    };
    apply(library, &upstream, vec![(EntityType::AssetV2, still.clone())]);
    assert_eq!(motion(), None);
    apply(library, &upstream, vec![(EntityType::AssetV2, video)]);
    assert_eq!(motion(), Some(local(3)));
    apply(library, &upstream, vec![(EntityType::AssetV2, still)]);
    assert_eq!(motion(), Some(local(3)), "and keeps it");
}

#[test]
fn wrong_lines_are_kept_and_stop_nothing() {
    let scene = Scene::new();
    let (library, upstream) = (&scene.library, follow(&scene));
    let mine = scene.add("a.jpg", &jpeg(1));
    let lines = vec![
        (EntityType::AssetV2, json!({ "id": "x" })),
        (EntityType::AssetV2, asset(2, 2, &json!({ "ownerId": id(50) }))),
        (EntityType::AssetV2, asset(3, 7, &json!({}))),
        // The same content once more: an owner has it once.
        (EntityType::AssetV2, asset(4, 7, &json!({}))),
        (EntityType::AssetFaceV2, json!({})),
        (EntityType::AssetV2, asset(5, 8, &json!({}))),
    ];
    let outcomes = apply(library, &upstream, lines);
    assert!(is_refused(&outcomes[0], "not understood"), "{outcomes:?}");
    assert!(is_refused(&outcomes[1], "user"), "{outcomes:?}");
    assert_eq!(outcomes[2], Outcome::Applied);
    assert!(is_refused(&outcomes[3], "another name"), "{outcomes:?}");
    assert!(is_refused(&outcomes[4], "not understood"), "{outcomes:?}");
    assert_eq!(outcomes[5], Outcome::Applied);
    assert_eq!(library.quarantined(upstream.id).unwrap().len(), 4);
    assert!(scene.library.asset(&scene.caller(), mine, Permission::AssetRead).is_ok());
}

#[test]
fn what_is_deleted_there_is_deleted_here_and_only_that() {
    let scene = Scene::new();
    let (library, upstream) = (&scene.library, follow(&scene));
    let mine = scene.add("a.jpg", &jpeg(1));
    apply(library, &upstream, vec![(EntityType::AssetV2, asset(2, 2, &json!({})))]);
    let delete = |number: u32| (EntityType::AssetDeleteV1, json!({ "assetId": id(number) }));
    // Also what was never here, and twice.
    assert_eq!(apply(library, &upstream, vec![delete(2), delete(2), delete(77)]), vec![Outcome::Applied; 3]);
    let foreign = (EntityType::AssetDeleteV1, json!({ "assetId": mine }));
    assert_eq!(apply(library, &upstream, vec![foreign]), [Outcome::Applied]);
    let need = Permission::AssetRead;
    assert!(library.asset(&scene.caller(), local(2), need).is_err());
    assert!(library.asset(&scene.caller(), mine, need).is_ok(), "nobody there knows this one");
}

/// A server names things as it likes; what did not come from there is out of its reach all the same.
#[test]
fn what_is_deleted_there_is_remembered_until_somebody_has_it_there_again() {
    let scene = Scene::new();
    let (library, upstream) = (&scene.library, follow(&scene));
    let sha1 = Sha1([7; 20]);
    let is_deleted = || library.read(|tx| Ok(tx.is_deleted_content(scene.owner, &sha1)?)).unwrap();
    apply(library, &upstream, vec![(EntityType::AssetV2, asset(1, 7, &json!({})))]);
    assert!(!is_deleted());
    apply(library, &upstream, vec![(EntityType::AssetDeleteV1, json!({ "assetId": id(1) }))]);
    assert!(is_deleted(), "nobody here brings it again");
    apply(library, &upstream, vec![(EntityType::AssetV2, asset(2, 7, &json!({})))]);
    assert!(!is_deleted(), "somebody has put it there again");
}

#[test]
fn a_server_cannot_reach_what_is_not_its_own() {
    let scene = Scene::new();
    let (library, upstream) = (&scene.library, follow(&scene));
    let caller = scene.caller();
    let mine = scene.add("a.jpg", &jpeg(1));
    let album = library
        .create_album(&caller, "Mine".to_owned(), String::new(), SortOrder::Descending, vec![mine], Vec::new())
        .unwrap()
        .album;
    let at = "2024-01-02T03:04:05.678Z";
    let lines = vec![
        (EntityType::AssetV2, asset(2, 2, &json!({ "id": mine, "deletedAt": at, "isFavorite": true }))),
        (
            EntityType::AlbumV2,
            json!({
                "id": album.id, "name": "Theirs", "description": "", "createdAt": at, "updatedAt": at,
                "thumbnailAssetId": null, "isActivityEnabled": true, "order": "desc",
            }),
        ),
        (
            EntityType::UserV1,
            json!({
                "id": scene.owner, "name": "Eve", "email": "eve@example.org", "avatarColor": null, "deletedAt": null,
                "profileChangedAt": at, "hasProfileImage": false,
            }),
        ),
        (EntityType::AlbumDeleteV1, json!({ "albumId": album.id })),
        (EntityType::AssetExifV1, json!({ "assetId": mine })),
        (EntityType::AlbumUserV1, json!({ "albumId": album.id, "userId": ME, "role": "viewer" })),
    ];
    let outcomes = apply(library, &upstream, lines);
    assert!(outcomes[..3].iter().all(|outcome| is_refused(outcome, "there is another")), "{outcomes:?}");
    let asset = library.asset(&caller, mine, Permission::AssetRead).unwrap();
    assert!(!asset.is_favorite && asset.deleted_at.is_none());
    assert_eq!(library.album(&caller, album.id).unwrap().album.name, "Mine");
    assert_eq!(scene.caller().user.name, "Ada");
}

pub(crate) fn sweep(library: &Library, upstream: &Upstream, is_confirmed: bool) -> Swept {
    library.replicate(upstream, move |replica| replica.sweep(&mut Sweep::new(is_confirmed))).unwrap()
}

pub(crate) fn begin_epoch(library: &Library, upstream: &Upstream) -> Upstream {
    library.replicate(upstream, |replica| replica.begin_epoch()).unwrap()
}

#[test]
fn after_a_reset_only_what_came_from_there_goes() {
    let scene = Scene::new();
    let (library, upstream) = (&scene.library, follow(&scene));
    let mine = scene.add("a.jpg", &jpeg(1));
    let shared = scene.add("b.jpg", &jpeg(2));
    let need = Permission::AssetRead;
    let checksum = tintype_protocol::bytes::base64(&library.asset(&scene.caller(), shared, need).unwrap().checksum.0);
    let both = asset(2, 2, &json!({ "checksum": checksum }));
    let lines = vec![
        (EntityType::AssetV2, both),
        (EntityType::AssetV2, asset(3, 3, &json!({}))),
        (EntityType::AssetV2, asset(4, 4, &json!({}))),
    ];
    assert_eq!(apply(library, &upstream, lines), vec![Outcome::Applied; 3]);
    let upstream = begin_epoch(library, &upstream);
    apply(library, &upstream, vec![(EntityType::AssetV2, asset(3, 3, &json!({})))]);
    assert_eq!(sweep(library, &upstream, false), Swept::Some(2));
    assert_eq!(sweep(library, &upstream, false), Swept::Everything);
    let state = |id| library.asset(&scene.caller(), id, need).ok().map(|asset| asset.deleted_at.is_some());
    assert_eq!(state(mine), Some(false), "nobody there ever knew it");
    assert_eq!(state(shared), Some(true), "its original lies here: it can be taken back");
    assert_eq!((state(local(3)), state(local(4))), (Some(false), None));
}

#[test]
fn a_server_that_shows_little_of_what_was_there_is_doubted() {
    let scene = Scene::new();
    let (library, upstream) = (&scene.library, follow(&scene));
    let lines = (10..80_u8).map(|n| (EntityType::AssetV2, asset(u32::from(n), n, &json!({})))).collect();
    apply(library, &upstream, lines);
    let upstream = begin_epoch(library, &upstream);
    assert_eq!(sweep(library, &upstream, false), Swept::Held(70));
    let held = library.upstreams().unwrap().remove(0);
    assert_eq!((held.held, held.is_resetting), (70, true));
    assert_eq!(sweep(library, &upstream, true), Swept::Some(70));
    let whole = library.replicate(&upstream, |replica| replica.complete()).unwrap();
    assert_eq!((whole.held, whole.is_resetting), (0, false));
}

#[test]
fn there_is_nothing_to_do_with_bytes_that_are_elsewhere() {
    let scene = Scene::new();
    let (library, upstream) = (&scene.library, follow(&scene));
    apply(library, &upstream, vec![(EntityType::AssetV2, asset(2, 2, &json!({})))]);
    assert_eq!(library.start_queue(JobKind::Metadata, true).unwrap(), 0);
    library.request_jobs(&scene.caller(), &[local(2)], JobKind::Thumbnail).unwrap();
    assert_eq!(library.pending_jobs().unwrap(), 0);
    let usage = || library.user(scene.owner).unwrap().unwrap().usage_bytes;
    apply(library, &upstream, vec![(EntityType::AssetDeleteV1, json!({ "assetId": id(2) }))]);
    assert_eq!(usage(), 0, "what was never counted is not given back");
}
