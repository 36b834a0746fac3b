//! A server that does not do what it is asked says so in the same words whether it does not have a thing, or does not let one
//! touch it. Only what it does not have was deleted there: what is locked away is hidden from a session without the PIN, and is
//! known to be there by its content.

use serde_json::{Value, json};
use tintype_client::{ClientError, Refusal};
use tintype_library::model::{ExternalKind, OutboxRow};
use tintype_library::{Disposition, LibraryError};
use tintype_protocol::causes::with_causes;
use tintype_protocol::checksum::Sha1;
use tintype_protocol::id::AssetId;
use tintype_protocol::sync::EntityType;
use uuid::Uuid;

use super::step::{Reply, Step};
use super::{PushError, Pushing};
use crate::older::is_older_copy;

/// What is to be done about a photo that is hidden there.
const LOCKED_AWAY: &str =
    "it is in the locked folder of the server, which this session may not change: change it there";

/// Whether a server has something.
enum Presence {
    /// It shows it.
    Shown,
    /// It has it, and does not show it.
    Hidden,
    /// It does not show it, and does not say whether it has it. Why not, for people.
    Untold(String),
    /// It does not have it.
    Missing,
}

impl Pushing<'_> {
    /// What follows from a refusal that may mean that the server does not have what a step is about.
    pub(super) fn look_for_missing(&self, row: &OutboxRow, step: &Step, refusal: &Refusal) -> Result<(), PushError> {
        match self.presence(row, step)? {
            Presence::Hidden => self.refuse(row, LOCKED_AWAY),
            Presence::Untold(reason) => self.refuse(row, &reason),
            Presence::Missing if step.is_removal() => self.settle(row, Reply::Done, None),
            Presence::Missing if self.let_go(step)? => {
                self.state().pushed.sent += 1;
                Ok(())
            }
            Presence::Missing | Presence::Shown => self.refuse(row, &refusal.to_string()),
        }
    }

    fn presence(&self, row: &OutboxRow, step: &Step) -> Result<Presence, PushError> {
        let Some((kind, id)) = step.about() else { return Ok(Presence::Shown) };
        let is_shown = match kind {
            ExternalKind::Asset => self.client.has_asset(id)?,
            ExternalKind::Album => self.client.has_album(id)?,
            ExternalKind::Person => self.client.has_person(id)?,
            ExternalKind::Stack => self.client.has_stack(id)?,
            _ => true,
        };
        match kind {
            _ if is_shown => Ok(Presence::Shown),
            ExternalKind::Asset => self.presence_by_content(row, id),
            _ => Ok(Presence::Missing),
        }
    }

    /// Whether the server has under this name what the asset of a row holds.
    fn presence_by_content(&self, row: &OutboxRow, id: Uuid) -> Result<Presence, PushError> {
        let asked: Vec<_> = self.contents(row)?.into_iter().map(|content| (AssetId(id), content)).collect();
        match self.client.still_there(&asked) {
            Ok(there) => Ok(if there.is_empty() { Presence::Missing } else { Presence::Hidden }),
            Err(ClientError::Refused { refusal: Refusal::MissingPermission(permission), .. }) => {
                let text = "the server does not show it, and the key may not ask whether it was deleted or locked away: \
                            add the permission";
                Ok(Presence::Untold(format!("{text} {permission} to it on the server")))
            }
            Err(error) if error.disposition() == Disposition::Permanent => Ok(Presence::Untold(with_causes(&error))),
            Err(error) => Err(error.into()),
        }
    }

    /// What the server may have of an asset: what lies here, or what was made of it, or what it was made of.
    fn contents(&self, row: &OutboxRow) -> Result<Vec<Sha1>, LibraryError> {
        let (id, detail) = (AssetId(row.subject.id()), row.detail.as_deref());
        self.library.read(|tx| {
            let here = tx.asset(id)?.map(|asset| asset.checksum);
            let Some(content) = here.or_else(|| detail?.parse().ok()) else { return Ok(Vec::new()) };
            let mut contents = tx.derivations(&content)?;
            contents.push(content);
            Ok(contents)
        })
    }

    /// What the server does not have any more is gone here as if the stream had said so; whether it is.
    fn let_go(&self, step: &Step) -> Result<bool, PushError> {
        let Some((entity, line)) = step.about().and_then(|(kind, id)| deletion(kind, id)) else { return Ok(false) };
        self.check_current()?;
        if self.is_in_doubt()? {
            return Ok(false);
        }
        self.library.replicate(self.upstream, move |replica| replica.apply(entity, line.to_string().as_bytes()))?;
        Ok(true)
    }

    /// Whether nobody is known to have deleted what the server does not have: it was put back to an older copy, and a person has
    /// not said yet what becomes of what only it had.
    fn is_in_doubt(&self) -> Result<bool, PushError> {
        let upstream = self.library.upstream_of(self.upstream.user_id)?;
        Ok(upstream.is_some_and(|upstream| upstream.keeps_unshown))
    }

    /// Asks once whether the server still knows what it knew: else nothing that is missing there was deleted.
    fn check_current(&self) -> Result<(), PushError> {
        if self.state().is_current {
            return Ok(());
        }
        if is_older_copy(self.client, self.library.noted_completion(self.upstream.id)?)? {
            return Err(PushError::Older);
        }
        self.state().is_current = true;
        Ok(())
    }
}

/// The line of a stream that says that something is gone.
fn deletion(kind: ExternalKind, id: Uuid) -> Option<(EntityType, Value)> {
    Some(match kind {
        ExternalKind::Asset => (EntityType::AssetDeleteV1, json!({ "assetId": id })),
        ExternalKind::Album => (EntityType::AlbumDeleteV1, json!({ "albumId": id })),
        ExternalKind::Person => (EntityType::PersonDeleteV1, json!({ "personId": id })),
        ExternalKind::Stack => (EntityType::StackDeleteV1, json!({ "stackId": id })),
        _ => return None,
    })
}
