//! Who may come in by SFTP: users of the node with their password, and accounts of the configuration file.

use std::path::{Path, PathBuf};
use std::sync::Weak;

use tintype_ingest::sftp::{Account, Accounts, PublicKey};
use tintype_library::Library;
use tintype_library::model::User;
use tintype_library::secrets::is_password;

use crate::config::{AccountConfig, ZoneConfig};

/// See the module's description.
pub(crate) struct NodeAccounts {
    /// These go before users of the same name.
    pub(crate) dedicated: Vec<AccountConfig>,
    /// Where users are looked up, if they may come in.
    pub(crate) library: Option<Weak<Library>>,
    /// The folders of users lie in here.
    pub(crate) folder: PathBuf,
    /// Zones that are configured; some may lie there, too.
    pub(crate) zones: Vec<ZoneConfig>,
    /// What may lie in each of them.
    pub(crate) quota_bytes: Option<u64>,
}

impl NodeAccounts {
    fn dedicated(&self, name: &str) -> Option<&AccountConfig> {
        self.dedicated.iter().find(|account| account.name == name)
    }

    fn user(&self, email: &str, password: &str) -> Option<Account> {
        let library = self.library.as_ref()?.upgrade()?;
        let checked = library.check_password(email, password);
        let user = checked.unwrap_or_else(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, "sftp: a password could not be checked");
            None
        })?;
        let root = self.folder.join(label_of(&user));
        if let Some(zone) = self.zones.iter().find(|zone| !may_enter(&library, &user, &root, zone)) {
            tracing::error!(
                user = %user.id, zone = zone.name,
                "sftp: a user's folder is a zone of somebody else: give the user another storage label, or the zone another folder"
            );
            return None;
        }
        Some(Account { name: format!("user {}", user.id), root, quota_bytes: self.quota_bytes })
    }
}

/// Whether a zone leaves a user's folder alone, or is that very folder and the user's own.
fn may_enter(library: &Library, user: &User, root: &Path, zone: &ZoneConfig) -> bool {
    let is_apart = !zone.folder.starts_with(root) && !root.starts_with(&zone.folder);
    let is_own = || {
        let owner = crate::folder::owner(library, zone.owner.as_deref());
        zone.server.is_none() && owner.is_ok_and(|owner| owner.id == user.id)
    };
    is_apart || (zone.folder == root && is_own())
}

/// What the folder of a user is called.
pub(crate) fn label_of(user: &User) -> String {
    user.storage_label.clone().unwrap_or_else(|| user.id.to_string())
}

fn is_right(account: &AccountConfig, password: &str) -> bool {
    account.password_hash.as_ref().is_some_and(|hash| is_password(password, hash))
}

fn account_of(account: &AccountConfig) -> Account {
    let name = format!("account {}", account.name);
    Account { name, root: account.folder.clone(), quota_bytes: account.quota_bytes }
}

impl Accounts for NodeAccounts {
    fn by_password(&self, name: &str, password: &str) -> Option<Account> {
        match self.dedicated(name) {
            Some(account) => is_right(account, password).then(|| account_of(account)),
            None => self.user(name, password),
        }
    }

    fn by_key(&self, name: &str, key: &PublicKey) -> Option<Account> {
        let account = self.dedicated(name)?;
        // The comment behind a key is no part of it.
        account.keys.iter().any(|known| known.key_data() == key.key_data()).then(|| account_of(account))
    }
}
