//! Everything that a server tells of a user's own, line by line: it is here, comes again without effect, and goes.

use serde_json::{Value, json};
use tintype_library::Library;
use tintype_library::assets::AssetChange;
use tintype_library::feed::FeedKind;
use tintype_library::model::{Exif, ExternalKind, Field, LockedField, Subject, Upstream};
use tintype_library::replica::{Outcome, Swept};
use tintype_library::store::{Durability, Ledger, Write};
use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::{AssetId, PersonId, StackId, UpdateId, UserId};
use tintype_protocol::sync::EntityType;

use crate::mirrored_sharing::{album, position, told};
use crate::replica::{AT, ME, apply, asset, begin_epoch, follow, id, is_refused, local, sweep};
use crate::scene::{Scene, jpeg};

/// Kinds of rows of a user's own.
const KINDS: [FeedKind; 12] = [
    FeedKind::Assets,
    FeedKind::Exifs,
    FeedKind::Stacks,
    FeedKind::Albums,
    FeedKind::AlbumAssets,
    FeedKind::Memories,
    FeedKind::MemoryAssets,
    FeedKind::People,
    FeedKind::Faces,
    FeedKind::Edits,
    FeedKind::Ocr,
    FeedKind::AssetMetadata,
];

fn feed(library: &Library, user: UserId, after: UpdateId) -> [usize; 12] {
    KINDS.map(|kind| told(library, user, kind, after))
}

fn settings(library: &Library, user: UserId) -> usize {
    told(library, user, FeedKind::UserMetadata, UpdateId::MIN)
}

pub(crate) fn exif(number: u32, more: &Value) -> (EntityType, Value) {
    let mut line = json!({
        "assetId": id(number), "description": "", "exifImageWidth": 40, "exifImageHeight": 30, "fileSizeInByte": 9,
        "orientation": "6", "dateTimeOriginal": AT, "modifyDate": AT, "timeZone": "UTC+1", "latitude": null,
        "longitude": null, "projectionType": null, "city": null, "state": null, "country": null, "make": null,
        "model": null, "lensModel": null, "fNumber": null, "focalLength": null, "iso": null, "exposureTime": null,
        "profileDescription": null, "rating": null, "fps": null,
    });
    line.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    (EntityType::AssetExifV1, line)
}

pub(crate) fn person(number: u32, name: &str, face: &Value) -> (EntityType, Value) {
    let line = json!({
        "id": id(number), "createdAt": AT, "updatedAt": AT, "ownerId": ME, "name": name,
        "birthDate": "1990-05-01T00:00:00.000Z", "isHidden": false, "isFavorite": true, "color": null,
        "faceAssetId": face,
    });
    (EntityType::PersonV1, line)
}

fn face(number: u32, asset: u32, person: &Value) -> (EntityType, Value) {
    let line = json!({
        "id": id(number), "assetId": id(asset), "personId": person, "imageWidth": 40, "imageHeight": 30,
        "boundingBoxX1": 1, "boundingBoxY1": 2, "boundingBoxX2": 11, "boundingBoxY2": 12, "sourceType": "machine-learning",
        "deletedAt": null, "isVisible": true,
    });
    (EntityType::AssetFaceV2, line)
}

pub(crate) fn stack(number: u32, primary: u32) -> (EntityType, Value) {
    let line =
        json!({ "id": id(number), "createdAt": AT, "updatedAt": AT, "primaryAssetId": id(primary), "ownerId": ME });
    (EntityType::StackV1, line)
}

fn memory(number: u32) -> (EntityType, Value) {
    let line = json!({
        "id": id(number), "createdAt": AT, "updatedAt": AT, "deletedAt": null, "ownerId": ME, "type": "on_this_day",
        "data": { "year": 2020 }, "isSaved": false, "memoryAt": AT, "seenAt": null, "showAt": null, "hideAt": null,
    });
    (EntityType::MemoryV1, line)
}

