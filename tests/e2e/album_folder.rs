//! A folder of pictures in subfolders, as somebody would hand it to the command line client.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use tempfile::TempDir;
use tintype_testkit::{Api, not_run_without_shared, picture, sha1_hex, shared};

/// The folders, and so the albums; one lies deeper, because uploads are recursive.
pub(crate) const ALBUMS: &[(&str, &str)] = &[("Harbour", "Harbour"), ("Garden/Shed", "Shed")];

/// How many pictures are made when there are no photographs.
const MADE: u64 = 12;

/// The folder, and what an upload of it has to bring.
pub(crate) struct AlbumFolder {
    folder: TempDir,
    /// SHA-1 in hexadecimal of every file that the server's format list allows, with its name and album.
    pub(crate) expected: BTreeMap<String, (String, &'static str)>,
}

impl AlbumFolder {
    /// Photographs where they are at hand, else made pictures.
    pub(crate) fn new(api: &Api) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("tintype-photos-").tempdir().context("cannot make a folder")?;
        let allowed = extensions(api)?;
        let mut expected = BTreeMap::new();
        for (index, (name, bytes)) in sources()?.into_iter().enumerate() {
            let (below, album) = ALBUMS[index % ALBUMS.len()];
            let place = folder.path().join(below);
            fs::create_dir_all(&place).context("cannot make an album's folder")?;
            fs::write(place.join(&name), &bytes).with_context(|| format!("cannot write {name}"))?;
            if allowed.contains(&extension(Path::new(&name))) {
                expected.insert(sha1_hex(&bytes), (name, album));
            }
        }
        Ok(Self { folder, expected })
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Names and contents.
fn sources() -> Result<Vec<(String, Vec<u8>)>> {
    let Some(photos) = shared().map(|shared| shared.join("photos")).filter(|photos| photos.is_dir()) else {
        not_run_without_shared("uploads of real photographs (made pictures are used instead)");
        return (0..MADE).map(|seed| Ok((format!("made-{seed}.jpg"), picture(seed, 320, 240)?))).collect();
    };
    let entries = fs::read_dir(&photos).with_context(|| format!("cannot read {}", photos.display()))?;
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    let read = |path: PathBuf| {
        let name = path.file_name().context("an entry without a name")?.to_string_lossy().into_owned();
        Ok((name, fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?))
    };
    paths.into_iter().map(read).collect()
}

/// What the server takes, as `.jpg`.
fn extensions(api: &Api) -> Result<Vec<String>> {
    let types = api.get("/server/media-types")?;
    let lists = ["image", "video"].iter().filter_map(|kind| types[kind].as_array()).flatten();
    Ok(lists.filter_map(|extension| Some(extension.as_str()?.to_owned())).collect())
}

fn extension(path: &Path) -> String {
    path.extension().map(|extension| format!(".{}", extension.to_string_lossy().to_lowercase())).unwrap_or_default()
}
