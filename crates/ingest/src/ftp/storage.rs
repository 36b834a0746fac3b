//! What a client sees and does: an account's folder, as by SFTP.

use std::ffi::OsString;
use std::fmt::Debug;
use std::io::{Seek as _, SeekFrom};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use unftp_core::storage::{Error, ErrorKind, FEATURE_RESTART, Fileinfo, Metadata, Permissions, Result, StorageBackend};

use super::sign_in::Guest;
use crate::sftp::account_folder::{AccountFolder, changeable};
use crate::sftp::path::ZonePath;
use crate::sftp::refused::Refused;
use crate::sftp::upload::Upload;
use crate::sftp::wire::{Attributes, Code, open_flags};

/// Bytes that are gathered before they are written.
const PIECE_BYTES: usize = 256 * 1024;
/// A client that sends nothing for so long while it uploads is given up; what came is kept, to be continued.
const STALL: Duration = Duration::from_secs(120);
/// Names in one listing. libunftp holds all of them at once.
const MAX_LISTED: usize = 200_000;
const FILE_TYPE: u32 = 0o170_000;
const FOLDER: u32 = 0o040_000;
const PLAIN_FILE: u32 = 0o100_000;
const LINK: u32 = 0o120_000;

/// See the module's description.
#[derive(Debug)]
pub(super) struct Storage;

/// What is known of a file.
#[derive(Debug, Clone)]
pub(super) struct About(Attributes);

impl About {
    fn is(&self, kind: u32) -> bool {
        self.0.mode.is_some_and(|mode| mode & FILE_TYPE == kind)
    }
}

impl Metadata for About {
    fn len(&self) -> u64 {
        self.0.size_bytes.unwrap_or(0)
    }

    fn is_dir(&self) -> bool {
        self.is(FOLDER)
    }

    fn is_file(&self) -> bool {
        self.is(PLAIN_FILE)
    }

    fn is_symlink(&self) -> bool {
        self.is(LINK)
    }

    fn modified(&self) -> Result<SystemTime> {
        let seconds = self.0.times.map_or(0, |(_, modified)| modified);
        Ok(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.into()))
    }

    fn gid(&self) -> u32 {
        0
    }

    fn uid(&self) -> u32 {
        0
    }

    fn permissions(&self) -> Permissions {
        Permissions(self.0.mode.unwrap_or(0) & !FILE_TYPE)
    }
}

fn failed(refused: Refused) -> Error {
    let kind = match refused.code {
        Code::NoSuchFile => ErrorKind::PermanentFileNotAvailable,
        Code::PermissionDenied => ErrorKind::PermissionDenied,
        _ if refused.is_about_quota() => ErrorKind::ExceededStorageAllocationError,
        _ if refused.is_about_space() => ErrorKind::InsufficientStorageSpaceError,
        _ => ErrorKind::PermanentFileNotAvailable,
    };
    Error::new(kind, refused.text.into_owned())
}

/// Does something with the folder where it may block.
async fn on_disk<T: Send + 'static>(
    guest: &Guest,
    work: impl FnOnce(&AccountFolder) -> std::result::Result<T, Refused> + Send + 'static,
) -> Result<T> {
    let folder = guest.folder();
    blocking(move || work(&folder)).await
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::result::Result<T, Refused> + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Error::new(ErrorKind::LocalError, error))?.map_err(failed)
}

fn raw(path: &Path) -> Vec<u8> {
    path.as_os_str().as_bytes().to_vec()
}

/// What lies in a folder, but for names that would break a listing's lines.
fn list(folder: &AccountFolder, path: &[u8]) -> std::result::Result<Vec<Fileinfo<PathBuf, About>>, Refused> {
    let mut listing = folder.list(&ZonePath::resolve(path)?)?;
    let mut all = Vec::new();
    loop {
        let names = listing.next()?;
        if names.is_empty() {
            return Ok(all);
        }
        let is_shown = |name: &[u8]| !matches!(name, b"." | b"..") && !name.iter().any(|byte| byte.is_ascii_control());
        let shown = names.into_iter().filter(|entry| is_shown(&entry.name));
        all.extend(shown.map(|entry| Fileinfo {
            path: PathBuf::from(OsString::from_vec(entry.name)),
            metadata: About(entry.attributes),
        }));
        if all.len() > MAX_LISTED {
            return Err(Refused::failure("too many files to list: see the pipeline's status"));
        }
    }
}

/// Opens an upload that goes on at `begin`: what lies behind that is dropped.
fn open(folder: &AccountFolder, path: &[u8], begin: u64) -> std::result::Result<Upload, Refused> {
    let anew = if begin == 0 { open_flags::CREATE | open_flags::TRUNCATE } else { 0 };
    let mut upload = folder.write(&changeable(path)?, open_flags::WRITE | anew)?;
    if begin > 0 {
        let came = upload.attributes()?.size_bytes.unwrap_or(0);
        if begin > came {
            return Err(Refused::failure("less than that has come"));
        }
        upload.set(&Attributes { size_bytes: Some(begin), ..Attributes::default() })?;
    }
    Ok(upload)
}

