//! From what was typed, set and written down to what holds: flags go before the environment, the environment before
//! the file, the file before the defaults.

mod ftp;
mod landing;
mod sftp;
mod write_back;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use serde::Deserialize;
use tintype_library::fetching::DEFAULT_CACHE_BYTES;
use tintype_media::recipes::{Profile, shipped};
use tintype_protocol::version::Version;
use tintype_writeback::Order;

use crate::arguments::{Arguments, Command};
use crate::ftp::IS_BUILT_IN;
pub(crate) use ftp::FtpConfig;
pub(crate) use landing::ZoneConfig;
pub(crate) use sftp::{AccountConfig, SftpConfig};

/// The configuration file as written. Every key may be left out.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConfigFile {
    data: Option<PathBuf>,
    listen: Option<SocketAddr>,
    log: Option<String>,
    reported_version: Option<String>,
    external_domain: Option<String>,
    trash_days: Option<u32>,
    import_faces: Option<bool>,
    workers: Option<usize>,
    cache_mib: Option<u64>,
    thumbnails: Option<Thumbnails>,
    landing: Option<landing::LandingSection>,
    writeback: Option<write_back::WriteBackSection>,
    #[serde(default)]
    recipe: BTreeMap<String, Profile>,
}

/// When thumbnails of photos that only an upstream has are fetched.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Thumbnails {
    /// When somebody looks at them.
    #[default]
    Lazy,
    /// After the photos themselves came in.
    Eager,
}

/// An example that names every key with its default; also the file that `docs/tintype.example.toml` holds.
#[cfg(test)]
pub(crate) const EXAMPLE: &str = include_str!("../../../docs/tintype.example.toml");

/// What holds.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    /// Folder of the library, absolute.
    pub(crate) data: PathBuf,
    /// The configuration file that was read.
    pub(crate) file: Option<PathBuf>,
    /// Where `serve` listens.
    pub(crate) listen: SocketAddr,
    /// Filter of the log.
    pub(crate) log: String,
    /// What clients are told.
    pub(crate) reported_version: Version,
    /// Address that links for people begin with.
    pub(crate) external_domain: String,
    /// Days in the trash.
    pub(crate) trash_days: u32,
    /// Whether faces that other programs wrote into files are taken over.
    pub(crate) import_faces: bool,
    /// Threads that make pictures.
    pub(crate) workers: usize,
    /// What files fetched from upstreams may take, in MiB.
    pub(crate) cache_mib: u64,
    /// When thumbnails are fetched.
    pub(crate) thumbnails: Thumbnails,
    /// Folders where devices drop files.
    pub(crate) zones: Vec<ZoneConfig>,
    /// What makes files smaller, by name.
    pub(crate) recipes: BTreeMap<String, Profile>,
    /// How they do it by SFTP, if they may.
    pub(crate) sftp: Option<SftpConfig>,
    /// And by FTP.
    pub(crate) ftp: Option<FtpConfig>,
    /// What is written into files whenever something changed.
    pub(crate) watch: Option<Order>,
    /// What the beginning of paths on other servers is here.
    pub(crate) paths: Vec<(PathBuf, PathBuf)>,
}

const DEFAULT_DATA: &str = "tintype-data";
const DEFAULT_LISTEN: &str = "127.0.0.1:2283";
const DEFAULT_LOG: &str = "warn";
const DEFAULT_TRASH_DAYS: u32 = 30;
const DEFAULT_CACHE_MIB: u64 = DEFAULT_CACHE_BYTES >> 20;
/// A smaller cache has no room for what is on one page.
const MIN_CACHE_MIB: u64 = 64;
/// Name of the configuration file inside the data folder.
const FILE_NAME: &str = "tintype.toml";
/// More threads than this fight over the disk.
const MAX_WORKERS: usize = 64;

