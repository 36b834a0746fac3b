//! One stream: everything of the asked types behind the session's checkpoints, row by row from one snapshot.
//!
//! The snapshot is what keeps children from arriving before their parents: a row that changes meanwhile moves behind
//! the snapshot's last position and is part of the next stream, with everything that belongs to it.

use std::collections::{HashMap, HashSet};

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use serde::Deserialize;
use tintype_library::feed::{FeedKind, Visit};
use tintype_library::model::Session;
use tintype_library::{Library, LibraryError};
use tintype_protocol::id::{UpdateId, UserId};
use tintype_protocol::sync::{AckId, AckToken, Empty, EntityType, Line, RequestType};
use tintype_protocol::time::{DAY_MS, Timestamp};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::chunks::{CHUNKS, Chunks, Ended};
use super::lines::LineWriter;
use super::session;
use crate::app::App;
use crate::authorize::Caller;
use crate::body::{Answer, Input};
use crate::error::ApiError;

/// A client that has not completed a stream for longer starts over: tombstones are kept for 31 days.
const RESET_AFTER_MS: i64 = 30 * DAY_MS;

#[derive(Deserialize)]
pub(super) struct StreamRequest {
    types: Types,
    #[serde(default)]
    reset: Option<Flag>,
}

/// The reference accepts one text instead of a list, and then sends every type whose name is part of it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Types {
    List(Vec<RequestType>),
    Text(String),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Flag {
    Bool(bool),
    Text(FlagText),
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum FlagText {
    True,
    False,
}

impl StreamRequest {
    fn wanted(&self) -> HashSet<RequestType> {
        match &self.types {
            Types::List(types) => types.iter().copied().collect(),
            Types::Text(text) => RequestType::ALL.iter().copied().filter(|name| text.contains(name.as_str())).collect(),
        }
    }

    fn is_reset(&self) -> bool {
        matches!(self.reset, Some(Flag::Bool(true) | Flag::Text(FlagText::True)))
    }
}

pub(super) async fn stream(State(app): State<App>, caller: Caller, Input(request): Input<StreamRequest>) -> Answer {
    let session = session(&caller)?;
    let room = app.stream_room()?;
    let plan = plan(&app, session, &request).await?;
    let (sender, receiver) = mpsc::channel(CHUNKS);
    let library = app.library();
    let mut chunks = Chunks::new(sender, tokio::runtime::Handle::current());
    let user = caller.user.id;
    tokio::task::spawn_blocking(move || {
        let _room = room;
        match produce(&library, user, &plan, &mut chunks) {
            Ok(()) => {}
            Err(StreamError::Ended(Ended::Gone)) => tracing::debug!("a sync client has gone"),
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "a sync stream was broken off");
                chunks.break_off();
            }
        }
    });
    let kind = HeaderValue::from_static("application/jsonlines+json");
    Ok(([(header::CONTENT_TYPE, kind)], Body::from_stream(ReceiverStream::new(receiver))).into_response())
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

