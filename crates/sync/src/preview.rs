//! What a pull would bring, without bringing it.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use tintype_client::Client;
use tintype_library::model::{Upstream, UpstreamMode};
use tintype_protocol::sync::EntityType;

use crate::batch::entity_of;
use crate::pull::{Progress, PullError};
use crate::search::count_all;
use crate::types::requested;

/// What a pull would bring.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preview {
    /// Lines by type.
    pub counts: BTreeMap<&'static str, u64>,
    /// The server wants to begin again: everything would come anew, and how much that is it does not say before.
    pub begins_again: bool,
}

/// Reads what would come, to its end: nothing of it is applied or acked, so it will come again. `tell` hears of the
/// progress now and then, and may end it.
pub fn preview(
    remote: &Client,
    upstream: &Upstream,
    tell: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Preview, PullError> {
    let mut counting = Counting { preview: Preview::default(), lines: 0, tell };
    match upstream.mode {
        UpstreamMode::Search => count_all(remote, upstream, &mut counting)?,
        UpstreamMode::Stream => counting.stream(remote)?,
    }
    Ok(counting.preview)
}

/// Lines between two words about the progress.
const TOLD_EVERY: u64 = 5_000;

/// Counts lines.
pub(crate) struct Counting<'p> {
    preview: Preview,
    lines: u64,
    tell: &'p mut dyn FnMut(Progress) -> ControlFlow<()>,
}

impl Counting<'_> {
    fn stream(&mut self, remote: &Client) -> Result<(), PullError> {
        let mut stream = remote.stream(&requested(remote.version()?), false)?;
        loop {
            let line = stream.next_line()?.ok_or(PullError::Incomplete)?;
            match entity_of(line)? {
                Some(EntityType::SyncCompleteV1) => return Ok(()),
                Some(EntityType::SyncResetV1) => {
                    self.preview.begins_again = true;
                    return Ok(());
                }
                Some(EntityType::SyncAckV1) | None => {}
                Some(entity) => self.add(entity, 1)?,
            }
        }
    }

    pub(crate) fn add(&mut self, entity: EntityType, count: u64) -> Result<(), PullError> {
        if count == 0 {
            return Ok(());
        }
        *self.preview.counts.entry(entity.as_str()).or_default() += count;
        let before = self.lines;
        self.lines += count;
        if before / TOLD_EVERY == self.lines / TOLD_EVERY {
            return Ok(());
        }
        match (self.tell)(Progress { lines: self.lines, expected: None }) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(PullError::Stopped),
        }
    }
}