/// Puts everything together and checks it.
pub(crate) fn resolve(arguments: &Arguments) -> anyhow::Result<Config> {
    let common = &arguments.common;
    let in_folder = common.data.clone().unwrap_or_else(|| PathBuf::from(DEFAULT_DATA)).join(FILE_NAME);
    let (file, path) = match &common.config {
        Some(path) => (read(path)?, Some(path.clone())),
        None if in_folder.is_file() => (read(&in_folder)?, Some(in_folder)),
        None => (ConfigFile::default(), None),
    };
    let listen = match &arguments.command {
        Command::Serve(serve) => serve.listen.or(file.listen),
        _ => file.listen,
    };
    let version = common.reported_version.clone().or(file.reported_version);
    let data = common.data.clone().or(file.data).unwrap_or_else(|| PathBuf::from(DEFAULT_DATA));
    let workers = file.workers.unwrap_or_else(|| std::thread::available_parallelism().map_or(2, usize::from));
    if !(1..=MAX_WORKERS).contains(&workers) {
        bail!("workers must be from 1 to {MAX_WORKERS}, not {workers}");
    }
    let cache_mib = file.cache_mib.unwrap_or(DEFAULT_CACHE_MIB);
    if !(MIN_CACHE_MIB..=u64::MAX >> 20).contains(&cache_mib) {
        bail!("cache_mib must be {MIN_CACHE_MIB} or more, not {cache_mib}");
    }
    let data = std::path::absolute(&data).with_context(|| format!("{} is no usable folder", data.display()))?;
    let recipes = with_shipped(file.recipe)?;
    let mut landing = file.landing.unwrap_or_default();
    let sftp = landing.sftp.take().unwrap_or_default();
    let ftp = landing.ftp.take().map(|ftp| ftp.resolve(&data)).transpose().context("[landing.ftp]")?;
    ensure!(
        ftp.is_none() || IS_BUILT_IN,
        "[landing.ftp]: this build has no FTP server. Use SFTP, or build Tintype with `--features ftp`"
    );
    let zones = landing.resolve(&data, &recipes)?;
    let mut writeback = file.writeback.unwrap_or_default();
    Ok(Config {
        sftp: sftp.resolve(&data, &zones, ftp.is_some()).context("[landing.sftp]")?,
        ftp,
        paths: writeback.paths().context("[writeback.paths]")?,
        watch: writeback.resolve(),
        zones,
        recipes,
        data,
        file: path,
        listen: listen.unwrap_or_else(|| DEFAULT_LISTEN.parse().expect("the default is an address")),
        log: common.log.clone().or(file.log).unwrap_or_else(|| DEFAULT_LOG.to_owned()),
        reported_version: version.map_or(Ok(Version::CURRENT), |text| text.parse()).context("reported version")?,
        external_domain: file.external_domain.unwrap_or_default(),
        trash_days: file.trash_days.unwrap_or(DEFAULT_TRASH_DAYS),
        import_faces: file.import_faces.unwrap_or(false),
        workers,
        cache_mib,
        thumbnails: file.thumbnails.unwrap_or_default(),
    })
}

/// Recipes of one's own beside those that come with the program, whose names are taken.
fn with_shipped(own: BTreeMap<String, Profile>) -> anyhow::Result<BTreeMap<String, Profile>> {
    let mut all = shipped().clone();
    for (name, profile) in own {
        if all.insert(name.clone(), profile).is_some() {
            bail!("recipe `{name}`: there is one of this name already; choose another name");
        }
    }
    Ok(all)
}

fn read(path: &Path) -> anyhow::Result<ConfigFile> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{} could not be read", path.display()))?;
    parse(&text).with_context(|| format!("{} is not a valid configuration", path.display()))
}

fn parse(text: &str) -> anyhow::Result<ConfigFile> {
    Ok(toml::from_str(text)?)
}

