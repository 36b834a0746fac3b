//! Logging in and out, and who is behind a request.

use tintype_protocol::id::{SessionId, UserId};
use tintype_protocol::permission::Permission;
use tintype_protocol::time::{DAY_MS, Timestamp};

use crate::error::LibraryError;
use crate::library::Library;
use crate::model::{ApiKey, Session, SharedLink, User};
use crate::news::News;
use crate::secrets::{hash_password, is_password, is_pin, new_secret, secret_hash};
use crate::store::Durability;

/// Using a session is noted at most this often.
const TOUCH_INTERVAL_MS: i64 = 3_600_000;
/// Sessions unused for this long end.
const UNUSED_LIMIT_MS: i64 = 90 * DAY_MS;
/// How long a PIN opens the locked folder.
const ELEVATION_MS: i64 = 15 * 60_000;
/// A request made when less than this remains sets the rest to this.
const ELEVATION_REST_MS: i64 = 5 * 60_000;

/// What the library knows of a device when it logs in.
#[derive(Debug, Clone, Default)]
pub struct Device {
    /// Browser or hardware.
    pub device_type: String,
    /// Operating system.
    pub device_os: String,
}

/// Who is behind a request.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The user.
    pub user: User,
    /// The session, unless a key was used.
    pub session: Option<Session>,
    /// The key, unless a session was used.
    pub api_key: Option<ApiKey>,
    /// Whether the locked folder is open.
    pub is_elevated: bool,
    /// The shared link, if a guest acts in the user's name.
    pub guest: Option<Guest>,
}

/// Somebody who came by a shared link.
#[derive(Debug, Clone)]
pub struct Guest {
    /// What they see, and what they may do with it.
    pub link: SharedLink,
    /// Whether the link has no password, or the guest has given it.
    pub is_let_in: bool,
}

impl Caller {
    /// A user as themselves, without a session.
    pub fn of(user: User) -> Self {
        Self { user, session: None, api_key: None, is_elevated: false, guest: None }
    }

    /// Whose marks are shown to the caller: nobody's to guests.
    pub fn viewer(&self) -> Option<UserId> {
        self.guest.is_none().then_some(self.user.id)
    }

    /// The link, if the caller is a guest.
    pub fn link(&self) -> Option<&SharedLink> {
        self.guest.as_ref().map(|guest| &guest.link)
    }

    /// Whether the caller sees where and by what photos were taken, and what their files are called.
    pub fn sees_metadata(&self) -> bool {
        self.link().is_none_or(|link| link.show_metadata)
    }

    /// Whether the caller may do what needs `permission`. Sessions may do everything.
    pub fn is_allowed(&self, permission: Permission) -> bool {
        self.api_key.as_ref().is_none_or(|key| permission.is_granted_by(&key.permissions))
    }
}

impl Library {
    /// Checks e-mail and password and begins a session. Returns its token, which is not kept.
    pub fn login(&self, email: &str, password: &str, device: Device) -> Result<(User, String), LibraryError> {
        let user = self.check_password(email, password)?;
        let user = user.ok_or(LibraryError::Unauthenticated("Incorrect email or password"))?;
        let (_, token) = self.begin_session(user.id, device, None, None)?;
        Ok((user, token))
    }

    /// The user with this e-mail and password, without a session. Takes as long when there is no such user. Whoever asks
    /// for strangers counts their wrong guesses.
    pub fn check_password(&self, email: &str, password: &str) -> Result<Option<User>, LibraryError> {
        /// Hash of no password, compared when there is no such user, so that both answers take equally long.
        const NOBODY: &str = "$2b$10$CwTycUXWue0Thq9StjUM0uJ8DPLKXt1FYlwYpQW2G3cAwjKoh2WZK";
        let email = email.to_lowercase();
        let user = self.read(|tx| Ok(tx.user_by_email(&email)?))?.filter(|user| user.deleted_at.is_none());
        let hash = user.as_ref().map_or(NOBODY, |user| user.password_hash.as_str());
        let is_right = is_password(password, hash);
        Ok(user.filter(|user| is_right && !user.password_hash.is_empty()))
    }

    /// Begins a session without a password: for children of sessions and for the owner of the data folder.
    pub fn begin_session(
        &self,
        user: UserId,
        device: Device,
        parent: Option<SessionId>,
        lifetime_ms: Option<i64>,
    ) -> Result<(Session, String), LibraryError> {
        let token = new_secret(self.entropy.as_ref());
        let now = self.clock.now();
        let session = Session {
            id: self.new_id().into(),
            user_id: user,
            parent_id: parent,
            token_hash: secret_hash(&token),
            device_type: device.device_type,
            device_os: device.device_os,
            app_version: None,
            created_at: now,
            updated_at: now,
            expires_at: lifetime_ms.map(|ms| Timestamp(now.0.saturating_add(ms))),
            pin_expires_at: None,
            is_pending_sync_reset: false,
        };
        let row = session.clone();
        self.write(Durability::Full, move |tx| Ok(tx.insert_session(&row)?))?;
        Ok((session, token))
    }

