//! Sessions, and how far each has come (sync-protocol §4 and §8).

use std::collections::BTreeMap;

use tintype_protocol::sync::{AckId, AckToken, EntityType};

/// See the module's description.
#[derive(Debug, Clone, Default)]
pub(super) struct Session {
    checkpoints: BTreeMap<EntityType, AckId>,
    pub(super) is_pending_reset: bool,
}

impl Session {
    /// Moves checkpoints, backwards too if it is told so; an ack of the reset lets go of all of them, and of the other
    /// acks in the same call.
    pub(super) fn ack(&mut self, acks: &[AckToken]) {
        if acks.contains(&AckToken::RESET) {
            self.begin_again();
            return;
        }
        self.checkpoints.extend(acks.iter().map(|ack| (ack.entity, ack.id)));
    }

    /// The client has forgotten everything.
    pub(super) fn begin_again(&mut self) {
        *self = Self::default();
    }

    /// Lets go of the checkpoints of these types; of all if none is named.
    pub(super) fn forget(&mut self, types: &[EntityType]) {
        self.checkpoints.retain(|entity, _| !types.is_empty() && !types.contains(entity));
    }

    /// Lets go of the checkpoints of all rows, and remembers that it was here.
    pub(super) fn forget_rows(&mut self) {
        self.checkpoints.retain(|entity, _| *entity == EntityType::SyncCompleteV1);
    }

    /// All checkpoints.
    pub(super) fn acks(&self) -> impl Iterator<Item = AckToken> {
        self.checkpoints.iter().map(|(entity, id)| AckToken { entity: *entity, id: *id })
    }

    /// Whether a line with this ack is still to be sent. A backfill that was interrupted goes on with the row that was
    /// acked last, not behind it.
    pub(super) fn is_due(&self, ack: &AckToken) -> bool {
        use AckId as A;
        let Some(acked) = self.checkpoints.get(&ack.entity) else { return true };
        match (ack.id, *acked) {
            (A::At(id), A::At(acked)) => id > acked,
            (A::Backfill { parent, at }, A::Backfill { parent: acked, at: reached }) => {
                parent > acked || parent == acked && at >= reached
            }
            (A::BackfillComplete { parent }, A::Backfill { parent: acked, .. }) => parent >= acked,
            (A::Backfill { parent, .. } | A::BackfillComplete { parent }, A::BackfillComplete { parent: acked }) => {
                parent > acked
            }
            // Forms that do not belong to one type: whoever acks like that is told everything.
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ack(entity: &str, ids: &[u32]) -> AckToken {
        let ids = ids.iter().map(|id| match id {
            0 => "|complete".to_owned(),
            id => format!("|019b7c10-0000-7aaa-8aaa-{id:012}"),
        });
        format!("{entity}{}", ids.collect::<String>()).parse().expect("an ack")
    }

    #[test]
    fn a_line_is_due_until_it_or_a_later_one_is_acked() {
        let backfill = "AlbumUserBackfillV1";
        for (acked, line, is_due) in [
            (ack("AssetV2", &[5]), ack("AssetV2", &[5]), false),
            (ack("AssetV2", &[5]), ack("AssetV2", &[6]), true),
            (ack("AssetV2", &[5]), ack("AssetDeleteV1", &[4]), true),
            // A backfill goes on with the row that was acked last.
            (ack(backfill, &[5, 7]), ack(backfill, &[5, 6]), false),
            (ack(backfill, &[5, 7]), ack(backfill, &[5, 7]), true),
            (ack(backfill, &[5, 7]), ack(backfill, &[5, 0]), true),
            (ack(backfill, &[5, 7]), ack(backfill, &[4, 0]), false),
            (ack(backfill, &[5, 7]), ack(backfill, &[6, 1]), true),
            (ack(backfill, &[5, 0]), ack(backfill, &[5, 9]), false),
            (ack(backfill, &[5, 0]), ack(backfill, &[5, 0]), false),
            (ack(backfill, &[5, 0]), ack(backfill, &[6, 1]), true),
        ] {
            let mut session = Session::default();
            assert!(session.is_due(&line), "{line}");
            session.ack(&[acked]);
            assert_eq!(session.is_due(&line), is_due, "{line} after {acked}");
        }
    }

    #[test]
    fn an_ack_of_the_reset_lets_go_of_everything() {
        let mut session = Session { is_pending_reset: true, ..Session::default() };
        session.ack(&[ack("AssetV2", &[5]), ack("UserV1", &[5])]);
        session.forget(&[EntityType::UserV1]);
        assert_eq!(session.acks().count(), 1);
        session.ack(&[ack("UserV1", &[6]), AckToken::RESET, ack("UserV1", &[7])]);
        assert_eq!((session.acks().count(), session.is_pending_reset), (0, false));
    }
}
