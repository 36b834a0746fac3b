//! Archives of originals, written to the client while they are made.

use std::io::{self, Write};

use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use bytes::Bytes;
use tintype_library::downloads::{DEFAULT_ARCHIVE_BYTES, Selection};
use tintype_protocol::dto::download::{DownloadArchiveDto, DownloadInfoDto, DownloadResponseDto};
use tintype_protocol::permission::Permission;

use super::media::missing_media;
use crate::access::Access;
use crate::app::App;
use crate::authorize::Caller;
use crate::body::{Answer, Input, created};
use crate::error::ApiError;
use crate::outbound::{Outbound, outbound};
use crate::routes::Routes;

/// Bytes passed on at a time.
const PIECE_BYTES: usize = 64 * 1024;

pub(super) fn routes(routes: Routes) -> Routes {
    routes.post("/download/info", Access::NeedsOrGuest(Permission::AssetDownload), info).post(
        "/download/archive",
        Access::NeedsOrGuest(Permission::AssetDownload),
        archive,
    )
}

async fn info(State(app): State<App>, caller: Caller, Input(request): Input<DownloadInfoDto>) -> Answer {
    let selection = match (request.asset_ids, request.album_id, request.user_id) {
        (Some(ids), _, _) => Selection::Assets(ids),
        (None, Some(album), _) => Selection::Album(album),
        (None, None, Some(user)) => Selection::User(user),
        (None, None, None) => return Err(ApiError::BadRequest("assetIds, albumId or userId is required".to_owned())),
    };
    let size = request.archive_size.filter(|size| *size > 0).unwrap_or(DEFAULT_ARCHIVE_BYTES);
    let archives = app.run(move |library| library.plan_archives(&caller, &selection, size)).await?;
    created(&DownloadResponseDto { total_size: archives.iter().map(|archive| archive.size).sum(), archives })
}

async fn archive(State(app): State<App>, caller: Caller, Input(request): Input<DownloadArchiveDto>) -> Answer {
    let is_guest = caller.guest.is_some();
    let assets = app.run(move |library| library.archive_contents(&caller, &request.asset_ids)).await?;
    let room = app.archive_room(is_guest).await?;
    let assets =
        app.run_remote(move |library| library.check_archive(&assets).map(|()| assets)).await.map_err(missing_media)?;
    let (outbound, body) = outbound();
    let library = app.library();
    tokio::task::spawn_blocking(move || {
        let _room = room;
        let mut pipe = Pipe { outbound, buffer: Vec::with_capacity(PIECE_BYTES) };
        let written = library.write_archive(&assets, &mut pipe);
        if let Err(error) = written {
            // The status has been sent: a broken connection is the only honest end.
            tracing::warn!(error = &error as &dyn std::error::Error, "an archive was cut short");
            pipe.outbound.break_off();
        } else {
            // Fails only when the client has gone.
            let _ = pipe.flush();
        }
    });
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"photos.zip\"")),
    ];
    Ok((headers, body).into_response())
}

/// What is written comes out of the channel.
struct Pipe {
    outbound: Outbound,
    buffer: Vec<u8>,
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= PIECE_BYTES {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let piece = Bytes::from(std::mem::replace(&mut self.buffer, Vec::with_capacity(PIECE_BYTES)));
        self.outbound.send(piece).map_err(|ended| io::Error::new(io::ErrorKind::BrokenPipe, ended))
    }
}
