//! A server that was put back to an older copy of itself: what it has lost is not deleted, and it is noticed.

use serde_json::json;
use tintype_library::albums::AlbumChange;
use tintype_library::assets::AssetChange;
use tintype_library::model::{Field, Subject};
use tintype_library::offer::Offer;
use tintype_library::store::Durability;
use tintype_protocol::bytes::base64;
use tintype_protocol::id::AssetId;
use tintype_protocol::model::AssetStatus;
use tintype_protocol::permission::Permission;
use tintype_sync::{Pace, PushError, Wishes, push};
use tintype_testkit::{Ending, Fault};

use crate::lines::{album, asset, asset_data, assets, exif, id, line, link};
use crate::scene::Scene;

/// More pulls than faults wait for.
const TRIES: usize = 8;

/// The server has 3 and 4, is backed up, and gets an album with 6, which lies here, and 5, which does not.
struct Lost {
    scene: Scene,
    mine: AssetId,
}

impl Lost {
    fn new(only_there: bool) -> Self {
        let scene = Scene::new();
        scene.server.say(&assets(3, 5));
        scene.pull().unwrap();
        scene.server.back_up();
        let mine = scene.import(1);
        let checksum = scene.library.asset(&scene.caller(), mine, Permission::AssetRead).unwrap().checksum;
        if only_there {
            scene.server.say(&asset(5, &json!({})));
        }
        scene.server.say(&asset(6, &json!({ "checksum": base64(&checksum.0), "thumbhash": "AAAA", "width": 1 })));
        scene.server.say(&[album(9, &json!({})), link(10, 9, 6)].concat());
        assert!(!scene.pull().unwrap().was_older);
        // It is there already.
        assert_eq!(push(&scene.library, &scene.remote, &scene.upstream(), &Pace::default(), &|_| {}).unwrap().sent, 0);
        Self { scene, mine }
    }

    fn put_back(only_there: bool) -> Self {
        let lost = Self::new(only_there);
        lost.scene.server.put_back();
        lost
    }

    fn is_active(&self) -> bool {
        let asset = self.scene.library.asset(&self.scene.caller(), self.mine, Permission::AssetRead);
        asset.is_ok_and(|asset| asset.status == AssetStatus::Active)
    }

    /// All is here, and what the server has lost can be offered to it.
    fn assert_kept(&self) {
        let scene = &self.scene;
        assert!(self.is_active() && scene.asset(3).is_some() && scene.asset(4).is_some());
        assert_eq!(scene.albums(), (1, 1));
        let only_here = scene.library.only_here(scene.owner).unwrap();
        assert_eq!((only_here.photos, only_here.albums), (1, 1));
        assert!(!scene.upstream().is_resetting && !scene.upstream().keeps_unshown);
    }
}

fn asked(scene: &Scene, what: &str) -> usize {
    scene.server.asked().iter().filter(|asked| asked.is(what)).count()
}

#[test]
fn what_it_has_lost_is_only_here() {
    let lost = Lost::put_back(false);
    let pulled = lost.scene.pull().unwrap();
    assert!(pulled.was_older && !pulled.was_reset, "{pulled:?}");
    assert_eq!((pulled.only_here, pulled.swept, pulled.held), (2, 0, 0), "the photo and the album");
    lost.assert_kept();
    let again = lost.scene.pull().unwrap();
    assert!(!again.was_older && again.lines == 1 && again.only_here == 0, "{again:?}");
    let offered = Offer { photos: 1, albums: 1, bytes: 44, ..Offer::default() };
    assert_eq!(lost.scene.library.offer_all(lost.scene.owner).unwrap(), offered);
}

#[test]
fn what_was_only_there_waits_for_a_person() {
    let lost = Lost::put_back(true);
    let scene = &lost.scene;
    for _ in 0..2 {
        let pulled = scene.pull().unwrap();
        assert_eq!((pulled.held, pulled.swept), (1, 0), "{pulled:?}");
        assert!(scene.asset(5).is_some());
    }
    let checksum = scene.asset(5).unwrap().checksum;
    assert_eq!(scene.pull_wishing(Wishes { sweep: true }).unwrap().swept, 1);
    assert!(scene.asset(5).is_none());
    lost.assert_kept();
    assert!(!scene.library.read(|tx| Ok(tx.is_deleted_content(scene.owner, &checksum)?)).unwrap(), "nobody deleted it");
}

