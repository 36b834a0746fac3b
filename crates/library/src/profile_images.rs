//! Pictures of users.

use tintype_media::pictures::{Limits, avatar};
use tintype_protocol::id::UserId;

use crate::error::LibraryError;
use crate::library::Library;
use crate::model::User;
use crate::recorder::Change;

/// What is said when somebody has no picture.
const NO_IMAGE: &str = "User does not have a profile image";

impl Library {
    /// Gives a user a picture, made small and without anything that the file says about the place it was taken at.
    pub fn set_profile_image(&self, id: UserId, bytes: &[u8]) -> Result<User, LibraryError> {
        let made = avatar(bytes, &Limits::default())
            .map_err(|_| LibraryError::invalid("The picture cannot be read: send a JPEG, PNG or WebP file"))?;
        let key = format!("profile/{id}/{}.jpeg", self.new_id());
        // Reserved first: a crash before the row leaves nothing behind.
        let reserved = key.clone();
        self.write(crate::store::Durability::Full, move |tx| Ok(tx.reserve_key(&reserved)?))?;
        self.blobs.put(&key, &made)?;
        self.change_profile_image(id, key)
    }

    /// Takes a user's picture away.
    pub fn remove_profile_image(&self, id: UserId) -> Result<(), LibraryError> {
        if self.profile_image(id).is_err() {
            return Err(LibraryError::invalid("Can't delete a missing profile image"));
        }
        self.change_profile_image(id, String::new()).map(drop)
    }

    /// The key of a user's picture.
    pub fn profile_image(&self, id: UserId) -> Result<String, LibraryError> {
        let user = self.user(id)?.ok_or_else(|| LibraryError::invalid("User not found"))?;
        let path = Some(user.profile_image_path).filter(|path| !path.is_empty());
        path.ok_or_else(|| LibraryError::NotFound(NO_IMAGE.to_owned()))
    }

    fn change_profile_image(&self, id: UserId, key: String) -> Result<User, LibraryError> {
        let changed = self.change(move |tx| {
            let mut user = tx.user(id)?.ok_or_else(|| LibraryError::invalid("User not found"))?;
            let old = std::mem::replace(&mut user.profile_image_path, key.clone());
            user.profile_changed_at = tx.now();
            tx.update_user(&user)?;
            if !old.is_empty() {
                tx.orphan_key(&old)?;
            }
            tx.release_key(&key)?;
            Ok((user, vec![Change::UserChanged(id)]))
        })?;
        self.remove_orphans()?;
        Ok(changed)
    }
}
