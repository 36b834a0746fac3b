//! Upstreams, and rows that came from them.

use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::{AssetId, UserId};
use tintype_protocol::model::{AlbumRole, AssetType, SortOrder, Visibility};
use tintype_protocol::sync::{AlbumV1, AssetExifV1, AssetV1, EntityType, LineDuration, Number, UserV1};
use tintype_protocol::version::Version;
use uuid::Uuid;

use super::Subject;
use super::feed::changes;
use super::labels::person;
use super::scene::{NOW, Scene, uuid};
use crate::feed::FeedKind;
use crate::model::{ExternalKind, ExternalLink, LinkKind, NewUpstream, Upstream, UpstreamMode};
use crate::store::{MirroredAsset, StoreError, Write};

fn new(user_id: UserId, address: &str, external: u8) -> NewUpstream {
    NewUpstream {
        address: address.to_owned(),
        version: Version::CURRENT,
        user_id,
        external_user_id: uuid(230, external),
        email: format!("{external}@example.org"),
        mode: if external == 2 { UpstreamMode::Search } else { UpstreamMode::Stream },
    }
}

pub(super) fn link(scene: &Scene, user: UserId, address: &str, external: u8) -> Result<Upstream, StoreError> {
    let new = new(user, address, external);
    scene.try_write(move |tx| tx.insert_upstream(&new))
}

/// A user follows one server, and is nobody else's user there; names of rows are shared by all who follow it.
pub(super) fn upstreams_and_names_are_unique(subject: &Subject) {
    let scene = Scene::of(subject);
    let (ada, ben) = (scene.user(1), scene.user(2));
    let first = link(&scene, ada, "https://a/api", 1).expect("a link");
    assert!(matches!(link(&scene, ada, "https://b/api", 2), Err(StoreError::Conflict(_))));
    assert!(matches!(link(&scene, ben, "https://a/api", 1), Err(StoreError::Conflict(_))));
    let second = link(&scene, ben, "https://a/api", 2).expect("a link");
    assert_eq!(second.server_id, first.server_id);
    assert_eq!((first.mode, second.mode), (UpstreamMode::Stream, UpstreamMode::Search));
    assert_eq!(scene.read(|tx| tx.upstreams()), [first.clone(), second.clone()]);

    let (kind, same, external, local) = (ExternalKind::Asset, uuid(231, 1), uuid(231, 2), uuid(231, 3));
    let (server, by) = (first.server_id, first.clone());
    scene.write(move |tx| {
        tx.add_external_id(&by, kind, same, same)?;
        tx.add_external_id(&by, kind, external, local)?;
        tx.set_cursor(by.id, EntityType::AssetV2, "AssetV2|x")?;
        tx.set_cursor(by.id, EntityType::AssetV2, "AssetV2|y")?;
        tx.quarantine(by.id, EntityType::AssetExifV1, "exif", "{}", "AssetExifV1|z", "no asset")
    });
    let here = |id: Uuid| scene.read(|tx| tx.local_id(server, kind, id));
    let there = |id: Uuid| scene.read(|tx| tx.external_id(server, kind, id));
    assert_eq!((here(same), here(external), here(local)), (Some(same), Some(local), None));
    assert_eq!((there(same), there(local), there(external)), (Some(same), Some(external), None));
    assert_eq!(scene.read(|tx| tx.local_id(server, ExternalKind::Album, same)), None);
    assert_eq!(scene.read(|tx| tx.cursors(first.id)), [(EntityType::AssetV2, "AssetV2|y".to_owned())]);
    let [line] = scene.read(|tx| tx.quarantined(first.id, 0, 10)).try_into().expect("one line");
    assert_eq!((line.data.as_str(), line.attempts), ("{}", 1));
    assert_eq!(scene.read(|tx| tx.quarantined_line(first.id, line.id)), Some(line.clone()));
    assert_eq!(scene.read(|tx| tx.quarantined_line(second.id, line.id)), None, "it is not the other's");

    // A new epoch shows one of them again.
    let next = Upstream { epoch: 1, is_resetting: true, ..first.clone() };
    let by = next.clone();
    scene.write(move |tx| {
        tx.update_upstream(&by)?;
        tx.see_external_id(&by, kind, same)?;
        tx.note_attempt(line.id, "still none")
    });
    assert_eq!(scene.read(|tx| tx.unseen(&next, kind, None, 10)), [(external, local)]);
    assert_eq!(scene.read(|tx| tx.seen_counts(&next, kind)), (2, 1));
    assert_eq!(scene.read(|tx| tx.quarantined(first.id, 0, 10))[0].attempts, 2);
    scene.write(move |tx| {
        tx.forget_external_id(server, kind, external)?;
        tx.clear_cursors(first.id)?;
        tx.release_quarantined(line.id)
    });
    assert_eq!(scene.read(|tx| tx.quarantine_count(first.id)), 0);
    let (one, two) = (first.id, second.id);
    let waiting = move |tx: &mut dyn Write| {
        tx.quarantine(one, EntityType::AssetV2, "a", "{}", "AssetV2|z", "no user")?;
        tx.quarantine(one, EntityType::AssetV2, "a", "{}", "AssetV2|z", "no user")
    };
    scene.write(waiting);
    let chosen = scene.read(|tx| tx.quarantined(first.id, 0, 1))[0].id;
    let behind = scene.read(|tx| tx.quarantined(first.id, chosen, 10));
    assert!(behind.len() == 1 && behind[0].id > chosen);
    let gone =
        scene.write(move |tx| Ok((tx.drop_quarantined(two, None)?, tx.drop_quarantined(one, Some(&[chosen, 0]))?)));
    assert_eq!((gone, scene.read(|tx| tx.quarantine_count(first.id))), ((0, 1), 1));
    scene.write(waiting);
    assert_eq!(scene.write(move |tx| tx.drop_quarantined(one, None)), 3);
    scene.write(move |tx| tx.delete_upstream(one));
    assert_eq!(here(external), None);
    assert_eq!(scene.read(|tx| tx.quarantine_count(first.id)), 0);
    assert_eq!(scene.read(|tx| tx.upstreams()), [second]);
}

