//! What users of a server share with each other, and what those of them who are here, too, are told of it.

use serde_json::{Value, json};
use tintype_library::Library;
use tintype_library::feed::{FeedKind, FeedRow, Visit};
use tintype_library::model::{NewUpstream, Upstream};
use tintype_library::replica::{Outcome, Pruned, Sweep, Swept};
use tintype_library::sessions::Device;
use tintype_library::uploads::Added;
use tintype_library::users::NewUser;
use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::{UpdateId, UserId};
use tintype_protocol::model::AlbumRole;
use tintype_protocol::sync::EntityType;

use crate::replica::{AT, ME, apply, asset, begin_epoch, follow, id, is_refused, local, sweep};
use crate::scene::{Scene, jpeg, upload};

/// A user of the server.
pub(crate) fn user(number: u32) -> (EntityType, Value) {
    let line = json!({
        "id": id(number), "name": format!("User {number}"), "email": format!("{number}@example.org"),
        "avatarColor": null, "deletedAt": null, "profileChangedAt": AT, "hasProfileImage": false,
    });
    (EntityType::UserV1, line)
}

/// An album of the server.
pub(crate) fn album(number: u32, owner: &str) -> (EntityType, Value) {
    let line = json!({
        "id": id(number), "ownerId": owner, "name": format!("Album {number}"), "description": "", "createdAt": AT,
        "updatedAt": AT, "thumbnailAssetId": null, "isActivityEnabled": true, "order": "desc",
    });
    (EntityType::AlbumV1, line)
}

/// A user's part in an album.
pub(crate) fn member(album: u32, user: &str, role: &str) -> (EntityType, Value) {
    (EntityType::AlbumUserV1, json!({ "albumId": id(album), "userId": user, "role": role }))
}

/// How many rows of a kind a user is told of who has heard everything up to a position.
pub(crate) fn told(library: &Library, user: UserId, kind: FeedKind, after: UpdateId) -> usize {
    let count = library.read(|tx| {
        let mut count = 0;
        tx.changes(kind, user, after, &mut |_, _: FeedRow<'_>| {
            count += 1;
            Visit::Continue
        })?;
        Ok(count)
    });
    count.unwrap()
}

pub(crate) fn position(library: &Library) -> UpdateId {
    library.read(|tx| Ok(tx.last_update_id()?)).unwrap()
}

#[test]
fn who_becomes_a_member_there_is_told_of_the_album_here() {
    let scene = Scene::new();
    let (library, upstream) = (&scene.library, follow(&scene));
    let lines = vec![user(5), user(6), album(9, &id(5)), member(9, &id(6), "viewer")];
    assert_eq!(apply(library, &upstream, lines), vec![Outcome::Applied; 4]);
    let before = position(library);
    let joined = vec![member(9, ME, "viewer")];
    assert_eq!(apply(library, &upstream, joined.clone()), [Outcome::Applied]);
    let told_since =
        |after| [FeedKind::Albums, FeedKind::AlbumUsers].map(|kind| told(library, scene.owner, kind, after));
    assert_eq!(told_since(before), [1, 2], "the album, whose it is, and their own part in it");
    let before = position(library);
    apply(library, &upstream, joined);
    assert_eq!(told_since(before), [0, 0], "it is known already");
    apply(library, &upstream, vec![member(9, ME, "editor")]);
    assert_eq!(told_since(before), [0, 1]);
}

fn partner(by: &str, with: &str) -> (EntityType, Value) {
    (EntityType::PartnerV1, json!({ "sharedById": by, "sharedWithId": with, "inTimeline": true }))
}

fn link(album: u32, asset: u32) -> (EntityType, Value) {
    (EntityType::AlbumToAssetV1, json!({ "albumId": id(album), "assetId": id(asset) }))
}

/// An asset of somebody else's, as the server shows it for a reason.
fn shown(entity: EntityType, number: u32, owner: &str, more: &Value) -> (EntityType, Value) {
    let mut line = asset(number, u8::try_from(number).unwrap(), more);
    line["ownerId"] = json!(owner);
    (entity, line)
}

fn prune(library: &Library, upstream: &Upstream) -> u64 {
    let mut gone = 0;
    while let Pruned::Some(count) = library.replicate(upstream, |replica| replica.prune()).unwrap() {
        gone += count;
    }
    assert!(!library.has_ended_accesses(upstream.server_id).unwrap());
    gone
}

fn is_here(library: &Library, number: u32) -> bool {
    library.read(|tx| Ok(tx.asset(local(number))?)).unwrap().is_some()
}

