//! Taking in a folder of files: a copy of each goes into the library, the folder itself is never changed.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use tintype_media::formats;
use tintype_protocol::id::UserId;
use tintype_protocol::model::Visibility;
use tintype_protocol::time::Timestamp;

use crate::blobs::{BlobError, Received};
use crate::error::LibraryError;
use crate::library::Library;
use crate::uploads::{Added, Upload};

/// Bytes read at a time.
const READ_BYTES: usize = 256 * 1024;
/// Folders inside folders.
const DEPTH_LIMIT: usize = 64;
/// Name that imported assets carry as their device.
const DEVICE: &str = "import";

/// A file found in a folder.
#[derive(Debug, Clone)]
pub struct FoundFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its length.
    pub size_bytes: u64,
}

/// What a folder holds. Folders that could not be read do not hide the rest.
#[derive(Debug, Default)]
pub struct Scan {
    /// Files of supported types, in the order of their paths.
    pub found: Vec<FoundFile>,
    /// Files of other types.
    pub ignored: u64,
    /// What could not be read, and why.
    pub errors: Vec<(PathBuf, io::Error)>,
}

/// Looks through a folder for files that a library takes in. Links are followed only for the folder itself.
pub fn scan(folder: &Path) -> Scan {
    let mut scan = Scan::default();
    visit(folder, 0, &mut scan);
    scan.found.sort_by(|a, b| a.path.cmp(&b.path));
    scan
}

fn visit(folder: &Path, depth: usize, scan: &mut Scan) {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => return scan.errors.push((folder.to_owned(), error)),
    };
    for entry in entries {
        let about = entry.and_then(|entry| Ok((entry.path(), entry.metadata()?)));
        match about {
            Ok((path, about)) if about.is_dir() && depth < DEPTH_LIMIT => visit(&path, depth + 1, scan),
            Ok((path, about)) if about.is_file() => {
                let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
                if formats::by_name(name).is_some() && !name.starts_with('.') {
                    scan.found.push(FoundFile { size_bytes: about.len(), path });
                } else {
                    scan.ignored += 1;
                }
            }
            Ok(_) => scan.ignored += 1,
            Err(error) => scan.errors.push((folder.to_owned(), error)),
        }
    }
}

/// Why a file was not taken in.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum ImportError {
    #[error("{path} could not be read")]
    Read {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error(transparent)]
    Library(#[from] LibraryError),
}

impl Library {
    /// Takes one file in.
    pub fn import_file(&self, owner: UserId, path: &Path) -> Result<Added, ImportError> {
        let read_error = |source| ImportError::Read { path: path.to_owned(), source };
        let about = fs::metadata(path).map_err(read_error)?;
        let modified = timestamp(about.modified().map_err(read_error)?);
        let open = |path: &Path| File::open(path).map_err(read_error);
        let file = self.copy_in(&mut open(path)?, path)?;
        if let Some(known) = self.known_content(owner, &file.sha1)? {
            return Ok(Added::Duplicate(known));
        }
        let sidecar = sidecar_of(path)
            .map(|sidecar| Ok::<_, ImportError>(self.copy_in(&mut open(&sidecar)?, &sidecar)?))
            .transpose()?;
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let upload = Upload {
            owner,
            file,
            sidecar,
            device_asset_id: format!("{name}-{}", about.len()),
            device_id: DEVICE.to_owned(),
            name,
            file_created_at: modified,
            file_modified_at: modified,
            duration_ms: None,
            is_favorite: false,
            visibility: Visibility::Timeline,
            live_photo_video_id: None,
            metadata: Vec::new(),
            expected: None,
            link: None,
        };
        Ok(self.add(upload)?)
    }

    /// Receives everything that is read; `from` is for the error.
    pub(crate) fn copy_in(&self, source: &mut dyn Read, from: &Path) -> Result<Received, LibraryError> {
        let mut incoming = self.receive()?;
        let mut buffer = vec![0; READ_BYTES];
        loop {
            let read = source.read(&mut buffer).map_err(|error| BlobError::io("reading", from, error))?;
            if read == 0 {
                return Ok(incoming.finish()?);
            }
            incoming.write(&buffer[..read])?;
        }
    }
}

/// `beach.jpg.xmp`, else `beach.xmp` (http-api §9).
fn sidecar_of(path: &Path) -> Option<PathBuf> {
    sidecars_of(path).into_iter().find(|sidecar| sidecar.is_file())
}

/// Where the sidecar of a file may be, the likelier place first.
pub(crate) fn sidecars_of(path: &Path) -> [PathBuf; 2] {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".xmp");
    [PathBuf::from(beside), path.with_extension("xmp")]
}

fn timestamp(time: SystemTime) -> Timestamp {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
