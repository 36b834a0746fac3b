//! Readable paths of originals: `library/<user>/<YYYY>/<MM>/<name>`.

use tintype_protocol::time::Timestamp;

use crate::model::User;

/// Longest name in bytes; leaves room for `+1`, `.xmp` and the 255 bytes that file systems allow.
const NAME_LIMIT: usize = 200;

/// The folder that an original of `user` taken at `local` (wall-clock time) is kept in.
pub(super) fn folder(user: &User, local: Timestamp) -> String {
    let (year, month) = local.year_month();
    let owner = user.storage_label.clone().unwrap_or_else(|| user.id.to_string());
    format!("library/{owner}/{:04}/{month:02}", year.clamp(0, 9999))
}

/// The name of the file: the device's, made safe; with `+n` before the extension from the second attempt on.
pub fn file_name(original: &str, attempt: u32) -> String {
    let clean = folder_name(original);
    let clean = if clean.is_empty() { "unnamed".to_owned() } else { clean };
    if attempt == 0 {
        return clean;
    }
    match clean.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => format!("{stem}+{attempt}.{extension}"),
        _ => format!("{clean}+{attempt}"),
    }
}

/// The name under which people see a file: without folders that a client wrote before it, and without control
/// characters.
pub(crate) fn shown_name(original: &str) -> String {
    let last = original.rsplit(['/', '\\']).next().unwrap_or(original);
    last.chars().filter(|c| !c.is_control()).collect()
}

/// A text as the name of one file or folder: nothing that a file system or a shell script could stumble over, no
/// leading dot, not too long. Letters of all languages stay. May be empty.
pub fn folder_name(text: &str) -> String {
    let clean: String = text
        .chars()
        .map(|c| match c {
            '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '_',
            c if c.is_control() => '_',
            c => c,
        })
        .collect();
    let clean = clean.trim().trim_start_matches('.').trim_end_matches([' ', '.']);
    shorten(clean)
}

/// Cuts the stem, never the extension, and never inside a character.
fn shorten(name: &str) -> String {
    if name.len() <= NAME_LIMIT {
        return name.to_owned();
    }
    let (stem, extension) = match name.rsplit_once('.') {
        Some((stem, extension)) if extension.len() < 16 => (stem, format!(".{extension}")),
        _ => (name, String::new()),
    };
    let mut end = NAME_LIMIT - extension.len();
    while !stem.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{extension}", &stem[..end])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn names_are_safe(original in "\\PC{0,300}", attempt in 0_u32..200) {
            let name = file_name(&original, attempt);
            prop_assert!(!name.is_empty() && name.len() <= NAME_LIMIT + 8, "{name:?}");
            prop_assert!(!name.contains(['/', '\\', '\0']) && !name.starts_with('.') && name != "..", "{name:?}");
        }
    }

    #[test]
    fn names_are_shown_without_their_folders() {
        assert_eq!(shown_name("IMG_1234.JPG"), "IMG_1234.JPG");
        assert_eq!(shown_name("../../etc/a b.jpg"), "a b.jpg");
        assert_eq!(shown_name("C:\\Users\\ada\\b\u{7}.jpg"), "b.jpg");
    }

    #[test]
    fn names_stay_readable() {
        assert_eq!(file_name("IMG_1234.JPG", 0), "IMG_1234.JPG");
        assert_eq!(file_name("IMG_1234.JPG", 2), "IMG_1234+2.JPG");
        assert_eq!(file_name("Straße – Zürich.heic", 0), "Straße – Zürich.heic");
        assert_eq!(file_name("../../etc/passwd", 0), "_.._etc_passwd");
        assert_eq!(file_name("", 0), "unnamed");
        assert!(file_name(&format!("{}.jpeg", "x".repeat(400)), 0).ends_with(".jpeg"));
    }
}