impl Config {
    /// Every setting with its value, for `doctor`.
    pub(crate) fn describe(&self) -> Vec<(&'static str, String)> {
        let file = self.file.as_ref().map_or_else(|| "none".to_owned(), |path| path.display().to_string());
        vec![
            ("data folder", self.data.display().to_string()),
            ("configuration file", file),
            ("listen", self.listen.to_string()),
            ("log", self.log.clone()),
            ("reported version", self.reported_version.to_string()),
            ("external domain", self.external_domain.clone()),
            ("days in the trash", self.trash_days.to_string()),
            ("workers", self.workers.to_string()),
            ("cache", format!("{} MiB for files from upstreams", self.cache_mib)),
            ("thumbnails", format!("{:?}", self.thumbnails).to_lowercase()),
            ("landing zones", zone_names(&self.zones)),
            (
                "write-back",
                if self.watch.is_some() { "files follow what changes" } else { "by command only" }.to_owned(),
            ),
            ("SFTP", on(self.sftp.as_ref().and_then(|sftp| sftp.listen))),
            ("FTP", on(self.ftp.as_ref().map(|ftp| ftp.listen))),
        ]
    }
}

fn on(listen: Option<SocketAddr>) -> String {
    listen.map_or_else(|| "off".to_owned(), |address| format!("on {address}"))
}

fn zone_names(zones: &[ZoneConfig]) -> String {
    let told: Vec<String> = zones.iter().map(|zone| format!("{} in {}", zone.name, zone.folder.display())).collect();
    if told.is_empty() { "none".to_owned() } else { told.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser as _;

    #[test]
    fn the_example_names_every_key_with_its_default() {
        let uncommented: String = EXAMPLE
            .lines()
            .map(|line| {
                line.strip_prefix("# ").filter(|rest| rest.contains(" = ") || rest.starts_with('[')).unwrap_or(line)
            })
            .fold(String::new(), |text, line| text + line + "\n");
        let file = parse(&uncommented).unwrap();
        assert_eq!(file.data, Some(PathBuf::from(DEFAULT_DATA)));
        assert_eq!(file.listen, Some(DEFAULT_LISTEN.parse().unwrap()));
        assert_eq!(file.log.as_deref(), Some(DEFAULT_LOG));
        assert_eq!(file.reported_version, Some(Version::CURRENT.to_string()));
        assert_eq!(file.external_domain.as_deref(), Some(""));
        let (mut landing, data) = (file.landing.unwrap(), Path::new("/data"));
        let (sftp, ftp) = (landing.sftp.take().unwrap(), landing.ftp.take().unwrap());
        let zones = landing.resolve(data, shipped()).unwrap();
        let sftp = sftp.resolve(data, &zones, true).unwrap().unwrap();
        assert_eq!(ftp.resolve(data).unwrap().passive_ports, 49_152..=65_535);
        assert_eq!((zones.len(), sftp.has_users, sftp.accounts.len()), (2, true, 1));
        assert_eq!(file.trash_days, Some(DEFAULT_TRASH_DAYS));
        assert!(file.workers.is_some());
        assert_eq!((file.cache_mib, file.thumbnails), (Some(DEFAULT_CACHE_MIB), Some(Thumbnails::default())));
    }

    #[test]
    fn unknown_keys_are_refused_with_the_known_ones() {
        let error = format!("{:#}", parse("lisen = \"127.0.0.1:1\"").unwrap_err());
        assert!(error.contains("lisen") && error.contains("listen"), "{error}");
    }

    #[test]
    fn flags_go_before_the_file() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(FILE_NAME), "listen = \"127.0.0.1:1\"\ntrash_days = 7\n").unwrap();
        let data = dir.path().to_str().unwrap();
        let typed = Arguments::parse_from(["tintype", "serve", "--data", data, "--listen", "127.0.0.1:9"]);
        let config = resolve(&typed).unwrap();
        assert_eq!((config.listen.port(), config.trash_days), (9, 7));
        let bad = Arguments::parse_from(["tintype", "doctor", "--data", data, "--reported-version", "three"]);
        assert!(resolve(&bad).is_err());
    }
}