    /// Who is behind a session token. Notes the use, and prolongs an open locked folder that is about to close.
    pub fn authenticate_session(&self, token: &str, app_version: Option<&str>) -> Result<Caller, LibraryError> {
        let invalid = LibraryError::Unauthenticated("Invalid user token");
        let found = self.read(|tx| Ok(tx.session_by_token(&secret_hash(token))?))?;
        let Some((mut session, user)) = found else { return Err(invalid) };
        let now = self.clock.now();
        if session.expires_at.is_some_and(|at| at <= now) || user.deleted_at.is_some() {
            return Err(invalid);
        }
        let left = session.pin_expires_at.map_or(0, |at| at.0 - now.0);
        let is_elevated = left > 0;
        let is_stale = now.0 - session.updated_at.0 >= TOUCH_INTERVAL_MS;
        let is_new_version = app_version.is_some() && app_version != session.app_version.as_deref();
        let is_closing = is_elevated && left < ELEVATION_REST_MS;
        if is_stale || is_new_version || is_closing {
            if is_closing {
                session.pin_expires_at = Some(Timestamp(now.0 + ELEVATION_REST_MS));
            }
            if let Some(version) = app_version {
                session.app_version = Some(version.to_owned());
            }
            session.updated_at = now;
            let row = session.clone();
            self.write(Durability::Relaxed, move |tx| Ok(tx.update_session(&row)?))?;
        }
        Ok(Caller { session: Some(session), is_elevated, ..Caller::of(user) })
    }

    /// Who is behind an API key.
    pub fn authenticate_key(&self, secret: &str) -> Result<Caller, LibraryError> {
        let found = self.read(|tx| Ok(tx.api_key_by_secret(&secret_hash(secret))?))?;
        match found.filter(|(_, user)| user.deleted_at.is_none()) {
            Some((api_key, user)) => Ok(Caller { api_key: Some(api_key), ..Caller::of(user) }),
            None => Err(LibraryError::Unauthenticated("Invalid API key")),
        }
    }

    /// Sessions of a user, last used first.
    pub fn sessions(&self, user: UserId) -> Result<Vec<Session>, LibraryError> {
        self.read(|tx| Ok(tx.sessions_of(user)?))
    }

    /// A session of the user's own.
    pub fn own_session(&self, user: UserId, id: SessionId, need: Permission) -> Result<Session, LibraryError> {
        let session = self.read(|tx| Ok(tx.session(id)?))?;
        session.filter(|session| session.user_id == user).ok_or(LibraryError::NoAccess(need))
    }

    /// Ends a session with its children.
    pub fn end_session(&self, id: SessionId) -> Result<(), LibraryError> {
        self.write(Durability::Full, move |tx| Ok(tx.delete_session(id)?))?;
        self.listeners.tell(&News::SessionEnded(id));
        Ok(())
    }

    /// Ends all sessions of a user but one.
    pub fn end_other_sessions(&self, user: UserId, keep: Option<SessionId>) -> Result<(), LibraryError> {
        let ended = self.write(Durability::Full, move |tx| {
            let mut ended = Vec::new();
            for session in tx.sessions_of(user)? {
                if Some(session.id) != keep {
                    tx.delete_session(session.id)?;
                    ended.push(session.id);
                }
            }
            Ok(ended)
        })?;
        ended.into_iter().for_each(|id| self.listeners.tell(&News::SessionEnded(id)));
        Ok(())
    }

    /// Makes the session's next stream tell its client to start over.
    pub fn set_pending_reset(&self, mut session: Session, pending: bool) -> Result<Session, LibraryError> {
        session.is_pending_sync_reset = pending;
        let row = session.clone();
        self.write(Durability::Full, move |tx| Ok(tx.update_session(&row)?))?;
        Ok(session)
    }

