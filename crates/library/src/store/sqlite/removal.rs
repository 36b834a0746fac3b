//! The end of an account.

use rusqlite::params;

use super::tx::{Result, Tombstone, Tx};
use crate::model::User;

impl Tx<'_> {
    /// Removes the row of an account. Sessions, keys, settings, tags, people, memories, partners and memberships go with
    /// it; of those, clients are only told that the user is gone, and cascade themselves.
    pub(super) fn bury_user(&mut self, user: &User) -> Result<()> {
        self.drop_portraits(user.id)?;
        self.execute("DELETE FROM user WHERE id = ?1", params![user.id.as_bytes()])?;
        self.bury(&Tombstone { kind: "user", scope: None, key1: Some(user.id.as_bytes()), ..Tombstone::default() })
    }
}
