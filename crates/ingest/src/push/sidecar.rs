//! The XMP that lies beside a photo and goes to the server with it.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::outgoing::open_plain;

/// The longest sidecar that is sent, in bytes. Larger files of that name are none.
const MAX_SIDECAR_BYTES: u64 = 16 << 20;

/// Reads the sidecar of a photo: `beach.jpg.xmp`, else `beach.xmp`, with the extension in lower or upper case. `None` if
/// there is no plain file of such a name and a sensible length.
pub(crate) fn sidecar_of(photo: &Path) -> io::Result<Option<Vec<u8>>> {
    for path in names(photo) {
        let Some(file) = open(&path)? else { continue };
        let mut bytes = Vec::new();
        file.take(MAX_SIDECAR_BYTES + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 <= MAX_SIDECAR_BYTES {
            return Ok(Some(bytes));
        }
    }
    Ok(None)
}

fn names(photo: &Path) -> [PathBuf; 4] {
    let appended = |extension: &str| {
        let mut name = photo.as_os_str().to_owned();
        name.push(extension);
        PathBuf::from(name)
    };
    [appended(".xmp"), appended(".XMP"), photo.with_extension("xmp"), photo.with_extension("XMP")]
}

/// Nothing where no plain file lies.
fn open(path: &Path) -> io::Result<Option<File>> {
    match open_plain(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => Ok(None),
        opened => opened,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sidecar_with_the_whole_name_goes_first() {
        let folder = tempfile::tempdir().unwrap();
        let photo = folder.path().join("beach.jpg");
        assert_eq!(sidecar_of(&photo).unwrap(), None);
        std::fs::write(folder.path().join("beach.XMP"), "short").unwrap();
        assert_eq!(sidecar_of(&photo).unwrap().unwrap(), b"short");
        std::fs::write(folder.path().join("beach.jpg.xmp"), "whole").unwrap();
        assert_eq!(sidecar_of(&photo).unwrap().unwrap(), b"whole");
    }

    #[test]
    fn links_folders_and_huge_files_are_no_sidecars() {
        let folder = tempfile::tempdir().unwrap();
        let photo = folder.path().join("beach.jpg");
        std::fs::write(folder.path().join("secret"), "secret").unwrap();
        std::os::unix::fs::symlink("secret", folder.path().join("beach.jpg.xmp")).unwrap();
        std::fs::create_dir(folder.path().join("beach.jpg.XMP")).unwrap();
        File::create(folder.path().join("beach.xmp")).unwrap().set_len(MAX_SIDECAR_BYTES + 1).unwrap();
        assert_eq!(sidecar_of(&photo).unwrap(), None);
    }
}
