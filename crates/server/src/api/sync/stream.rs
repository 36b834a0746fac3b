//! One stream: everything of the asked types behind the session's checkpoints, row by row from one snapshot.
//!
//! The snapshot is what keeps children from arriving before their parents: a row that changes meanwhile moves behind
//! the snapshot's last position and is part of the next stream, with everything that belongs to it.

use std::collections::{HashMap, HashSet};

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use tintype_library::Library;
use tintype_library::model::Session;
use tintype_protocol::id::{SessionId, UpdateId, UserId};
use tintype_protocol::sync::{AckId, AckToken, Empty, EntityType, Line, RequestType};
use tintype_protocol::time::{DAY_MS, Timestamp};

use super::chunks::{Chunks, LineError};
use super::phases::{SendError, send_changes};
use super::request::StreamRequest;
use super::session;
use crate::app::App;
use crate::authorize::Caller;
use crate::body::{Answer, Input};
use crate::error::ApiError;
use crate::outbound::{Ended, outbound};

/// A client that has not completed a stream for longer starts over: tombstones are kept for 31 days.
const RESET_AFTER_MS: i64 = 30 * DAY_MS;

pub(super) async fn stream(State(app): State<App>, caller: Caller, Input(request): Input<StreamRequest>) -> Answer {
    let session = session(&caller)?;
    let room = app.stream_room()?;
    let reader = Reader { user: caller.user.id, session: session.id };
    let plan = plan(&app, session, &request).await?;
    let (outbound, body) = outbound();
    let library = app.library();
    let mut chunks = Chunks::new(outbound);
    tokio::task::spawn_blocking(move || {
        let _room = room;
        match produce(&library, reader, &plan, &mut chunks) {
            Ok(()) => {}
            Err(SendError::Line(LineError::Ended(Ended::Gone))) => tracing::debug!("a sync client has gone"),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "a sync stream was broken off");
                chunks.break_off();
            }
        }
    });
    let kind = HeaderValue::from_static("application/jsonlines+json");
    Ok(([(header::CONTENT_TYPE, kind)], body).into_response())
}

/// Who reads, and through which session.
#[derive(Clone, Copy)]
struct Reader {
    user: UserId,
    session: SessionId,
}

/// What will be sent.
enum Plan {
    /// The one line that tells the client to wipe its data.
    Reset,
    /// Changes behind these checkpoints.
    Changes { types: HashSet<RequestType>, positions: HashMap<EntityType, AckToken>, complete: AckToken },
}

async fn plan(app: &App, session: Session, request: &StreamRequest) -> Result<Plan, ApiError> {
    let types = request.wanted();
    if request.is_reset() {
        let restarted = session.clone();
        app.run(move |library| library.restart_sync(restarted)).await?;
    } else if session.is_pending_sync_reset {
        return Ok(Plan::Reset);
    }
    let id = session.id;
    let (positions, now) = app.look_up(move |library| Ok((library.positions(id)?, library.now()))).await?;
    let last_complete = positions.get(&EntityType::SyncCompleteV1).map(|ack| ack.id);
    if let Some(AckId::At(at)) = last_complete
        && at.unix_ms() < now.0 - RESET_AFTER_MS
    {
        return Ok(Plan::Reset);
    }
    // Only its time is ever read again.
    let complete = AckToken::at(EntityType::SyncCompleteV1, UpdateId::at(Timestamp(now.0 - 1)));
    Ok(Plan::Changes { types, positions, complete })
}

/// Writes all lines. What the client asks for next time is the server's word, too: checkpoints that it settles itself
/// are stored before the end is told.
fn produce(library: &Library, reader: Reader, plan: &Plan, chunks: &mut Chunks) -> Result<(), SendError> {
    match plan {
        Plan::Reset => {
            chunks.push(&Line { entity: EntityType::SyncResetV1, data: Empty {}, ack: AckToken::RESET })?;
        }
        Plan::Changes { types, positions, complete } => {
            let settled = send_changes(library, reader.user, types, positions, chunks)?;
            library.advance(reader.session, settled)?;
            chunks.push(&Line { entity: EntityType::SyncCompleteV1, data: Empty {}, ack: *complete })?;
        }
    }
    Ok(chunks.flush().map_err(LineError::from)?)
}
