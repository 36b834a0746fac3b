//! Which names are none of the pipeline's business.

use std::ffi::OsStr;

/// Folder in a zone where originals go whose processing failed.
pub const UNDONE: &str = "undone";
/// Folder in a zone where originals go that were delivered, if the zone archives them.
pub const DONE: &str = "done";
/// What is made of originals lies here until it is delivered.
pub(crate) const WORK: &str = ".tintype-work";

/// Whether a folder right below the zone is the pipeline's own.
pub(crate) fn is_own(name: &OsStr) -> bool {
    name == UNDONE || name == DONE
}

/// Whether a name is one of a photo, a video or what belongs to one: what nobody may lose because something else has it.
pub(crate) fn is_photo_or_sidecar(name: &[u8]) -> bool {
    let name = String::from_utf8_lossy(name);
    tintype_media::formats::by_name(&name).is_some() || name.to_ascii_lowercase().ends_with(".xmp")
}

/// What files that belong together share: the folder and the name up to the last dot, without case. `IMG_1.HEIC`,
/// `IMG_1.MOV` and `img_1.xmp` share it, as do `a.jpg` and its sidecar `a.jpg.xmp`.
pub(crate) fn group_of(path: &[u8]) -> Vec<u8> {
    let start = path.iter().rposition(|byte| *byte == b'/').map_or(0, |at| at + 1);
    let (folder, name) = path.split_at(start);
    let lower = name.to_ascii_lowercase();
    let mut stem = without_extension(&lower);
    if lower.ends_with(b".xmp") && extension(stem).is_some_and(is_media) {
        stem = without_extension(stem);
    }
    [folder, stem].concat()
}

/// The name without its last dot and what is behind it.
fn without_extension(name: &[u8]) -> &[u8] {
    match name.iter().rposition(|byte| *byte == b'.') {
        Some(at) if at > 0 => &name[..at],
        _ => name,
    }
}

fn extension(name: &[u8]) -> Option<&[u8]> {
    let at = name.iter().rposition(|byte| *byte == b'.').filter(|at| *at > 0)?;
    Some(&name[at + 1..])
}

fn is_media(extension: &[u8]) -> bool {
    let name = [b"x.", extension].concat();
    std::str::from_utf8(&name).is_ok_and(|name| tintype_media::formats::by_name(name).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_together_shares_a_name() {
        for (path, group) in [
            ("a/IMG_1.HEIC", "a/img_1"),
            ("a/img_1.mov", "a/img_1"),
            ("a/IMG_1.xmp", "a/img_1"),
            ("a/IMG_1.HEIC.xmp", "a/img_1"),
            ("IMG_1.JPG", "img_1"),
            ("a.b/c.tar.xmp", "a.b/c.tar"),
            ("a/.jpg", "a/.jpg"),
            ("noextension", "noextension"),
        ] {
            assert_eq!(group_of(path.as_bytes()), group.as_bytes(), "{path}");
        }
    }
}
