//! The servers to which devices send: SFTP, and FTP where it is built in. They let in the same accounts.

use std::sync::Arc;

use tintype_ingest::sftp::Server;
use tintype_library::Library;

use crate::config::Config;
use crate::ftp::Ftp;
use crate::{output, sftp};

/// Those that run.
#[derive(Default)]
pub(crate) struct Devices {
    sftp: Option<Server>,
    ftp: Option<Ftp>,
}

impl Devices {
    /// Starts what is configured, and says where each listens.
    pub(crate) fn let_in(config: &Config, library: &Arc<Library>) -> anyhow::Result<Self> {
        let Some(accounts) = &config.sftp else { return Ok(Self::default()) };
        let reception = sftp::reception(accounts, &config.zones, &config.data, library)?;
        let start = |listen| sftp::start(listen, &config.data, Arc::clone(&reception));
        let sftp = accounts.listen.map(start).transpose()?;
        if let Some(sftp) = &sftp {
            output::say(&format!("SFTP is listening on {} (host key {})", sftp.local_addr(), sftp.fingerprint()));
        }
        let ftp = config.ftp.as_ref().map(|ftp| Ftp::start(ftp, Arc::clone(&reception))).transpose()?;
        if let Some(ftp) = &ftp {
            output::say(&format!("FTP is listening on {}", ftp.local_addr()));
        }
        Ok(Self { sftp, ftp })
    }

    /// Ends them: uploads on their way are set aside, to be continued.
    pub(crate) fn end(self) {
        if let Some(ftp) = self.ftp {
            ftp.stop();
        }
        if let Some(sftp) = self.sftp {
            sftp.stop();
        }
    }
}
