//! Comments, likes and notifications.

use tintype_protocol::id::{ActivityId, AlbumId, AssetId, NotificationId, UserId};
use tintype_protocol::model::{AlbumRole, NotificationLevel, NotificationType, UserStatus};
use tintype_protocol::time::Timestamp;

use super::Subject;
use super::scene::{NOW, Scene, uuid};
use crate::model::{Activity, Notification, NotificationFilter};

fn activity(number: u8, album: AlbumId, user: UserId, asset: Option<AssetId>) -> Activity {
    let comment = number.is_multiple_of(2).then(|| format!("Comment {number}"));
    let created_at = Timestamp(NOW.0 + i64::from(number));
    Activity { id: ActivityId(uuid(210, number)), album_id: album, user_id: user, asset_id: asset, comment, created_at }
}

/// Activities come oldest first, and go with the asset's place in the album, the user and the album.
pub(super) fn activities_go_with_what_they_are_about(subject: &Subject) {
    let scene = Scene::of(subject);
    let (ada, ben) = (scene.user(1), scene.user(2));
    let (asset, album) = (scene.asset(ada, 1), scene.album(ada, 1));
    let rows = [activity(3, album, ben, None), activity(1, album, ada, Some(asset)), activity(2, album, ada, None)];
    let inserted = rows.clone();
    scene.write(move |tx| {
        tx.add_album_user(album, ben, AlbumRole::Viewer)?;
        tx.add_album_asset(album, asset)?;
        inserted.iter().try_for_each(|row| tx.insert_activity(row))
    });
    let found = || scene.read(|tx| tx.activities(album));
    let [third, first, second] = rows;
    assert_eq!(found(), [first.clone(), second.clone(), third.clone()]);
    assert_eq!(scene.read(|tx| tx.activity(first.id)), Some(first));
    scene.write(move |tx| tx.remove_album_asset(album, asset));
    assert_eq!(found(), [second.clone(), third]);
    // Deleted users are not shown; what they said comes back with them.
    let shown = |status, deleted_at| {
        scene.write(move |tx| {
            let mut user = tx.user(ben)?.expect("the user");
            (user.status, user.deleted_at) = (status, deleted_at);
            tx.update_user(&user)
        });
        found().len()
    };
    assert_eq!(shown(UserStatus::Deleted, Some(NOW)), 1);
    assert_eq!(shown(UserStatus::Active, None), 2);
    scene.write(move |tx| {
        let user = tx.user(ben)?.expect("the user");
        tx.delete_user(&user)
    });
    assert_eq!(found(), std::slice::from_ref(&second));
    scene.write(move |tx| {
        let album = tx.album(album)?.expect("the album");
        tx.delete_album(&album)
    });
    assert_eq!(scene.read(|tx| tx.activity(second.id)), None);
}

/// Notifications come newest first and belong to one user.
pub(super) fn notifications_belong_to_users(subject: &Subject) {
    let scene = Scene::of(subject);
    let (ada, ben) = (scene.user(1), scene.user(2));
    let row = |number: u8, user_id: UserId| Notification {
        id: NotificationId(uuid(211, number)),
        user_id,
        level: NotificationLevel::ALL[usize::from(number) % NotificationLevel::ALL.len()],
        kind: NotificationType::ALL[usize::from(number) % NotificationType::ALL.len()],
        title: format!("Title {number}"),
        description: number.is_multiple_of(2).then(|| "More".to_owned()),
        data: number.is_multiple_of(3).then(|| r#"{"a":1}"#.to_owned()),
        read_at: None,
        created_at: Timestamp(NOW.0 + i64::from(number)),
    };
    let rows = [row(1, ada), row(2, ben), row(3, ada)];
    let inserted = rows.clone();
    scene.write(move |tx| inserted.iter().try_for_each(|row| tx.insert_notification(row)));
    let [first, of_ben, mut third] = rows;
    let all = NotificationFilter::default();
    assert_eq!(scene.read(|tx| tx.notifications(ada, all, 10)), [third.clone(), first.clone()]);
    let id = third.id;
    scene.write(move |tx| tx.set_notification_read(id, Some(NOW)));
    third.read_at = Some(NOW);
    assert_eq!(scene.read(|tx| tx.notification(id)), Some(third.clone()));
    let unread = NotificationFilter { is_unread: true, ..all };
    assert_eq!(scene.read(|tx| tx.notifications(ada, unread, 10)), std::slice::from_ref(&first));
    assert_eq!(scene.read(|tx| tx.notifications(ada, all, 1)), [third.clone()]);
    let id = first.id;
    scene.write(move |tx| tx.delete_notification(id));
    assert_eq!(scene.read(|tx| tx.notifications(ada, all, 10)), [third]);
    assert_eq!(scene.read(|tx| tx.notifications(ben, all, 10)), std::slice::from_ref(&of_ben));
    scene.write(move |tx| {
        let user = tx.user(ben)?.expect("the user");
        tx.delete_user(&user)
    });
    assert_eq!(scene.read(|tx| tx.notification(of_ben.id)), None);
}
