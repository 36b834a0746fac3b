//! Who signed in on one connection.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use unftp_core::auth::{
    AuthenticationError, Authenticator, Credentials, Principal, UserDetail, UserDetailError, UserDetailProvider,
};

use crate::sftp::Reception;
use crate::sftp::account_folder::AccountFolder;
use crate::sftp::accounts::{Account, Seat};

/// One connection's: who proved who they are becomes its guest, and nobody else does.
#[derive(Debug)]
pub(super) struct SignIn {
    reception: Arc<Reception>,
    address: IpAddr,
    is_known: Arc<AtomicBool>,
    proven: Mutex<Option<(String, Account)>>,
}

/// An account that is here, with its folder.
pub(super) struct Guest {
    folder: Arc<AccountFolder>,
    name: String,
    /// Counts it until it goes.
    _seat: Seat,
}

impl SignIn {
    pub(super) fn new(reception: &Arc<Reception>, address: IpAddr, is_known: Arc<AtomicBool>) -> Arc<SignIn> {
        Arc::new(SignIn { reception: Arc::clone(reception), address, is_known, proven: Mutex::default() })
    }

    /// For a look at whether the rest of the settings can be used.
    pub(super) fn nobody(reception: &Arc<Reception>) -> Arc<SignIn> {
        Self::new(reception, Ipv4Addr::LOCALHOST.into(), Arc::default())
    }

    fn proven(&self) -> std::sync::MutexGuard<'_, Option<(String, Account)>> {
        self.proven.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Authenticator for SignIn {
    async fn authenticate(&self, name: &str, given: &Credentials) -> Result<Principal, AuthenticationError> {
        let password = given.password.as_deref().unwrap_or_default();
        let Some(account) = self.reception.by_password(name, password, self.address).await else {
            tokio::time::sleep(self.reception.limits().rejection_time).await;
            return Err(AuthenticationError::BadPassword);
        };
        *self.proven() = Some((name.to_owned(), account));
        Ok(Principal { username: name.to_owned() })
    }
}

#[async_trait]
impl UserDetailProvider for SignIn {
    type User = Guest;

    async fn provide_user_detail(&self, principal: &Principal) -> Result<Guest, UserDetailError> {
        let proven = self.proven().take().filter(|(name, _)| *name == principal.username);
        let (_, account) =
            proven.ok_or_else(|| UserDetailError::UserNotFound { username: principal.username.clone() })?;
        let seat = self.reception.enter(&account);
        let seat = seat.ok_or_else(|| UserDetailError::new("too many sessions of this account"))?;
        let reception = Arc::clone(&self.reception);
        let opened = tokio::task::spawn_blocking(move || reception.folder_of(&seat).map(|folder| (folder, seat))).await;
        let opened = opened.map_err(|error| UserDetailError::with_source("the account's folder", error))?;
        let (folder, seat) = opened.map_err(|error| {
            tracing::warn!(account = account.name, %error, "ftp: the account's folder cannot be used");
            UserDetailError::with_source("the account's folder cannot be used", error)
        })?;
        tracing::info!(account = account.name, address = %self.address, "ftp: signed in");
        self.is_known.store(true, Ordering::Release);
        Ok(Guest { folder: Arc::new(folder), name: account.name, _seat: seat })
    }
}

impl Guest {
    pub(super) fn folder(&self) -> Arc<AccountFolder> {
        Arc::clone(&self.folder)
    }
}

impl UserDetail for Guest {}

impl fmt::Display for Guest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl fmt::Debug for Guest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guest").field("name", &self.name).finish_non_exhaustive()
    }
}
