//! A library that was full before its user began to follow: what lies here only is written down, once.

use std::sync::{Arc, Mutex};

use serde_json::json;
use tintype_library::assets::AssetChange;
use tintype_library::model::{ExternalKind, Field, NewAsset, OutboxRow, Subject, Upstream};
use tintype_library::offer::Offer;
use tintype_library::sessions::Caller;
use tintype_library::store::Durability;
use tintype_library::uploads::Added;
use tintype_library::users::NewUser;
use tintype_protocol::bytes::base64;
use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::{AlbumId, AssetId, StackId, TagId, UserId};
use tintype_protocol::model::{AlbumRole, AssetType, SortOrder, Visibility};
use tintype_protocol::permission::Permission;
use tintype_protocol::time::Timestamp;
use tintype_protocol::version::Version;
use uuid::Uuid;

use crate::lines::{ME, album, asset, exif, id};
use crate::scene::Scene;

/// The bytes of each picture.
const SIZE: u64 = 44;

/// A library whose user follows nobody yet, with four photos of which one is in the trash, albums and stacks.
struct Full {
    scene: Scene,
    photos: [AssetId; 3],
    trashed: AssetId,
    tag: TagId,
    trip: AlbumId,
    empty: AlbumId,
    stack: StackId,
    ben: UserId,
}

/// A GIF of one pixel, another one for each number.
fn gif(number: u8) -> Vec<u8> {
    let mut gif = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;".to_vec();
    gif.resize(SIZE as usize, number);
    gif
}

impl Scene {
    pub(crate) fn import(&self, number: u8) -> AssetId {
        let path = self.folder.path().join(format!("{number}.gif"));
        std::fs::write(&path, gif(number)).unwrap();
        let Added::Created(id) = self.library.import_file(self.owner, &path).unwrap() else { panic!("it is new") };
        id
    }

    fn album(&self, name: &str, assets: &[AssetId], members: &[(UserId, AlbumRole)]) -> AlbumId {
        let (name, order, assets) = (name.to_owned(), SortOrder::Descending, assets.to_vec());
        let made = self.library.create_album(&self.caller(), name, String::new(), order, assets, members.to_vec());
        made.unwrap().album.id
    }

    fn change(&self, id: AssetId, change: AssetChange) {
        self.library.update_asset(&self.caller(), id, change).unwrap();
    }

    fn outbox(&self) -> Vec<OutboxRow> {
        self.library.outbox(self.upstream().id, 0, 10_000).unwrap()
    }

    /// What waits, without order.
    fn waiting(&self) -> Vec<String> {
        told(self.outbox().iter().map(|row| (row.subject, row.field)))
    }

    /// The server has this under a name.
    fn name(&self, kind: ExternalKind, local: Uuid, number: u32) {
        let (upstream, external): (Upstream, Uuid) = (self.upstream(), id(number).parse().unwrap());
        let name =
            move |tx: &mut dyn tintype_library::store::Write| Ok(tx.add_external_id(&upstream, kind, external, local)?);
        self.library.write(Durability::Relaxed, name).unwrap();
    }
}

fn told(rows: impl IntoIterator<Item = (Subject, Field)>) -> Vec<String> {
    let mut told: Vec<_> = rows.into_iter().map(|(subject, field)| format!("{field:?} of {subject:?}")).collect();
    told.sort();
    told
}

