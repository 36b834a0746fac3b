//! What a sweep took away is kept, so that people can see what became of their photos: how much, when, and some of the names.

use tintype_protocol::time::Timestamp;

use crate::error::LibraryError;
use crate::library::Library;
use crate::model::Upstream;
use crate::store::Durability;

/// Photos that are named.
pub(super) const NAMED: usize = 10;
/// Letters of a name that are kept.
const NAME_LIMIT: usize = 200;

/// What the last sweep took away.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gone {
    /// When.
    pub at: Timestamp,
    /// How many rows, whatever they stood for.
    pub rows: u64,
    /// What the first photos among them were called.
    pub names: Vec<String>,
}

/// Key of what the last sweep of an upstream took away.
fn key(upstream: i64) -> String {
    format!("swept/{upstream}")
}

/// A name as it is kept: on one line.
pub(super) fn kept_name(name: &str) -> String {
    name.chars().filter(|letter| !letter.is_control()).take(NAME_LIMIT).collect()
}

impl Library {
    /// Keeps what a sweep took away, in the place of what was kept before.
    pub fn note_swept(&self, upstream: &Upstream, rows: u64, names: &[String]) -> Result<(), LibraryError> {
        let (key, names) = (key(upstream.id), names.join("\n"));
        self.write(Durability::Relaxed, move |tx| {
            let text = format!("{}\n{rows}\n{names}", tx.now().0);
            Ok(tx.set_server_metadata(&key, text.trim_end())?)
        })
    }

    /// What the last sweep of an upstream took away, if there was one.
    pub fn last_swept(&self, upstream: i64) -> Result<Option<Gone>, LibraryError> {
        let text = self.read(|tx| Ok(tx.server_metadata(&key(upstream))?))?;
        Ok(text.and_then(|text| {
            let mut lines = text.lines();
            let (at, rows) = (lines.next()?.parse().ok()?, lines.next()?.parse().ok()?);
            Some(Gone { at: Timestamp(at), rows, names: lines.map(str::to_owned).collect() })
        }))
    }
}
