//! Listening, and stopping in good order.

use std::future::Future;
use std::io;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;

/// How long running requests may take once the node is to stop; then their connections are cut.
const GRACE: Duration = Duration::from_secs(3);

/// Serves until `stop` is ready, then lets running requests finish for a short while.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let (told, stopping) = tokio::sync::oneshot::channel();
    let shutdown = async move {
        stop.await;
        // Whoever waits below has gone only when serving has ended already.
        let _ = told.send(());
    };
    let serving = axum::serve(tap(listener), router).with_graceful_shutdown(shutdown);
    tokio::select! {
        served = serving.into_future() => served,
        () = async { let _ = stopping.await; tokio::time::sleep(GRACE).await; } => Ok(()),
    }
}

/// Small answers leave at once instead of waiting for more to send (Nagle's algorithm).
fn tap(listener: TcpListener) -> impl axum::serve::Listener<Addr = std::net::SocketAddr, Io = tokio::net::TcpStream> {
    use axum::serve::ListenerExt as _;
    listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY could not be set");
        }
    })
}
