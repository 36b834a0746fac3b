//! Landing zones: folders where devices drop files, and what becomes of these.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::delivery::Destination;
use crate::packing::Packing;
use crate::recipe::Optimise;

/// How long nothing may have changed about a file until it counts as complete, unless the zone says otherwise.
pub const DEFAULT_SETTLE: Duration = Duration::from_secs(5);

/// What happens to an original that was confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum After {
    /// It is deleted.
    #[default]
    Delete,
    /// It stays where it is.
    Keep,
    /// It goes to `done/` in the zone, in the same folders.
    Archive,
}

/// Which album files go into: a name in which `{folder}` stands for the folder that a file lies in, and `{path}` for all
/// folders down to it. A file that lies in none goes into no album whose name has one of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlbumRule(pub String);

impl AlbumRule {
    /// The album of a file that lies here below the zone's folder.
    pub fn album_of(&self, path: &[u8]) -> Option<String> {
        let folders = path.iter().rposition(|byte| *byte == b'/').map(|end| String::from_utf8_lossy(&path[..end]));
        let wants_folder = self.0.contains("{folder}") || self.0.contains("{path}");
        let Some(folders) = folders else { return (!wants_folder).then(|| self.0.clone()) };
        let last = folders.rsplit('/').next().unwrap_or_default();
        // One pass, so that a folder that is called {path} stays what it is.
        let mut name = String::new();
        let mut rest = self.0.as_str();
        while let Some(at) = rest.find('{') {
            let (before, behind) = rest.split_at(at);
            name.push_str(before);
            let known = [("{folder}", last), ("{path}", folders.as_ref())];
            match known.into_iter().find_map(|(mark, value)| Some((behind.strip_prefix(mark)?, value))) {
                Some((next, value)) => (name.push_str(value), rest = next).1,
                None => (name.push('{'), rest = &behind[1..]).1,
            }
        }
        name.push_str(rest);
        Some(name)
    }
}

/// A landing zone.
#[derive(Clone)]
pub struct Zone {
    /// What people and rows call it.
    pub name: String,
    /// Where files are dropped.
    pub folder: PathBuf,
    /// Who gets them.
    pub destination: Arc<dyn Destination>,
    /// What makes them smaller on their way, if anything does.
    pub optimiser: Option<Arc<dyn Optimise>>,
    /// What makes assets of this library smaller, once they have their pictures.
    pub packing: Option<Packing>,
    /// What happens to originals.
    pub after: After,
    /// Which album they go into.
    pub album: Option<AlbumRule>,
    /// How long nothing may have changed about a file until it counts as complete.
    pub settle: Duration,
}

impl std::fmt::Debug for Zone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Zone").field("name", &self.name).field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl Zone {
    /// Where a file lies.
    pub(crate) fn at(&self, path: &[u8]) -> PathBuf {
        self.folder.join(OsStr::from_bytes(path))
    }
}

/// The last part of a path below a zone, for people and for names of assets.
pub(crate) fn file_name(path: &[u8]) -> String {
    let name = Path::new(OsStr::from_bytes(path)).file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::delivery::{Delivered, Delivery, DeliveryError, Known};
    use tintype_protocol::checksum::Sha1;
    use uuid::Uuid;

    /// Takes nothing.
    struct Nowhere;

    impl Destination for Nowhere {
        fn name(&self) -> String {
            "nowhere".to_owned()
        }
        fn look_up(&self, _: &Sha1) -> Result<Known, DeliveryError> {
            Ok(Known::New)
        }
        fn deliver(&self, _: Delivery) -> Result<Delivered, DeliveryError> {
            Err(DeliveryError::Refused { source: "nowhere".into() })
        }
        fn checksum(&self, _: Uuid) -> Result<Option<Sha1>, DeliveryError> {
            Ok(None)
        }
        fn has_sidecar(&self, _: Uuid, _: &Sha1) -> Result<Option<bool>, DeliveryError> {
            Ok(None)
        }
        fn still_has(&self, _: Uuid) -> Result<bool, DeliveryError> {
            Ok(false)
        }
        fn restore(&self, _: Uuid) -> Result<(), DeliveryError> {
            Ok(())
        }
        fn add_to_album(&self, _: &str, _: Uuid) -> Result<(), DeliveryError> {
            Ok(())
        }
        fn stack(&self, _: &[Uuid]) -> Result<(), DeliveryError> {
            Ok(())
        }
    }

    /// A zone that nothing leaves.
    pub(crate) fn zone(name: &str) -> Zone {
        Zone {
            name: name.to_owned(),
            folder: PathBuf::from("/nonexistent"),
            destination: Arc::new(Nowhere),
            optimiser: None,
            packing: None,
            after: After::Delete,
            album: None,
            settle: DEFAULT_SETTLE,
        }
    }

    #[test]
    fn albums_are_named_by_folders() {
        for (rule, path, album) in [
            ("Phone", "a.jpg", Some("Phone")),
            ("Phone", "2026/05/a.jpg", Some("Phone")),
            ("{folder}", "a.jpg", None),
            ("{folder}", "2026/Nice/a.jpg", Some("Nice")),
            ("{path}", "2026/Nice/a.jpg", Some("2026/Nice")),
            ("From {folder} {x}", "Nice/a.jpg", Some("From Nice {x}")),
            ("{folder}{path}", "{path}/a.jpg", Some("{path}{path}")),
        ] {
            assert_eq!(AlbumRule(rule.to_owned()).album_of(path.as_bytes()).as_deref(), album, "{rule} {path}");
        }
    }
}