#[test]
fn what_it_shows_again_needs_nobody() {
    let lost = Lost::put_back(true);
    lost.scene.pull().unwrap();
    // The right backup is found after all.
    lost.scene.server.say(&asset(5, &json!({})));
    let pulled = lost.scene.pull().unwrap();
    assert_eq!((pulled.held, pulled.swept), (0, 0), "{pulled:?}");
    assert!(lost.scene.asset(5).is_some());
    lost.assert_kept();
}

#[test]
fn what_is_changed_here_meanwhile_is_not_taken_for_deleted() {
    for is_put_back in [true, false] {
        let lost = Lost::new(false);
        let scene = &lost.scene;
        if is_put_back {
            lost.scene.server.put_back();
        } else {
            scene.server.fall_silent();
        }
        let favorite = AssetChange { is_favorite: Some(true), ..AssetChange::default() };
        scene.library.update_asset(&scene.caller(), lost.mine, favorite).unwrap();
        let pushed = push(&scene.library, &scene.remote, &scene.upstream(), &Pace::default(), &|_| {});
        if is_put_back {
            assert!(matches!(pushed, Err(PushError::Older)), "{pushed:?}");
            assert!(lost.is_active());
            assert!(scene.pull().unwrap().was_older);
            lost.assert_kept();
            let kept = scene.library.asset(&scene.caller(), lost.mine, Permission::AssetRead).unwrap();
            assert!(kept.is_favorite, "and what was said about it goes along with the offer");
        } else {
            assert_eq!(pushed.unwrap().sent, 1);
            assert!(!lost.is_active(), "that was a delete");
        }
    }
}

#[test]
fn it_is_noticed_however_often_one_is_interrupted() {
    for lines in 0..=3 {
        for fault in [
            Fault::LoseRequest("/sync/stream"),
            Fault::LoseAnswer("/sync/stream"),
            Fault::LoseRequest("/sync/ack"),
            Fault::CutAfterLines(lines, Ending::Broken),
        ] {
            let lost = Lost::put_back(false);
            for more in [None, Some(Fault::CutAfterLines(1, Ending::Clean)), Some(Fault::LoseAnswer("/sync/ack"))] {
                lost.scene.server.add_fault(fault.clone());
                more.into_iter().for_each(|more| lost.scene.server.add_fault(more));
                let _ = lost.scene.pull();
            }
            let ends = (0..TRIES).find_map(|_| lost.scene.pull().ok());
            assert!(ends.is_some(), "{fault:?}");
            lost.assert_kept();
        }
    }
}

#[test]
fn photos_that_it_got_since_do_not_hide_it() {
    let lost = Lost::put_back(false);
    lost.scene.server.say(&[assets(20, 22), album(30, &json!({})), link(31, 30, 20)].concat());
    assert!(lost.scene.pull().unwrap().was_older);
    assert!(lost.is_active() && lost.scene.asset(20).is_some());
    assert_eq!(lost.scene.albums(), (2, 2));
}

#[test]
fn another_session_is_told_everything_and_takes_nothing_away() {
    let lost = Lost::new(false);
    lost.scene.server.put_back();
    lost.scene.server.end_sessions();
    let other = lost.scene.server.client();
    let pulled = lost.scene.pull_by(&other, Wishes::default()).unwrap();
    assert!(pulled.was_older);
    lost.assert_kept();
}

#[test]
fn a_lost_ack_is_no_older_copy() {
    for fault in [Fault::LoseRequest("/sync/ack"), Fault::LoseAnswer("/sync/ack")] {
        let lost = Lost::new(false);
        for round in 0_u32..3 {
            lost.scene.server.say(&asset(40 + round, &json!({})));
            lost.scene.server.add_fault(fault.clone());
            lost.scene.pull().unwrap_err();
        }
        let pulled = lost.scene.pull().unwrap();
        assert!(!pulled.was_older, "{pulled:?}");
    }
}