fn user_id(number: u32) -> UserId {
    id(number).parse().unwrap()
}

/// Another user here, who follows the same server, where they are called by a number.
fn second(scene: &Scene, number: u32) -> Upstream {
    let user_id = scene.limited_user(1_000_000);
    let first = scene.library.upstreams().unwrap().remove(0);
    let new = NewUpstream {
        address: first.address,
        version: first.version,
        user_id,
        external_user_id: id(number).parse().unwrap(),
        email: "bob@example.org".to_owned(),
        mode: first.mode,
    };
    scene.library.link_upstream(new).unwrap()
}

const ALL_APPLIED: &str = "every line is applied";

#[track_caller]
fn apply_all(library: &Library, upstream: &Upstream, lines: Vec<(EntityType, Value)>) {
    let count = lines.len();
    assert_eq!(apply(library, upstream, lines), vec![Outcome::Applied; count], "{ALL_APPLIED}");
}

#[test]
fn what_a_partner_shows_is_here_until_they_are_none() {
    let scene = Scene::new();
    let (library, upstream) = (&scene.library, follow(&scene));
    let partners_of_nobody = apply(library, &upstream, vec![partner(&id(5), ME)]);
    assert!(is_refused(&partners_of_nobody[0], "user"), "{partners_of_nobody:?}");
    let lines = vec![
        user(5),
        partner(&id(5), ME),
        shown(EntityType::PartnerAssetV2, 10, &id(5), &json!({ "stackId": id(30) })),
        shown(EntityType::PartnerAssetBackfillV2, 11, &id(5), &json!({ "stackId": id(30) })),
        shown(EntityType::PartnerAssetV2, 12, &id(5), &json!({})),
        (
            EntityType::PartnerStackV1,
            json!({ "id": id(30), "createdAt": AT, "updatedAt": AT, "primaryAssetId": id(10), "ownerId": id(5) }),
        ),
        (EntityType::PartnerAssetDeleteV1, json!({ "assetId": id(12) })),
        shown(EntityType::AlbumAssetCreateV2, 13, &id(5), &json!({})),
        album(9, &id(5)),
        member(9, ME, "viewer"),
        link(9, 11),
        link(9, 13),
    ];
    apply_all(library, &upstream, lines);
    let kinds = [FeedKind::Partners, FeedKind::PartnerAssets, FeedKind::PartnerStacks, FeedKind::AlbumAssetRows];
    let feed = || kinds.map(|kind| told(library, scene.owner, kind, UpdateId::MIN));
    assert_eq!(feed(), [1, 3, 1, 2], "an app here sees the partner and what they show");
    let before = position(library);
    apply_all(library, &upstream, vec![partner(&id(5), ME)]);
    assert_eq!(told(library, scene.owner, FeedKind::Partners, before), 0, "nothing differs");
    assert_eq!(prune(library, &upstream), 0, "no access has ended");

    let parted = json!({ "sharedById": id(5), "sharedWithId": ME });
    apply_all(library, &upstream, vec![(EntityType::PartnerDeleteV1, parted)]);
    assert!(is_here(library, 10), "not before the stream is complete");
    assert_eq!(prune(library, &upstream), 1);
    assert_eq!([10, 11, 13].map(|number| is_here(library, number)), [false, true, true], "the album still shows two");
    assert_eq!(feed(), [0, 0, 0, 2]);

    apply_all(library, &upstream, vec![(EntityType::AlbumToAssetDeleteV1, link(9, 11).1)]);
    assert_eq!(prune(library, &upstream), 1);
    apply_all(library, &upstream, vec![(EntityType::AlbumDeleteV1, json!({ "albumId": id(9) }))]);
    assert_eq!(prune(library, &upstream), 1);
    assert_eq!(library.user(user_id(5)).unwrap().map(|user| user.id), Some(user_id(5)), "they are still there");
    apply_all(library, &upstream, vec![(EntityType::UserDeleteV1, json!({ "userId": id(5) }))]);
    assert_eq!((prune(library, &upstream), library.user(user_id(5)).unwrap()), (0, None));

    // All of it again.
    apply_all(
        library,
        &upstream,
        vec![user(5), partner(&id(5), ME), shown(EntityType::PartnerAssetV2, 10, &id(5), &json!({}))],
    );
    assert!(is_here(library, 10));
}

