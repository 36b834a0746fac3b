//! Accounts.

use tintype_protocol::id::UserId;
use tintype_protocol::model::{AvatarColor, UserStatus};

use crate::error::LibraryError;
use crate::library::Library;
use crate::model::{OwnerUsage, User};
use crate::recorder::Change;
use crate::secrets::{hash_password, is_pin};
use crate::store::{StoreError, Write};

/// What is needed for a new account.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct NewUser {
    pub email: String,
    pub name: String,
    pub password: String,
    pub is_admin: bool,
    pub avatar_color: Option<AvatarColor>,
    pub quota_bytes: Option<i64>,
    pub storage_label: Option<String>,
    pub should_change_password: bool,
    pub pin: Option<String>,
}

/// Changes of an account; `None` leaves a field as it is.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs)]
pub struct UserChange {
    pub email: Option<String>,
    pub name: Option<String>,
    pub password: Option<String>,
    pub is_admin: Option<bool>,
    pub should_change_password: Option<bool>,
    pub avatar_color: Option<Option<AvatarColor>>,
    pub quota_bytes: Option<Option<i64>>,
    pub storage_label: Option<Option<String>>,
    pub pin: Option<Option<String>>,
}

impl Library {
    /// Makes the first admin. Refused once there is one.
    pub fn sign_up_admin(&self, email: &str, name: &str, password: &str) -> Result<User, LibraryError> {
        let new = NewUser {
            email: email.to_owned(),
            name: name.to_owned(),
            password: password.to_owned(),
            is_admin: true,
            storage_label: Some("admin".to_owned()),
            should_change_password: true,
            ..NewUser::default()
        };
        let user = self.new_user(&new)?;
        self.change(move |tx| {
            if tx.has_admin()? {
                return Err(LibraryError::invalid("The server already has an admin"));
            }
            let user = insert(tx, user)?;
            let id = user.id;
            Ok((user, vec![Change::UserChanged(id)]))
        })
    }

    /// Makes an account.
    pub fn create_user(&self, new: &NewUser) -> Result<User, LibraryError> {
        let user = self.new_user(new)?;
        self.change(move |tx| {
            let user = insert(tx, user)?;
            let id = user.id;
            Ok((user, vec![Change::UserChanged(id)]))
        })
    }

    fn new_user(&self, new: &NewUser) -> Result<User, LibraryError> {
        let now = self.clock.now();
        let pin_hash = match &new.pin {
            Some(pin) if !is_pin(pin) => return Err(LibraryError::invalid("pinCode must be a 6-digit numeric string")),
            Some(pin) => Some(hash_password(pin, self.settings.bcrypt_cost)?),
            None => None,
        };
        Ok(User {
            id: self.new_id().into(),
            email: new.email.to_lowercase(),
            name: new.name.clone(),
            password_hash: hash_password(&new.password, self.settings.bcrypt_cost)?,
            pin_hash,
            is_admin: new.is_admin,
            avatar_color: new.avatar_color,
            profile_image_path: String::new(),
            profile_changed_at: now,
            storage_label: new.storage_label.as_deref().and_then(clean_label),
            quota_bytes: new.quota_bytes,
            usage_bytes: 0,
            should_change_password: new.should_change_password,
            oauth_id: String::new(),
            status: UserStatus::Active,
            created_at: now,
            updated_at: now,
            deleted_at: None,
        })
    }

    /// Whether there is an admin.
    pub fn is_initialized(&self) -> Result<bool, LibraryError> {
        self.read(|tx| Ok(tx.has_admin()?))
    }

    /// A user by id.
    pub fn user(&self, id: UserId) -> Result<Option<User>, LibraryError> {
        self.read(|tx| Ok(tx.user(id)?))
    }

    /// A user by e-mail, in whatever case of letters.
    pub fn user_by_email(&self, email: &str) -> Result<Option<User>, LibraryError> {
        self.read(|tx| Ok(tx.user_by_email(&email.to_lowercase())?))
    }

    /// All users in the order of their creation.
    pub fn users(&self, with_deleted: bool) -> Result<Vec<User>, LibraryError> {
        self.read(|tx| Ok(tx.users(with_deleted)?))
    }

