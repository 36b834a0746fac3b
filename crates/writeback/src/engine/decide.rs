//! What is to be done with one file.

use std::path::Path;

use sha1::{Digest as _, Sha1};
use tintype_library::model::{WriteTarget, WrittenFile};
use tintype_media::metadata::holds_no_labels;

use super::subject::{Place, Subject};
use super::{Engine, in_folder};
use crate::container::Container;
use crate::fault::Fault;
use crate::merge::{Change, Plan, Written, plan};
use crate::modules::Module;
use crate::order::Order;
use crate::state::State;
use crate::tag::{Kind, Tag};
use crate::text::caption;
use crate::value::Value;
use crate::wish::{Wish, Wishes, wishes};

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

impl Base {
    /// The bytes of a sidecar that is there.
    pub(super) fn bytes(&self) -> Option<&[u8]> {
        if let Self::Sidecar { bytes, .. } = self { bytes.as_deref() } else { None }
    }

    /// Whether it is a sidecar that is not there yet.
    pub(super) fn is_new(&self) -> bool {
        matches!(self, Self::Sidecar { bytes: None, .. })
    }
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

/// What a file may hold that was written here, from the moment before it is written until what became of it is noted: after a
/// power cut in between, nothing of either is taken for somebody else's. It looks like no file, so that it is looked at again.
pub(super) fn in_between(subject: &Subject, target: WriteTarget, given: &Remembered) -> WrittenFile {
    let mut both = remembered(subject.file(target));
    let given: Vec<Entry> = serde_json::from_str(&given.entries).unwrap_or_default();
    for (module, tag, value) in given {
        let value = match (both.of(module, tag), value) {
            (Some(Value::List(before)), Value::List(mut after)) => {
                after.extend(before.iter().filter(|entry| !after.contains(entry)).cloned().collect::<Vec<_>>());
                Value::List(after)
            }
            (_, value) => value,
        };
        both.put(module, tag, value);
    }
    let (asset, entries) = (subject.id, entries(&both));
    WrittenFile { asset, target, size_bytes: 0, modified_ns: 0, wishes: [0; 20], entries }
}

/// What is wished of an asset's file, in short.
fn digest(subject: &Subject, order: &Order, target: WriteTarget) -> [u8; 20] {
    let all = (&subject.known, &order.choice, target.as_str());
    Sha1::digest(serde_json::to_vec(&all).unwrap_or_default()).into()
}

impl Engine<'_> {
    /// What is to be done with the sidecar or the original of a photo.
    pub(super) fn decide(&self, subject: &Subject, order: &Order, target: WriteTarget) -> Result<Decision, Fault> {
        if let Place::Withheld(reason, text) = &subject.place {
            return Ok(Decision::Skip(reason, text.clone()));
        }
        let known = subject.file(target);
        let digest = digest(subject, order, target);
        if order.only_new && self.looks_as_left(subject, known, digest) {
            return Ok(Decision::Equal(None));
        }
        let written = remembered(known);
        let (container, base, mut state) = match target {
            WriteTarget::Sidecar => {
                let (base, state) = self.sidecar(subject)?;
                (Container::Sidecar, base, state)
            }
            WriteTarget::Embedded => {
                if let Some((reason, text)) = subject.refusal() {
                    return Ok(Decision::Skip(reason, text.to_owned()));
                }
                let original = self.original(subject)?;
                let Some(container) = self.container(subject)? else {
                    let text = "nothing is written into files of this type; use the sidecar";
                    return Ok(Decision::Skip("sidecar-only", text.to_owned()));
                };
                (container, Base::Original, self.said_by(&original)?)
            }
        };
        let mut wished = wishes(&subject.known, &order.choice, container);
        self.leave_out(subject, target, &state, &mut wished)?;
        if target == WriteTarget::Sidecar && begins_a_list(&wished, &state) {
            state.beside = self.beside(subject)?;
        }
        let Plan { changes, written, notes } = plan(&wished, &order.choice, &state, &written);
        let remembered = Remembered { wishes: digest, entries: entries(&written) };
        if changes.is_empty() {
            let file = self.seen(subject, target, &base, &remembered);
            return Ok(Decision::Equal(file.filter(|file| Some(file) != known)));
        }
        Ok(Decision::Write(Box::new(Draft { base, state, changes, remembered: Some(remembered), notes })))
    }

