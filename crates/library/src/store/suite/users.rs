//! Users and their settings.

use tintype_protocol::model::{AvatarColor, UserMetadataKey};

use super::Subject;
use super::scene::{Scene, user};
use crate::model::User;
use crate::store::StoreError;

pub(super) fn users_are_found_and_unique(subject: &Subject) {
    let scene = Scene::of(subject);
    let one = scene.user(1);
    scene.user(2);
    scene.read(|tx| {
        assert_eq!(tx.user_by_email("user1@example.org")?.map(|user| user.id), Some(one));
        assert_eq!(tx.user_by_storage_label("one")?.map(|user| user.id), Some(one));
        assert!(tx.has_admin()? && tx.user_by_email("nobody@example.org")?.is_none());
        Ok(())
    });
    let twin = User { email: "user1@example.org".to_owned(), ..user(3) };
    let refused = scene.try_write(move |tx| tx.insert_user(&twin));
    assert!(matches!(refused, Err(StoreError::Conflict(_))), "{refused:?}");
    let changed = User {
        name: "Ünï".to_owned(),
        avatar_color: Some(AvatarColor::Amber),
        quota_bytes: Some(5),
        deleted_at: Some(super::scene::NOW),
        ..user(1)
    };
    let row = changed.clone();
    scene.write(move |tx| {
        tx.update_user(&row)?;
        tx.add_usage(one, 70)?;
        tx.add_usage(one, -100)
    });
    scene.read(|tx| {
        assert_eq!(tx.user(one)?, Some(changed.clone()), "usage never falls below nothing");
        assert_eq!((tx.users(false)?.len(), tx.users(true)?.len()), (1, 2));
        Ok(())
    });
}

pub(super) fn settings_come_and_go(subject: &Subject) {
    let scene = Scene::of(subject);
    let id = scene.user(1);
    scene.write(move |tx| {
        tx.set_user_metadata(id, UserMetadataKey::Preferences, "{}")?;
        tx.set_user_metadata(id, UserMetadataKey::Preferences, r#"{"a":1}"#)
    });
    let rows = scene.read(|tx| tx.user_metadata(id));
    assert_eq!((rows.len(), rows[0].value.as_str()), (1, r#"{"a":1}"#));
    let delete = move |scene: &Scene| scene.write(move |tx| tx.delete_user_metadata(id, UserMetadataKey::Preferences));
    assert!(delete(&scene) && !delete(&scene));
}