/// Reads until there is much, or nothing more. A cut connection is an error.
async fn gather(input: &mut (impl AsyncRead + Unpin)) -> std::io::Result<Vec<u8>> {
    let mut piece = Vec::with_capacity(PIECE_BYTES);
    while piece.len() < PIECE_BYTES {
        let mut rest = (&mut *input).take((PIECE_BYTES - piece.len()) as u64);
        let read = tokio::time::timeout(STALL, rest.read_buf(&mut piece)).await;
        if read.map_err(|_| std::io::Error::from(std::io::ErrorKind::TimedOut))?? == 0 {
            break;
        }
    }
    Ok(piece)
}

#[async_trait]
impl StorageBackend<Guest> for Storage {
    type Metadata = About;

    fn supported_features(&self) -> u32 {
        FEATURE_RESTART
    }

    async fn metadata<P: AsRef<Path> + Send + Debug>(&self, guest: &Guest, path: P) -> Result<About> {
        let path = raw(path.as_ref());
        on_disk(guest, move |folder| Ok(About(folder.stat(&ZonePath::resolve(&path)?)?))).await
    }

    async fn list<P: AsRef<Path> + Send + Debug>(
        &self,
        guest: &Guest,
        path: P,
    ) -> Result<Vec<Fileinfo<PathBuf, About>>> {
        let path = raw(path.as_ref());
        on_disk(guest, move |folder| list(folder, &path)).await
    }

    async fn get<P: AsRef<Path> + Send + Debug>(
        &self,
        guest: &Guest,
        path: P,
        begin: u64,
    ) -> Result<Box<dyn AsyncRead + Send + Sync + Unpin>> {
        let path = raw(path.as_ref());
        let opened = on_disk(guest, move |folder| {
            let mut file = folder.read(&ZonePath::resolve(&path)?)?;
            file.seek(SeekFrom::Start(begin))?;
            Ok(file)
        });
        Ok(Box::new(tokio::fs::File::from_std(opened.await?)))
    }

    async fn put<P: AsRef<Path> + Send + Debug, R: AsyncRead + Send + Sync + Unpin + 'static>(
        &self,
        guest: &Guest,
        mut input: R,
        path: P,
        begin: u64,
    ) -> Result<u64> {
        let path = raw(path.as_ref());
        let mut upload = on_disk(guest, move |folder| open(folder, &path, begin)).await?;
        let mut end = begin;
        loop {
            let piece = match gather(&mut input).await {
                Ok(piece) => piece,
                Err(error) => {
                    // What came is set aside, to be continued.
                    let set_aside = move || {
                        drop(upload);
                        Ok(())
                    };
                    blocking(set_aside).await?;
                    return Err(Error::new(ErrorKind::ConnectionClosed, error));
                }
            };
            if piece.is_empty() {
                break;
            }
            let length = piece.len() as u64;
            upload = blocking(move || upload.write(end, &piece).map(|()| upload)).await?;
            end += length;
        }
        blocking(move || upload.close()).await?;
        Ok(end - begin)
    }

    async fn del<P: AsRef<Path> + Send + Debug>(&self, guest: &Guest, path: P) -> Result<()> {
        let path = raw(path.as_ref());
        on_disk(guest, move |folder| folder.remove(&ZonePath::resolve(&path)?)).await
    }

    async fn mkd<P: AsRef<Path> + Send + Debug>(&self, guest: &Guest, path: P) -> Result<()> {
        let path = raw(path.as_ref());
        on_disk(guest, move |folder| folder.make_folder(&changeable(&path)?)).await
    }

    /// Clients give files their final name in this way, so what has that name is replaced.
    async fn rename<P: AsRef<Path> + Send + Debug>(&self, guest: &Guest, from: P, to: P) -> Result<()> {
        let (from, to) = (raw(from.as_ref()), raw(to.as_ref()));
        on_disk(guest, move |folder| folder.rename(&changeable(&from)?, &changeable(&to)?, true)).await
    }

    async fn rmd<P: AsRef<Path> + Send + Debug>(&self, guest: &Guest, path: P) -> Result<()> {
        let path = raw(path.as_ref());
        on_disk(guest, move |folder| folder.remove_folder(&ZonePath::resolve(&path)?)).await
    }

    async fn cwd<P: AsRef<Path> + Send + Debug>(&self, guest: &Guest, path: P) -> Result<()> {
        let path = raw(path.as_ref());
        on_disk(guest, move |folder| folder.list(&ZonePath::resolve(&path)?).map(drop)).await
    }
}
