//! Acks: stored, listed, forgotten.
//!
//! Stricter than the reference where it would harm its own streams: an id that is none, an ack of what carries none,
//! and an ack in the future are refused, and nothing of such a call is stored. An ack behind its checkpoint changes
//! nothing.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use tintype_protocol::id::UpdateId;
use tintype_protocol::sync::{AckId, AckToken, EntityType, InvalidAck};

use super::session;
use crate::app::App;
use crate::authorize::Caller;
use crate::body::{Answer, Input, no_content, ok};
use crate::error::ApiError;

/// Acks of one call.
const MAX_ACKS: usize = 1_000;

#[derive(Deserialize)]
pub(super) struct AckList {
    acks: Vec<String>,
}

#[derive(Deserialize)]
pub(super) struct TypeList {
    types: Option<Vec<EntityType>>,
}

#[derive(Serialize)]
struct Checkpoint {
    #[serde(rename = "type")]
    entity: EntityType,
    ack: AckToken,
}

pub(super) async fn list(State(app): State<App>, caller: Caller) -> Answer {
    let session = session(&caller)?;
    let positions = app.run(move |library| library.positions(session.id)).await?;
    ok(&positions.into_iter().map(|(entity, ack)| Checkpoint { entity, ack }).collect::<Vec<_>>())
}

pub(super) async fn post(State(app): State<App>, caller: Caller, Input(body): Input<AckList>) -> Answer {
    let session = session(&caller)?;
    if body.acks.len() > MAX_ACKS {
        return Err(ApiError::invalid(format!("acks must contain no more than {MAX_ACKS} elements")));
    }
    let acks = body.acks.iter().map(|text| parse(text)).collect::<Result<Vec<_>, _>>()?;
    if acks.iter().any(|ack| ack.id == AckId::Reset) {
        // The client has wiped everything: what else it acks in the same breath means nothing any more.
        app.run(move |library| library.restart_sync(session)).await?;
        return Ok(no_content());
    }
    let latest = app.run(|library| Ok((library.last_update_id()?, library.now()))).await?;
    if let Some(ack) = acks.iter().find(|ack| is_in_future(ack, latest.0, latest.1.0)) {
        return Err(ApiError::BadRequest(format!("Invalid ack: {ack} lies in the future")));
    }
    app.run(move |library| library.advance(session.id, acks)).await?;
    Ok(no_content())
}

fn parse(text: &str) -> Result<AckToken, ApiError> {
    let ack: AckToken = text.parse().map_err(|error: InvalidAck| ApiError::BadRequest(error.to_string()))?;
    if ack.entity == EntityType::SyncAckV1 {
        return Err(ApiError::BadRequest("Invalid ack: SyncAckV1 carries the acks of other types".to_owned()));
    }
    Ok(ack)
}

/// Whether an ack names a position that was never given out. Completions are named by the clock.
fn is_in_future(ack: &AckToken, last: UpdateId, now_ms: i64) -> bool {
    /// Clocks that were set back by hand must not lock clients out.
    const TOLERANCE_MS: i64 = 3_600_000;
    let ids = match ack.id {
        AckId::Reset => return false,
        AckId::At(at) => [at, UpdateId::MIN],
        AckId::Backfill { parent, at } => [parent, at],
        AckId::BackfillComplete { parent } => [parent, UpdateId::MIN],
    };
    ids.into_iter().any(|id| id > last && id.unix_ms() > now_ms + TOLERANCE_MS)
}

pub(super) async fn delete(State(app): State<App>, caller: Caller, Input(body): Input<TypeList>) -> Answer {
    let session = session(&caller)?;
    app.run(move |library| library.forget_positions(session.id, body.types)).await?;
    Ok(no_content())
}
