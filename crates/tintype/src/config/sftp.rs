//! `[landing.sftp]` of the configuration file.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use serde::Deserialize;
use tintype_ingest::sftp::PublicKey;
use tintype_library::secrets::hash_password;

use super::ZoneConfig;

/// Cost of the hashes that passwords in files are compared by.
const HASH_COST: u32 = 10;
/// How hashes of bcrypt begin, and how long they are.
const HASH_START: &str = "$2";
const HASH_LENGTH: usize = 60;

/// The section as written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SftpSection {
    listen: Option<SocketAddr>,
    users: Option<bool>,
    quota_mib: Option<u64>,
    #[serde(default, rename = "account")]
    accounts: Vec<AccountSection>,
}

/// `[[landing.sftp.account]]` as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountSection {
    name: String,
    zone: Option<String>,
    folder: Option<PathBuf>,
    password_hash: Option<String>,
    password_file: Option<PathBuf>,
    #[serde(default)]
    keys: Vec<String>,
    quota_mib: Option<u64>,
}

/// The SFTP server that holds.
#[derive(Debug, Clone)]
pub(crate) struct SftpConfig {
    /// `None`: they come in by FTP only.
    pub(crate) listen: Option<SocketAddr>,
    /// Whether users of the node may come in.
    pub(crate) has_users: bool,
    /// What may lie in the folder of each of them.
    pub(crate) quota_bytes: Option<u64>,
    /// Accounts of their own.
    pub(crate) accounts: Vec<AccountConfig>,
}

/// An account that is no user.
#[derive(Debug, Clone)]
pub(crate) struct AccountConfig {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    pub(crate) password_hash: Option<String>,
    pub(crate) keys: Vec<PublicKey>,
    pub(crate) quota_bytes: Option<u64>,
}

impl SftpSection {
    /// Checks what is written. `None`: nobody listens. FTP lets in the same accounts.
    pub(super) fn resolve(
        self,
        data: &Path,
        zones: &[ZoneConfig],
        has_ftp: bool,
    ) -> anyhow::Result<Option<SftpConfig>> {
        let (mut names, mut accounts) = (HashSet::new(), Vec::new());
        for account in self.accounts {
            let name = account.name.clone();
            ensure!(names.insert(name.clone()), "there are two accounts `{name}`");
            accounts.push(account.resolve(data, zones).with_context(|| format!("account `{name}`"))?);
        }
        if self.listen.is_none() && !has_ftp {
            ensure!(accounts.is_empty(), "there are accounts, but `listen` is missing");
            return Ok(None);
        }
        let quota_bytes = self.quota_mib.map(bytes).transpose()?;
        Ok(Some(SftpConfig { listen: self.listen, has_users: self.users.unwrap_or(true), quota_bytes, accounts }))
    }
}

impl AccountSection {
    fn resolve(self, data: &Path, zones: &[ZoneConfig]) -> anyhow::Result<AccountConfig> {
        ensure!(!self.name.is_empty(), "it has no name");
        let folder = match (self.zone, self.folder) {
            (Some(name), None) => {
                let zone = zones.iter().find(|zone| zone.name == name);
                zone.with_context(|| format!("there is no landing zone `{name}`"))?.folder.clone()
            }
            (None, Some(folder)) => data.join(folder),
            _ => bail!("it needs a zone or a folder, and not both"),
        };
        ensure!(folder != data, "its folder is the library's own: choose another one");
        let password_hash = match (self.password_hash, self.password_file) {
            (Some(_), Some(_)) => bail!("password_hash and password_file exclude each other"),
            (Some(hash), None) => {
                let is_hash = hash.starts_with(HASH_START) && hash.len() == HASH_LENGTH;
                ensure!(is_hash, "password_hash is no bcrypt hash (`htpasswd -nBC 10 {}` makes one)", self.name);
                Some(hash)
            }
            (None, Some(path)) => Some(hash_of_file(&data.join(path))?),
            (None, None) => None,
        };
        let parse = |line: &String| PublicKey::from_openssh(line).with_context(|| format!("`{line}` is no public key"));
        let keys = self.keys.iter().map(parse).collect::<anyhow::Result<Vec<_>>>()?;
        ensure!(password_hash.is_some() || !keys.is_empty(), "it needs password_hash, password_file or keys");
        let quota_bytes = self.quota_mib.map(bytes).transpose()?;
        Ok(AccountConfig { name: self.name, folder, password_hash, keys, quota_bytes })
    }
}

/// Of the password in a file. It is not kept itself.
fn hash_of_file(path: &Path) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{} could not be read", path.display()))?;
    let password = text.trim_end_matches(['\r', '\n']);
    ensure!(!password.is_empty(), "{} is empty", path.display());
    Ok(hash_password(password, HASH_COST)?)
}

fn bytes(mib: u64) -> anyhow::Result<u64> {
    mib.checked_mul(1 << 20).filter(|bytes| *bytes > 0).with_context(|| format!("quota_mib cannot be {mib}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tintype_library::secrets::is_password;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti phone";

    fn resolve(text: &str) -> anyhow::Result<Option<SftpConfig>> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("password"), "secret\n").unwrap();
        toml::from_str::<SftpSection>(text)?.resolve(dir.path(), &[], false)
    }

    #[test]
    fn accounts_are_checked() {
        assert!(resolve("").unwrap().is_none());
        let account = |rest: &str| format!("listen = '127.0.0.1:0'\n[[account]]\nname = 'phone'\n{rest}\n");
        let inside = |rest: &str| account(&format!("folder = 'landing/phone'\n{rest}"));
        let key = format!("keys = ['{KEY}']");
        let good = resolve(&inside(&format!("{key}\npassword_file = 'password'\nquota_mib = 1"))).unwrap().unwrap();
        let (phone, hash) = (&good.accounts[0], good.accounts[0].password_hash.as_deref().unwrap());
        assert!(good.has_users && is_password("secret", hash) && !is_password("secret\n", hash));
        assert_eq!((phone.keys.len(), phone.quota_bytes), (1, Some(1 << 20)));
        for (text, says) in [
            (inside(""), "it needs password_hash"),
            (account(&key), "a zone or a folder"),
            (account(&format!("zone = 'x'\nfolder = 'x'\n{key}")), "a zone or a folder"),
            (account(&format!("zone = 'x'\n{key}")), "no landing zone `x`"),
            (account(&format!("folder = ''\n{key}")), "library's own"),
            (inside("keys = ['ssh-ed25519 half']"), "is no public key"),
            (inside("password_hash = 'secret'"), "no bcrypt hash"),
            (inside("password_file = 'missing'"), "could not be read"),
            (inside(&format!("{key}\nquota_mib = 0")), "quota_mib"),
            (inside(&key) + &format!("[[account]]\nname = 'phone'\nfolder = 'x'\n{key}"), "two accounts"),
            (format!("[[account]]\nname = 'phone'\nfolder = 'x'\n{key}"), "`listen` is missing"),
        ] {
            let error = format!("{:#}", resolve(&text).unwrap_err());
            assert!(error.contains(says), "{error}");
        }
    }
}