    /// What is not to be written although it is known: a date that is the file's age, and a caption that a sidecar would hide the
    /// end of.
    fn leave_out(
        &self,
        subject: &Subject,
        target: WriteTarget,
        state: &State,
        wished: &mut Wishes,
    ) -> Result<(), Fault> {
        let has_dates =
            |state: &State| state.values.iter().any(|(tag, value)| tag.kind() == Kind::Date && is_date(value));
        if subject.known.may_be_age
            && wished.keys().any(|(module, _)| *module == Module::Time)
            && !has_dates(state)
            && (target == WriteTarget::Embedded || !has_dates(&self.said_by(&self.original(subject)?)?))
        {
            wished.retain(|(module, _), _| *module != Module::Time);
        }
        let whole = caption(&subject.known.caption, usize::MAX);
        let is_cut =
            |wish: &Wish| matches!(wish, Wish::Set(value) if value.text().is_some_and(|text| text.len() < whole.len()));
        for ((module, tag), wish) in wished.iter_mut() {
            // The file has all of it: it is not cut off there.
            if let Some(said) = state.values.get(tag).filter(|_| *module == Module::Caption && is_cut(wish))
                && said.text().is_some_and(|text| caption(text, usize::MAX) == whole)
            {
                *wish = Wish::Set(said.clone());
            }
        }
        if target == WriteTarget::Sidecar && subject.known.caption_is_files {
            wished
                .retain(|(module, tag), wish| *module != Module::Caption || *tag == Tag::IptcCharset || !is_cut(wish));
        }
        Ok(())
    }

    /// What the photo's file has places for; `None` where nothing is written into such files.
    fn container(&self, subject: &Subject) -> Result<Option<Container>, Fault> {
        Ok(match &subject.place {
            Place::Own { asset, form } => {
                Container::of(form.as_ref().map_or(&asset.media_type, |form| &form.media_type))
            }
            Place::Folder(found) => in_folder::container(found.photo.path.as_ref())?,
            Place::Withheld(..) => None,
        })
    }

    /// Whether a file is as it was left, and what is wished of it as well.
    fn looks_as_left(&self, subject: &Subject, known: Option<&WrittenFile>, digest: [u8; 20]) -> bool {
        let Some(known) = known.filter(|known| known.wishes == digest) else { return false };
        // A sidecar that is not there and not needed has no size.
        let found = self.look(subject, known.target).unwrap_or((0, 0));
        found == (known.size_bytes, known.modified_ns)
    }

    /// What is to be remembered of a file that needs no change.
    fn seen(
        &self,
        subject: &Subject,
        target: WriteTarget,
        base: &Base,
        remembered: &Remembered,
    ) -> Option<WrittenFile> {
        let (size_bytes, modified_ns) = match base {
            Base::Sidecar { bytes: None, .. } => (0, 0),
            Base::Sidecar { .. } | Base::Original => self.look(subject, target)?,
        };
        let (wishes, entries) = (remembered.wishes, remembered.entries.clone());
        Some(WrittenFile { asset: subject.id, target, size_bytes, modified_ns, wishes, entries })
    }

    /// The lists in the original, which a sidecar's lists would hide from those who read both.
    fn beside(&self, subject: &Subject) -> Result<std::collections::BTreeMap<Tag, Value>, Fault> {
        match &subject.place {
            Place::Own { asset, .. } => self.lists_in(self.library.original_file(asset)?.path()),
            _ => self.lists_in(&self.original(subject)?),
        }
    }

    fn lists_in(&self, path: &Path) -> Result<std::collections::BTreeMap<Tag, Value>, Fault> {
        if holds_no_labels(path).map_err(|error| Fault::io("reading", path, error))? {
            return Ok(std::collections::BTreeMap::new());
        }
        let mut values = self.exiftool()?.read(path)?.values;
        if let Some(keywords) = values.get(&Tag::IptcKeywords).cloned() {
            values.entry(Tag::XmpSubject).or_insert(keywords);
        }
        values.retain(|tag, _| tag.is_xmp() && matches!(tag.kind(), Kind::List | Kind::Regions));
        Ok(values)
    }
}

/// Whether a date is one: some devices write zeros where they know none.
fn is_date(value: &Value) -> bool {
    value.text().is_some_and(|text| !text.starts_with("0000"))
}

/// Whether a list that is wished would be the first in its file.
fn begins_a_list(wishes: &Wishes, state: &State) -> bool {
    let is_list = |tag: &Tag| matches!(tag.kind(), Kind::List | Kind::Regions);
    wishes.keys().any(|(_, tag)| is_list(tag) && !state.values.contains_key(tag))
}
