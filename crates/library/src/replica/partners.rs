//! Who lets whom see their library.

use tintype_protocol::id::UserId;
use tintype_protocol::sync::{PartnerDelete, PartnerV1};

use super::{Outcome, Replica};
use crate::error::LibraryError;
use crate::model::{ExternalKind, ExternalLink, LinkKind, Partner};

impl Replica<'_> {
    pub(super) fn partner(&mut self, line: PartnerV1) -> Result<Outcome, LibraryError> {
        let Some(shared_by) = self.local_user(line.shared_by_id)? else {
            return Ok(Outcome::waits_for("user", line.shared_by_id.0));
        };
        let Some(shared_with) = self.local_user(line.shared_with_id)? else {
            return Ok(Outcome::waits_for("user", line.shared_with_id.0));
        };
        let partner = Partner { shared_by, shared_with, in_timeline: line.in_timeline };
        match self.tx.partners(shared_by)?.into_iter().find(|known| known.shared_with == shared_with) {
            Some(known) if known == partner => {}
            Some(known) if known.shared_by == shared_by => self.tx.update_partner(&partner)?,
            _ => {
                self.tx.add_partner(&partner)?;
            }
        }
        self.link_is_shown(&partner_link(line.shared_by_id, line.shared_with_id))?;
        Ok(Outcome::Applied)
    }

    pub(super) fn partner_is_gone(&mut self, line: PartnerDelete) -> Result<Outcome, LibraryError> {
        let users = (self.local_user(line.shared_by_id)?, self.local_user(line.shared_with_id)?);
        if let (Some(shared_by), Some(shared_with)) = users {
            self.part_if_shown(&Partner { shared_by, shared_with, in_timeline: false })?;
        }
        Ok(Outcome::Applied)
    }

    /// A user does not let another one see their library any more, if the server ever said that they do: what two users
    /// here agreed on by themselves is not the server's.
    pub(super) fn part_if_shown(&mut self, partner: &Partner) -> Result<(), LibraryError> {
        let names = (self.external_user(partner.shared_by)?, self.external_user(partner.shared_with)?);
        if let (Some(shared_by), Some(shared_with)) = names
            && self.forget_link(&partner_link(shared_by, shared_with))?
        {
            self.part(partner.shared_by, partner.shared_with)?;
        }
        Ok(())
    }

    /// A user does not let another one see their library any more.
    pub(super) fn part(&mut self, shared_by: UserId, shared_with: UserId) -> Result<(), LibraryError> {
        self.tx.remove_partner(shared_by, shared_with)?;
        Ok(self.tx.note_ended_access(self.upstream.server_id, ExternalKind::User, shared_by.0)?)
    }
}

fn partner_link(shared_by: UserId, shared_with: UserId) -> ExternalLink {
    ExternalLink::new(LinkKind::Partner, shared_by.0, shared_with.0)
}
