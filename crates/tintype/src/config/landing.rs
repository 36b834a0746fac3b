//! Landing zones, as the configuration file names them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use serde::Deserialize;
use tintype_ingest::{After, AlbumRule, DEFAULT_SETTLE};
use tintype_media::recipes::{DEFAULT_PROFILE, Profile};

use super::ftp::FtpSection;
use super::sftp::SftpSection;

/// Longest that a file may have to rest.
const MAX_SETTLE_SECONDS: u64 = 86_400;

/// `[landing]` as written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LandingSection {
    pub(super) sftp: Option<SftpSection>,
    pub(super) ftp: Option<FtpSection>,
    #[serde(default, rename = "zone")]
    zones: Vec<ZoneSection>,
}

/// `[[landing.zone]]` as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ZoneSection {
    name: String,
    folder: PathBuf,
    owner: Option<String>,
    server: Option<String>,
    api_key_file: Option<PathBuf>,
    recipe: Option<String>,
    after: Option<AfterName>,
    album: Option<String>,
    settle_seconds: Option<u64>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum AfterName {
    Delete,
    Keep,
    Archive,
}

/// A landing zone that holds.
#[derive(Debug, Clone)]
pub(crate) struct ZoneConfig {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    /// E-mail of the account that gets the files; the first admin if nobody is named.
    pub(crate) owner: Option<String>,
    /// Another server that gets them instead.
    pub(crate) server: Option<ServerConfig>,
    /// Name of the recipe.
    pub(crate) recipe: String,
    pub(crate) after: After,
    pub(crate) album: Option<AlbumRule>,
    pub(crate) settle: Duration,
}

impl ZoneConfig {
    /// The folder of a user, into which they come by SFTP.
    pub(crate) fn of_user(name: String, folder: PathBuf, email: String) -> Self {
        Self {
            name,
            folder,
            owner: Some(email),
            server: None,
            recipe: DEFAULT_PROFILE.to_owned(),
            after: After::Delete,
            album: None,
            settle: DEFAULT_SETTLE,
        }
    }
}

/// Another server, and by what it knows us.
#[derive(Debug, Clone)]
pub(crate) struct ServerConfig {
    pub(crate) address: String,
    pub(crate) api_key_file: PathBuf,
}

impl LandingSection {
    /// Checks every zone; a zone's folder may be anywhere but where the library keeps its own.
    pub(super) fn resolve(self, data: &Path, recipes: &BTreeMap<String, Profile>) -> anyhow::Result<Vec<ZoneConfig>> {
        let mut zones = Vec::new();
        for section in self.zones {
            let name = section.name.clone();
            zones.push(section.resolve(data, recipes).with_context(|| format!("landing zone `{name}`"))?);
        }
        check_together(&zones)?;
        Ok(zones)
    }
}

impl ZoneSection {
    fn resolve(self, data: &Path, recipes: &BTreeMap<String, Profile>) -> anyhow::Result<ZoneConfig> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        ensure!(
            !self.name.is_empty() && self.name.chars().all(is_plain),
            "its name must be made of letters, digits, - and _"
        );
        // Relative ones are below the data folder, wherever the process was started.
        let folder = data.join(&self.folder);
        ensure!(!is_librarys(&folder, data), "its folder is one of the library's own: choose another one");
        ensure!(
            !real(data).starts_with(real(&folder)),
            "its folder has the library inside, whose photos would be taken for new ones: choose another one, or move the \
             library's out of it"
        );
        let server = match (self.server, self.api_key_file) {
            (Some(address), Some(file)) => {
                let scheme = address.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
                let is_web = scheme.as_deref().is_none_or(|scheme| matches!(scheme, "http" | "https"));
                ensure!(is_web, "server `{address}`: an Immich-compatible server is at http:// or https://");
                Some(ServerConfig { address, api_key_file: data.join(file) })
            }
            (None, None) => None,
            (Some(_), None) => {
                bail!("it names a server but no api_key_file: a key with the permissions asset.upload and asset.read")
            }
            (None, Some(_)) => bail!("it has an api_key_file but names no server"),
        };
        ensure!(
            server.is_none() || self.owner.is_none(),
            "it names an owner here and a server: files go to one or the other"
        );
        if let Some(rule) = &self.album {
            let plain = rule.replace("{folder}", "").replace("{path}", "");
            ensure!(!plain.contains('{'), "album `{rule}`: only {{folder}} and {{path}} stand for something");
        }
        let settle = self.settle_seconds.map_or(DEFAULT_SETTLE, Duration::from_secs);
        ensure!(settle.as_secs() <= MAX_SETTLE_SECONDS, "settle_seconds must not be more than {MAX_SETTLE_SECONDS}");
        let recipe = self.recipe.unwrap_or_else(|| DEFAULT_PROFILE.to_owned());
        let known = || recipes.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        ensure!(recipes.contains_key(&recipe), "there is no recipe `{recipe}`; there are {}", known());
        Ok(ZoneConfig {
            name: self.name,
            folder,
            owner: self.owner,
            server,
            recipe,
            after: match self.after {
                None | Some(AfterName::Delete) => After::Delete,
                Some(AfterName::Keep) => After::Keep,
                Some(AfterName::Archive) => After::Archive,
            },
            album: self.album.filter(|album| !album.trim().is_empty()).map(AlbumRule),
            settle,
        })
    }
}

