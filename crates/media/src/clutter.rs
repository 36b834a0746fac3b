//! Names in folders of pictures that stand for nobody's photos.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

/// Ends of names that programs give to files that they have not finished, in lower case.
const UNFINISHED: [&str; 9] =
    [".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload", ".download", ".pending", ".!sync"];
/// Names that systems leave in folders of pictures, in lower case.
const CLUTTER: [&str; 7] =
    ["thumbs.db", "desktop.ini", "@eadir", "#recycle", "$recycle.bin", "system volume information", "lost+found"];

/// Whether a file or folder is left alone whatever it holds: hidden ones, unfinished ones and those that systems leave.
pub fn is_ignored(name: &OsStr) -> bool {
    let bytes = name.as_bytes();
    if bytes.starts_with(b".") || bytes.ends_with(b"~") || bytes.starts_with(b"~syncthing~") {
        return true;
    }
    let lower = name.to_string_lossy().to_lowercase();
    CLUTTER.contains(&lower.as_str()) || UNFINISHED.iter().any(|end| lower.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unfinished_or_hidden_is_left_alone() {
        for (name, ignored) in [
            ("IMG_1.jpg", false),
            ("part.jpg", false),
            ("holiday.tmp.jpg", false),
            (".hidden.jpg", true),
            (".trashed-1787-IMG_1.jpg", true),
            (".syncthing.IMG_1.jpg.tmp", true),
            ("~syncthing~IMG_1.jpg.tmp", true),
            (".IMG_1.jpg.Xa81bQ", true),
            ("IMG_1.jpg.part", true),
            ("IMG_1.JPG.FilePart", true),
            ("IMG_1.jpg.crdownload", true),
            ("IMG_1.jpg~", true),
            ("Thumbs.db", true),
            ("@eaDir", true),
        ] {
            assert_eq!(is_ignored(OsStr::new(name)), ignored, "{name}");
        }
    }
}