#[test]
fn a_server_that_does_not_tell_is_followed_all_the_same() {
    let lost = Lost::put_back(false);
    for status in [400, 403, 404] {
        lost.scene.server.add_fault(Fault::Refuse("/sync/ack", status, "no".to_owned(), None));
        assert!(!lost.scene.pull().unwrap().was_older, "{status}");
    }
    assert!(lost.scene.pull().unwrap().was_older, "it is seen as soon as it does");
}

#[test]
fn where_nothing_is_new_two_questions_are_enough() {
    let lost = Lost::new(false);
    let counts = || ["POST /sync/stream", "GET /sync/ack", "POST /sync/ack"].map(|what| asked(&lost.scene, what));
    let before = counts();
    let all = lost.scene.server.asked().len();
    lost.scene.pull().unwrap();
    assert_eq!(counts(), [before[0] + 1, before[1] + 1, before[2]]);
    assert_eq!(lost.scene.server.asked().len(), all + 2);
}

/// The backup is so old that the server begins again by itself.
#[test]
fn an_older_copy_that_begins_again_is_noticed() {
    let lost = Lost::put_back(false);
    lost.scene.server.begin_reset();
    let pulled = lost.scene.pull().unwrap();
    assert!(pulled.was_older, "{pulled:?}");
    lost.assert_kept();
}

/// What is only there waits for a person, whatever is changed about it.
#[test]
fn what_waits_for_a_person_does_not_go_by_a_push() {
    let lost = Lost::put_back(true);
    let scene = &lost.scene;
    assert_eq!(scene.pull().unwrap().held, 1);
    let only_there = scene.asset(5).unwrap();
    let favorite = AssetChange { is_favorite: Some(true), ..AssetChange::default() };
    scene.library.update_asset(&scene.caller(), only_there.id, favorite).unwrap();
    let pushed = push(&scene.library, &scene.remote, &scene.upstream(), &Pace::default(), &|_| {}).unwrap();
    assert_eq!((pushed.sent, pushed.refused), (0, 1));
    assert!(scene.asset(5).is_some());
}

/// A yes from before holds for what was known then.
#[test]
fn a_yes_does_not_hold_for_what_the_same_pull_finds() {
    let lost = Lost::put_back(true);
    let pulled = lost.scene.pull_wishing(Wishes { sweep: true }).unwrap();
    assert_eq!((pulled.held, pulled.swept), (1, 0));
    assert!(lost.scene.asset(5).is_some());
}

/// The right backup is found after all: what had lost its name has it again, and nothing is there twice.
#[test]
fn names_come_back_with_what_is_shown_again() {
    let lost = Lost::put_back(false);
    let scene = &lost.scene;
    assert_eq!(scene.pull().unwrap().only_here, 2);
    let checksum = scene.library.asset(&scene.caller(), lost.mine, Permission::AssetRead).unwrap().checksum;
    scene.server.say(&asset(6, &json!({ "checksum": base64(&checksum.0), "thumbhash": "AAAA", "width": 1 })));
    scene.server.say(&[album(9, &json!({})), link(10, 9, 6)].concat());
    assert_eq!(scene.pull().unwrap().quarantined, 0);
    assert_eq!((scene.albums(), scene.library.only_here(scene.owner).unwrap()), ((1, 1), Offer::default()));
}

/// How one may leave an asset here.
type Deed = fn(&Scene, AssetId);

