//! Where photos that come down are put.

use tintype_library::uploads::{file_name, folder_name};
use tintype_protocol::time::{DAY_MS, Timestamp, civil_from_days};

use crate::error::ReconcileError;

/// What can stand in a template, beside the name of the file at its end.
const PARTS: [&str; 3] = ["{year}", "{month}", "{day}"];
/// The name of the file.
const NAME: &str = "{name}";

/// A template of paths, as in `{year}/{month}/{name}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    folder: String,
}

impl Tree {
    /// Reads a template: folders, of which `{year}`, `{month}` and `{day}` may be part, and `{name}` at the end.
    pub fn parse(text: &str) -> Result<Self, ReconcileError> {
        let refuse = |why: &str| Err(ReconcileError::Settings { text: format!("{text}: {why}") });
        let Some(folder) = text.strip_suffix(NAME) else { return refuse("a tree ends with {name}") };
        let folder = folder.trim_end_matches('/');
        let rest = PARTS.iter().fold(folder.to_owned(), |rest, part| rest.replace(part, "1"));
        if rest.contains(['{', '}']) {
            return refuse("{year}, {month}, {day} and {name} are what can stand in a tree");
        }
        let is_plain = |name: &str| !name.is_empty() && !name.starts_with('.') && folder_name(name) == name;
        if !rest.is_empty() && !rest.split('/').all(is_plain) {
            return refuse("its folders need plain names");
        }
        Ok(Self { folder: folder.to_owned() })
    }

    /// Where a photo goes that is called this and was taken then by the clock on the wall; `attempt` rises where the place
    /// is taken.
    pub fn place(&self, name: &str, taken: Timestamp, attempt: u32) -> Vec<u8> {
        let (year, month, day) = civil_from_days(taken.0.div_euclid(DAY_MS));
        let folder = self
            .folder
            .replace("{year}", &format!("{year:04}"))
            .replace("{month}", &format!("{month:02}"))
            .replace("{day}", &format!("{day:02}"));
        let name = file_name(name, attempt);
        if folder.is_empty() { name.into_bytes() } else { format!("{folder}/{name}").into_bytes() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn photos_get_their_places() {
        let taken = Timestamp::parse("2024-03-09T23:59:59Z").unwrap();
        let place = |tree: &str, attempt| {
            String::from_utf8(Tree::parse(tree).unwrap().place("a b.jpg", taken, attempt)).unwrap()
        };
        assert_eq!(place("{year}/{month}/{name}", 0), "2024/03/a b.jpg");
        assert_eq!(place("Photos/{year}-{month}-{day}/{name}", 1), "Photos/2024-03-09/a b+1.jpg");
        assert_eq!(place("{name}", 0), "a b.jpg");
        for wrong in ["{year}", "../{name}", "/x/{name}", "a//b/{name}", "{album}/{name}", ".hidden/{name}"] {
            assert!(Tree::parse(wrong).is_err(), "{wrong}");
        }
    }
}
