//! Lines that are read together.

use serde::Deserialize;
use serde_json::value::RawValue;
use tintype_library::LibraryError;
use tintype_library::replica::{Outcome, Replica};
use tintype_protocol::id::UpdateId;
use tintype_protocol::sync::{AckToken, EntityType};

/// Most lines in a batch.
const MAX_LINES: usize = 1_000;
/// Most bytes of lines in a batch, but for a single line that is longer.
const MAX_BYTES: usize = 512 * 1024;

/// The outside of a line.
#[derive(Deserialize)]
struct Envelope<'l> {
    #[serde(rename = "type")]
    entity: &'l str,
    #[serde(borrow)]
    data: &'l RawValue,
    ack: &'l str,
}

/// A line that is no JSON, or not shaped like one: the stream is damaged.
#[derive(Debug, thiserror::Error)]
#[error("a line of the stream is damaged: {0}")]
pub struct BrokenLine(#[source] serde_json::Error);

/// What a line is about; `None` for types that nobody asked for.
pub(crate) fn entity_of(line: &[u8]) -> Result<Option<EntityType>, BrokenLine> {
    let Envelope { entity, .. } = serde_json::from_slice(line).map_err(BrokenLine)?;
    Ok(entity.parse().ok())
}

/// What a line means for the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// There may be more.
    More,
    /// The server begins again.
    Reset,
    /// There is no more.
    Complete,
}

struct Line {
    entity: EntityType,
    /// Without one that is understood it moves no checkpoint.
    ack: Option<AckToken>,
    /// Where its data ends; it begins where that of the line before it ended.
    end: usize,
}

/// See the module's description.
#[derive(Default)]
pub(crate) struct Batch {
    data: Vec<u8>,
    lines: Vec<Line>,
}

/// What became of lines.
#[derive(Debug, Clone, Default)]
pub(crate) struct Applied {
    pub(crate) lines: usize,
    pub(crate) bytes: usize,
    /// The last of each type, in the order of their last lines.
    pub(crate) acks: Vec<AckToken>,
    pub(crate) quarantined: u64,
}

impl Batch {
    /// Takes a line in. Lines of types that nobody asked for are passed over.
    pub(crate) fn take(&mut self, line: &[u8]) -> Result<Taken, BrokenLine> {
        let Envelope { entity, data, ack } = serde_json::from_slice(line).map_err(BrokenLine)?;
        let Ok(entity) = entity.parse::<EntityType>() else { return Ok(Taken::More) };
        let ack = ack.parse::<AckToken>().ok();
        if entity == EntityType::SyncResetV1 {
            return Ok(Taken::Reset);
        }
        self.data.extend_from_slice(data.get().as_bytes());
        self.lines.push(Line { entity, ack, end: self.data.len() });
        Ok(if entity == EntityType::SyncCompleteV1 { Taken::Complete } else { Taken::More })
    }

    pub(crate) fn is_full(&self) -> bool {
        self.lines.len() >= MAX_LINES || self.data.len() >= MAX_BYTES
    }

    pub(crate) fn len(&self) -> usize {
        self.lines.len()
    }

    /// Applies the lines in their order, and keeps those that cannot be.
    pub(crate) fn apply(&self, replica: &mut Replica<'_>, applied: &mut Applied) -> Result<(), LibraryError> {
        let mut start = 0;
        for line in &self.lines {
            let data = &self.data[start..line.end];
            start = line.end;
            if let Some(ack) = line.ack {
                applied.note(ack);
            }
            // Carriers of an ack, and the end: nothing to apply.
            if matches!(line.entity, EntityType::SyncAckV1 | EntityType::SyncCompleteV1) {
                continue;
            }
            if let Outcome::Refused(reason) = replica.apply(line.entity, data)? {
                let ack = line.ack.unwrap_or(AckToken::at(line.entity, UpdateId::MIN));
                replica.quarantine(line.entity, data, ack, &reason)?;
                applied.quarantined += 1;
            }
        }
        applied.lines += self.lines.len();
        applied.bytes += self.data.len();
        Ok(())
    }
}

impl Applied {
    /// Everything up to these acks is applied, or kept. The end of the stream is noted once the server has noted it.
    pub(crate) fn move_cursors(&self, replica: &mut Replica<'_>) -> Result<(), LibraryError> {
        let mut of_rows = self.acks.iter().copied().filter(|ack| ack.entity != EntityType::SyncCompleteV1);
        of_rows.try_for_each(|ack| replica.move_cursor(ack))
    }

    fn note(&mut self, ack: AckToken) {
        // The same type follows itself most of the time.
        match self.acks.iter_mut().rev().find(|known| known.entity == ack.entity) {
            Some(known) => *known = ack,
            None => self.acks.push(ack),
        }
    }
}
