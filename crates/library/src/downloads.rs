//! Originals in archives.

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};
use std::sync::Arc;

use tintype_protocol::dto::download::DownloadArchiveInfo;
use tintype_protocol::id::{AlbumId, AssetId, UserId};
use tintype_protocol::permission::Permission;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::albums::allowed;
use crate::assets::{ordinary, usable};
use crate::error::LibraryError;
use crate::fetching::ORIGINAL_PATIENCE;
use crate::library::Library;
use crate::model::Asset;
use crate::origin::Wanted;
use crate::sessions::Caller;
use crate::store::Read;
use crate::uploads::file_name;

/// Bytes after which a new archive begins, unless the client says otherwise.
pub const DEFAULT_ARCHIVE_BYTES: u64 = 4 << 30;
/// Assets read at a time when everything of a user is downloaded.
const PAGE: u32 = 1_000;

/// What to download.
#[derive(Debug, Clone)]
pub enum Selection {
    /// These assets.
    Assets(Vec<AssetId>),
    /// An album.
    Album(AlbumId),
    /// Everything in a user's timeline and archive.
    User(UserId),
}

impl Library {
    /// Splits a selection into archives. A file that overflows one still goes into it. Motion parts come along.
    pub fn plan_archives(
        &self,
        caller: &Caller,
        selection: &Selection,
        archive_bytes: u64,
    ) -> Result<Vec<DownloadArchiveInfo>, LibraryError> {
        let assets = self.selected(caller, selection)?;
        let mut archives = Vec::new();
        let mut current = DownloadArchiveInfo::default();
        for asset in assets {
            current.size += u64::try_from(asset.size_bytes).unwrap_or(0);
            current.asset_ids.push(asset.id);
            if current.size > archive_bytes {
                archives.push(std::mem::take(&mut current));
            }
        }
        if !current.asset_ids.is_empty() {
            archives.push(current);
        }
        Ok(archives)
    }

    fn selected(&self, caller: &Caller, selection: &Selection) -> Result<Vec<Asset>, LibraryError> {
        let assets = match selection {
            Selection::Assets(ids) => self.assets(caller, ids, Permission::AssetDownload)?,
            Selection::Album(id) => {
                let album = self.read(|tx| allowed(tx, caller, *id, Permission::AlbumDownload))?;
                self.album_assets(&album)?
            }
            Selection::User(id) if Some(*id) == caller.viewer() => self.everything(*id)?,
            Selection::User(_) => return Err(LibraryError::NoAccess(Permission::TimelineDownload)),
        };
        self.read(|tx| with_motion_parts(tx, assets))
    }

    fn everything(&self, owner: UserId) -> Result<Vec<Asset>, LibraryError> {
        let mut filter = ordinary(owner);
        let mut all = Vec::new();
        loop {
            let page = self.search_by_id(&filter, PAGE)?;
            let is_last = page.len() < PAGE as usize;
            filter.after_id = page.last().map(|asset| asset.id).or(filter.after_id);
            all.extend(page);
            if is_last {
                return Ok(all);
            }
        }
    }

    /// The originals of an archive, each once, checked before the first byte is sent.
    pub fn archive_contents(&self, caller: &Caller, ids: &[AssetId]) -> Result<Vec<Asset>, LibraryError> {
        let mut seen = HashSet::new();
        let ids = ids.iter().filter(|id| seen.insert(**id));
        self.read(|tx| ids.map(|id| usable(tx, caller, *id, Permission::AssetDownload)).collect())
    }

    /// Says before the first byte is sent that originals cannot be had now, as far as that can be known: the first one
    /// that is not here is asked for.
    pub fn check_archive(self: &Arc<Self>, assets: &[Asset]) -> Result<(), LibraryError> {
        for asset in assets {
            if asset.is_in_place() {
                self.open_original(asset)?;
                continue;
            }
            let is_elsewhere = self.read(|tx| Ok(tx.is_remote(asset.id)?))?;
            if is_elsewhere && self.here(asset, Wanted::Original)?.is_none() {
                return self.readable_original(asset).map(drop);
            }
        }
        Ok(())
    }

    /// An original, wherever it is, its length and its name.
    fn readable_original(self: &Arc<Self>, asset: &Asset) -> Result<(Box<dyn io::Read>, u64, String), LibraryError> {
        if let Some(found) = self.here(asset, Wanted::Original)? {
            return Ok((Box::new(found.blob.reader), found.blob.size_bytes, found.name));
        }
        if self.is_relayed(asset, Wanted::Original) {
            let arriving = self.relay(asset, Wanted::Original, None)?;
            let (length, name) = (arriving.length.unwrap_or(u64::MAX), asset.original_name.clone());
            return Ok((arriving.reader, length, name));
        }
        let found = self.fetch(asset, Wanted::Original, ORIGINAL_PATIENCE)?;
        Ok((Box::new(found.blob.reader), found.blob.size_bytes, found.name))
    }

    /// Writes originals as an uncompressed ZIP. Equal names become `name+1.ext`.
    pub fn write_archive(self: &Arc<Self>, assets: &[Asset], output: impl Write) -> Result<(), ArchiveError> {
        let mut archive = ZipWriter::new_stream(output);
        let mut names: HashMap<String, u32> = HashMap::new();
        for asset in assets {
            let (mut source, size_bytes, name) = self.readable_original(asset)?;
            /// Larger entries need the format's 64-bit fields.
            const LARGE: u64 = u32::MAX as u64;
            let options = SimpleFileOptions::default()
                .compression_method(CompressionMethod::Stored)
                .large_file(size_bytes >= LARGE);
            archive.start_file(unique_name(&mut names, &name), options)?;
            io::copy(&mut source, &mut archive)?;
        }
        archive.finish()?;
        Ok(())
    }
}

/// Why an archive could not be written.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum ArchiveError {
    #[error("an original could not be read")]
    Library(#[from] LibraryError),
    #[error("the archive could not be written")]
    Zip(#[from] zip::result::ZipError),
    #[error("copying an original into the archive failed")]
    Io(#[from] io::Error),
}

/// A name that is safe to unpack and not in the archive yet.
fn unique_name(names: &mut HashMap<String, u32>, original: &str) -> String {
    let name = file_name(original, 0);
    let mut attempt = names.get(&name).copied().unwrap_or(0);
    loop {
        let candidate = file_name(original, attempt);
        attempt += 1;
        if !names.contains_key(&candidate) {
            names.insert(candidate.clone(), 1);
            names.insert(name, attempt);
            return candidate;
        }
    }
}

fn with_motion_parts(tx: &dyn Read, assets: Vec<Asset>) -> Result<Vec<Asset>, LibraryError> {
    let mut parts = Vec::new();
    for asset in &assets {
        if let Some(video) = asset.live_photo_video_id
            && let Some(part) = tx.asset(video)?
        {
            parts.push(part);
        }
    }
    let mut all = assets;
    all.extend(parts);
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_archives_are_safe_and_unique() {
        let mut names = HashMap::new();
        let mut name = |original| unique_name(&mut names, original);
        assert_eq!(name("beach.jpg"), "beach.jpg");
        assert_eq!(name("beach.jpg"), "beach+1.jpg");
        assert_eq!(name("beach+1.jpg"), "beach+1+1.jpg");
        assert_eq!(name("beach.jpg"), "beach+2.jpg");
        assert_eq!(name("../../../etc/evil.jpg"), "_.._.._etc_evil.jpg");
        assert_eq!(name("..\\evil.jpg"), "_evil.jpg");
        assert_eq!(name(".."), "unnamed");
    }
}