#[test]
fn a_motion_part_goes_with_its_still_and_nobody_counts_as_having_deleted_it() {
    let scene = Scene::new();
    let (library, upstream) = (&scene.library, follow(&scene));
    let still = json!({ "livePhotoVideoId": id(11) });
    let motion = json!({ "type": "VIDEO", "visibility": "hidden" });
    let lines = vec![
        user(5),
        partner(&id(5), ME),
        shown(EntityType::PartnerAssetV2, 11, &id(5), &motion),
        shown(EntityType::PartnerAssetV2, 10, &id(5), &still),
        (EntityType::PartnerDeleteV1, json!({ "sharedById": id(5), "sharedWithId": ME })),
    ];
    apply_all(library, &upstream, lines);
    assert_eq!(prune(library, &upstream), 2);
    let is_noted =
        |content: u8| library.read(|tx| Ok(tx.is_deleted_content(user_id(5), &Sha1([content; 20]))?)).unwrap();
    assert_eq!((is_noted(10), is_noted(11)), (false, false));
    assert_eq!(library.pending_jobs().unwrap(), 0);
}

/// What somebody without an account there brought here is theirs, whatever the server says about their namesake.
#[test]
fn originals_that_lie_here_are_never_pruned() {
    let scene = Scene::new();
    let (library, upstream) = (&scene.library, follow(&scene));
    apply_all(library, &upstream, vec![user(5), partner(&id(5), ME)]);
    let new = NewUser { email: "5@example.org".to_owned(), password: "secret".to_owned(), ..NewUser::default() };
    let adopted = library.create_user(&new).unwrap();
    assert_eq!(adopted.id, user_id(5), "who was known by their address has the rows that came for them");
    let Added::Created(mine) = library.add(upload(library, adopted.id, "a.jpg", &jpeg(1))).unwrap() else { panic!() };
    let checksum = library.read(|tx| Ok(tx.asset(mine)?)).unwrap().unwrap().checksum;
    let same = json!({ "checksum": tintype_protocol::bytes::base64(&checksum.0) });
    let lines = vec![
        shown(EntityType::PartnerAssetV2, 10, &id(5), &same),
        shown(EntityType::PartnerAssetV2, 11, &id(5), &json!({})),
        (EntityType::PartnerDeleteV1, json!({ "sharedById": id(5), "sharedWithId": ME })),
    ];
    apply_all(library, &upstream, lines);
    prune(library, &upstream);
    let left = library.read(|tx| Ok(tx.asset(mine)?)).unwrap().unwrap();
    assert_eq!((left.deleted_at, is_here(library, 11)), (None, false));
}

#[test]
fn an_account_takes_over_what_came_for_it() {
    let scene = Scene::new();
    let (library, upstream) = (&scene.library, follow(&scene));
    apply_all(library, &upstream, vec![user(5), shown(EntityType::AlbumAssetCreateV2, 10, &id(5), &json!({}))]);
    assert!(library.login("5@example.org", "", Device::default()).is_err(), "nobody can log in as they");
    let new = |email: &str| NewUser {
        email: email.to_owned(),
        name: "Eve".to_owned(),
        password: "secret".to_owned(),
        storage_label: Some("eve".to_owned()),
        ..NewUser::default()
    };
    let user = library.create_user(&new("5@Example.org")).unwrap();
    assert_eq!((user.id, user.name.as_str(), user.storage_label.as_deref()), (user_id(5), "Eve", Some("eve")));
    assert!(library.login("5@example.org", "secret", Device::default()).is_ok());
    assert_eq!(library.read(|tx| Ok(tx.asset(local(10))?)).unwrap().unwrap().owner_id, user.id);
    assert!(library.create_user(&new("5@example.org")).is_err(), "there is one now");
    // The server has no say in it any more.
    apply_all(library, &upstream, vec![self::user(5)]);
    assert_eq!(library.user(user.id).unwrap().unwrap().name, "Eve");
}

#[test]
fn what_users_here_agreed_on_by_themselves_stays() {
    let scene = Scene::new();
    let (library, upstream) = (&scene.library, follow(&scene));
    apply_all(library, &upstream, vec![user(5)]);
    let new = NewUser { email: "5@example.org".to_owned(), password: "secret".to_owned(), ..NewUser::default() };
    let eve = library.create_user(&new).unwrap().id;
    library.add_partner(&scene.caller(), eve).unwrap();
    let parted = json!({ "sharedById": ME, "sharedWithId": id(5) });
    let lines = vec![(EntityType::PartnerDeleteV1, parted), (EntityType::UserDeleteV1, json!({ "userId": id(5) }))];
    apply_all(library, &upstream, lines);
    prune(library, &upstream);
    assert_eq!(library.read(|tx| Ok(tx.partners(eve)?)).unwrap().len(), 1);
    assert!(library.user(eve).unwrap().is_some(), "the account here is theirs");
}

