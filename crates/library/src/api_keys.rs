//! API keys.

use tintype_protocol::id::{ApiKeyId, UserId};
use tintype_protocol::permission::Permission;

use crate::error::LibraryError;
use crate::library::Library;
use crate::model::ApiKey;
use crate::secrets::{new_secret, secret_hash};
use crate::sessions::Caller;
use crate::store::Durability;

/// Name of a key that was given none.
const DEFAULT_NAME: &str = "API Key";

impl Library {
    /// Makes a key and returns it with its secret, which is not kept. A key cannot give more than it has.
    pub fn create_api_key(
        &self,
        caller: &Caller,
        name: Option<String>,
        permissions: Vec<Permission>,
    ) -> Result<(ApiKey, String), LibraryError> {
        if !permissions.iter().all(|permission| caller.is_allowed(*permission)) {
            return Err(LibraryError::invalid("Cannot grant permissions you do not have"));
        }
        let secret = new_secret(self.entropy.as_ref());
        let now = self.clock.now();
        let key = ApiKey {
            id: self.new_id().into(),
            user_id: caller.user.id,
            name: name.unwrap_or_else(|| DEFAULT_NAME.to_owned()),
            secret_hash: secret_hash(&secret),
            permissions,
            created_at: now,
            updated_at: now,
        };
        let row = key.clone();
        self.write(Durability::Full, move |tx| Ok(tx.insert_api_key(&row)?))?;
        Ok((key, secret))
    }

    /// Keys of a user, newest first.
    pub fn api_keys(&self, user: UserId) -> Result<Vec<ApiKey>, LibraryError> {
        self.read(|tx| Ok(tx.api_keys_of(user)?))
    }

    /// A key of the user's own.
    pub fn api_key(&self, user: UserId, id: ApiKeyId) -> Result<ApiKey, LibraryError> {
        let key = self.read(|tx| Ok(tx.api_key(id)?))?;
        key.filter(|key| key.user_id == user).ok_or_else(|| LibraryError::invalid("API Key not found"))
    }

    /// Renames a key or changes what it may do.
    pub fn update_api_key(
        &self,
        caller: &Caller,
        id: ApiKeyId,
        name: Option<String>,
        permissions: Option<Vec<Permission>>,
    ) -> Result<ApiKey, LibraryError> {
        let mut key = self.api_key(caller.user.id, id)?;
        if let Some(permissions) = permissions {
            if !permissions.iter().all(|permission| caller.is_allowed(*permission)) {
                return Err(LibraryError::invalid("Cannot grant permissions you do not have"));
            }
            key.permissions = permissions;
        }
        if let Some(name) = name {
            key.name = name;
        }
        key.updated_at = self.clock.now();
        let row = key.clone();
        self.write(Durability::Full, move |tx| Ok(tx.update_api_key(&row)?))?;
        Ok(key)
    }

    /// Gives a key a new secret; the old one ends at once.
    pub fn rotate_api_key(&self, user: UserId, id: ApiKeyId) -> Result<(ApiKey, String), LibraryError> {
        let mut key = self.api_key(user, id)?;
        let secret = new_secret(self.entropy.as_ref());
        key.secret_hash = secret_hash(&secret);
        key.updated_at = self.clock.now();
        let row = key.clone();
        self.write(Durability::Full, move |tx| Ok(tx.update_api_key(&row)?))?;
        Ok((key, secret))
    }

    /// Ends a key.
    pub fn delete_api_key(&self, user: UserId, id: ApiKeyId) -> Result<(), LibraryError> {
        let key = self.api_key(user, id)?;
        self.write(Durability::Full, move |tx| Ok(tx.delete_api_key(key.id)?))
    }
}