/// Why a stream ended early.
#[derive(Debug, thiserror::Error)]
enum StreamError {
    #[error(transparent)]
    Ended(#[from] Ended),
    #[error(transparent)]
    Library(#[from] LibraryError),
}

fn produce(library: &Library, user: UserId, plan: &Plan, chunks: &mut Chunks) -> Result<(), StreamError> {
    match plan {
        Plan::Reset => {
            chunks.push(&Line { entity: EntityType::SyncResetV1, data: Empty {}, ack: AckToken::RESET })?;
        }
        Plan::Changes { types, positions, complete } => {
            send_changes(library, user, types, positions, chunks)?;
            chunks.push(&Line { entity: EntityType::SyncCompleteV1, data: Empty {}, ack: *complete })?;
        }
    }
    Ok(chunks.flush()?)
}

/// The sequences of a request type, in the order of their lines (sync-protocol §5).
fn sequences(request: RequestType) -> &'static [(FeedKind, EntityType)] {
    match request {
        RequestType::AuthUsersV1 => &[(FeedKind::Me, EntityType::AuthUserV1)],
        RequestType::UsersV1 => {
            &[(FeedKind::UserDeletes, EntityType::UserDeleteV1), (FeedKind::Users, EntityType::UserV1)]
        }
        RequestType::AssetsV1 => {
            &[(FeedKind::AssetDeletes, EntityType::AssetDeleteV1), (FeedKind::Assets, EntityType::AssetV1)]
        }
        RequestType::AssetsV2 => {
            &[(FeedKind::AssetDeletes, EntityType::AssetDeleteV1), (FeedKind::Assets, EntityType::AssetV2)]
        }
        RequestType::AlbumsV1 => {
            &[(FeedKind::AlbumDeletes, EntityType::AlbumDeleteV1), (FeedKind::Albums, EntityType::AlbumV1)]
        }
        RequestType::AlbumsV2 => {
            &[(FeedKind::AlbumDeletes, EntityType::AlbumDeleteV1), (FeedKind::Albums, EntityType::AlbumV2)]
        }
        RequestType::AlbumUsersV1 => &[
            (FeedKind::AlbumUserDeletes, EntityType::AlbumUserDeleteV1),
            (FeedKind::AlbumUsers, EntityType::AlbumUserV1),
        ],
        RequestType::AlbumToAssetsV1 => &[
            (FeedKind::AlbumAssetDeletes, EntityType::AlbumToAssetDeleteV1),
            (FeedKind::AlbumAssets, EntityType::AlbumToAssetV1),
        ],
        RequestType::AssetExifsV1 => &[(FeedKind::Exifs, EntityType::AssetExifV1)],
        RequestType::UserMetadataV1 => &[
            (FeedKind::UserMetadataDeletes, EntityType::UserMetadataDeleteV1),
            (FeedKind::UserMetadata, EntityType::UserMetadataV1),
        ],
        RequestType::AssetMetadataV1 => &[
            (FeedKind::AssetMetadataDeletes, EntityType::AssetMetadataDeleteV1),
            (FeedKind::AssetMetadata, EntityType::AssetMetadataV1),
        ],
        // Valid types of data that this library does not keep yet.
        RequestType::PartnersV1
        | RequestType::StacksV1
        | RequestType::PartnerAssetsV1
        | RequestType::PartnerAssetsV2
        | RequestType::PartnerStacksV1
        | RequestType::AlbumAssetsV1
        | RequestType::AlbumAssetsV2
        | RequestType::AlbumAssetExifsV1
        | RequestType::AssetOcrV1
        | RequestType::PartnerAssetExifsV1
        | RequestType::MemoriesV1
        | RequestType::MemoryToAssetsV1
        | RequestType::PeopleV1
        | RequestType::AssetFacesV1
        | RequestType::AssetFacesV2
        | RequestType::AssetEditsV1 => &[],
    }
}

/// The newer form of a type; where both are asked for, the older one is not sent.
fn successor(request: RequestType) -> Option<RequestType> {
    match request {
        RequestType::AssetsV1 => Some(RequestType::AssetsV2),
        RequestType::AlbumsV1 => Some(RequestType::AlbumsV2),
        RequestType::PartnerAssetsV1 => Some(RequestType::PartnerAssetsV2),
        RequestType::AlbumAssetsV1 => Some(RequestType::AlbumAssetsV2),
        RequestType::AssetFacesV1 => Some(RequestType::AssetFacesV2),
        _ => None,
    }
}

fn send_changes(
    library: &Library,
    user: UserId,
    types: &HashSet<RequestType>,
    positions: &HashMap<EntityType, AckToken>,
    chunks: &mut Chunks,
) -> Result<(), StreamError> {
    let shows_owners = types.contains(&RequestType::AlbumsV2);
    let mut ended = None;
    let read = library.read(|tx| {
        for request in RequestType::ALL {
            let is_superseded = successor(*request).is_some_and(|newer| types.contains(&newer));
            if !types.contains(request) || is_superseded {
                continue;
            }
            for (kind, entity) in sequences(*request) {
                let after = match positions.get(entity).map(|ack| ack.id) {
                    Some(AckId::At(at)) => at,
                    _ => UpdateId::MIN,
                };
                let mut writer = LineWriter::new(chunks, *entity, shows_owners);
                tx.changes(*kind, user, after, &mut |at, row| match writer.write(at, row) {
                    Ok(()) => Visit::Continue,
                    Err(error) => {
                        ended = Some(error);
                        Visit::Stop
                    }
                })?;
                if ended.is_some() {
                    return Ok(());
                }
            }
        }
        Ok(())
    });
    read?;
    ended.map_or(Ok(()), |error| Err(error.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(json: &str) -> Result<StreamRequest, serde_json::Error> {
        serde_json::from_str(json)
    }

    #[test]
    fn requests_are_read_as_the_reference_reads_them() {
        let wanted = |json: &str| request(json).unwrap().wanted();
        assert_eq!(wanted(r#"{"types":["AssetsV2","AssetsV2"],"extra":1}"#), HashSet::from([RequestType::AssetsV2]));
        assert_eq!(
            wanted(r#"{"types":"AuthUsersV1"}"#),
            HashSet::from([RequestType::AuthUsersV1, RequestType::UsersV1])
        );
        assert!(request(r#"{"types":["AssetsV9"]}"#).is_err() && request("{}").is_err());
        assert!(request(r#"{"types":[],"reset":"maybe"}"#).is_err());
        assert!(request(r#"{"types":[],"reset":"true"}"#).unwrap().is_reset());
    }

    #[test]
    fn parents_come_before_children() {
        let place = |wanted: RequestType| RequestType::ALL.iter().position(|request| *request == wanted).unwrap();
        for (parent, child) in [
            (RequestType::UsersV1, RequestType::AssetsV1),
            (RequestType::AssetsV2, RequestType::AssetExifsV1),
            (RequestType::AssetsV2, RequestType::AlbumToAssetsV1),
            (RequestType::AlbumsV2, RequestType::AlbumUsersV1),
            (RequestType::AlbumUsersV1, RequestType::AlbumToAssetsV1),
        ] {
            assert!(place(parent) < place(child), "{parent} before {child}");
        }
    }
}