/// Two users here follow the same server: what is one's own is said by one's own lines.
#[test]
fn an_owner_knows_best_what_is_theirs() {
    let scene = Scene::new();
    let (library, ada) = (&scene.library, follow(&scene));
    let ben = second(&scene, 2);
    let own = |more: &Value| shown(EntityType::AssetV2, 10, ME, more);
    let through_album = |more: &Value| shown(EntityType::AlbumAssetUpdateV2, 10, ME, more);
    let is_favorite = || library.read(|tx| Ok(tx.asset(local(10))?)).unwrap().unwrap().is_favorite;
    apply_all(library, &ben, vec![through_album(&json!({}))]);
    apply_all(library, &ada, vec![own(&json!({ "isFavorite": true }))]);
    let before = position(library);
    apply_all(library, &ben, vec![through_album(&json!({}))]);
    apply_all(library, &ada, vec![through_album(&json!({}))]);
    assert!(is_favorite(), "others are not told, which does not mean no");
    assert_eq!(told(library, scene.owner, FeedKind::Assets, before), 0);
    // They are each other's partners here as there, and nobody is made twice.
    apply_all(library, &ada, vec![partner(ME, &id(2))]);
    let partners = library.read(|tx| Ok(tx.partners(ben.user_id)?)).unwrap();
    assert_eq!((partners.len(), partners[0].shared_by), (1, scene.owner));
}

/// A reset of one of two followers takes away what is theirs, and what only they could see.
#[test]
fn a_reset_answers_for_ones_own_and_nobody_elses() {
    let scene = Scene::new();
    let (library, ada) = (&scene.library, follow(&scene));
    let ben = second(&scene, 2);
    let both_see = vec![user(5), album(9, &id(5)), member(9, ME, "viewer"), member(9, &id(2), "viewer")];
    let of_the_album =
        |number| vec![shown(EntityType::AlbumAssetCreateV2, number, &id(5), &json!({})), link(9, number)];
    apply_all(library, &ben, [both_see.clone(), of_the_album(20)].concat());
    apply_all(library, &ben, vec![shown(EntityType::AssetV2, 11, &id(2), &json!({}))]);
    apply_all(library, &ada, [both_see, of_the_album(20), of_the_album(21)].concat());
    let of_ada = vec![
        shown(EntityType::AssetV2, 10, ME, &json!({})),
        partner(&id(5), ME),
        shown(EntityType::PartnerAssetV2, 22, &id(5), &json!({})),
    ];
    apply_all(library, &ada, of_ada);
    // Ben is shown one of Ada's last, and her reset shows nothing at all.
    apply_all(library, &ben, vec![shown(EntityType::AlbumAssetCreateV2, 10, ME, &json!({}))]);
    let ada = begin_epoch(library, &ada);
    apply_all(library, &ada, vec![user(5)]);
    let mut state = Sweep::new(true);
    loop {
        let (next, swept) = library
            .replicate(&ada, move |replica| {
                let swept = replica.sweep(&mut state)?;
                Ok((state, swept))
            })
            .unwrap();
        state = next;
        if swept == Swept::Everything {
            break;
        }
    }
    prune(library, &ada);
    let left = [10, 11, 20, 21, 22].map(|number| is_here(library, number));
    assert_eq!(left, [false, true, true, true, false], "her own is gone, his is not, nor is what he can see");
    let album = id(9).parse().unwrap();
    let in_it =
        library.read(|tx| Ok((tx.album_role(album, ada.user_id)?, tx.album_role(album, ben.user_id)?))).unwrap();
    assert_eq!(in_it, (None, Some(AlbumRole::Viewer)));
    assert_eq!(library.read(|tx| Ok(tx.album_summary(album)?)).unwrap().asset_count, 2);

    // From now on he answers for it.
    let ben = begin_epoch(library, &library.upstreams().unwrap().remove(1));
    apply_all(library, &ben, [vec![user(5), album_line(9)], of_the_album(20)].concat());
    apply_all(library, &ben, vec![member(9, &id(2), "viewer")]);
    assert_eq!(sweep(library, &ben, true), Swept::Some(3), "an asset of his, one of the album, and its place in it");
    assert_eq!([11, 20, 21].map(|number| is_here(library, number)), [false, true, false]);
}

fn album_line(number: u32) -> (EntityType, Value) {
    album(number, &id(5))
}
