//! What a file says now.

use std::collections::BTreeMap;

use crate::merge::Change;
use crate::tag::Tag;
use crate::value::Value;

/// The values of a file's tags, as far as they matter here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    /// What it says.
    pub values: BTreeMap<Tag, Value>,
    /// What the original says where the file is a sidecar: readers prefer the sidecar's list to the original's, so a list
    /// that begins there begins with the original's entries.
    pub beside: BTreeMap<Tag, Value>,
    /// Whether it has a block of IPTC with texts that are not ASCII.
    pub has_other_iptc: bool,
    /// Whether Photoshop's note of its IPTC block is there and right.
    pub has_iptc_digest: bool,
}

impl State {
    /// What it will say after changes.
    pub fn after(&self, changes: &[Change]) -> Self {
        let mut state = self.clone();
        for change in changes {
            match &change.after {
                Some(value) => drop(state.values.insert(change.tag, value.clone())),
                None => drop(state.values.remove(&change.tag)),
            }
        }
        state
    }
}