impl Full {
    fn new() -> Self {
        let scene = Scene::new();
        scene.library.unlink_upstream(scene.upstream().id).unwrap();
        let new = NewUser {
            email: "ben@example.org".to_owned(),
            name: "Ben".to_owned(),
            password: "secret".to_owned(),
            is_admin: false,
            avatar_color: None,
            quota_bytes: None,
            storage_label: None,
            should_change_password: false,
            pin: None,
        };
        let ben = scene.library.create_user(&new).unwrap().id;
        let photos = [1, 2, 3].map(|number| scene.import(number));
        let [first, second, third] = photos;
        let said = AssetChange { description: Some("at the sea".to_owned()), ..AssetChange::default() };
        scene.change(first, AssetChange { is_favorite: Some(true), ..said });
        scene.change(second, AssetChange { rating: Some(Some(4)), ..AssetChange::default() });
        let (caller, trashed) = (scene.caller(), scene.import(4));
        let tag = scene.library.upsert_tags(&caller, vec!["sea".to_owned()]).unwrap()[0].id;
        scene.library.tag_assets(&caller, tag, vec![first]).unwrap();
        let trip = scene.album("Trip", &[first, second, trashed], &[(ben, AlbumRole::Editor)]);
        let empty = scene.album("Empty", &[], &[]);
        // What others own is theirs to offer.
        let theirs = Caller::of(scene.library.user(ben).unwrap().unwrap());
        let members = vec![(scene.owner, AlbumRole::Editor)];
        let order = SortOrder::Descending;
        let made = scene.library.create_album(&theirs, "Theirs".to_owned(), String::new(), order, Vec::new(), members);
        scene.library.add_album_assets(&caller, made.unwrap().album.id, vec![first]).unwrap();
        let stack = scene.library.create_stack(&caller, &[second, third]).unwrap().stack.id;
        // It leaves a stack of which one photo is not in the trash: that one is not made there.
        scene.library.create_stack(&caller, &[first, trashed]).unwrap();
        scene.library.delete_assets(&caller, &[trashed], false).unwrap();
        Self { scene, photos, trashed, tag, trip, empty, stack, ben }
    }

    fn follow(&self) {
        self.scene.follow(Version::CURRENT, ME);
    }

    fn all(&self) -> Vec<(Subject, Field)> {
        let [first, second, third] = self.photos;
        let asset = |id| (Subject::Asset(id), Field::Existence);
        vec![
            asset(first),
            asset(second),
            asset(third),
            (Subject::Asset(first), Field::Description),
            (Subject::Asset(second), Field::Rating),
            (Subject::AssetTag(first, self.tag), Field::Membership),
            (Subject::Album(self.trip), Field::Existence),
            (Subject::Album(self.trip), Field::Cover),
            (Subject::AlbumUser(self.trip, self.ben), Field::Membership),
            (Subject::AlbumAsset(self.trip, first), Field::Membership),
            (Subject::AlbumAsset(self.trip, second), Field::Membership),
            (Subject::Album(self.empty), Field::Existence),
            (Subject::Stack(self.stack), Field::Existence),
        ]
    }
}

#[test]
fn what_was_here_before_is_written_down_once() {
    let full = Full::new();
    let (scene, library, owner) = (&full.scene, &full.scene.library, full.scene.owner);
    assert_eq!(library.only_here(owner).unwrap(), Offer::default(), "for nobody");
    assert_eq!(library.offer_all(owner).unwrap(), Offer::default());
    full.follow();
    let heard = Arc::new(Mutex::new(0));
    let count = Arc::clone(&heard);
    library.listen(Box::new(move |_| *count.lock().unwrap() += 1));
    let (position, everything) =
        (library.last_update_id().unwrap(), Offer { photos: 3, bytes: 3 * SIZE, albums: 2, stacks: 1 });
    assert_eq!(library.only_here(owner).unwrap(), everything);
    assert_eq!(scene.outbox(), [], "counting records nothing");

    assert_eq!(library.offer_all(owner).unwrap(), everything);
    assert_eq!(scene.waiting(), told(full.all()));
    assert_eq!((library.last_update_id().unwrap(), *heard.lock().unwrap()), (position, 0), "it is no news to apps");

    // What waits keeps its rest, and what was given up is not tried again.
    let rows = scene.outbox();
    for row in &rows[..2] {
        library.refuse_outbox(&OutboxRow { attempts: 9, ..row.clone() }, "no").unwrap();
    }
    library.refuse_outbox(&rows[2], "no").unwrap();
    let before = scene.outbox();
    assert_eq!((library.only_here(owner).unwrap(), library.offer_all(owner).unwrap()), Default::default());
    assert_eq!(scene.outbox(), before);
}

#[test]
fn what_comes_back_or_was_not_wanted_is_offered_again() {
    let full = Full::new();
    let (scene, library, owner) = (&full.scene, &full.scene.library, full.scene.owner);
    full.follow();
    library.offer_all(owner).unwrap();
    // Out of the trash: with its place in the album that is on its way.
    library.restore_assets(&scene.caller(), &[full.trashed]).unwrap();
    let more = [
        (Subject::Asset(full.trashed), Field::Existence),
        (Subject::AlbumAsset(full.trip, full.trashed), Field::Membership),
    ];
    assert_eq!(scene.waiting(), told(full.all().into_iter().chain(more)));
    // Now there are two of them.
    assert_eq!(library.offer_all(owner).unwrap(), Offer { stacks: 1, ..Offer::default() });

    let upstream = scene.upstream().id;
    // Who drops all of it keeps all of it here.
    let (all, waiting): (Vec<i64>, _) = (scene.outbox().iter().map(|row| row.id).collect(), scene.waiting());
    library.drop_outbox(upstream, &all).unwrap();
    let everything = Offer { photos: 4, bytes: 4 * SIZE, albums: 2, stacks: 2 };
    assert_eq!(library.only_here(owner).unwrap(), everything);
    assert_eq!(library.offer_all(owner).unwrap(), everything);
    assert_eq!(scene.waiting(), waiting);
}

