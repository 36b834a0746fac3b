//! `[landing.ftp]` of the configuration file.

use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use serde::Deserialize;

/// Ports that nobody is likely to listen at.
const DEFAULT_PASSIVE_PORTS: RangeInclusive<u16> = 49_152..=65_535;
/// Fewer would let clients wait for each other.
const MIN_PASSIVE_PORTS: u16 = 10;

/// The section as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FtpSection {
    listen: SocketAddr,
    certificate: Option<PathBuf>,
    key: Option<PathBuf>,
    #[serde(default)]
    allow_plaintext: bool,
    passive_ports: Option<String>,
}

/// The FTP server that holds. It lets in the accounts of SFTP that have a password.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(not(feature = "ftp"), allow(dead_code, reason = "it is checked all the same"))]
pub(crate) struct FtpConfig {
    pub(crate) listen: SocketAddr,
    /// Files with the certificate and its key.
    pub(crate) certificate: Option<(PathBuf, PathBuf)>,
    pub(crate) allows_plaintext: bool,
    pub(crate) passive_ports: RangeInclusive<u16>,
}

impl FtpSection {
    /// Checks what is written.
    pub(super) fn resolve(self, data: &Path) -> anyhow::Result<FtpConfig> {
        let certificate = match (self.certificate, self.key) {
            (Some(certificate), Some(key)) => Some((data.join(certificate), data.join(key))),
            (None, None) => None,
            _ => bail!("certificate and key belong together"),
        };
        if self.allow_plaintext {
            let is_private = is_private(self.listen.ip());
            ensure!(is_private, "allow_plaintext needs a private address to listen at, not {}", self.listen.ip());
        } else {
            ensure!(
                certificate.is_some(),
                "without TLS passwords go in the clear: name a certificate and its key, or set allow_plaintext = true on a private address"
            );
        }
        let passive_ports = self.passive_ports.as_deref().map_or(Ok(DEFAULT_PASSIVE_PORTS), ports)?;
        Ok(FtpConfig { listen: self.listen, certificate, allows_plaintext: self.allow_plaintext, passive_ports })
    }
}

/// Whether an address is reached from the machine or its own network only.
fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => address.is_loopback() || address.is_private() || address.is_link_local(),
        IpAddr::V6(address) => address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local(),
    }
}

/// `FIRST-LAST`.
fn ports(text: &str) -> anyhow::Result<RangeInclusive<u16>> {
    let range = || {
        let (first, last) = text.split_once('-')?;
        Some(first.trim().parse::<u16>().ok()?..=last.trim().parse::<u16>().ok()?)
    };
    let range = range().with_context(|| format!("passive_ports is `{text}`, not FIRST-LAST"))?;
    let is_enough = *range.start() > 0 && range.end().saturating_sub(*range.start()) >= MIN_PASSIVE_PORTS - 1;
    ensure!(is_enough, "passive_ports `{text}` has fewer than {MIN_PASSIVE_PORTS} ports");
    Ok(range)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(text: &str) -> anyhow::Result<FtpConfig> {
        toml::from_str::<FtpSection>(text)?.resolve(Path::new("/data"))
    }

    #[test]
    fn nothing_goes_in_the_clear_by_accident() {
        let tls = "certificate = 'a.pem'\nkey = '/b.pem'\n";
        let good = resolve(&format!("listen = '0.0.0.0:2121'\n{tls}passive_ports = '50000-50099'")).unwrap();
        assert_eq!(good.certificate, Some(("/data/a.pem".into(), "/b.pem".into())));
        assert!(!good.allows_plaintext && good.passive_ports == (50_000..=50_099));
        for address in ["127.0.0.1", "192.168.1.5", "10.0.0.1", "[::1]", "[fd00::1]", "[::ffff:192.168.1.5]"] {
            assert!(resolve(&format!("listen = '{address}:2121'\nallow_plaintext = true")).is_ok(), "{address}");
        }
        for (text, says) in [
            ("listen = '127.0.0.1:2121'".to_owned(), "without TLS passwords go in the clear"),
            ("listen = '0.0.0.0:2121'\nallow_plaintext = true".to_owned(), "a private address"),
            ("listen = '[::]:2121'\nallow_plaintext = true".to_owned(), "a private address"),
            ("listen = '8.8.8.8:2121'\nallow_plaintext = true".to_owned(), "a private address"),
            (format!("listen = '8.8.8.8:2121'\nallow_plaintext = true\n{tls}"), "a private address"),
            ("listen = '127.0.0.1:2121'\nkey = 'b.pem'".to_owned(), "belong together"),
            (format!("listen = '127.0.0.1:2121'\n{tls}passive_ports = '7'"), "not FIRST-LAST"),
            (format!("listen = '127.0.0.1:2121'\n{tls}passive_ports = '50000-50001'"), "fewer than"),
            (tls.to_owned(), "listen"),
        ] {
            let error = format!("{:#}", resolve(&text).unwrap_err());
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