    /// Changes an account.
    pub fn update_user(&self, id: UserId, change: UserChange) -> Result<User, LibraryError> {
        let hash = |secret: &String| hash_password(secret, self.settings.bcrypt_cost);
        let password_hash = change.password.as_ref().map(hash).transpose()?;
        if change.pin.iter().flatten().any(|pin| !is_pin(pin)) {
            return Err(LibraryError::invalid("pinCode must be a 6-digit numeric string"));
        }
        let pin_hash = match &change.pin {
            None => None,
            Some(pin) => Some(pin.as_ref().map(hash).transpose()?),
        };
        self.change(move |tx| {
            let mut user = tx.user(id)?.ok_or_else(|| LibraryError::invalid("User not found"))?;
            apply(&mut user, &change);
            if let Some(hash) = password_hash {
                user.password_hash = hash;
            }
            if let Some(hash) = pin_hash {
                user.pin_hash = hash;
            }
            check_unique(tx, &user)?;
            tx.update_user(&user)?;
            let changed = tx.user(id)?.unwrap_or(user);
            Ok((changed, vec![Change::UserChanged(id)]))
        })
    }

    /// Marks an account as deleted; it can be restored until the delay has passed. Its sessions end, its albums are hidden.
    pub fn delete_user(&self, id: UserId) -> Result<User, LibraryError> {
        self.set_user_status(id, UserStatus::Deleted)
    }

    /// Takes a deletion back.
    pub fn restore_user(&self, id: UserId) -> Result<User, LibraryError> {
        self.set_user_status(id, UserStatus::Active)
    }

    pub(crate) fn set_user_status(&self, id: UserId, status: UserStatus) -> Result<User, LibraryError> {
        self.change(move |tx| {
            let mut user = tx.user(id)?.ok_or_else(|| LibraryError::invalid("User not found"))?;
            if user.status == UserStatus::Removing {
                return Err(LibraryError::invalid("The account is being removed"));
            }
            let is_active = status == UserStatus::Active;
            user.deleted_at = (!is_active).then(|| user.deleted_at.unwrap_or(tx.now()));
            user.status = status;
            tx.update_user(&user)?;
            tx.hide_albums(id, !is_active)?;
            if !is_active {
                for session in tx.sessions_of(id)? {
                    tx.delete_session(session.id)?;
                }
            }
            Ok((user, vec![Change::UserChanged(id)]))
        })
    }

    /// What everybody's originals take.
    pub fn usage(&self) -> Result<Vec<OwnerUsage>, LibraryError> {
        self.read(|tx| Ok(tx.usage()?))
    }
}

fn apply(user: &mut User, change: &UserChange) {
    if let Some(email) = &change.email {
        user.email = email.to_lowercase();
    }
    if let Some(name) = &change.name {
        user.name.clone_from(name);
    }
    if let Some(is_admin) = change.is_admin {
        user.is_admin = is_admin;
    }
    if change.password.is_some() {
        user.should_change_password = false;
    }
    if let Some(should) = change.should_change_password {
        user.should_change_password = should;
    }
    if let Some(color) = change.avatar_color {
        user.avatar_color = color;
    }
    if let Some(quota) = change.quota_bytes {
        user.quota_bytes = quota;
    }
    if let Some(label) = &change.storage_label {
        user.storage_label = label.as_deref().and_then(clean_label);
    }
}

/// A storage label is the name of a folder; what cannot be one counts as none.
fn clean_label(label: &str) -> Option<String> {
    let clean = crate::uploads::folder_name(label);
    (!clean.is_empty()).then_some(clean)
}

fn insert(tx: &mut dyn Write, mut user: User) -> Result<User, LibraryError> {
    if let Some(shadow) = tx.user_by_email(&user.email)?.filter(User::is_shadow) {
        // Known from a server that somebody here follows: what came from there is theirs.
        user.id = shadow.id;
        check_unique(tx, &user)?;
        tx.update_user(&user)?;
        return Ok(tx.user(user.id)?.unwrap_or(user));
    }
    check_unique(tx, &user)?;
    match tx.insert_user(&user) {
        Err(StoreError::Conflict(_)) => Err(LibraryError::invalid("User exists")),
        other => {
            other?;
            Ok(user)
        }
    }
}

fn check_unique(tx: &mut dyn Write, user: &User) -> Result<(), LibraryError> {
    if tx.user_by_email(&user.email)?.is_some_and(|other| other.id != user.id) {
        return Err(LibraryError::invalid("Email already in use by another account"));
    }
    if let Some(label) = &user.storage_label
        && tx.user_by_storage_label(label)?.is_some_and(|other| other.id != user.id)
    {
        return Err(LibraryError::invalid("Storage label already in use by another account"));
    }
    Ok(())
}