/// Who follows a server once more may be shown less than before: what of their own is not shown again loses its name, unless it
/// is nowhere else. What others were shown is theirs, also while they do not follow it.
pub(super) fn names_of_an_earlier_time_are_told_apart(subject: &Subject) {
    let scene = Scene::of(subject);
    let (ada, ben) = (scene.user(1), scene.user(2));
    let first = link(&scene, ada, "https://a/api", 1).expect("a link");
    let other = link(&scene, ben, "https://a/api", 2).expect("a link");
    let [shown, unshown, seen_by_ben] = [1, 2, 3].map(|number| scene.asset(ada, number).0);
    let bens = scene.asset(ben, 4).0;
    let (album, bens_album) = (scene.album(ada, 1).0, scene.album(ben, 2).0);
    let (ada_here, remote) = (person(ada, 1, "Ada"), AssetId(uuid(232, 2)));
    let link_in = |album: Uuid| ExternalLink { kind: LinkKind::AlbumAsset, parent: album, child: vec![7; 16] };
    let (lost, kept) = (link_in(album), link_in(bens_album));
    let (by, by_other, links, named) = (first, other, [lost.clone(), kept.clone()], ada_here.clone());
    scene.write(move |tx| {
        let line = asset_line(remote, ada);
        tx.insert_mirrored(MirroredAsset {
            id: remote,
            owner_id: ada,
            live_photo_video_id: None,
            stack_id: None,
            media_type: "image/jpeg",
            line: &line,
        })?;
        tx.insert_person(&named)?;
        for id in [shown, unshown, remote.0] {
            tx.add_external_id(&by, ExternalKind::Asset, id, id)?;
        }
        for id in [seen_by_ben, bens] {
            tx.add_external_id(&by_other, ExternalKind::Asset, id, id)?;
        }
        tx.add_external_id(&by, ExternalKind::Album, album, album)?;
        tx.add_external_id(&by_other, ExternalKind::Album, bens_album, bens_album)?;
        tx.add_external_id(&by, ExternalKind::Person, named.id.0, named.id.0)?;
        tx.add_external_id(&by, ExternalKind::User, album, album)?;
        links.iter().try_for_each(|link| tx.see_link(&by, link))?;
        tx.delete_upstream(by.id)
    });
    let again = link(&scene, ada, "https://a/api", 1).expect("a link");
    assert!(again.id > 2, "another id than any that marks rows");
    let by = again.clone();
    let gone = scene.write(move |tx| {
        tx.see_external_id(&by, ExternalKind::Asset, shown)?;
        tx.lose_unshown(&by)
    });
    assert_eq!(gone, 3);
    let server = again.server_id;
    let is_known = |kind, id| scene.read(|tx| tx.external_id(server, kind, id)).is_some();
    assert!([shown, seen_by_ben, bens, remote.0].into_iter().all(|id| is_known(ExternalKind::Asset, id)));
    assert!(is_known(ExternalKind::Album, bens_album) && is_known(ExternalKind::User, album));
    assert!(!is_known(ExternalKind::Asset, unshown) && !is_known(ExternalKind::Album, album));
    assert!(!is_known(ExternalKind::Person, ada_here.id.0));
    let is_lost = |kind, id| scene.read(|tx| tx.has_lost_name(server, kind, id));
    assert!(is_lost(ExternalKind::Asset, unshown) && is_lost(ExternalKind::Album, album));
    assert!(!is_lost(ExternalKind::Asset, shown) && !is_lost(ExternalKind::Album, unshown));
    // What it shows again has its name again.
    let by = again.clone();
    assert!(scene.read(|tx| tx.local_id(server, ExternalKind::Asset, unshown)).is_some());
    scene.write(move |tx| tx.see_external_id(&by, ExternalKind::Asset, unshown));
    assert!(is_known(ExternalKind::Asset, unshown) && !is_lost(ExternalKind::Asset, unshown));
    let is_linked = |link| scene.read(|tx| tx.link_shown(server, link)).is_some();
    assert!(is_linked(&kept) && !is_linked(&lost));

    // Also while he follows it no more.
    scene.write(move |tx| tx.delete_upstream(2));
    let by = again.clone();
    assert_eq!(scene.write(move |tx| tx.lose_unshown(&by)), 1, "hers, that only he was shown");
    assert!(is_known(ExternalKind::Asset, bens) && is_known(ExternalKind::Album, bens_album));
    let third = link(&scene, ben, "https://a/api", 2).expect("a link");
    assert!(third.id > again.id);

    // What was shown then is taken up, and what is lost stays lost.
    let first_epoch = Upstream { epoch: 1, ..third };
    let by = first_epoch.clone();
    assert_eq!(scene.read(|tx| tx.unseen(&first_epoch, ExternalKind::Album, None, 10)), []);
    scene.write(move |tx| {
        tx.take_over_names(2, &by)?;
        tx.take_over_names(1, &by)
    });
    let unseen = scene.read(|tx| tx.unseen(&first_epoch, ExternalKind::Album, None, 10));
    assert_eq!(unseen, [(bens_album, bens_album)]);
    assert_eq!(scene.read(|tx| tx.seen_link_counts(&first_epoch, LinkKind::AlbumAsset)), (1, 1));
    assert!(is_lost(ExternalKind::Album, album));
}

