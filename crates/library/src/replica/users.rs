//! Users of the server. Those who have no account here get a row that nobody can log in with.

use tintype_protocol::id::UserId;
use tintype_protocol::sync::{UserDelete, UserV1};

use super::{Outcome, Replica};
use crate::error::LibraryError;
use crate::model::ExternalKind;

impl Replica<'_> {
    pub(super) fn user(&mut self, line: &UserV1<'_>) -> Result<Outcome, LibraryError> {
        let known = self.local_user(line.id)?;
        if let Some(id) = known {
            self.recognise(ExternalKind::User, line.id.0, id)?;
            if self.has_account(id)? {
                return Ok(Outcome::Applied);
            }
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
        if known.is_none() {
            self.name(ExternalKind::User, line.id.0, id.0, id)?;
        }
        Ok(Outcome::Applied)
    }

    /// Whether a user can log in here; their name and address are their own then.
    pub(super) fn has_account(&self, id: UserId) -> Result<bool, LibraryError> {
        Ok(self.tx.user(id)?.is_some_and(|user| !user.is_shadow()))
    }

    /// The account there is gone, and everything in it; nothing else is said of that. What they showed goes when the
    /// stream is complete, and their row with it. Who is here, too, keeps what is theirs.
    pub(super) fn user_is_gone(&mut self, line: UserDelete) -> Result<Outcome, LibraryError> {
        let Some(id) = self.local_user(line.user_id)?.filter(|id| !self.follows(*id)) else {
            return Ok(Outcome::Applied);
        };
        for partner in self.tx.partners(id)? {
            self.part_if_shown(&partner)?;
        }
        self.forget(ExternalKind::User, line.user_id.0)?;
        if !self.has_account(id)? {
            for album in self.tx.albums_of(id)? {
                self.tx.remove_album_user(album.id, id)?;
            }
        }
        self.tx.note_ended_access(self.upstream.server_id, ExternalKind::User, id.0)?;
        Ok(Outcome::Applied)
    }
}
