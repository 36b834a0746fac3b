//! Session tokens of upstreams: a file for each in the data folder, for its owner's eyes only.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// Folder of the tokens inside the data folder.
const FOLDER: &str = "upstreams";

fn file(data: &Path, upstream: i64) -> PathBuf {
    data.join(FOLDER).join(format!("{upstream}.token"))
}

/// Keeps a token: written beside, then put in place, so that there is always a whole one or none.
pub(crate) fn keep(data: &Path, upstream: i64, token: &str) -> anyhow::Result<()> {
    let path = file(data, upstream);
    let beside = path.with_extension("new");
    let write = || {
        fs::create_dir_all(data.join(FOLDER))?;
        // A leftover of a crash may have other rights.
        match fs::remove_file(&beside) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = fs::File::options().write(true).create_new(true).mode(0o600).open(&beside)?;
        file.write_all(token.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, &path)
    };
    write().with_context(|| format!("the session could not be kept in {}", path.display()))
}

/// The token of an upstream. What to do where there is none is [told](crate::activity::told) with the address: signing in again is
/// enough, whereas who logs out loses what waits to be sent.
pub(crate) fn get(data: &Path, upstream: i64) -> anyhow::Result<String> {
    let path = file(data, upstream);
    let text = fs::read_to_string(&path)
        .with_context(|| format!("the session in {} is missing, as after a restored backup", path.display()))?;
    Ok(text.trim().to_owned())
}

/// Forgets a token.
pub(crate) fn forget(data: &Path, upstream: i64) -> anyhow::Result<()> {
    match fs::remove_file(file(data, upstream)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).context("the session could not be removed")
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn tokens_are_for_their_owner_only() {
        let dir = tempfile::tempdir().unwrap();
        keep(dir.path(), 3, "first").unwrap();
        keep(dir.path(), 3, "second").unwrap();
        assert_eq!(get(dir.path(), 3).unwrap(), "second");
        let mode = fs::metadata(file(dir.path(), 3)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        forget(dir.path(), 3).unwrap();
        forget(dir.path(), 3).unwrap();
        assert!(get(dir.path(), 3).is_err());
    }
}
