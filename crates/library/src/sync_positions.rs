//! Where the sync of each session stands.

use std::collections::HashMap;

use tintype_protocol::id::{SessionId, UpdateId};
use tintype_protocol::sync::{AckId, AckToken, EntityType};

use crate::error::LibraryError;
use crate::library::Library;
use crate::model::Session;
use crate::store::Durability;

impl Library {
    /// The checkpoints of a session.
    pub fn positions(&self, session: SessionId) -> Result<HashMap<EntityType, AckToken>, LibraryError> {
        let rows = self.read(|tx| Ok(tx.positions(session)?))?;
        Ok(rows.into_iter().filter_map(|(entity, ack)| Some((entity, ack.parse().ok()?))).collect())
    }

    /// The greatest position of the feed.
    pub fn last_update_id(&self) -> Result<UpdateId, LibraryError> {
        self.read(|tx| Ok(tx.last_update_id()?))
    }

    /// Moves checkpoints forward. An ack that lies before its checkpoint is ignored: it is a late repetition, and
    /// obeying it would only send again what has arrived. Among several of one type the furthest counts.
    pub fn advance(&self, session: SessionId, acks: Vec<AckToken>) -> Result<(), LibraryError> {
        if acks.is_empty() {
            return Ok(());
        }
        self.write(Durability::Full, move |tx| {
            let mut known: HashMap<EntityType, AckId> = tx
                .positions(session)?
                .into_iter()
                .filter_map(|(entity, ack)| Some((entity, ack.parse::<AckToken>().ok()?.id)))
                .collect();
            let mut moved = Vec::new();
            for ack in acks {
                if known.get(&ack.entity).is_none_or(|at| is_ahead(ack.id, *at)) {
                    known.insert(ack.entity, ack.id);
                    moved.push(ack.entity);
                }
            }
            moved.sort_unstable();
            moved.dedup();
            for entity in moved {
                let ack = AckToken { entity, id: known[&entity] };
                tx.set_position(session, entity, &ack.to_string())?;
            }
            Ok(())
        })
    }

    /// Forgets all checkpoints of a session and its pending reset: the client has wiped its data.
    pub fn restart_sync(&self, session: Session) -> Result<(), LibraryError> {
        self.write(Durability::Full, move |tx| {
            tx.delete_positions(session.id, None)?;
            if session.is_pending_sync_reset {
                tx.update_session(&Session { is_pending_sync_reset: false, ..session })?;
            }
            Ok(())
        })
    }

    /// Forgets checkpoints of a session; all of them when `entities` is `None`.
    pub fn forget_positions(&self, session: SessionId, entities: Option<Vec<EntityType>>) -> Result<(), LibraryError> {
        self.write(Durability::Full, move |tx| Ok(tx.delete_positions(session, entities.as_deref())?))
    }
}

/// Whether `new` lies behind `old` in the stream. Backfills are ordered by parent, then by row, then complete.
fn is_ahead(new: AckId, old: AckId) -> bool {
    fn key(id: AckId) -> (UpdateId, bool, UpdateId) {
        match id {
            AckId::Reset => (UpdateId::MIN, false, UpdateId::MIN),
            AckId::At(at) => (at, false, UpdateId::MIN),
            AckId::Backfill { parent, at } => (parent, false, at),
            AckId::BackfillComplete { parent } => (parent, true, UpdateId::MIN),
        }
    }
    key(new) > key(old)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u8) -> UpdateId {
        UpdateId::from_bytes([n; 16])
    }

    #[test]
    fn acks_are_ordered_as_the_stream_sends_them() {
        let ordered = [
            AckId::At(id(1)),
            AckId::Backfill { parent: id(2), at: id(1) },
            AckId::Backfill { parent: id(2), at: id(9) },
            AckId::BackfillComplete { parent: id(2) },
            AckId::Backfill { parent: id(3), at: id(1) },
        ];
        for pair in ordered.windows(2) {
            assert!(is_ahead(pair[1], pair[0]) && !is_ahead(pair[0], pair[1]), "{pair:?}");
        }
        assert!(!is_ahead(ordered[0], ordered[0]), "the same ack again moves nothing");
    }
}
