//! The SFTP server beside a node, and who may come in by it and by FTP.

mod accounts;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use tintype_ingest::sftp::{HostKeyError, Limits, Reception, Server, Settings, fingerprint_of};
use tintype_library::Library;

use crate::config::{SftpConfig, ZoneConfig};
use accounts::NodeAccounts;
pub(crate) use accounts::label_of;

/// Below the data folder: the key by which devices know this node.
const HOST_KEY: &str = "sftp_host_key";
/// Below the data folder: the folders of users.
pub(crate) const FOLDER: &str = "landing";

/// Lets the accounts of the configuration in.
pub(crate) fn reception(
    config: &SftpConfig,
    zones: &[ZoneConfig],
    data: &Path,
    library: &Arc<Library>,
) -> anyhow::Result<Arc<Reception>> {
    let users = data.join(FOLDER);
    // Elsewhere a folder that is missing may be a disk that is not mounted.
    let own = config.accounts.iter().map(|account| &account.folder).filter(|folder| folder.starts_with(data));
    for folder in own.chain([&users]) {
        std::fs::create_dir_all(folder).with_context(|| format!("{} could not be made", folder.display()))?;
    }
    let accounts = NodeAccounts {
        dedicated: config.accounts.clone(),
        library: config.has_users.then(|| Arc::downgrade(library)),
        folder: users,
        zones: zones.to_vec(),
        quota_bytes: config.quota_bytes,
    };
    Ok(Reception::new(Arc::new(accounts), Limits::default()))
}

/// Starts listening.
pub(crate) fn start(listen: SocketAddr, data: &Path, reception: Arc<Reception>) -> anyhow::Result<Server> {
    Ok(Server::start(&Settings { listen, host_key_path: data.join(HOST_KEY) }, reception)?)
}

/// The fingerprint of the node's key; `None` before there is one.
pub(crate) fn fingerprint(data: &Path) -> Result<Option<String>, HostKeyError> {
    let path = data.join(HOST_KEY);
    if path.exists() { fingerprint_of(&path).map(Some) } else { Ok(None) }
}
