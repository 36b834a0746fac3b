//! Users of the server. Those who have no account here get a row that nobody can log in with.

use tintype_protocol::id::UserId;
use tintype_protocol::sync::{UserDelete, UserV1};

use super::{Outcome, Replica};
use crate::error::LibraryError;
use crate::model::ExternalKind;

impl Replica<'_> {
    pub(super) fn user(&mut self, line: &UserV1<'_>) -> Result<Outcome, LibraryError> {
        let known = self.local_user(line.id)?;
        if match known {
            Some(id) => self.has_account(id)?,
            None => false,
        } {
            return Ok(Outcome::Applied);
        }
        let id = known.unwrap_or(line.id);
        if known.is_none() && self.tx.user(id)?.is_some() {
            return Ok(Outcome::taken("user", id.0));
        }
        let holder = self.tx.user_by_email(&line.email.to_lowercase())?;
        // An address belongs to one row; who has an account here keeps it.
        let email = match holder {
            Some(holder) if holder.id != id => format!("{id}@upstream.invalid"),
            _ => line.email.to_lowercase(),
        };
        self.tx.mirror_user(id, &email, line)?;
        self.is_shown(ExternalKind::User, line.id.0, id.0, known.is_some())?;
        Ok(Outcome::Applied)
    }

    /// Whether a user can log in here; their name and address are their own then.
    fn has_account(&self, id: UserId) -> Result<bool, LibraryError> {
        Ok(self.tx.user(id)?.is_some_and(|user| !user.password_hash.is_empty()))
    }

    /// The account there is gone. What they showed is withdrawn by lines of its own; the row stays for what refers to it.
    pub(super) fn user_is_gone(&mut self, line: UserDelete) -> Result<Outcome, LibraryError> {
        self.forget(ExternalKind::User, line.user_id.0)?;
        Ok(Outcome::Applied)
    }
}