    /// Changes the password and ends all other sessions.
    pub fn change_password(&self, caller: &Caller, old: &str, new: &str) -> Result<User, LibraryError> {
        if !is_password(old, &caller.user.password_hash) {
            return Err(LibraryError::invalid("Wrong password"));
        }
        let (id, hash) = (caller.user.id, hash_password(new, self.settings.bcrypt_cost)?);
        self.write(Durability::Full, move |tx| {
            let mut user = tx.user(id)?.ok_or(LibraryError::Unauthenticated("Invalid user token"))?;
            (user.password_hash, user.should_change_password) = (hash, false);
            Ok(tx.update_user(&user)?)
        })?;
        self.end_other_sessions(id, caller.session.as_ref().map(|session| session.id))?;
        // As in the reference, the answer still says whether the password had to be changed.
        Ok(caller.user.clone())
    }

    /// Opens the locked folder to a session for a while.
    pub fn unlock(&self, caller: &Caller, pin: Option<&str>) -> Result<(), LibraryError> {
        let mut session = session_of(caller)?.clone();
        let right = match (&caller.user.pin_hash, pin) {
            (None, _) => return Err(LibraryError::invalid("The user has no PIN code")),
            (Some(hash), Some(pin)) => is_password(pin, hash),
            (Some(_), None) => false,
        };
        if !right {
            return Err(LibraryError::invalid("Wrong PIN code"));
        }
        session.pin_expires_at = Some(Timestamp(self.clock.now().0 + ELEVATION_MS));
        self.write(Durability::Relaxed, move |tx| Ok(tx.update_session(&session)?))
    }

    /// Closes the locked folder to the caller's session.
    pub fn lock(&self, caller: &Caller) -> Result<(), LibraryError> {
        self.lock_session(session_of(caller)?.clone())
    }

    /// Closes the locked folder to a session.
    pub fn lock_session(&self, mut session: Session) -> Result<(), LibraryError> {
        session.pin_expires_at = None;
        self.write(Durability::Full, move |tx| Ok(tx.update_session(&session)?))
    }

    /// Sets the first PIN.
    pub fn set_first_pin(&self, caller: &Caller, pin: &str) -> Result<(), LibraryError> {
        if caller.user.pin_hash.is_some() {
            return Err(LibraryError::invalid("The user has a PIN code already"));
        }
        self.store_pin(caller.user.clone(), Some(pin))
    }

    /// Changes the PIN; the old one or the password proves who asks.
    pub fn change_pin(
        &self,
        caller: &Caller,
        new: &str,
        pin: Option<&str>,
        password: Option<&str>,
    ) -> Result<(), LibraryError> {
        check_pin_or_password(&caller.user, pin, password)?;
        self.store_pin(caller.user.clone(), Some(new))
    }

    /// Removes the PIN and closes the locked folder everywhere.
    pub fn remove_pin(&self, caller: &Caller, pin: Option<&str>, password: Option<&str>) -> Result<(), LibraryError> {
        check_pin_or_password(&caller.user, pin, password)?;
        self.store_pin(caller.user.clone(), None)?;
        let user = caller.user.id;
        self.write(Durability::Full, move |tx| {
            for mut session in tx.sessions_of(user)? {
                session.pin_expires_at = None;
                tx.update_session(&session)?;
            }
            Ok(())
        })
    }

    fn store_pin(&self, mut user: User, pin: Option<&str>) -> Result<(), LibraryError> {
        if pin.is_some_and(|pin| !is_pin(pin)) {
            return Err(LibraryError::invalid("pinCode must be a 6-digit numeric string"));
        }
        user.pin_hash = pin.map(|pin| hash_password(pin, self.settings.bcrypt_cost)).transpose()?;
        self.write(Durability::Full, move |tx| Ok(tx.update_user(&user)?))
    }

    /// Ends sessions that nobody has used for 90 days or whose time is over.
    pub fn end_expired_sessions(&self) -> Result<u64, LibraryError> {
        let unused_since = Timestamp(self.clock.now().0 - UNUSED_LIMIT_MS);
        self.write(Durability::Relaxed, move |tx| Ok(tx.delete_expired_sessions(unused_since)?))
    }
}

fn session_of(caller: &Caller) -> Result<&Session, LibraryError> {
    let text = "This endpoint can only be used with a session token";
    caller.session.as_ref().ok_or_else(|| LibraryError::invalid(text))
}

fn check_pin_or_password(user: &User, pin: Option<&str>, password: Option<&str>) -> Result<(), LibraryError> {
    let Some(hash) = &user.pin_hash else {
        return Err(LibraryError::invalid("The user has no PIN code"));
    };
    match (password, pin) {
        (Some(password), _) if !is_password(password, &user.password_hash) => {
            Err(LibraryError::invalid("Wrong password"))
        }
        (None, Some(pin)) if !is_password(pin, hash) => Err(LibraryError::invalid("Wrong PIN code")),
        (None, None) => Err(LibraryError::invalid("Either password or pinCode is required")),
        _ => Ok(()),
    }
}
