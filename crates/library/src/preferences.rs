//! Users' settings, kept as differences from the defaults; onboarding; licence; settings of the library as a whole.

use serde_json::{Map, Value};
use tintype_protocol::id::UserId;
use tintype_protocol::model::UserMetadataKey;

use crate::error::LibraryError;
use crate::library::Library;
use crate::recorder::Change;
use crate::store::Durability;

impl Library {
    /// What differs from the defaults in a user's preferences.
    pub fn preference_overrides(&self, user: UserId) -> Result<Map<String, Value>, LibraryError> {
        let value = self.user_value(user, UserMetadataKey::Preferences)?;
        Ok(value.and_then(|value| value.as_object().cloned()).unwrap_or_default())
    }

    /// Keeps what differs from the defaults in a user's preferences.
    pub fn set_preference_overrides(&self, user: UserId, overrides: &Map<String, Value>) -> Result<(), LibraryError> {
        self.set_user_value(user, UserMetadataKey::Preferences, &Value::Object(overrides.clone()))
    }

    /// A row of a user's settings.
    pub fn user_value(&self, user: UserId, key: UserMetadataKey) -> Result<Option<Value>, LibraryError> {
        let rows = self.read(|tx| Ok(tx.user_metadata(user)?))?;
        let row = rows.into_iter().find(|row| row.key == key);
        Ok(row.and_then(|row| serde_json::from_str(&row.value).ok()))
    }

    /// Sets a row of a user's settings.
    pub fn set_user_value(&self, user: UserId, key: UserMetadataKey, value: &Value) -> Result<(), LibraryError> {
        let json = value.to_string();
        self.change(move |tx| {
            tx.set_user_metadata(user, key, &json)?;
            Ok(((), vec![Change::UserChanged(user)]))
        })
    }

    /// Removes a row of a user's settings.
    pub fn delete_user_value(&self, user: UserId, key: UserMetadataKey) -> Result<bool, LibraryError> {
        self.change(move |tx| {
            let existed = tx.delete_user_metadata(user, key)?;
            Ok((existed, vec![Change::UserChanged(user)]))
        })
    }

    /// A setting of the library as a whole.
    pub fn server_value(&self, key: &str) -> Result<Option<Value>, LibraryError> {
        let text = self.read(|tx| Ok(tx.server_metadata(key)?))?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// Sets a setting of the library as a whole.
    pub fn set_server_value(&self, key: &'static str, value: &Value) -> Result<(), LibraryError> {
        let json = value.to_string();
        self.write(Durability::Full, move |tx| Ok(tx.set_server_metadata(key, &json)?))
    }
}