/// What is done here while the name is lost is written down nowhere until it is found again.
#[test]
fn what_is_done_while_a_name_is_lost_is_kept_when_it_comes_back() {
    let favorite: Deed = |scene, id| {
        let change = AssetChange { is_favorite: Some(true), ..AssetChange::default() };
        scene.library.update_asset(&scene.caller(), id, change).unwrap();
    };
    let trash: Deed = |scene, id| scene.library.delete_assets(&scene.caller(), &[id], false).unwrap();
    let delete: Deed = |scene, id| scene.library.delete_assets(&scene.caller(), &[id], true).unwrap();
    let purge: Deed = |scene, id| {
        scene.library.delete_assets(&scene.caller(), &[id], true).unwrap();
        let asset = scene.library.read(|tx| Ok(tx.asset(id)?)).unwrap().unwrap();
        scene.library.write(Durability::Relaxed, move |tx| Ok(tx.delete_asset(&asset)?)).unwrap();
    };
    for (deed, field, status, is_favorite) in [
        (favorite, Field::Favorite, Some(AssetStatus::Active), true),
        (trash, Field::Life, Some(AssetStatus::Trashed), false),
        (delete, Field::Life, Some(AssetStatus::Deleted), false),
        (purge, Field::Life, None, false),
    ] {
        let lost = Lost::put_back(false);
        let scene = &lost.scene;
        let checksum = scene.library.asset(&scene.caller(), lost.mine, Permission::AssetRead).unwrap().checksum;
        scene.pull().unwrap();
        deed(scene, lost.mine);
        // What is said of it waits, with what it was before.
        let waits = scene.library.outbox(scene.upstream().id, 0, 10).unwrap();
        assert_eq!(waits.len(), usize::from(field == Field::Favorite), "{waits:?}");
        assert_eq!(push(&scene.library, &scene.remote, &scene.upstream(), &Pace::default(), &|_| {}).unwrap().sent, 0);
        // The right backup is found after all.
        scene.server.say(&asset(6, &json!({ "checksum": base64(&checksum.0), "thumbhash": "AAAA", "width": 1 })));
        scene.server.say(&exif(6, &json!({})));
        scene.pull().unwrap();
        let kept = scene.library.read(|tx| Ok(tx.asset(lost.mine)?)).unwrap();
        assert_eq!(kept.as_ref().map(|asset| asset.status), status);
        assert_eq!(kept.is_some_and(|asset| asset.is_favorite), is_favorite);
        let rows = scene.library.outbox(scene.upstream().id, 0, 10).unwrap();
        assert_eq!(rows.iter().map(|row| row.field).collect::<Vec<_>>(), [field], "it goes there now");
    }
}

/// What is taken back, or done to an album, is none of what can be read off when the name is found again.
#[test]
fn what_is_taken_back_while_a_name_is_lost_holds() {
    let lost = Lost::new(false);
    let (scene, album_id) = (&lost.scene, id(9).parse().unwrap());
    let checksum = scene.library.asset(&scene.caller(), lost.mine, Permission::AssetRead).unwrap().checksum;
    let mine = json!({ "checksum": base64(&checksum.0), "thumbhash": "AAAA", "width": 1, "isFavorite": true });
    let liked = line("AssetV2", 29, &asset_data(6, &mine));
    scene.server.say(&[liked, album(30, &json!({})), link(31, 30, 6)].concat());
    scene.pull().unwrap();
    scene.server.put_back();
    scene.pull().unwrap();
    let change = AssetChange { is_favorite: Some(false), ..AssetChange::default() };
    scene.library.update_asset(&scene.caller(), lost.mine, change).unwrap();
    let change = AlbumChange { name: Some("Of here".to_owned()), ..AlbumChange::default() };
    scene.library.update_album(&scene.caller(), album_id, change).unwrap();
    scene.library.remove_album_assets(&scene.caller(), album_id, vec![lost.mine]).unwrap();
    scene.library.delete_album(&scene.caller(), id(30).parse().unwrap()).unwrap();
    assert_eq!(push(&scene.library, &scene.remote, &scene.upstream(), &Pace::default(), &|_| {}).unwrap().sent, 0);

    // The right backup is found after all, and somebody has called the album otherwise there.
    scene.server.say(&[asset(6, &mine), album(9, &json!({ "name": "Of there" })), link(10, 9, 6)].concat());
    scene.server.say(&[album(30, &json!({})), link(31, 30, 6)].concat());
    scene.pull().unwrap();
    let kept = scene.library.asset(&scene.caller(), lost.mine, Permission::AssetRead).unwrap();
    let albums = scene.library.albums(&scene.caller(), None).unwrap();
    assert!(!kept.is_favorite);
    assert_eq!((albums.len(), albums[0].summary.asset_count), (1, 0));
    assert_eq!(albums[0].album.name, "Of here");
    let conflicts = scene.library.conflicts(scene.upstream().id).unwrap();
    assert_eq!(conflicts.iter().map(|conflict| conflict.theirs.as_str()).collect::<Vec<_>>(), ["\"Of there\""]);
    let rows = scene.library.outbox(scene.upstream().id, 0, 10).unwrap();
    let mut fields: Vec<_> = rows.iter().map(|row| row.field.as_str()).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["favorite", "life", "membership", "name"], "they go there now");
}