pub(super) fn asset_line(id: AssetId, owner_id: UserId) -> AssetV1<'static> {
    AssetV1 {
        id,
        owner_id,
        original_file_name: "beach.jpg".into(),
        file_created_at: NOW,
        file_modified_at: NOW,
        local_date_time: NOW,
        asset_type: AssetType::Image,
        deleted_at: None,
        is_favorite: true,
        visibility: Visibility::Timeline,
        duration: LineDuration::Millis(None),
        live_photo_video_id: None,
        stack_id: None,
        library_id: None,
        width: Some(Some(40)),
        height: Some(Some(30)),
        is_edited: Some(false),
        checksum: Sha1([7; 20]),
        thumbhash: Some("AQID".into()),
        created_at: Some(NOW),
    }
}

fn exif_line(id: AssetId) -> AssetExifV1<'static> {
    AssetExifV1 {
        asset_id: id,
        description: "at the sea".into(),
        exif_image_width: Some(40),
        exif_image_height: Some(30),
        file_size_in_byte: Some(1_234),
        orientation: Some("6".into()),
        date_time_original: Some(NOW),
        modify_date: None,
        time_zone: Some("UTC+2".into()),
        latitude: Some(Number(1.5)),
        longitude: Some(Number(-2.0)),
        projection_type: None,
        city: Some("Nice".into()),
        state: None,
        country: Some("France".into()),
        make: None,
        model: Some("X".into()),
        lens_model: None,
        f_number: Some(Number(2.8)),
        focal_length: None,
        iso: Some(100),
        exposure_time: Some("1/500".into()),
        profile_description: None,
        rating: Some(4),
        fps: None,
    }
}