/// Whether the library keeps its own in a folder, by whatever way it leads there.
fn is_librarys(folder: &Path, data: &Path) -> bool {
    let (folder, data) = (real(folder), real(data));
    let own = ["library", "thumbs", "incoming", "ingest", "upstreams"];
    folder == data || own.iter().any(|own| folder.starts_with(real(&data.join(own))))
}

/// Where a path leads: links are followed as far as there is something, and the rest is taken word for word.
fn real(path: &Path) -> PathBuf {
    let mut rest = Vec::new();
    let mut there = path;
    loop {
        if let Ok(found) = there.canonicalize() {
            return rest.iter().rev().fold(found, |path: PathBuf, part| match part {
                Component::ParentDir => path.parent().map_or_else(|| path.clone(), Path::to_path_buf),
                part => path.join(part),
            });
        }
        let (Some(parent), Some(last)) = (there.parent(), there.components().next_back()) else {
            return path.to_path_buf();
        };
        rest.push(last);
        there = parent;
    }
}

/// Names differ, and no file is in two zones.
fn check_together(zones: &[ZoneConfig]) -> anyhow::Result<()> {
    let mut names = BTreeSet::new();
    for zone in zones {
        ensure!(names.insert(&zone.name), "two landing zones are called `{}`", zone.name);
        let outer =
            zones.iter().find(|other| other.name != zone.name && real(&zone.folder).starts_with(real(&other.folder)));
        if let Some(outer) = outer {
            bail!("the folder of landing zone `{}` is inside that of `{}`", zone.name, outer.name);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(text: &str) -> anyhow::Result<Vec<ZoneConfig>> {
        toml::from_str::<LandingSection>(text)?.resolve(Path::new("/srv/photos"), tintype_media::recipes::shipped())
    }

    #[test]
    fn zones_have_what_they_say_and_defaults() {
        let zones = resolve(
            "[[zone]]\nname = 'phone'\nfolder = 'landing/phone'\n
             [[zone]]\nname = 'card'\nfolder = '/media/card'\nafter = 'keep'\nrecipe = 'none'\nalbum = '{folder}'\n
             server = 'photos.example.org'\napi_key_file = 'key.txt'\nsettle_seconds = 1",
        )
        .unwrap();
        let (phone, card) = (&zones[0], &zones[1]);
        assert_eq!(phone.folder, Path::new("/srv/photos/landing/phone"));
        assert_eq!((phone.after, phone.settle, phone.recipe.as_str()), (After::Delete, DEFAULT_SETTLE, "lossless"));
        assert!(phone.album.is_none() && phone.server.is_none());
        assert_eq!((card.after, card.settle.as_secs(), card.recipe.as_str()), (After::Keep, 1, "none"));
        assert_eq!(card.server.as_ref().unwrap().api_key_file, Path::new("/srv/photos/key.txt"));
    }

    #[test]
    fn a_link_to_the_library_is_the_library() {
        let dir = tempfile::tempdir().unwrap();
        let data = dir.path().join("data");
        std::fs::create_dir_all(data.join("library")).unwrap();
        std::os::unix::fs::symlink(&data, dir.path().join("way")).unwrap();
        std::os::unix::fs::symlink(data.join("library"), data.join("in")).unwrap();
        for (folder, is_own, holds_it) in [
            (data.join("in"), true, false),
            (dir.path().join("way/library/ada"), true, false),
            (dir.path().join("way/landing"), false, false),
            (dir.path().join("way/.."), false, true),
            (dir.path().join("else"), false, false),
        ] {
            let found = (is_librarys(&folder, &data), real(&data).starts_with(real(&folder)));
            assert_eq!(found, (is_own, holds_it), "{}", folder.display());
        }
    }

    #[test]
    fn what_cannot_be_is_refused_with_the_zones_name() {
        let zone = "[[zone]]\nname = 'a'\nfolder = 'in'\n";
        for (text, says) in [
            ("[[zone]]\nname = 'a b'\nfolder = 'in'\n", "letters"),
            ("[[zone]]\nname = 'a'\nfolder = 'library/ada'\n", "library's own"),
            ("[[zone]]\nname = 'a'\nfolder = ''\n", "library's own"),
            ("[[zone]]\nname = 'a'\nfolder = 'landing/../library'\n", "library's own"),
            ("[[zone]]\nname = 'a'\nfolder = '/srv'\n", "has the library inside"),
            ("[[zone]]\nname = 'a'\nfolder = 'x/../..'\n", "has the library inside"),
            (&format!("{zone}server = 'x'"), "api_key_file"),
            (&format!("{zone}api_key_file = 'x'"), "names no server"),
            (&format!("{zone}owner = 'ada@example.org'\nserver = 'x'\napi_key_file = 'k'"), "one or the other"),
            (&format!("{zone}after = 'burn'"), "burn"),
            (&format!("{zone}colour = 'red'"), "colour"),
            (&format!("{zone}recipe = 'secret'"), "balanced, lossless"),
            (&format!("{zone}{zone}"), "two landing zones"),
            (&format!("{zone}[[zone]]\nname = 'b'\nfolder = 'in/b'\n"), "inside that of `a`"),
        ] {
            let error = format!("{:#}", resolve(text).unwrap_err());
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
