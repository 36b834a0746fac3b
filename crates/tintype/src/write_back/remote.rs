//! Writing for the photos of another server, whose files lie in a folder here.

use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use tintype_client::Client;
use tintype_library::Library;
use tintype_writeback::Halt;
use tintype_writeback::engine::Source;
use tintype_writeback::folder::PhotoFolder;
use tintype_writeback::remote::Remote;

use super::{WriteBackWish, Writer, passed_on};
use crate::arguments::RemoteArguments;
use crate::control::Listener;
use crate::follower::options;
use crate::read_only;
use crate::upstreams::first_line;

/// How often a wait looks whether it is to end.
const LOOK: Duration = Duration::from_millis(200);
/// More requests in a second than this are none of a polite program.
const MAX_REQUESTS_PER_SECOND: u32 = 1_000;

/// Whose photos, and where they lie.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct RemoteWish {
    server: String,
    key: String,
    photo_dir: Option<PathBuf>,
    path_segments: usize,
    paths: Vec<(PathBuf, PathBuf)>,
    requests_per_second: u32,
    time_zone: Option<String>,
}

impl std::fmt::Debug for RemoteWish {
    /// Without the key, as this ends up in logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RemoteWish").field("server", &self.server).field("photo_dir", &self.photo_dir).finish()
    }
}

impl RemoteWish {
    /// What was typed and set; `configured` are beginnings of paths from the configuration file. `None`: nothing of another
    /// server.
    pub(super) fn of(arguments: &RemoteArguments, configured: &[(PathBuf, PathBuf)]) -> anyhow::Result<Option<Self>> {
        let Some(server) = arguments.server.clone().filter(|server| !server.trim().is_empty()) else {
            return Ok(None);
        };
        let key = match (&arguments.api_key_file, &arguments.api_key) {
            (Some(file), _) => first_line(file)?.trim().to_owned(),
            (None, Some(key)) if !key.trim().is_empty() => key.trim().to_owned(),
            _ => {
                bail!("{server} needs an API key: name a file that holds one by --api-key-file, or set IMMICH_API_KEY")
            }
        };
        let photo_dir = arguments.photo_dir.as_ref().or(arguments.immich_photo_dir.as_ref());
        let photo_dir = photo_dir.map(std::path::absolute).transpose()?;
        let mut paths = arguments.map_path.iter().map(|text| mapping(text)).collect::<anyhow::Result<Vec<_>>>()?;
        paths.extend_from_slice(configured);
        ensure!(
            photo_dir.is_some() || !paths.is_empty(),
            "say where the files of {server} lie: --photo-dir DIR (or PHOTO_DIR), or --map-path THERE=HERE"
        );
        ensure!(arguments.path_segments > 0, "--path-segments must be 1 or more");
        let pace = arguments.requests_per_second;
        ensure!(
            (1..=MAX_REQUESTS_PER_SECOND).contains(&pace),
            "--requests-per-second must be from 1 to {MAX_REQUESTS_PER_SECOND}"
        );
        let time_zone = arguments.time_zone.clone().filter(|zone| !zone.is_empty());
        time_zone.as_deref().map(zone).transpose()?;
        Ok(Some(Self {
            server,
            key,
            photo_dir,
            path_segments: arguments.path_segments,
            paths,
            requests_per_second: pace,
            time_zone,
        }))
    }
}

/// `/usr/src/app/upload=/srv/photos`.
fn mapping(text: &str) -> anyhow::Result<(PathBuf, PathBuf)> {
    let (there, here) = text.split_once('=').with_context(|| format!("{text} is no THERE=HERE"))?;
    ensure!(there.starts_with('/'), "{there} is no absolute path of a server");
    Ok((PathBuf::from(there), std::path::absolute(here).with_context(|| format!("{here} is no path"))?))
}

fn zone(name: &str) -> anyhow::Result<TimeZone> {
    // As C programs take it: `:Europe/Berlin` and `CET-1CEST,M3.5.0,M10.5.0/3` as well.
    let known = TimeZone::get(name.trim_start_matches(':')).or_else(|_| TimeZone::posix(name));
    known.with_context(|| format!("{name} is no time zone; something like Europe/Berlin is (--time-zone or TZ)"))
}

