//! Rows to work with.

use std::sync::{Arc, Mutex};

use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::{AlbumId, AssetId, UserId};
use tintype_protocol::model::{AssetType, SortOrder, UserStatus, Visibility};
use tintype_protocol::time::Timestamp;
use uuid::Uuid;

use super::Subject;
use crate::clock::ManualClock;
use crate::model::{NewAlbum, NewAsset, User};
use crate::store::{Durability, Read, Store, StoreError, Verdict, Write};

/// 1 June 2026.
pub(super) const NOW: Timestamp = Timestamp(1_780_272_000_000);

/// An open store and its clock.
pub(super) struct Scene {
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<ManualClock>,
}

impl Scene {
    pub(super) fn of(subject: &Subject) -> Self {
        let clock = Arc::new(ManualClock::new(NOW));
        Self { store: (subject.open)(clock.clone()), clock }
    }

    /// Runs `work` in a transaction that must succeed.
    #[track_caller]
    pub(super) fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Write) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        self.try_write(work).expect("the transaction succeeds")
    }

    pub(super) fn try_write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut dyn Write) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let slot = Arc::new(Mutex::new(None));
        let filled = Arc::clone(&slot);
        self.store.write(
            Durability::Relaxed,
            Box::new(move |tx| {
                let outcome = work(tx);
                let verdict = if outcome.is_ok() { Verdict::Keep } else { Verdict::Undo };
                *filled.lock().expect("not poisoned") = Some(outcome);
                verdict
            }),
        )?;
        let outcome = slot.lock().expect("not poisoned").take();
        outcome.expect("the work ran")
    }

    #[track_caller]
    pub(super) fn read<T>(&self, work: impl FnOnce(&dyn Read) -> Result<T, StoreError>) -> T {
        let (mut work, mut found) = (Some(work), None);
        self.store
            .read(&mut |tx| {
                found = Some((work.take().expect("reads run once"))(tx)?);
                Ok(())
            })
            .expect("the read succeeds");
        found.expect("the work ran")
    }

    /// A user in the store.
    pub(super) fn user(&self, number: u8) -> UserId {
        let user = user(number);
        let id = user.id;
        self.write(move |tx| tx.insert_user(&user));
        id
    }

    /// An asset in the store.
    pub(super) fn asset(&self, owner: UserId, number: u8) -> AssetId {
        let asset = asset(owner, number);
        let id = asset.id;
        self.write(move |tx| tx.insert_asset(&asset));
        id
    }

    /// An album in the store.
    pub(super) fn album(&self, owner: UserId, number: u8) -> AlbumId {
        let id = AlbumId(uuid(200, number));
        let name = format!("Album {number}");
        let album = NewAlbum { id, owner_id: owner, name, description: String::new(), order: SortOrder::Descending };
        self.write(move |tx| tx.insert_album(&album));
        id
    }
}

/// The same id for the same numbers.
pub(super) fn uuid(kind: u8, number: u8) -> Uuid {
    uuid::Builder::from_random_bytes([kind, number, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, number]).into_uuid()
}

pub(super) fn user(number: u8) -> User {
    User {
        id: UserId(uuid(1, number)),
        email: format!("user{number}@example.org"),
        name: format!("User {number}"),
        password_hash: "hash".to_owned(),
        pin_hash: None,
        is_admin: number == 1,
        avatar_color: None,
        profile_image_path: String::new(),
        profile_changed_at: NOW,
        storage_label: (number == 1).then(|| "one".to_owned()),
        quota_bytes: None,
        usage_bytes: 0,
        should_change_password: false,
        oauth_id: String::new(),
        status: UserStatus::Active,
        created_at: NOW,
        updated_at: NOW,
        deleted_at: None,
    }
}

/// Taken on the first day of month `number` of 2024 (1 to 12), or later in December.
pub(super) fn asset(owner: UserId, number: u8) -> NewAsset {
    let month = i64::from(number.clamp(1, 12));
    let taken = Timestamp::parse(&format!("2024-{month:02}-01T12:00:00Z")).expect("a date");
    NewAsset {
        id: AssetId(uuid(100, number)),
        owner_id: owner,
        checksum: Sha1([number; 20]),
        asset_type: if number.is_multiple_of(5) { AssetType::Video } else { AssetType::Image },
        device_asset_id: format!("d{number}"),
        device_id: "device".to_owned(),
        original_name: format!("Café {number}.jpg"),
        original_path: format!("library/{owner}/2024/{number}.jpg"),
        sidecar_path: None,
        media_type: "image/jpeg".to_owned(),
        size_bytes: 1_000 * i64::from(number),
        file_created_at: taken,
        file_modified_at: taken,
        duration_ms: None,
        is_favorite: number.is_multiple_of(2),
        visibility: Visibility::Timeline,
        live_photo_video_id: None,
    }
}
