//! The key by which devices know this server again. Made once; a device that is shown another one refuses to send.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use russh::keys::ssh_key::LineEnding;
use russh::keys::ssh_key::private::Ed25519Keypair;
use russh::keys::{HashAlg, PrivateKey};

/// Read and written by its owner only.
const MODE: u32 = 0o600;
const SEED_BYTES: usize = 32;

/// The key could not be read or made.
#[derive(Debug, thiserror::Error)]
pub enum HostKeyError {
    /// The file could not be read, made or locked away from others.
    #[error("the host key {path} could not be read or made")]
    Io {
        /// The key's file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The file is no private key in OpenSSH's format, or has a passphrase.
    #[error("{path} is no usable host key")]
    Format {
        /// The key's file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: russh::keys::ssh_key::Error,
    },
}

/// Reads the key, or makes one where there is none. What is there is never replaced.
///
/// # Errors
/// See [`HostKeyError`].
pub(crate) fn load_or_make(path: &Path) -> Result<PrivateKey, HostKeyError> {
    match load(path) {
        Err(HostKeyError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => make(path),
        loaded => loaded,
    }
}

/// The fingerprint of the key in a file, as `ssh-keygen -l` prints it: `SHA256:…`.
///
/// # Errors
/// See [`HostKeyError`]; also when there is no file.
pub fn fingerprint_of(path: &Path) -> Result<String, HostKeyError> {
    load(path).map(|key| fingerprint(&key))
}

pub(crate) fn fingerprint(key: &PrivateKey) -> String {
    key.public_key().fingerprint(HashAlg::Sha256).to_string()
}

fn load(path: &Path) -> Result<PrivateKey, HostKeyError> {
    let text = std::fs::read(path).map_err(|source| HostKeyError::Io { path: path.to_owned(), source })?;
    let format = |source| HostKeyError::Format { path: path.to_owned(), source };
    let key = PrivateKey::from_openssh(&text).map_err(format)?;
    if key.is_encrypted() { Err(format(russh::keys::ssh_key::Error::Encrypted)) } else { Ok(key) }
}

fn make(path: &Path) -> Result<PrivateKey, HostKeyError> {
    let key = PrivateKey::from(Ed25519Keypair::from_seed(&rand::random::<[u8; SEED_BYTES]>()));
    let text =
        key.to_openssh(LineEnding::LF).map_err(|source| HostKeyError::Format { path: path.to_owned(), source })?;
    store(path, text.as_bytes()).map_err(|source| HostKeyError::Io { path: path.to_owned(), source })?;
    Ok(key)
}

/// Whole or not at all: half a key would keep the server from starting ever again.
fn store(path: &Path, text: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let unfinished = path.with_extension("new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(MODE).open(&unfinished)?;
    file.set_permissions(Permissions::from_mode(MODE))?;
    file.write_all(text)?;
    file.sync_all()?;
    std::fs::rename(&unfinished, path)?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_kept_from_others() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/host_key");
        assert!(fingerprint_of(&path).is_err());
        let made = fingerprint(&load_or_make(&path).unwrap());
        assert_eq!(
            (fingerprint(&load_or_make(&path).unwrap()), fingerprint_of(&path).unwrap()),
            (made.clone(), made.clone())
        );
        assert!(made.starts_with("SHA256:"), "{made}");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, MODE);
        std::fs::write(&path, "half a key").unwrap();
        assert!(matches!(load_or_make(&path), Err(HostKeyError::Format { .. })), "and never replaced");
    }
}