/// A phone sends again what the server has lost: it is in the same albums as before.
#[test]
fn what_a_phone_sends_again_stays_in_its_albums() {
    let scene = Scene::new();
    scene.server.say(&[assets(3, 5), album(9, &json!({}))].concat());
    scene.pull().unwrap();
    scene.server.back_up();
    let mine = scene.import(1);
    let checksum = scene.library.asset(&scene.caller(), mine, Permission::AssetRead).unwrap().checksum;
    let same = json!({ "checksum": base64(&checksum.0), "thumbhash": "AAAA", "width": 1 });
    scene.server.say(&[asset(10, &same), link(11, 9, 10)].concat());
    scene.pull().unwrap();
    push(&scene.library, &scene.remote, &scene.upstream(), &Pace::default(), &|_| {}).unwrap();
    scene.server.put_back();
    assert_eq!(scene.pull().unwrap().only_here, 1);
    assert_eq!(scene.albums(), (1, 1));
    scene.server.say(&asset(20, &same));
    assert_eq!(scene.pull().unwrap().quarantined, 0);
    assert_eq!(scene.albums(), (1, 1));
    let rows = scene.library.outbox(scene.upstream().id, 0, 10).unwrap();
    let subjects: Vec<Subject> = rows.iter().map(|row| row.subject).collect();
    assert_eq!(subjects, [Subject::AlbumAsset(id(9).parse().unwrap(), mine)], "and there as well, soon");
}

/// What changes while everything is shown comes with the next stream, and is not missed.
#[test]
fn what_changes_during_a_reset_is_not_swept() {
    let lost = Lost::put_back(false);
    lost.scene.server.say(&[album(30, &json!({})), link(31, 30, 3)].concat());
    lost.scene.pull().unwrap();
    let streams = asked(&lost.scene, "POST /sync/stream");
    lost.scene.server.begin_reset();
    lost.scene.pull().unwrap();
    assert_eq!(asked(&lost.scene, "POST /sync/stream") - streams, 3, "the word, everything, and what came meanwhile");
    assert_eq!(lost.scene.albums(), (2, 2));
}

/// A server that keeps nothing of it is followed as well as it can be, and not from the beginning each time.
#[test]
fn a_server_that_keeps_no_ends_is_followed() {
    let scene = Scene::new();
    scene.server.forget_ends();
    scene.server.say(&assets(2, 4));
    scene.pull().unwrap();
    for _ in 0..3 {
        let pulled = scene.pull().unwrap();
        assert!(!pulled.was_older && pulled.lines == 1, "{pulled:?}");
    }
    for refusal in [
        Fault::Refuse("GET /sync/ack", 500, "no".to_owned(), None),
        Fault::Refuse("GET /sync/ack", 405, "no".to_owned(), None),
        Fault::Refuse("GET /sync/ack", 403, "Missing required permission: syncCheckpoint.read".to_owned(), None),
    ] {
        let lost = Lost::new(false);
        lost.scene.server.say(&assets(40, 41));
        lost.scene.server.add_fault(refusal);
        assert!(!lost.scene.pull().unwrap().was_older);
    }
}
