//! Sends what is wanted, step by step, from one state of the library.

use std::collections::{HashMap, HashSet};

use tintype_library::feed::{BackfillKind, FeedKind, FeedRow, LinkedKind, Parent, Visit};
use tintype_library::store::Read;
use tintype_library::{Library, LibraryError};
use tintype_protocol::id::{UpdateId, UserId};
use tintype_protocol::sync::{AckId, AckToken, Empty, EntityType, Line, RequestType};

use super::chunks::{Chunks, LineError};
use super::lines::{LineWriter, Viewer};
use super::steps::{Step, wanted_steps};

/// Why sending ended early.
#[derive(Debug, thiserror::Error)]
pub(super) enum SendError {
    #[error(transparent)]
    Line(#[from] LineError),
    #[error(transparent)]
    Library(#[from] LibraryError),
}

/// Sends all changes of the wanted types. Returns the checkpoints that the server sets itself: backfills that are not
/// needed, because the client begins from nothing and gets everything anyway (§8).
pub(super) fn send_changes(
    library: &Library,
    user: UserId,
    types: &HashSet<RequestType>,
    positions: &HashMap<EntityType, AckToken>,
    chunks: &mut Chunks,
) -> Result<Vec<AckToken>, SendError> {
    let viewer = Viewer { user, shows_owners: types.contains(&RequestType::AlbumsV2) };
    let mut ended = None;
    let mut settled = Vec::new();
    library.read(|tx| {
        let newest = tx.last_update_id()?;
        let mut phases = Phases { tx, viewer, positions, newest, chunks, ended: &mut ended, settled: &mut settled };
        for step in wanted_steps(types) {
            phases.take(step)?;
            if phases.ended.is_some() {
                break;
            }
        }
        Ok(())
    })?;
    ended.map_or(Ok(settled), |error: LineError| Err(error.into()))
}

/// Where one stream stands.
struct Phases<'a> {
    tx: &'a dyn Read,
    viewer: Viewer,
    positions: &'a HashMap<EntityType, AckToken>,
    /// The greatest position of the state that is sent.
    newest: UpdateId,
    chunks: &'a mut Chunks,
    /// Why the client wants no more.
    ended: &'a mut Option<LineError>,
    settled: &'a mut Vec<AckToken>,
}

type Done = Result<(), LibraryError>;

impl Phases<'_> {
    fn take(&mut self, step: Step) -> Done {
        match step {
            Step::Rows(kind, lines) => self.rows(kind, lines),
            Step::Backfill { kind, lines, upserts } => self.backfill(kind, lines, upserts),
            Step::Updates { kind, lines, creates } => self.updates(kind, lines, creates),
            Step::Creates { kind, lines, updates } => self.creates(kind, lines, updates),
        }
    }

    /// Where the client stands with a type of lines.
    fn position(&self, lines: EntityType) -> Option<UpdateId> {
        match self.positions.get(&lines)?.id {
            AckId::At(at) => Some(at),
            _ => None,
        }
    }

    /// Sends rows as they are shown.
    fn send(
        &mut self,
        lines: EntityType,
        ack: impl Fn(UpdateId) -> AckId,
        show: impl FnOnce(&dyn Read, &mut dyn FnMut(UpdateId, FeedRow<'_>) -> Visit) -> Done,
    ) -> Done {
        let mut writer = LineWriter::new(self.chunks, lines, self.viewer);
        let ended = &mut *self.ended;
        show(self.tx, &mut |at, row| match writer.write(ack(at), row) {
            Ok(()) => Visit::Continue,
            Err(error) => {
                *ended = Some(error);
                Visit::Stop
            }
        })
    }

    fn rows(&mut self, kind: FeedKind, lines: EntityType) -> Done {
        let (user, after) = (self.viewer.user, self.position(lines).unwrap_or(UpdateId::MIN));
        self.send(lines, AckId::At, |tx, visit| Ok(tx.changes(kind, user, after, visit)?))
    }

    fn updates(&mut self, kind: LinkedKind, lines: EntityType, creates: EntityType) -> Done {
        let Some(known) = self.position(creates) else { return Ok(()) };
        let (user, after) = (self.viewer.user, self.position(lines).unwrap_or(UpdateId::MIN));
        self.send(lines, AckId::At, |tx, visit| Ok(tx.linked_changes(kind, user, after, known, visit)?))
    }

    fn creates(&mut self, kind: FeedKind, lines: EntityType, updates: EntityType) -> Done {
        let (user, after) = (self.viewer.user, self.position(lines).unwrap_or(UpdateId::MIN));
        let marker = AckToken::at(updates, self.newest);
        let mut writer = LineWriter::new(self.chunks, lines, self.viewer);
        let (ended, mut is_first) = (&mut *self.ended, true);
        self.tx.changes(kind, user, after, &mut |at, row| {
            let marked = if is_first { writer.mark(marker) } else { Ok(()) };
            is_first = false;
            match marked.and_then(|()| writer.write(AckId::At(at), row)) {
                Ok(()) => Visit::Continue,
                Err(error) => {
                    *ended = Some(error);
                    Visit::Stop
                }
            }
        })?;
        Ok(())
    }

    fn backfill(&mut self, kind: BackfillKind, lines: EntityType, upserts: EntityType) -> Done {
        let begun = self.positions.get(&lines).map(|ack| ack.id);
        let (from, is_complete, row) = match begun {
            Some(AckId::Backfill { parent, at }) => (parent, false, Some(at)),
            Some(AckId::BackfillComplete { parent }) => (parent, true, None),
            _ => (UpdateId::MIN, false, None),
        };
        let parents = self.tx.accesses(kind, self.viewer.user, from)?;
        let Some(known) = self.position(upserts) else {
            // Everything comes as an upsert: there is nothing to fill in.
            let complete =
                |last: &Parent| AckToken { entity: lines, id: AckId::BackfillComplete { parent: last.created } };
            self.settled.extend(parents.last().map(complete));
            return Ok(());
        };
        for parent in parents {
            let is_last_begun = begun.is_some() && parent.created == from;
            if is_last_begun && is_complete {
                continue;
            }
            let start = row.filter(|_| is_last_begun).unwrap_or(UpdateId::MIN);
            let ack = |at| AckId::Backfill { parent: parent.created, at };
            self.send(lines, ack, |tx, visit| Ok(tx.backfill(kind, parent.key, start, known, visit)?))?;
            if self.ended.is_some() {
                return Ok(());
            }
            let complete = AckToken { entity: lines, id: AckId::BackfillComplete { parent: parent.created } };
            if let Err(error) = self.chunks.push(&Line { entity: EntityType::SyncAckV1, data: Empty {}, ack: complete })
            {
                *self.ended = Some(error);
                return Ok(());
            }
        }
        Ok(())
    }
}