#[test]
fn what_the_server_has_is_not_sent_but_put_in_its_place() {
    let full = Full::new();
    let (scene, library, owner) = (&full.scene, &full.scene.library, full.scene.owner);
    full.follow();
    let [first, second, _] = full.photos;
    scene.name(ExternalKind::Asset, first.0, 1);
    scene.name(ExternalKind::Asset, second.0, 2);
    scene.name(ExternalKind::Album, full.empty.0, 3);
    assert_eq!(library.offer_all(owner).unwrap(), Offer { photos: 1, bytes: SIZE, albums: 1, stacks: 1 });
    let is_sent = |(subject, field): &(Subject, Field)| match subject {
        Subject::Asset(id) => *id != first && *id != second,
        Subject::AssetTag(..) => false,
        Subject::Album(id) => *id != full.empty,
        _ => *field != Field::Name,
    };
    assert_eq!(scene.waiting(), told(full.all().into_iter().filter(is_sent)));

    // Once the server has all of it, nothing is left.
    for row in scene.outbox() {
        let kind = match (row.field, row.subject) {
            (Field::Existence, Subject::Asset(_)) => Some(ExternalKind::Asset),
            (Field::Existence, Subject::Album(_)) => Some(ExternalKind::Album),
            (Field::Existence, Subject::Stack(_)) => Some(ExternalKind::Stack),
            _ => None,
        };
        let name = kind.map(|kind| (kind, row.subject.id()));
        library.settle_outbox(&scene.upstream(), &row, name, None).unwrap();
    }
    let rest = scene.outbox();
    assert_eq!(library.offer_all(owner).unwrap(), Offer::default());
    assert_eq!(scene.outbox(), rest);
}

#[test]
fn a_photo_goes_with_its_motion_part() {
    let scene = Scene::new();
    let (library, owner) = (&scene.library, scene.owner);
    library.unlink_upstream(scene.upstream().id).unwrap();
    let [still, video] = [1, 2].map(|number| scene.import(number));
    let (hidden, motion) = (Some(Visibility::Hidden), Some(Some(video)));
    scene.change(video, AssetChange { visibility: hidden, ..AssetChange::default() });
    scene.change(still, AssetChange { live_photo_video_id: motion, ..AssetChange::default() });
    scene.follow(Version::CURRENT, ME);
    let offered = Offer { photos: 1, bytes: 2 * SIZE, ..Offer::default() };
    assert_eq!((library.only_here(owner).unwrap(), library.offer_all(owner).unwrap()), (offered, offered));
    let new = scene.outbox().into_iter().filter(|row| row.field == Field::Existence);
    let new: Vec<_> = new.filter(|row| matches!(row.subject, Subject::Asset(_))).map(|row| row.subject.id()).collect();
    assert!(new.len() == 2 && new.contains(&still.0) && new.contains(&video.0), "{new:?}");
}

#[test]
fn a_library_of_many_photos_is_offered_whole() {
    const MANY: u32 = 2_345;
    let scene = Scene::new();
    let (library, owner) = (&scene.library, scene.owner);
    let insert = move |tx: &mut dyn tintype_library::store::Write| {
        for number in 0..MANY {
            let mut checksum = [0; 20];
            checksum[..4].copy_from_slice(&number.to_be_bytes());
            tx.insert_asset(&NewAsset {
                id: AssetId(Uuid::from_u128(
                    (u128::from(number.wrapping_mul(2_654_435_761)) << 96) | u128::from(number + 1),
                )),
                owner_id: owner,
                checksum: Sha1(checksum),
                asset_type: AssetType::Image,
                device_asset_id: String::new(),
                device_id: String::new(),
                original_name: format!("{number}.jpg"),
                original_path: format!("{number}.jpg"),
                sidecar_path: None,
                media_type: "image/jpeg".to_owned(),
                size_bytes: 1,
                file_created_at: Timestamp(0),
                file_modified_at: Timestamp(0),
                duration_ms: None,
                is_favorite: false,
                visibility: Visibility::Timeline,
                live_photo_video_id: None,
            })?;
        }
        Ok(())
    };
    library.write(Durability::Relaxed, insert).unwrap();
    let many = Offer { photos: u64::from(MANY), bytes: u64::from(MANY), ..Offer::default() };
    assert_eq!((library.only_here(owner).unwrap(), library.offer_all(owner).unwrap()), (many, many));
    assert_eq!(scene.outbox().len(), MANY as usize);
    assert_eq!(library.offer_all(owner).unwrap(), Offer::default());
}

