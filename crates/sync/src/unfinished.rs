//! Sending what users did here although a pull did not come to its end.
//!
//! A row is sent against what is known of the server, so a pull comes first. One that stops at the same place each time would
//! keep everything from being sent, for good. So what cannot overrule anything unseen goes all the same: photos that are
//! new, what was put into the trash, deleted, put into albums or tagged, and what was said of photos, after the server was
//! asked what it says of these now. Stacks, people, edits, roles and what is said of albums wait: nothing tells what these are
//! there but the stream.

use std::collections::HashSet;

use tintype_client::{Client, ClientError};
use tintype_library::model::{ExternalKind, Field, FieldValue, OutboxRow, Subject, Upstream, UpstreamMode};
use tintype_library::store::OutboxPlace;
use tintype_library::{Library, fields};
use tintype_protocol::id::AssetId;

use crate::older::Checkpoints;
use crate::pull::PullError;
use crate::push::{Pace, PushError, Pushed, push, push_some};
use crate::search::lines;

/// Photos that the server is asked about before what was said of them is sent. Others wait for the next push.
const MAX_ASKED: usize = 500;
/// Rows that are looked at together.
const BATCH: u32 = 100;

/// What is sent after a pull that did not come to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sends {
    /// All that is due: nothing that the server says was missed.
    All,
    /// What cannot overrule anything that was missed.
    Some,
    /// Nothing, before everything has come: the server shows all that it has, after a reset or because one of both is an older
    /// copy, or for the first time.
    NotYet,
    /// Nothing: the server is away, or wants something else first, or somebody wants the sync to end.
    Nothing,
}

impl Sends {
    /// What is sent after this.
    pub fn after(error: &PullError, upstream: &Upstream) -> Self {
        match error {
            // All that the server shows was seen; what it does not show waits by itself, and a search is an epoch of its own.
            PullError::InDoubt { .. } => Self::All,
            PullError::Upstream(ClientError::Broken(_) | ClientError::Truncated | ClientError::LineTooLong { .. })
            | PullError::Broken(_)
            | PullError::Incomplete
            | PullError::Restless => {
                let is_known = upstream.synced_at.is_some() && !upstream.is_resetting;
                match upstream.mode {
                    UpstreamMode::Stream if is_known => Self::Some,
                    UpstreamMode::Stream => Self::NotYet,
                    UpstreamMode::Search => Self::Nothing,
                }
            }
            PullError::Upstream(_) | PullError::Library(_) | PullError::Thread(_) | PullError::Stopped => Self::Nothing,
        }
    }
}

/// Sends what may be sent after a pull that ended like this; `upstream` is as that left it.
pub fn push_after(
    error: &PullError,
    library: &Library,
    client: &Client,
    upstream: &Upstream,
    pace: &Pace,
    tell: &(dyn Fn(Pushed) + Sync),
) -> Result<Pushed, PushError> {
    match Sends::after(error, upstream) {
        Sends::All => return push(library, client, upstream, pace, tell),
        Sends::Some => {}
        Sends::NotYet | Sends::Nothing => return Ok(Pushed::default()),
    }
    if library.outbox_counts(upstream.id)?.waiting == 0 {
        return Ok(Pushed::default());
    }
    // The pull may have ended before it acted on that.
    let checkpoints = Checkpoints::ask(client)?;
    if checkpoints.are_of_an_older_server(library.noted_completion(upstream.id)?) {
        return Err(PushError::Older);
    }
    if checkpoints.are_ahead_of(&library.cursors(upstream.id)?) {
        return Ok(Pushed::default());
    }
    let asked = ask(library, client, upstream, pace)?;
    push_some(library, client, upstream, pace, tell, &|row| overrules_nothing(row, &asked))
}

/// Whether a row says nothing against what was not seen.
fn overrules_nothing(row: &OutboxRow, asked: &HashSet<AssetId>) -> bool {
    match (row.subject, row.field) {
        (Subject::Asset(_) | Subject::Album(_), Field::Existence | Field::Life) => true,
        (Subject::Asset(_), Field::Edits) => false,
        (Subject::Asset(id), _) => asked.contains(&id),
        (Subject::AlbumAsset(..) | Subject::AssetTag(..) | Subject::Tag(_), _) => true,
        _ => false,
    }
}

/// Asks what the server says now of photos of which something waits to be said: where that is another thing than was known,
/// it is kept as a conflict, as if the stream had told it.
fn ask(library: &Library, client: &Client, upstream: &Upstream, pace: &Pace) -> Result<HashSet<AssetId>, PushError> {
    let (mut place, mut asked): (OutboxPlace, _) = ((i64::MIN, 0), HashSet::new());
    while asked.len() < MAX_ASKED {
        let rows = library.outbox_due(upstream.id, place, BATCH, |tx, row| match row.subject {
            Subject::Asset(id) => tx.external_id(upstream.server_id, ExternalKind::Asset, id.0),
            _ => Ok(None),
        })?;
        let Some((last, _)) = rows.last() else { break };
        place = (last.rank, last.id);
        for (row, name) in rows {
            if let (Subject::Asset(id), Some(name)) = (row.subject, name)
                && asked.insert(id)
            {
                pace.wait();
                let theirs = said(client, AssetId(name))?;
                library.replicate(upstream, move |replica| replica.note_theirs(Subject::Asset(id), &theirs))?;
            }
        }
    }
    Ok(asked)
}

/// What the server says of a photo; nothing of one that it does not show.
fn said(client: &Client, name: AssetId) -> Result<Vec<FieldValue>, ClientError> {
    let Some(found) = client.asset(name)? else { return Ok(Vec::new()) };
    let mut theirs = fields::of_asset_line(&lines::asset(&found, None, None));
    if let Some(exif) = &found.exif_info {
        theirs.extend(fields::of_exif_line(&lines::exif(name, exif, None)));
    }
    Ok(theirs)
}