/// Rows are as their lines say. A line that comes again moves nothing in the feed; one that differs does.
pub(super) fn what_comes_again_moves_nothing(subject: &Subject) {
    let scene = Scene::of(subject);
    let ada = scene.user(1);
    let (stranger, asset, album) = (UserId(uuid(1, 77)), AssetId(uuid(232, 1)), scene.album(ada, 9));
    let user = UserV1 {
        id: stranger,
        name: "Eve".into(),
        email: "eve@example.org".into(),
        avatar_color: None,
        deleted_at: None,
        profile_changed_at: NOW,
        has_profile_image: false,
    };
    let album_line = AlbumV1 {
        id: album,
        owner_id: Some(ada),
        name: "Trip".into(),
        description: "".into(),
        created_at: NOW,
        updated_at: NOW,
        thumbnail_asset_id: None,
        is_activity_enabled: true,
        order: SortOrder::Ascending,
    };
    let mirror = |is_new: bool, is_favorite: bool| {
        let (user, album_line) = (user.clone(), album_line.clone());
        scene.write(move |tx| {
            tx.mirror_user(stranger, "eve@example.org", &user)?;
            let line = AssetV1 { is_favorite, ..asset_line(asset, ada) };
            let row = MirroredAsset {
                id: asset,
                owner_id: ada,
                live_photo_video_id: None,
                stack_id: None,
                media_type: "image/jpeg",
                line: &line,
            };
            let put = if is_new { tx.insert_mirrored(row) } else { tx.update_mirrored(row) };
            put?;
            if !tx.insert_mirrored_exif(asset, ada, &exif_line(asset))? {
                tx.update_mirrored_exif(asset, ada, &exif_line(asset))?;
            }
            tx.mirror_album(album, ada, Some(asset), &album_line)?;
            tx.mirror_album_user(album, stranger, AlbumRole::Viewer)
        });
    };
    mirror(true, true);
    let (row, exif) = scene.read(|tx| Ok((tx.asset(asset)?.expect("the asset"), tx.exif(asset)?.expect("its row"))));
    assert_eq!((row.size_bytes, row.is_favorite, row.thumbhash), (1_234, true, Some(vec![1, 2, 3])));
    assert_eq!((exif.orientation, exif.city.as_deref(), exif.f_number), (Some(6), Some("Nice"), Some(2.8)));
    let shown = scene.read(|tx| tx.album(album)).expect("the album");
    assert_eq!((shown.name.as_str(), shown.thumbnail_asset_id), ("Trip", Some(asset)));
    assert_eq!(scene.read(|tx| tx.album_role(album, stranger)), Some(AlbumRole::Viewer));

    let kinds = [FeedKind::Users, FeedKind::Assets, FeedKind::Exifs, FeedKind::Albums, FeedKind::AlbumUsers];
    let moved = |after| kinds.map(|kind| changes(&scene, kind, ada, after).len());
    let last = scene.read(|tx| tx.last_update_id());
    mirror(false, true);
    assert_eq!(moved(last), [0; 5], "nothing differs");
    mirror(false, false);
    assert_eq!(moved(last), [0, 1, 0, 0, 0], "the asset does");

    // The content is somebody's already: an index says so, and nothing is half done.
    let twin = AssetId(uuid(232, 2));
    let refused = scene.try_write(move |tx| {
        let line = asset_line(twin, ada);
        tx.insert_mirrored(MirroredAsset {
            id: twin,
            owner_id: ada,
            live_photo_video_id: None,
            stack_id: None,
            media_type: "image/jpeg",
            line: &line,
        })
    });
    assert!(matches!(refused, Err(StoreError::Conflict(_))));

    // What nothing is known about has a row that says so.
    let bare = AssetId(uuid(232, 3));
    scene.write(move |tx| {
        let line = AssetV1 { checksum: Sha1([8; 20]), ..asset_line(bare, ada) };
        let row = MirroredAsset {
            id: bare,
            owner_id: ada,
            live_photo_video_id: None,
            stack_id: None,
            media_type: "image/jpeg",
            line: &line,
        };
        tx.insert_mirrored(row)
    });
    assert_eq!(scene.read(|tx| tx.exif(bare)), None);
    scene.write(move |tx| tx.complete_exif(last));
    assert_eq!(scene.read(|tx| tx.exif(bare)).map(|exif| exif.description), Some(String::new()));

    // An album may turn out to be somebody else's.
    scene.write(move |tx| tx.set_album_owner(album, stranger));
    assert_eq!(scene.read(|tx| tx.album(album)).expect("the album").owner_id, stranger);
    let roles = scene.read(|tx| tx.album_users(album));
    assert_eq!(roles.iter().filter(|user| user.role == AlbumRole::Owner).count(), 1);
}

