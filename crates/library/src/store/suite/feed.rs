//! The change feed: the property that everything else relies on.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tintype_protocol::id::{AssetId, UpdateId, UserId};

use super::Subject;
use super::scene::Scene;
use crate::feed::{FeedKind, FeedRow, Visit};

/// Every change of a kind behind a position.
pub(super) fn changes(scene: &Scene, kind: FeedKind, user: UserId, after: UpdateId) -> Vec<(UpdateId, String)> {
    scene.read(|tx| {
        let mut found = Vec::new();
        tx.changes(kind, user, after, &mut |at, row| {
            found.push((at, format!("{row:?}")));
            Visit::Continue
        })?;
        Ok(found)
    })
}

fn assets(scene: &Scene, user: UserId, after: UpdateId) -> Vec<(UpdateId, AssetId)> {
    scene.read(|tx| {
        let mut found = Vec::new();
        tx.changes(FeedKind::Assets, user, after, &mut |at, row| {
            if let FeedRow::Asset(row) = row {
                found.push((at, row.id));
            }
            Visit::Continue
        })?;
        Ok(found)
    })
}

fn touch(scene: &Scene, id: AssetId) {
    scene.write(move |tx| {
        let mut asset = tx.asset(id)?.expect("the asset");
        asset.is_favorite = !asset.is_favorite;
        tx.update_asset(&asset)
    });
}

pub(super) fn changes_come_in_order_and_once(subject: &Subject) {
    let scene = Scene::of(subject);
    let owner = scene.user(1);
    let ids: Vec<AssetId> = (1..=3).map(|number| scene.asset(owner, number)).collect();
    let all = assets(&scene, owner, UpdateId::MIN);
    assert_eq!(all.iter().map(|(_, id)| *id).collect::<Vec<_>>(), ids);
    assert!(all.windows(2).all(|pair| pair[0].0 < pair[1].0));
    let last = scene.read(|tx| tx.last_update_id());
    assert!(assets(&scene, owner, last).is_empty(), "nothing lies behind the last position");
    touch(&scene, ids[0]);
    let changed = assets(&scene, owner, last);
    assert_eq!(changed.iter().map(|(_, id)| *id).collect::<Vec<_>>(), [ids[0]]);
    assert_eq!(assets(&scene, owner, UpdateId::MIN).len(), 3, "a row that changes moves, it is not doubled");
    let album = scene.album(owner, 1);
    let (first, second) = (ids[0], ids[1]);
    scene.write(move |tx| tx.add_album_asset(album, first).map(drop));
    let asset = scene.read(|tx| tx.asset(first)).expect("the asset");
    let before = scene.read(|tx| tx.last_update_id());
    scene.write(move |tx| tx.delete_asset(&asset));
    for kind in [FeedKind::AssetDeletes, FeedKind::AlbumAssetDeletes] {
        assert_eq!(changes(&scene, kind, owner, before).len(), 1, "{kind:?}");
    }
    assert_eq!(changes(&scene, FeedKind::Exifs, owner, UpdateId::MIN).len(), 2);
    assert_eq!(changes(&scene, FeedKind::AlbumUsers, owner, UpdateId::MIN).len(), 1);
    // Who has seen enough is not shown more.
    let mut seen = 0;
    scene.read(|tx| {
        tx.changes(FeedKind::Assets, owner, UpdateId::MIN, &mut |_, _| {
            seen += 1;
            Visit::Stop
        })
    });
    assert_eq!(seen, 1);
    let _ = second;
}

pub(super) fn positions_rise_across_reopening_and_a_clock_set_back(subject: &Subject) {
    let mut last = UpdateId::MIN;
    for round in 0..4_u8 {
        let scene = Scene::of(subject);
        // Each round begins an hour before the one before it.
        scene.clock.advance(-3_600_000 * i64::from(round));
        scene.user(round + 1);
        let now = scene.read(|tx| tx.last_update_id());
        assert!(now > last, "{now} after {last}");
        let seen = changes(&scene, FeedKind::Users, UserId(uuid::Uuid::nil()), last);
        assert_eq!(seen.len(), 1, "exactly what was added since");
        last = now;
        scene.store.close();
    }
}

pub(super) fn a_follower_misses_nothing(subject: &Subject) {
    const WRITERS: u8 = 4;
    const ROUNDS: u8 = 25;
    let scene = Scene::of(subject);
    let owner = scene.user(1);
    let ids: Vec<AssetId> = (1..=WRITERS).map(|number| scene.asset(owner, number)).collect();
    let begin = scene.read(|tx| tx.last_update_id());
    let is_over = AtomicBool::new(false);
    let seen = thread::scope(|scope| {
        let follower = scope.spawn(|| {
            let (mut at, mut seen) = (begin, Vec::new());
            loop {
                let ends = is_over.load(Ordering::SeqCst);
                for (position, id) in assets(&scene, owner, at) {
                    assert!(position > at, "positions rise");
                    at = position;
                    seen.push((position, id));
                }
                if ends {
                    return seen;
                }
            }
        });
        let writers: Vec<_> =
            ids.iter().map(|id| scope.spawn(|| (0..ROUNDS).for_each(|_| touch(&scene, *id)))).collect();
        writers.into_iter().for_each(|writer| writer.join().expect("a writer"));
        is_over.store(true, Ordering::SeqCst);
        follower.join().expect("the follower")
    });
    let positions: HashSet<UpdateId> = seen.iter().map(|(at, _)| *at).collect();
    assert_eq!(positions.len(), seen.len(), "no change is seen twice");
    let last: Vec<(UpdateId, AssetId)> = assets(&scene, owner, begin);
    for state in last {
        assert!(seen.contains(&state), "the last state of {} was missed", state.1);
    }
}

pub(super) fn others_rows_stay_theirs(subject: &Subject) {
    let scene = Scene::of(subject);
    let (owner, other) = (scene.user(1), scene.user(2));
    let id = scene.asset(owner, 1);
    let album = scene.album(owner, 1);
    scene.write(move |tx| {
        tx.add_album_asset(album, id)?;
        tx.set_asset_metadata(id, "k", "{}")?;
        tx.set_user_metadata(owner, tintype_protocol::model::UserMetadataKey::Onboarding, "{}")
    });
    let asset = scene.read(|tx| tx.asset(id)).expect("the asset");
    let row = scene.read(|tx| tx.album(album)).expect("the album");
    let own = [
        FeedKind::Assets,
        FeedKind::Exifs,
        FeedKind::Albums,
        FeedKind::AlbumUsers,
        FeedKind::AlbumAssets,
        FeedKind::UserMetadata,
        FeedKind::AssetMetadata,
    ];
    for kind in own {
        assert_eq!(changes(&scene, kind, owner, UpdateId::MIN).len(), 1, "{kind:?}");
        assert_eq!(changes(&scene, kind, other, UpdateId::MIN).len(), 0, "{kind:?}");
    }
    scene.write(move |tx| {
        tx.delete_asset(&asset)?;
        tx.delete_album(&row)
    });
    for kind in [FeedKind::AssetDeletes, FeedKind::AlbumDeletes] {
        assert_eq!(changes(&scene, kind, owner, UpdateId::MIN).len(), 1, "{kind:?}");
        assert_eq!(changes(&scene, kind, other, UpdateId::MIN).len(), 0, "{kind:?}");
    }
    assert_eq!(changes(&scene, FeedKind::Users, other, UpdateId::MIN).len(), 2, "everybody sees all users");
    assert_eq!(changes(&scene, FeedKind::Me, other, UpdateId::MIN).len(), 1);
}
