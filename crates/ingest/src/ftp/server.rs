//! The server: takes connections, each of which libunftp serves on its own.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::Arc;

use libunftp::options::TlsFlags;
use libunftp::{ServerBuilder, ServerError};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

use super::sign_in::{Guest, SignIn};
use super::storage::Storage;
use crate::sftp::Reception;
use crate::sftp::reception::Visit;

const THREADS: usize = 2;
/// Reads, writes and lookups at the same time; others wait.
const MAX_BLOCKING: usize = 16;

/// A certificate and its key, in PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// File with the certificate, and those between it and a root.
    pub chain: PathBuf,
    /// File with its private key.
    pub key: PathBuf,
}

/// What the server needs to know.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where it listens.
    pub listen: SocketAddr,
    /// For TLS (RFC 4217), which clients have to use if `allows_plaintext` is not set.
    pub certificate: Option<Certificate>,
    /// Whether passwords and photos may go in the clear.
    pub allows_plaintext: bool,
    /// Ports for the connections that files go through.
    pub passive_ports: RangeInclusive<u16>,
}

/// The server could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Without a certificate everything goes in the clear, and that is not allowed.
    #[error("FTP without a certificate goes in the clear, which is not allowed")]
    InTheClear,
    /// The certificate or its key cannot be used.
    #[error("the certificate for FTP cannot be used")]
    Certificate(#[source] ServerError),
    /// Somebody else listens there, or nobody may.
    #[error("cannot listen on {address} for FTP")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// No threads.
    #[error("threads for FTP could not be started")]
    Threads(#[source] io::Error),
}

/// A running server. It ends when it is dropped, too, without waiting for its sessions.
#[derive(Debug)]
pub struct Server {
    runtime: Option<Runtime>,
    reception: Arc<Reception>,
    address: SocketAddr,
}

impl Server {
    /// Starts a server on threads of its own, for whom the reception lets in.
    ///
    /// # Errors
    /// See [`StartError`].
    pub fn start(settings: &Settings, reception: Arc<Reception>) -> Result<Server, StartError> {
        if settings.certificate.is_none() && !settings.allows_plaintext {
            return Err(StartError::InTheClear);
        }
        // Each connection reads the certificate anew, so one that was renewed holds from then on.
        one_connection(settings, &reception, &SignIn::nobody(&reception)).map_err(StartError::Certificate)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(THREADS)
            .max_blocking_threads(MAX_BLOCKING)
            .thread_name("ftp")
            .enable_all()
            .build()
            .map_err(StartError::Threads)?;
        let failed = |source| StartError::Listen { address: settings.listen, source };
        let listener = runtime.block_on(TcpListener::bind(settings.listen)).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let for_all = settings.clone();
        runtime.spawn(Arc::clone(&reception).welcome(listener, move |reception, stream, visit, address| {
            serve(for_all.clone(), reception, stream, visit, address)
        }));
        tracing::info!(%address, "ftp: listening");
        Ok(Server { runtime: Some(runtime), reception, address })
    }

    /// Where it listens.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Ends it, with everybody whom the reception let in: uploads on their way are set aside, to be continued.
    pub fn stop(mut self) {
        self.reception.send_away();
        self.end();
    }

    fn end(&mut self) {
        self.reception.cut_all();
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

type OneConnection = libunftp::Server<Storage, Guest>;

fn one_connection(
    settings: &Settings,
    reception: &Arc<Reception>,
    sign_in: &Arc<SignIn>,
) -> Result<OneConnection, ServerError> {
    let mut builder = ServerBuilder::with_user_detail_provider(Box::new(|| Storage), Arc::clone(sign_in) as _)
        .authenticator(Arc::clone(sign_in) as Arc<_>)
        .greeting("Tintype")
        .passive_ports(settings.passive_ports.clone())
        .idle_session_timeout(reception.limits().idle_time.as_secs());
    if let Some(certificate) = &settings.certificate {
        let is_required = !settings.allows_plaintext;
        builder = builder
            .ftps(&certificate.chain, &certificate.key)
            .ftps_tls_flags(TlsFlags::LATEST_VERSIONS)
            .ftps_required(is_required, is_required);
    }
    builder.build()
}

async fn serve(settings: Settings, reception: Arc<Reception>, stream: TcpStream, visit: Visit, address: IpAddr) {
    let sign_in = SignIn::new(&reception, address, visit.is_known());
    let connection = match one_connection(&settings, &reception, &sign_in) {
        Ok(connection) => connection,
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "ftp: the certificate cannot be used any more");
            return;
        }
    };
    let whole = connection.service(stream);
    tokio::pin!(whole);
    let ended = tokio::select! {
        ended = &mut whole => ended,
        () = visit.expect_sign_in() => whole.await,
    };
    if let Err(error) = ended {
        tracing::debug!(%address, ?error, "ftp: a connection ended");
    }
}