/// Lines are found by the ids that stand in them, and what is noted of that goes with them.
pub(super) fn lines_in_quarantine_are_found_by_ids(subject: &Subject) {
    let scene = Scene::of(subject);
    let by = link(&scene, scene.user(1), "https://a/api", 1).expect("a link").id;
    let (one, other) = (uuid(233, 1), uuid(233, 2));
    assert!(!scene.read(|tx| tx.has_quarantine(by)));
    let lines: Vec<i64> = [vec![one, one], vec![one, other], vec![other]]
        .into_iter()
        .map(|ids| {
            scene.write(move |tx| {
                let line = tx.quarantine(by, EntityType::AssetV2, "a", "{}", "AssetV2|z", "no user")?;
                tx.note_quarantined_ids(by, line, &ids)?;
                Ok(line)
            })
        })
        .collect();
    let about = |id: Uuid, limit| -> Vec<i64> { scene.read(|tx| tx.quarantined_about(by, id, limit)) };
    assert_eq!((about(one, 10), about(one, 1)), (lines[..2].to_vec(), lines[..1].to_vec()));
    assert_eq!(scene.read(|tx| tx.quarantined_ids(by, lines[0], 10)), lines[1..]);
    assert!(scene.read(|tx| tx.quarantined_about(by + 1, one, 10)).is_empty(), "it is not the other's");
    scene.write(move |tx| tx.release_quarantined_about(by, one));
    assert!(scene.read(|tx| tx.has_quarantine(by)));
    assert_eq!((about(one, 10), about(other, 10)), (vec![], lines[2..].to_vec()));
}
