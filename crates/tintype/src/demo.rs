//! A few made-up pictures, so that there is something to look at.

use std::path::{Path, PathBuf};

/// A folder that goes when dropped.
pub(crate) struct Made(PathBuf);

impl Made {
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Pictures of the demonstration.
const PICTURES: u32 = 60;

/// Makes the pictures, and a video if ffmpeg is there.
pub(crate) fn make() -> anyhow::Result<Made> {
    let folder = std::env::temp_dir().join(format!("tintype-demo-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let made = Made(folder);
    tintype_media::synthetic::write_album(made.path(), PICTURES)?;
    tintype_media::synthetic::write_video(&crate::doctor::find_tools(), &made.path().join("waves.mp4"))?;
    Ok(made)
}
