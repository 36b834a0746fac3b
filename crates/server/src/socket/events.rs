//! From news to the events of the official clients, in both generations' forms.

use std::collections::BTreeMap;

use serde::Serialize;
use socketioxide::SocketIo;
use tintype_library::feed::{AssetRow, ExifRow};
use tintype_library::model::{Asset, Exif};
use tintype_library::news::News;
use tintype_library::recorder::Change;
use tintype_protocol::dto::server::ServerVersionResponseDto;
use tintype_protocol::id::{AlbumId, AssetId, UserId};
use tintype_protocol::model::Visibility;
use tintype_protocol::sync::{AssetEditV1, AssetExifV1, AssetV1};

use crate::app::App;
use crate::error::ApiError;
use crate::lines;
use crate::present::{self, AssetPresenter};

/// Sends an event to a room, or to everybody.
pub(super) async fn emit<T: Serialize + ?Sized>(io: &SocketIo, room: Option<String>, event: &str, payload: &T) {
    let sent = match room {
        Some(room) => io.to(room).emit(event, payload).await,
        None => io.emit(event, payload).await,
    };
    if let Err(error) = sent {
        tracing::debug!(%error, event, "some sockets did not get an event");
    }
}

/// The version that the reference would say it has.
pub(super) fn version(app: &App) -> ServerVersionResponseDto {
    crate::api::reported_version(app)
}

/// `AssetUploadReadyV1` and `V2`: an asset as the stream would send it.
#[derive(Serialize)]
struct Ready<'a> {
    asset: AssetV1<'a>,
    exif: AssetExifV1<'a>,
}

/// Tells the owner what happened.
pub(super) async fn tell(app: &App, io: &SocketIo, news: News) -> Result<(), ApiError> {
    match news {
        News::Rendered { owner, asset, is_first: true } | News::Arrived { owner, asset } => {
            uploaded(app, io, owner, asset).await
        }
        News::Notified(row) => {
            let room = row.user_id.to_string();
            emit(io, Some(room), "on_notification", &present::notification(row)).await;
            Ok(())
        }
        News::UserRemoved(id) => {
            emit(io, None, "on_user_delete", &id).await;
            Ok(())
        }
        News::Edited { owner, asset } => edited(app, io, owner, asset).await,
        News::Rendered { .. } | News::SessionEnded(_) => Ok(()),
        News::Removed { owner, asset } => {
            emit(io, Some(owner.to_string()), "on_asset_delete", &asset).await;
            Ok(())
        }
        News::Changed(change) => changed(app, io, change).await,
    }
}

async fn changed(app: &App, io: &SocketIo, change: Change) -> Result<(), ApiError> {
    match change {
        Change::AssetChanged(id, _) => {
            let Some((asset, exif)) = load(app, id).await? else { return Ok(()) };
            let owner = asset.owner_id;
            let body = AssetPresenter::new(app.is_v3(), owner).listed(asset, exif);
            emit(io, Some(owner.to_string()), "on_asset_update", &body).await;
        }
        Change::AssetAdded(id) => {
            let part = load(app, id).await?.and_then(|(asset, _)| Some((asset.owner_id, asset.live_photo_video_id?)));
            if let Some((owner, video)) = part {
                emit(io, Some(owner.to_string()), "on_asset_hidden", &video).await;
            }
        }
        Change::PersonChanged(id, _) => {
            // Their picture is made when it is asked for: from now on there is another one.
            let person = app.run(move |library| library.read(|tx| Ok(tx.person(id)?))).await?;
            if let Some(person) = person.filter(|person| person.feature_face.is_some()) {
                emit(io, Some(person.owner_id.to_string()), "on_person_thumbnail", &id).await;
            }
        }
        Change::StacksChanged(owner, _) => emit(io, Some(owner.to_string()), "on_asset_stack_update", &()).await,
        Change::AlbumChanged(id, _) => album_changed(app, io, id).await?,
        Change::AssetsTrashed(ids) => per_owner(app, io, "on_asset_trash", ids).await?,
        Change::AssetsRestored(ids) => per_owner(app, io, "on_asset_restore", ids).await?,
        _ => {}
    }
    Ok(())
}

/// Tells everybody who takes part in an album.
async fn album_changed(app: &App, io: &SocketIo, id: AlbumId) -> Result<(), ApiError> {
    let users = app.run(move |library| library.read(|tx| Ok(tx.album_users(id)?))).await?;
    for user in users {
        emit(io, Some(user.user_id.to_string()), "on_album_update", &id).await;
    }
    Ok(())
}

/// Sends each owner the list of their assets among these.
async fn per_owner(app: &App, io: &SocketIo, event: &str, ids: Vec<AssetId>) -> Result<(), ApiError> {
    let owned = app.run(move |library| {
        library.read(|tx| {
            let mut owned: BTreeMap<UserId, Vec<AssetId>> = BTreeMap::new();
            for id in ids {
                if let Some(asset) = tx.asset(id)? {
                    owned.entry(asset.owner_id).or_default().push(id);
                }
            }
            Ok(owned)
        })
    });
    for (owner, ids) in owned.await? {
        emit(io, Some(owner.to_string()), event, &ids).await;
    }
    Ok(())
}

async fn load(app: &App, id: AssetId) -> Result<Option<(Asset, Option<Exif>)>, ApiError> {
    let load = move |library: &tintype_library::Library| {
        library.read(|tx| {
            let Some(asset) = tx.asset(id)? else { return Ok(None) };
            Ok(Some((asset, tx.exif(id)?)))
        })
    };
    app.run(load).await
}

/// `AssetEditReadyV1` and `V2`: an asset and its edits as the stream would send them.
#[derive(Serialize)]
struct EditReady<'a> {
    asset: AssetV1<'a>,
    edit: Vec<AssetEditV1>,
}

async fn edited(app: &App, io: &SocketIo, owner: UserId, id: AssetId) -> Result<(), ApiError> {
    let Some((asset, _)) = load(app, id).await? else { return Ok(()) };
    let edits = app.run(move |library| library.edits_of(id)).await?;
    for (event, is_second) in [("AssetEditReadyV1", false), ("AssetEditReadyV2", true)] {
        let mut thumbhash = String::new();
        let ready = EditReady {
            asset: lines::asset(&AssetRow::from(&asset), owner, is_second, &mut thumbhash),
            edit: edits.iter().map(lines::edit).collect(),
        };
        emit(io, Some(owner.to_string()), event, &ready).await;
    }
    Ok(())
}

async fn uploaded(app: &App, io: &SocketIo, owner: UserId, id: AssetId) -> Result<(), ApiError> {
    let Some((asset, Some(exif))) = load(app, id).await? else { return Ok(()) };
    if !matches!(asset.visibility, Visibility::Timeline | Visibility::Archive) {
        return Ok(());
    }
    let room = || Some(owner.to_string());
    for (event, is_second) in [("AssetUploadReadyV1", false), ("AssetUploadReadyV2", true)] {
        let (mut thumbhash, mut digit) = (String::new(), [0; 4]);
        let ready = Ready {
            asset: lines::asset(&AssetRow::from(&asset), owner, is_second, &mut thumbhash),
            exif: lines::exif(&ExifRow::of(id, &exif), &mut digit),
        };
        emit(io, room(), event, &ready).await;
    }
    let body = AssetPresenter::new(app.is_v3(), owner).listed(asset, Some(exif));
    emit(io, room(), "on_upload_success", &body).await;
    Ok(())
}
