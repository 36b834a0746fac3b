//! What is to be done with one file.

use sha1::{Digest as _, Sha1};
use tintype_library::model::{WriteTarget, WrittenFile};
use tintype_library::write_back::{Facts, stamp};
use tintype_media::metadata::holds_no_labels;

use super::{Engine, facts};
use crate::container::Container;
use crate::fault::Fault;
use crate::merge::{Change, Plan, Written, plan};
use crate::modules::Module;
use crate::order::Order;
use crate::state::State;
use crate::tag::{Kind, Tag};
use crate::value::Value;
use crate::wish::{Wishes, wishes};

/// What is to be done with a file.
#[derive(Debug)]
pub(super) enum Decision {
    /// Nothing: why, as it is counted and for people.
    Skip(&'static str, String),
    /// Nothing: it says all that it should. What is to be remembered of that, if it is news.
    Equal(Option<WrittenFile>),
    /// This.
    Write(Box<Draft>),
}

/// A file that is to be written.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) base: Base,
    /// What it says now.
    pub(super) state: State,
    pub(super) changes: Vec<Change>,
    /// What to remember; `None`: nothing is to be remembered any more.
    pub(super) remembered: Option<Remembered>,
    pub(super) notes: Vec<&'static str>,
}

/// What is remembered of a file that was written.
#[derive(Debug)]
pub(super) struct Remembered {
    pub(super) wishes: [u8; 20],
    pub(super) entries: String,
}

/// What is written to.
#[derive(Debug)]
pub(super) enum Base {
    /// A sidecar under a key: its bytes, if there is one, and whether others wrote into it.
    Sidecar { key: String, bytes: Option<Vec<u8>>, is_foreign: bool },
    /// The original.
    Original,
}

/// What was written, as it is remembered: module, tag, value.
type Entry = (Module, Tag, Value);

pub(super) fn remembered(file: Option<&WrittenFile>) -> Written {
    let mut written = Written::default();
    // Of another version, at worst: then nothing there is ours, and nothing of it is taken away.
    let entries: Vec<Entry> = file.and_then(|file| serde_json::from_str(&file.entries).ok()).unwrap_or_default();
    entries.into_iter().for_each(|(module, tag, value)| written.put(module, tag, value));
    written
}

pub(super) fn entries(written: &Written) -> String {
    let entries: Vec<(Module, Tag, &Value)> = written.iter().collect();
    serde_json::to_string(&entries).unwrap_or_else(|_| "[]".to_owned())
}

/// What is wished of an asset's file, in short.
fn digest(facts: &Facts, order: &Order, target: WriteTarget) -> [u8; 20] {
    let all = (facts::known(facts), &order.choice, target.as_str());
    Sha1::digest(serde_json::to_vec(&all).unwrap_or_default()).into()
}

impl Engine<'_> {
    /// What is to be done with the sidecar or the original of an asset.
    pub(super) fn decide(&self, facts: &Facts, order: &Order, target: WriteTarget) -> Result<Decision, Fault> {
        if let Some(why) = facts.withheld {
            return Ok(Decision::Skip(why.reason(), why.to_string()));
        }
        let known = facts.written.iter().find(|file| file.target == target);
        let digest = digest(facts, order, target);
        if order.only_new && self.looks_as_left(facts, known, digest) {
            return Ok(Decision::Equal(None));
        }
        let written = remembered(known);
        let (container, base, mut state) = match target {
            WriteTarget::Sidecar => {
                let (base, state) = self.sidecar(&facts.asset)?;
                (Container::Sidecar, base, state)
            }
            WriteTarget::Embedded => {
                if let Some((reason, text)) = super::embedded::refusal(facts) {
                    return Ok(Decision::Skip(reason, text.to_owned()));
                }
                let media_type = facts.form.as_ref().map_or(&facts.asset.media_type, |form| &form.media_type);
                let Some(container) = Container::of(media_type) else {
                    let text = "nothing is written into files of this type; use the sidecar";
                    return Ok(Decision::Skip("sidecar-only", text.to_owned()));
                };
                let state = self.exiftool()?.read(&self.original(&facts.asset)?)?;
                (container, Base::Original, state)
            }
        };
        let wished = wishes(&facts::known(facts), &order.choice, container);
        if target == WriteTarget::Sidecar && begins_a_list(&wished, &state) {
            state.beside = self.beside(facts)?;
        }
        let Plan { changes, written, notes } = plan(&wished, &order.choice, &state, &written);
        let remembered = Remembered { wishes: digest, entries: entries(&written) };
        if changes.is_empty() {
            let file = self.seen(facts, target, &base, &remembered);
            return Ok(Decision::Equal(file.filter(|file| Some(file) != known)));
        }
        Ok(Decision::Write(Box::new(Draft { base, state, changes, remembered: Some(remembered), notes })))
    }

    /// Whether a file is as it was left, and what is wished of it as well.
    fn looks_as_left(&self, facts: &Facts, known: Option<&WrittenFile>, digest: [u8; 20]) -> bool {
        let Some(known) = known.filter(|known| known.wishes == digest) else { return false };
        let key = match known.target {
            WriteTarget::Sidecar => facts.asset.sidecar_path.as_deref(),
            WriteTarget::Embedded => Some(facts.asset.original_path.as_str()),
        };
        let Some(key) = key else { return known.size_bytes == 0 };
        let found = self.library.blobs().local(key).ok().and_then(|file| stamp(&file.path).ok());
        found == Some((known.size_bytes, known.modified_ns))
    }

    /// What is to be remembered of a file that needs no change. A sidecar that is not there and not needed has no size.
    fn seen(&self, facts: &Facts, target: WriteTarget, base: &Base, remembered: &Remembered) -> Option<WrittenFile> {
        let key = match base {
            Base::Sidecar { bytes: None, .. } => None,
            Base::Sidecar { key, .. } => Some(key),
            Base::Original => Some(&facts.asset.original_path),
        };
        let (size_bytes, modified_ns) = match key {
            Some(key) => stamp(&self.library.blobs().local(key).ok()?.path).ok()?,
            None => (0, 0),
        };
        let (wishes, entries) = (remembered.wishes, remembered.entries.clone());
        Some(WrittenFile { asset: facts.asset.id, target, size_bytes, modified_ns, wishes, entries })
    }

    /// The lists in the original, which a sidecar's lists would hide from those who read both.
    fn beside(&self, facts: &Facts) -> Result<std::collections::BTreeMap<Tag, Value>, Fault> {
        let file = self.library.original_file(&facts.asset)?;
        if holds_no_labels(file.path()).map_err(|error| Fault::io("reading", file.path(), error))? {
            return Ok(std::collections::BTreeMap::new());
        }
        let mut values = self.exiftool()?.read(file.path())?.values;
        if let Some(keywords) = values.get(&Tag::IptcKeywords).cloned() {
            values.entry(Tag::XmpSubject).or_insert(keywords);
        }
        values.retain(|tag, _| tag.is_xmp() && matches!(tag.kind(), Kind::List | Kind::Regions));
        Ok(values)
    }
}

/// Whether a list that is wished would be the first in its file.
fn begins_a_list(wishes: &Wishes, state: &State) -> bool {
    let is_list = |tag: &Tag| matches!(tag.kind(), Kind::List | Kind::Regions);
    wishes.keys().any(|(_, tag)| is_list(tag) && !state.values.contains_key(tag))
}