fn edit(number: u32, sequence: u32, angle: u32) -> (EntityType, Value) {
    let line = json!({
        "id": id(number), "assetId": id(2), "sequence": sequence, "action": "rotate", "parameters": { "angle": angle },
    });
    (EntityType::AssetEditV1, line)
}

fn text(number: u32, text: &str) -> (EntityType, Value) {
    let line = json!({
        "id": id(number), "assetId": id(2), "x1": 0.1, "y1": 0.1, "x2": 0.5, "y2": 0.1, "x3": 0.5, "y3": 0.2, "x4": 0.1,
        "y4": 0.2, "boxScore": 0.9, "textScore": 1, "text": text, "isVisible": true,
    });
    (EntityType::AssetOcrV1, line)
}

/// A library of two assets, in the order of a stream.
fn everything() -> Vec<(EntityType, Value)> {
    vec![
        (EntityType::AssetV2, asset(2, 2, &json!({ "stackId": id(30), "isEdited": true }))),
        (EntityType::AssetV2, asset(3, 3, &json!({ "stackId": id(30) }))),
        stack(30, 2),
        album(9, ME),
        (EntityType::AlbumToAssetV1, json!({ "albumId": id(9), "assetId": id(2) })),
        (EntityType::AlbumToAssetV1, json!({ "albumId": id(9), "assetId": id(3) })),
        exif(2, &json!({ "description": "at the sea", "city": "Nice" })),
        exif(3, &json!({})),
        text(70, "Café"),
        text(71, "Menu"),
        memory(40),
        (EntityType::MemoryToAssetV1, json!({ "memoryId": id(40), "assetId": id(2) })),
        person(50, "Eve", &json!(id(60))),
        face(60, 2, &json!(id(50))),
        face(61, 3, &json!(null)),
        (
            EntityType::UserMetadataV1,
            json!({ "userId": ME, "key": "preferences", "value": { "memories": { "enabled": false } } }),
        ),
        (EntityType::AssetMetadataV1, json!({ "assetId": id(2), "key": "mobile-app", "value": { "iCloudId": "x" } })),
        edit(80, 0, 90),
        edit(81, 1, 180),
    ]
}

#[track_caller]
pub(crate) fn apply_all(library: &Library, upstream: &Upstream, lines: Vec<(EntityType, Value)>) {
    let outcomes = apply(library, upstream, lines.clone());
    for (outcome, line) in outcomes.iter().zip(lines) {
        assert_eq!(*outcome, Outcome::Applied, "{line:?}");
    }
}

fn write<T: Send + 'static>(library: &Library, work: impl FnOnce(&mut dyn Write) -> T + Send + 'static) -> T {
    library.write(Durability::Relaxed, move |tx| Ok(work(tx))).unwrap()
}

