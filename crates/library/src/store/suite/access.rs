//! Sessions, keys and checkpoints.

use tintype_protocol::id::{ApiKeyId, SessionId, UserId};
use tintype_protocol::permission::Permission;
use tintype_protocol::sync::EntityType;
use tintype_protocol::time::Timestamp;

use super::Subject;
use super::scene::{NOW, Scene, uuid};
use crate::model::{ApiKey, Session};

fn session(user: UserId, number: u8, parent: Option<SessionId>) -> Session {
    Session {
        id: SessionId(uuid(2, number)),
        user_id: user,
        parent_id: parent,
        token_hash: [number; 32],
        device_type: "Pixel".to_owned(),
        device_os: "Android".to_owned(),
        app_version: Some("3.2.2".to_owned()),
        created_at: NOW,
        updated_at: NOW,
        expires_at: None,
        pin_expires_at: None,
        is_pending_sync_reset: false,
    }
}

fn add(scene: &Scene, row: &Session) {
    let row = row.clone();
    scene.write(move |tx| tx.insert_session(&row));
}

pub(super) fn sessions_end_with_their_parents(subject: &Subject) {
    let scene = Scene::of(subject);
    let user = scene.user(1);
    let parent = session(user, 1, None);
    let child = session(user, 2, Some(parent.id));
    add(&scene, &parent);
    add(&scene, &child);
    scene.read(|tx| {
        let (found, owner) = tx.session_by_token(&[2; 32])?.expect("found by its token");
        assert_eq!((found, owner.id), (child.clone(), user));
        Ok(())
    });
    let id = parent.id;
    scene.write(move |tx| tx.delete_session(id));
    assert!(scene.read(|tx| tx.sessions_of(user)).is_empty());
}

pub(super) fn unused_sessions_end(subject: &Subject) {
    let scene = Scene::of(subject);
    let user = scene.user(1);
    add(&scene, &session(user, 1, None));
    add(&scene, &Session { expires_at: Some(Timestamp(NOW.0 + 5)), ..session(user, 2, None) });
    scene.clock.advance(10);
    assert_eq!(scene.write(|tx| tx.delete_expired_sessions(Timestamp(NOW.0 - 1))), 1);
    let used = session(user, 1, None);
    scene.write(move |tx| tx.update_session(&used));
    assert_eq!(scene.write(|tx| tx.delete_expired_sessions(NOW)), 0, "using a session keeps it");
    assert_eq!(scene.write(|tx| tx.delete_expired_sessions(Timestamp(NOW.0 + 10))), 1);
}

pub(super) fn keys_keep_their_permissions(subject: &Subject) {
    let scene = Scene::of(subject);
    let user = scene.user(1);
    let mut key = ApiKey {
        id: ApiKeyId(uuid(3, 1)),
        user_id: user,
        name: "k".to_owned(),
        secret_hash: [9; 32],
        permissions: vec![Permission::AssetRead, Permission::AlbumCreate],
        created_at: NOW,
        updated_at: NOW,
    };
    let row = key.clone();
    scene.write(move |tx| tx.insert_api_key(&row));
    assert_eq!(scene.read(|tx| tx.api_key_by_secret(&[9; 32])).map(|(key, _)| key), Some(key.clone()));
    (key.secret_hash, key.permissions) = ([8; 32], vec![Permission::All]);
    let row = key.clone();
    scene.write(move |tx| tx.update_api_key(&row));
    assert_eq!(scene.read(|tx| tx.api_key_by_secret(&[9; 32])), None, "the old secret has ended");
    assert_eq!(scene.read(|tx| tx.api_keys_of(user)), vec![key.clone()]);
    scene.write(move |tx| tx.delete_api_key(key.id));
    assert!(scene.read(|tx| tx.api_keys_of(user)).is_empty());
}

pub(super) fn positions_belong_to_sessions(subject: &Subject) {
    let scene = Scene::of(subject);
    let user = scene.user(1);
    let (one, two) = (session(user, 1, None), session(user, 2, None));
    add(&scene, &one);
    add(&scene, &two);
    scene.write(move |tx| {
        tx.set_position(one.id, EntityType::AssetV1, "AssetV1|a")?;
        tx.set_position(one.id, EntityType::AssetV1, "AssetV1|b")?;
        tx.set_position(one.id, EntityType::UserV1, "UserV1|c")?;
        tx.set_position(two.id, EntityType::AssetV1, "AssetV1|d")
    });
    scene.write(move |tx| tx.delete_positions(one.id, Some(&[EntityType::UserV1])));
    let left = scene.read(|tx| tx.positions(one.id));
    assert_eq!(left, vec![(EntityType::AssetV1, "AssetV1|b".to_owned())]);
    scene.write(move |tx| tx.delete_positions(one.id, None));
    assert_eq!(scene.read(|tx| tx.positions(two.id)).len(), 1, "other sessions keep theirs");
}