/// Who joins a server that has the same photo does not lose what they said about it.
#[test]
fn what_was_said_here_before_is_kept_and_goes_up() {
    let scene = Scene::new();
    scene.library.unlink_upstream(scene.upstream().id).unwrap();
    let (said, silent) = (scene.import(1), scene.import(2));
    let change =
        AssetChange { is_favorite: Some(true), description: Some("mine".to_owned()), ..AssetChange::default() };
    scene.change(said, change);
    scene.follow(Version::CURRENT, ME);
    for (number, local) in [(2, said), (3, silent)] {
        let checksum = scene.library.asset(&scene.caller(), local, Permission::AssetRead).unwrap().checksum;
        let there = json!({ "checksum": base64(&checksum.0), "isFavorite": false, "thumbhash": "AAAA", "width": 1 });
        scene.server.say(&asset(number, &there));
        scene.server.say(&exif(number, &json!({ "description": "theirs", "exifImageWidth": 1 })));
    }
    scene.pull().unwrap();
    let caption = |id: AssetId| scene.library.read(|tx| Ok(tx.exif(id)?.unwrap().description)).unwrap();
    assert_eq!((caption(said), caption(silent)), ("mine".to_owned(), "theirs".to_owned()));
    let is_favorite = scene.library.asset(&scene.caller(), said, Permission::AssetRead).unwrap().is_favorite;
    assert!(is_favorite);
    let fields = [Field::Favorite, Field::Description].map(|field| (Subject::Asset(said), field));
    assert_eq!(scene.waiting(), told(fields));
    let conflicts = scene.library.conflicts(scene.upstream().id).unwrap();
    let told: Vec<_> = conflicts.iter().map(|both| (both.field, both.mine.as_str(), both.theirs.as_str())).collect();
    assert_eq!(told, [(Field::Description, "\"mine\"", "\"theirs\"")]);
}

/// The server has the photos, and was never told of the stack.
#[test]
fn a_stack_of_photos_that_the_server_has_too_is_still_to_be_offered() {
    let scene = Scene::new();
    scene.library.unlink_upstream(scene.upstream().id).unwrap();
    let photos = [scene.import(1), scene.import(2)];
    let stack = scene.library.create_stack(&scene.caller(), &photos).unwrap().stack.id;
    scene.follow(Version::CURRENT, ME);
    for (number, local) in (2..).zip(photos) {
        let checksum = scene.library.asset(&scene.caller(), local, Permission::AssetRead).unwrap().checksum;
        scene.server.say(&asset(number, &json!({ "checksum": base64(&checksum.0), "thumbhash": "AAAA", "width": 1 })));
    }
    scene.pull().unwrap();
    let offered = Offer { stacks: 1, ..Offer::default() };
    assert_eq!(scene.library.offer_all(scene.owner).unwrap(), offered);
    assert_eq!(scene.waiting(), told([(Subject::Stack(stack), Field::Existence)]));
    assert_eq!(scene.library.stack(&scene.caller(), stack).unwrap().assets.len(), 2);
}

/// Another node makes an album there and has not taken its mark off yet.
#[test]
fn a_mark_is_no_description() {
    let scene = Scene::new();
    scene.server.say(&album(2, &json!({ "description": format!("tintype:{}", id(9)) })));
    scene.server.say(&album(3, &json!({ "description": "tintype: a camera" })));
    scene.pull().unwrap();
    let mut found: Vec<String> =
        scene.library.albums(&scene.caller(), None).unwrap().into_iter().map(|album| album.album.description).collect();
    found.sort();
    assert_eq!(found, ["", "tintype: a camera"]);
}
