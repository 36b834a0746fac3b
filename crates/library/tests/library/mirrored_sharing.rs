//! What users of a server share with each other, and what those of them who are here, too, are told of it.

use serde_json::{Value, json};
use tintype_library::Library;
use tintype_library::feed::{FeedKind, FeedRow, Visit};
use tintype_library::replica::Outcome;
use tintype_protocol::id::{UpdateId, UserId};
use tintype_protocol::sync::EntityType;

use crate::replica::{AT, ME, apply, follow, id};
use crate::scene::Scene;

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