#[test]
fn everything_is_here_and_comes_again_without_effect() {
    let scene = Scene::new();
    let (library, upstream) = (&scene.library, follow(&scene));
    apply_all(library, &upstream, everything());
    let all = [2, 2, 1, 1, 2, 1, 1, 1, 2, 2, 2, 1];
    assert_eq!((feed(library, scene.owner, UpdateId::MIN), settings(library, scene.owner)), (all, 1));
    library
        .read(|tx| {
            let (stacked, stack) = (tx.asset(local(3))?.unwrap(), StackId(local(30).0));
            assert_eq!((stacked.stack_id, tx.stack(stack)?.unwrap().primary), (Some(stack), local(2)));
            let (person, faces) = (tx.person(PersonId(local(50).0))?.unwrap(), tx.faces_on(local(2))?);
            assert_eq!((person.feature_face, faces[0].person_id), (Some(faces[0].id), Some(person.id)));
            assert_eq!((person.name.as_str(), person.created_at.to_iso().as_str()), ("Eve", AT));
            let edits = tx.edits(local(2))?;
            assert_eq!((edits.len(), edits[0].plain_size), (2, (30, 40)), "the file lies on its side");
            assert_eq!(tx.ocr_rows(local(2))?[0].line.text, "Café");
            assert_eq!(tx.memories_with(local(2))?.len(), 1);
            assert_eq!(tx.asset_metadata(local(2))?[0].value, r#"{"iCloudId":"x"}"#);
            Ok(())
        })
        .unwrap();
    let before = position(library);
    apply_all(library, &upstream, everything());
    assert_eq!(feed(library, scene.owner, before), [0; 12], "nothing differs");
    assert_eq!(library.pending_jobs().unwrap(), 0, "there is nothing to render of what is elsewhere");
}

/// One line of each kind that says something else moves that row and no other.
#[test]
fn what_differs_moves() {
    let scene = Scene::new();
    let (library, upstream) = (&scene.library, follow(&scene));
    apply_all(library, &upstream, everything());
    let mut seen = memory(40);
    seen.1["seenAt"] = json!(AT);
    let mut covered = text(70, "Café");
    covered.1["isVisible"] = json!(false);
    for (line, kind, moved) in [
        (stack(30, 3), FeedKind::Stacks, 1),
        (seen, FeedKind::Memories, 1),
        (person(50, "Ada", &json!(id(60))), FeedKind::People, 1),
        (face(61, 3, &json!(id(50))), FeedKind::Faces, 1),
        (covered, FeedKind::Ocr, 1),
        (edit(81, 1, 270), FeedKind::Edits, 1),
        (exif(3, &json!({ "rating": 5 })), FeedKind::Exifs, 1),
        (
            (EntityType::AssetMetadataV1, json!({ "assetId": id(2), "key": "mobile-app", "value": {} })),
            FeedKind::AssetMetadata,
            1,
        ),
    ] {
        let before = position(library);
        apply_all(library, &upstream, vec![line.clone()]);
        let others: usize = feed(library, scene.owner, before).iter().sum();
        assert_eq!((told(library, scene.owner, kind, before), others), (moved, moved), "{line:?}");
    }
}

/// The server tells of the row only, not of what hangs on it.
#[test]
fn what_goes_takes_along_what_hangs_on_it() {
    let gone: [(EntityType, Value, [usize; 12]); 9] = [
        (EntityType::AssetDeleteV1, json!({ "assetId": id(2) }), [1, 1, 0, 1, 1, 1, 0, 1, 1, 0, 0, 0]),
        (EntityType::StackDeleteV1, json!({ "stackId": id(30) }), [2, 2, 0, 1, 2, 1, 1, 1, 2, 2, 2, 1]),
        (EntityType::AlbumDeleteV1, json!({ "albumId": id(9) }), [2, 2, 1, 0, 0, 1, 1, 1, 2, 2, 2, 1]),
        (EntityType::MemoryDeleteV1, json!({ "memoryId": id(40) }), [2, 2, 1, 1, 2, 0, 0, 1, 2, 2, 2, 1]),
        (EntityType::PersonDeleteV1, json!({ "personId": id(50) }), [2, 2, 1, 1, 2, 1, 1, 0, 2, 2, 2, 1]),
        (EntityType::AssetFaceDeleteV1, json!({ "assetFaceId": id(60) }), [2, 2, 1, 1, 2, 1, 1, 1, 1, 2, 2, 1]),
        (EntityType::AssetEditDeleteV1, json!({ "editId": id(81) }), [2, 2, 1, 1, 2, 1, 1, 1, 2, 1, 2, 1]),
        (
            EntityType::AssetOcrDeleteV1,
            json!({ "id": "019b7c10-1111-7bbb-8bbb-000000000002", "assetId": id(2), "deletedAt": AT }),
            [2, 2, 1, 1, 2, 1, 1, 1, 2, 2, 0, 1],
        ),
        (
            EntityType::AssetMetadataDeleteV1,
            json!({ "assetId": id(2), "key": "mobile-app" }),
            [2, 2, 1, 1, 2, 1, 1, 1, 2, 2, 2, 0],
        ),
    ];
    for (entity, line, left) in gone {
        let scene = Scene::new();
        let (library, upstream) = (&scene.library, follow(&scene));
        apply_all(library, &upstream, everything());
        apply_all(library, &upstream, vec![(entity, line.clone()), (entity, line)]);
        assert_eq!(feed(library, scene.owner, UpdateId::MIN), left, "{entity:?}");
        // What is gone has no name any more: it may come again.
        apply_all(library, &upstream, everything());
        assert_eq!(feed(library, scene.owner, UpdateId::MIN), [2, 2, 1, 1, 2, 1, 1, 1, 2, 2, 2, 1], "{entity:?}");
    }
}

#[test]
fn what_hangs_on_something_waits_for_it() {
    let scene = Scene::new();
    let (library, upstream) = (&scene.library, follow(&scene));
    let rows = [stack(30, 2), face(60, 2, &json!(null)), edit(80, 0, 90), text(70, "a"), exif(2, &json!({}))];
    let links = [
        (EntityType::MemoryToAssetV1, json!({ "memoryId": id(40), "assetId": id(2) }), "memory"),
        (EntityType::AssetMetadataV1, json!({ "assetId": id(2), "key": "k", "value": {} }), "asset"),
    ];
    let early = rows.into_iter().map(|(entity, line)| (entity, line, "asset")).chain(links);
    for (entity, line, what) in early {
        let outcomes = apply(library, &upstream, vec![(entity, line)]);
        assert!(is_refused(&outcomes[0], &format!("the {what}")), "{outcomes:?}");
    }
    apply_all(library, &upstream, vec![(EntityType::AssetV2, asset(2, 2, &json!({}))), memory(40)]);
    let of_nobody = apply(library, &upstream, vec![face(61, 2, &json!(id(50)))]);
    assert!(is_refused(&of_nobody[0], "the person"), "{of_nobody:?}");
    let released = library.retry_quarantined(&upstream, None).unwrap();
    assert_eq!(released, 7, "all but the face of somebody who has not come");
}

#[test]
fn what_a_reset_no_longer_shows_goes_and_what_is_ours_stays() {
    let scene = Scene::new();
    let (library, upstream) = (&scene.library, follow(&scene));
    apply_all(library, &upstream, everything());
    // Made here: an asset in the server's album, a value, a person.
    let mine = scene.add("a.jpg", &jpeg(1));
    let album = id(9).parse().unwrap();
    write(library, move |tx| {
        tx.add_album_asset(album, mine).unwrap();
        tx.set_asset_metadata(local(3), "own", "{}").unwrap();
    });
    let upstream = begin_epoch(library, &upstream);
    let kept = [
        (EntityType::AssetV2, asset(2, 2, &json!({}))),
        (EntityType::AssetV2, asset(3, 3, &json!({}))),
        crate::mirrored_sharing::album(9, ME),
        (EntityType::AlbumToAssetV1, json!({ "albumId": id(9), "assetId": id(3) })),
    ];
    apply_all(library, &upstream, kept.to_vec());
    assert!(matches!(sweep(library, &upstream, false), Swept::Some(12)), "every other row and link");
    assert_eq!(sweep(library, &upstream, false), Swept::Everything);
    assert_eq!(feed(library, scene.owner, UpdateId::MIN), [3, 3, 0, 1, 2, 0, 0, 0, 0, 0, 0, 1]);
    assert_eq!(settings(library, scene.owner), 0);
    let in_it = library.read(|tx| Ok(tx.albums_with_asset(mine)?)).unwrap();
    assert_eq!(in_it, [album], "the server never knew that");
}

#[test]
fn rows_with_changes_that_the_server_does_not_know_are_not_swept() {
    let scene = Scene::new();
    let (library, upstream) = (&scene.library, follow(&scene));
    apply_all(library, &upstream, everything());
    let by = upstream.id;
    write(library, move |tx| {
        let person = Subject::Person(PersonId(local(50).0));
        tx.put_outbox(by, person, Field::Name, Some("\"Eve\""), None, None).unwrap();
    });
    let upstream = begin_epoch(library, &upstream);
    sweep(library, &upstream, true);
    let left = library.read(|tx| Ok((tx.person(PersonId(local(50).0))?, tx.asset(local(2))?))).unwrap();
    assert!(left.0.is_some() && left.1.is_none());
}

#[test]
fn a_persons_name_that_waits_stays_and_the_rest_follows_the_server() {
    let scene = Scene::new();
    let (library, upstream) = (&scene.library, follow(&scene));
    apply_all(library, &upstream, everything());
    let (by, eve, pile) = (upstream.id, PersonId(local(50).0), StackId(local(30).0));
    write(library, move |tx| {
        let mut person = tx.person(eve).unwrap().unwrap();
        person.name = "Evelyn".to_owned();
        tx.update_person(&person).unwrap();
        tx.put_outbox(by, Subject::Person(eve), Field::Name, Some("\"Eve\""), None, None).unwrap();
        let mut stack = tx.stack(pile).unwrap().unwrap();
        stack.primary = local(3);
        tx.update_stack(&stack).unwrap();
        let was = format!("\"{}\"", local(2));
        tx.put_outbox(by, Subject::Stack(pile), Field::Front, Some(&was), None, None).unwrap();
    });
    let mut line = person(50, "Eva", &json!(id(60)));
    line.1["isHidden"] = json!(true);
    apply_all(library, &upstream, vec![line, stack(30, 2)]);
    let (person, stack) = library.read(|tx| Ok((tx.person(eve)?.unwrap(), tx.stack(pile)?.unwrap()))).unwrap();
    assert_eq!((person.name.as_str(), person.is_hidden, stack.primary), ("Evelyn", true, local(3)));
    let conflicts = library.read(|tx| Ok(tx.conflicts(by, 10)?)).unwrap();
    assert_eq!(conflicts.len(), 1, "both called her something else: {conflicts:?}");
}

#[test]
fn what_was_made_here_first_is_found_by_what_it_is() {
    let scene = Scene::new();
    let (library, upstream) = (&scene.library, follow(&scene));
    let (first, second) = (scene.add("a.jpg", &jpeg(1)), scene.add("b.jpg", &jpeg(2)));
    let caller = scene.caller();
    let pile = library.create_stack(&caller, &[first, second]).unwrap().stack.id;
    let change = tintype_library::people::PersonChange { name: Some("Eve".to_owned()), ..Default::default() };
    let eve = library.create_person(&caller, change).unwrap().id;
    let checksum = |asset: AssetId| {
        let asset = library.read(|tx| Ok(tx.asset(asset)?)).unwrap().unwrap();
        tintype_protocol::bytes::base64(&asset.checksum.0)
    };
    let there = |number, asset| {
        (EntityType::AssetV2, self::asset(number, 0, &json!({ "checksum": checksum(asset), "stackId": id(30) })))
    };
    apply_all(
        library,
        &upstream,
        vec![there(2, first), there(3, second), stack(30, 2), person(50, "Eve", &json!(null))],
    );
    assert_eq!(feed(library, scene.owner, UpdateId::MIN)[..3], [2, 2, 1], "nothing is here twice");
    let server = upstream.server_id;
    let names = library
        .read(|tx| {
            let of = |kind, number: u32| tx.local_id(server, kind, local(number).0);
            Ok((of(ExternalKind::Stack, 30)?, of(ExternalKind::Person, 50)?, tx.asset(second)?.unwrap().stack_id))
        })
        .unwrap();
    assert_eq!(names, (Some(pile.0), Some(eve.0), Some(pile)));
}

#[test]
fn a_content_that_was_derived_from_one_here_is_that_one() {
    let scene = Scene::new();
    let (library, upstream) = (&scene.library, follow(&scene));
    let mine = scene.add("a.jpg", &jpeg(1));
    let original = library.read(|tx| Ok(tx.asset(mine)?)).unwrap().unwrap().checksum;
    write(library, move |tx| {
        let entry = Ledger::Derivation { original, derived: Sha1([9; 20]), recipe: "jxl".to_owned(), lossless: true };
        tx.note(&entry).unwrap();
    });
    apply_all(library, &upstream, vec![(EntityType::AssetV2, asset(2, 9, &json!({ "isFavorite": true })))]);
    let here = library.read(|tx| Ok(tx.asset(mine)?)).unwrap().unwrap();
    assert_eq!((here.is_favorite, here.checksum), (true, original), "it keeps the content that lies here");
    assert_eq!(told(library, scene.owner, FeedKind::Assets, UpdateId::MIN), 1);
    // The server has the original, too: that is an asset of its own there, and here it has no other content.
    let both = asset(3, 0, &json!({ "checksum": tintype_protocol::bytes::base64(&original.0) }));
    let outcomes = apply(library, &upstream, vec![(EntityType::AssetV2, both)]);
    assert!(is_refused(&outcomes[0], "another name"), "{outcomes:?}");
}

#[test]
fn an_original_here_is_edited_as_it_is_there() {
    let scene = Scene::new();
    let (library, upstream) = (&scene.library, follow(&scene));
    let mine = scene.add("a.jpg", &jpeg(1));
    scene.work();
    let checksum = library.read(|tx| Ok(tx.asset(mine)?)).unwrap().unwrap().checksum;
    let there = |is_edited| {
        let more = json!({ "checksum": tintype_protocol::bytes::base64(&checksum.0), "isEdited": is_edited });
        (EntityType::AssetV2, asset(2, 0, &more))
    };
    let is_edited_here =
        || scene.files().iter().any(|file| file.contains(&mine.to_string()) && file.contains("edited"));
    apply_all(library, &upstream, vec![there(true), edit(80, 0, 90)]);
    scene.work();
    assert!(is_edited_here(), "{:?}", scene.files());
    apply_all(library, &upstream, vec![there(false), (EntityType::AssetEditDeleteV1, json!({ "editId": id(80) }))]);
    scene.work();
    library.tidy().unwrap();
    assert!(!is_edited_here(), "{:?}", scene.files());
}

/// The server may speak of a file before it has read it; this library has.
#[test]
fn what_is_known_of_an_original_here_is_not_forgotten() {
    let scene = Scene::new();
    let (library, upstream) = (&scene.library, follow(&scene));
    let mine = scene.add("a.jpg", &jpeg(1));
    scene.work();
    let known = || library.read(|tx| Ok((tx.asset(mine)?.unwrap(), tx.exif(mine)?.unwrap()))).unwrap();
    let (before, exif_before) = known();
    assert!(before.width.is_some() && before.thumbhash.is_some() && exif_before.date_time_original.is_some());
    let checksum = tintype_protocol::bytes::base64(&before.checksum.0);
    let unread = |more: Value| {
        let mut line = asset(2, 0, &json!({ "checksum": checksum, "width": null, "height": null }));
        line.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        (EntityType::AssetV2, line)
    };
    let unread_exif = exif(
        2,
        &json!({
            "exifImageWidth": null, "exifImageHeight": null, "orientation": null, "dateTimeOriginal": null, "timeZone": null,
            "description": "said there", "fileSizeInByte": null, "modifyDate": null,
        }),
    );
    let lines =
        vec![unread(json!({ "isFavorite": true, "visibility": "archive", "originalFileName": "x.jpg" })), unread_exif];
    apply_all(library, &upstream, lines);
    let (after, exif_after) = known();
    assert!(after.is_favorite && after.visibility.as_str() == "archive", "a person chose that");
    let undone = tintype_library::model::Asset {
        is_favorite: before.is_favorite,
        visibility: before.visibility,
        updated_at: before.updated_at,
        ..after
    };
    let said = Exif {
        description: "said there".to_owned(),
        locked: exif_before.locked | LockedField::Description.bit(),
        ..exif_before.clone()
    };
    assert_eq!((undone, exif_after), (before.clone(), said), "and nothing else");

    // A line of a file that was read changes what it says, and takes nothing away.
    let read = unread(json!({ "width": 7, "localDateTime": AT }));
    let said = exif(2, &json!({ "make": null, "orientation": null, "rating": 3, "timeZone": null }));
    apply_all(library, &upstream, vec![read, said]);
    let (after, exif_after) = known();
    assert_eq!((after.width, after.height, after.thumbhash), (Some(7), before.height, before.thumbhash));
    assert_eq!(after.local_date_time.to_iso(), AT);
    let expected = Exif {
        rating: Some(3),
        image_width: Some(40),
        image_height: Some(30),
        date_time_original: exif_after.date_time_original,
        modify_date: exif_after.modify_date,
        time_zone: exif_after.time_zone.clone(),
        file_size_bytes: Some(9),
        // What the file says is not to come back.
        locked: LockedField::Rating.bit()
            | LockedField::DateTimeOriginal.bit()
            | LockedField::TimeZone.bit()
            | LockedField::Description.bit(),
        ..exif_before
    };
    assert_eq!(exif_after, expected);
}

/// Both sides have the photo and said something about it, and the server has not read it yet.
#[test]
fn what_was_said_before_the_server_read_the_file_is_not_lost() {
    let scene = Scene::new();
    let (library, upstream) = (&scene.library, follow(&scene));
    let mine = scene.add("a.jpg", &jpeg(1));
    scene.work();
    let said = AssetChange { description: Some("mine".to_owned()), ..AssetChange::default() };
    library.update_asset(&scene.caller(), mine, said).unwrap();
    let known = || library.read(|tx| Ok((tx.asset(mine)?.unwrap(), tx.exif(mine)?.unwrap()))).unwrap();
    let checksum = tintype_protocol::bytes::base64(&known().0.checksum.0);
    let unread = |said: Value| {
        let file =
            json!({ "exifImageWidth": null, "exifImageHeight": null, "dateTimeOriginal": null, "timeZone": null });
        let mut line = file.as_object().unwrap().clone();
        line.extend(said.as_object().unwrap().clone());
        exif(2, &Value::Object(line))
    };
    let there = (EntityType::AssetV2, asset(2, 0, &json!({ "checksum": checksum, "width": null, "height": null })));
    apply_all(library, &upstream, vec![there, unread(json!({ "description": "theirs", "rating": 2 }))]);
    let conflicts = || -> Vec<_> {
        let conflicts = library.conflicts(upstream.id).unwrap().into_iter();
        conflicts.map(|both| (both.field, both.mine, both.theirs)).collect()
    };
    let both = (Field::Description, "\"mine\"".to_owned(), "\"theirs\"".to_owned());
    assert_eq!(conflicts(), std::slice::from_ref(&both));
    assert_eq!((known().1.description.as_str(), known().1.rating), ("mine", Some(2)));
    // Nobody took anything away by not saying it.
    apply_all(library, &upstream, vec![unread(json!({ "description": "" }))]);
    assert_eq!((known().1.description.as_str(), known().1.rating, conflicts()), ("mine", Some(2), vec![both]));
}

/// The file is read after the server has spoken, or once more.
#[test]
fn what_a_server_says_of_an_original_here_outlasts_the_reading_of_its_file() {
    let scene = Scene::new();
    let (library, upstream) = (&scene.library, follow(&scene));
    let mine = scene.add("a.jpg", &jpeg(1));
    let known = || library.read(|tx| Ok((tx.asset(mine)?.unwrap(), tx.exif(mine)?.unwrap()))).unwrap();
    let checksum = tintype_protocol::bytes::base64(&known().0.checksum.0);
    let said = json!({ "description": "at the sea", "rating": 3, "latitude": 43.5, "longitude": 7, "timeZone": null });
    let lines = vec![(EntityType::AssetV2, asset(2, 0, &json!({ "checksum": checksum }))), exif(2, &said)];
    apply_all(library, &upstream, lines);
    scene.work();
    let (read, exif) = known();
    assert!(read.width.is_some_and(|width| width > 4), "the file was read");
    assert_eq!((exif.description.as_str(), exif.rating, exif.latitude), ("at the sea", Some(3), Some(43.5)));
    assert_eq!(exif.time_zone, None, "the place has one, and the server does not say it");
}
