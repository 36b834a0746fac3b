//! The FTP server beside a node, in builds that have one.

use std::net::SocketAddr;
use std::sync::Arc;

use tintype_ingest::sftp::Reception;

use crate::config::FtpConfig;

/// Whether this build has one.
pub(crate) const IS_BUILT_IN: bool = cfg!(feature = "ftp");

/// A running server.
pub(crate) struct Ftp {
    #[cfg(feature = "ftp")]
    server: tintype_ingest::ftp::Server,
}

#[cfg(feature = "ftp")]
impl Ftp {
    /// Starts listening, for whom the reception lets in.
    pub(crate) fn start(config: &FtpConfig, reception: Arc<Reception>) -> anyhow::Result<Self> {
        use tintype_ingest::ftp::{Certificate, Server, Settings};

        let certificate = config.certificate.clone().map(|(chain, key)| Certificate { chain, key });
        let settings = Settings {
            listen: config.listen,
            certificate,
            allows_plaintext: config.allows_plaintext,
            passive_ports: config.passive_ports.clone(),
        };
        Ok(Self { server: Server::start(&settings, reception)? })
    }

    pub(crate) fn local_addr(&self) -> SocketAddr {
        self.server.local_addr()
    }

    pub(crate) fn stop(self) {
        self.server.stop();
    }
}

#[cfg(not(feature = "ftp"))]
impl Ftp {
    pub(crate) fn start(_: &FtpConfig, _: Arc<Reception>) -> anyhow::Result<Self> {
        anyhow::bail!("this build has no FTP server")
    }

    pub(crate) fn local_addr(&self) -> SocketAddr {
        unreachable!("none was started")
    }

    pub(crate) fn stop(self) {}
}