/// Writes what is wished.
pub(super) fn write(
    library: &Library,
    writer: &Writer,
    (remote, wish): (&RemoteWish, &WriteBackWish),
    halt: &Halt,
    tell: &mut Listener<'_>,
) -> anyhow::Result<()> {
    let zone = remote.time_zone.as_deref().map(zone).transpose()?;
    let client = Client::find(&remote.server, &options())?.with_key(remote.key.clone());
    for folder in remote.photo_dir.iter().chain(remote.paths.iter().map(|(_, here)| here)) {
        read_only::refuse(library, folder)?;
    }
    let folder = PhotoFolder::open(remote.photo_dir.as_deref(), remote.path_segments, remote.paths.clone())?;
    let asked = Remote::new(client, remote.requests_per_second, Box::new(|time| wait(writer, time)), zone);
    let source = Source { remote: &asked, folder: &folder, query: wish.query.as_deref() };
    writer.alone(library, halt, |engine| {
        passed_on(tell, wish.tells_written, |listener| Ok(engine.run_remote(&wish.order, &source, listener)?))
    })
}

/// Waits; whether to go on.
pub(super) fn wait(writer: &Writer, time: Duration) -> bool {
    let begin = Instant::now();
    while !writer.ends.load(Ordering::SeqCst) {
        let Some(left) = time.checked_sub(begin.elapsed()) else { return true };
        std::thread::sleep(left.min(LOOK));
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments() -> RemoteArguments {
        RemoteArguments {
            server: Some("http://nas:2283/api".to_owned()),
            api_key_file: None,
            api_key: Some(" secret\n".to_owned()),
            photo_dir: None,
            immich_photo_dir: Some(PathBuf::from("/photos")),
            path_segments: 3,
            map_path: vec!["/usr/src/app/upload=/srv/a=b".to_owned()],
            requests_per_second: 10,
            time_zone: Some("Europe/Berlin".to_owned()),
        }
    }

    #[test]
    fn what_existing_set_ups_say_is_understood() {
        let configured = [(PathBuf::from("/x"), PathBuf::from("/y"))];
        let wish = RemoteWish::of(&arguments(), &configured).unwrap().unwrap();
        assert_eq!((wish.key.as_str(), wish.photo_dir), ("secret", Some(PathBuf::from("/photos"))));
        let pair = |there: &str, here: &str| (PathBuf::from(there), PathBuf::from(here));
        assert_eq!(wish.paths, [pair("/usr/src/app/upload", "/srv/a=b"), pair("/x", "/y")]);
        let wish = RemoteWish::of(&arguments(), &[]).unwrap().unwrap();
        assert!(!format!("{wish:?}").contains("secret"));
        let none = RemoteArguments { server: Some(String::new()), ..arguments() };
        assert!(RemoteWish::of(&none, &[]).unwrap().is_none());
        for zone in ["CET-1CEST,M3.5.0,M10.5.0/3", ":Asia/Tokyo", ""] {
            let other = RemoteArguments { time_zone: Some(zone.to_owned()), ..arguments() };
            assert!(RemoteWish::of(&other, &[]).is_ok(), "{zone}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let is_refused = |arguments: RemoteArguments| RemoteWish::of(&arguments, &[]).is_err();
        assert!(is_refused(RemoteArguments { api_key: None, ..arguments() }));
        assert!(is_refused(RemoteArguments { path_segments: 0, ..arguments() }));
        assert!(is_refused(RemoteArguments { requests_per_second: 0, ..arguments() }));
        assert!(is_refused(RemoteArguments { time_zone: Some("Mars/Base".to_owned()), ..arguments() }));
        assert!(is_refused(RemoteArguments { map_path: vec!["x".to_owned()], ..arguments() }));
        assert!(is_refused(RemoteArguments { immich_photo_dir: None, map_path: Vec::new(), ..arguments() }));
    }
}
