//! The websocket: apps and pages that are open learn at once what happened (client-behaviour §5).
//!
//! Everything sent here is a hint; who misses it finds the change in the sync stream. So nothing waits for a socket:
//! news that nobody can keep up with are dropped.

mod events;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::http::HeaderMap;
use socketioxide::SocketIo;
use socketioxide::extract::SocketRef;
use socketioxide::layer::SocketIoLayer;
use tintype_library::news::News;
use tokio::sync::mpsc;

use crate::app::App;
use crate::authorize::caller_if_any;

/// Where the official clients connect.
const PATH: &str = "/api/socket.io";
/// News between the library and the sockets.
const WAITING_NEWS: usize = 1_024;
/// Packets that wait for one client that is slow.
const WAITING_PACKETS: usize = 128;
/// A page that is told of its session's end learns it a moment after the answer to its own logout.
const LOGOUT_DELAY: Duration = Duration::from_millis(500);

/// The layer that answers the websocket's path.
pub(crate) fn layer(app: &App) -> SocketIoLayer {
    let (layer, io) = SocketIo::builder().req_path(PATH).max_buffer_size(WAITING_PACKETS).build_layer();
    let (app, door) = (app.clone(), io.clone());
    let is_listening = Arc::new(AtomicBool::new(false));
    io.ns("/", move |socket: SocketRef| {
        let (app, door) = (app.clone(), door.clone());
        if !is_listening.swap(true, Ordering::SeqCst) {
            listen(&app, door);
        }
        async move { welcome(&app, socket).await }
    });
    layer
}

/// Passes on what happens from now on. A node to which nobody ever connects does not listen.
fn listen(app: &App, io: SocketIo) {
    let (sender, mut receiver) = mpsc::channel(WAITING_NEWS);
    app.library_ref().listen(Box::new(move |news: &News| {
        // Dropped when nobody keeps up: see above.
        let _ = sender.try_send(news.clone());
    }));
    let app = app.clone();
    tokio::spawn(async move {
        while let Some(news) = receiver.recv().await {
            if let News::SessionEnded(id) = news {
                let io = io.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(LOGOUT_DELAY).await;
                    events::emit(&io, Some(id.to_string()), "on_session_delete", &id).await;
                });
            } else if let Err(error) = events::tell(&app, &io, news).await {
                tracing::debug!(error = &error as &dyn std::error::Error, "news could not be told");
            }
        }
    });
}

/// Lets a client in, if its headers say who it is. There are no rooms to choose: one hears of oneself.
async fn welcome(app: &App, socket: SocketRef) {
    let headers: HeaderMap = socket.req_parts().headers.clone();
    let Some(caller) = caller_if_any(app, &headers).await else {
        // The client has gone, if this cannot be said.
        let _ = socket.emit("error", "unauthorized");
        let _ = socket.disconnect();
        return;
    };
    socket.join(caller.user.id.to_string());
    if let Some(session) = &caller.session {
        socket.join(session.id.to_string());
    }
    let _ = socket.emit("on_server_version", &events::version(app));
}
