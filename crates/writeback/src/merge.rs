//! Wishes, what a file says now and what was written into it earlier, merged into the changes to make.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::modules::{Choice, Module};
use crate::regions;
use crate::state::State;
use crate::tag::{Kind, Tag};
use crate::value::{Node, Value, is_same, is_same_entry};
use crate::wish::{Wish, Wishes, swapped};

/// What was written into a file, by module and tag: only this is ever changed or taken away.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written(BTreeMap<(Module, Tag), Value>);

/// A tag's value before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Which tag.
    pub tag: Tag,
    /// `None`: it was not there.
    pub before: Option<Value>,
    /// `None`: it goes.
    pub after: Option<Value>,
}

/// What to do with a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Empty: it says all that it should.
    pub changes: Vec<Change>,
    /// What will have been written into it.
    pub written: Written,
    /// What was left out, and why, for people.
    pub notes: Vec<&'static str>,
}

impl Written {
    /// What was written of a tag by a module.
    pub fn of(&self, module: Module, tag: Tag) -> Option<&Value> {
        self.0.get(&(module, tag))
    }

    /// Every value with whose it is.
    pub fn iter(&self) -> impl Iterator<Item = (Module, Tag, &Value)> {
        self.0.iter().map(|((module, tag), value)| (*module, *tag, value))
    }

    /// Notes what was written.
    pub fn put(&mut self, module: Module, tag: Tag, value: Value) {
        self.0.insert((module, tag), value);
    }

    /// Whether nothing was.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Entries that modules wrote into a list.
    fn entries<'a>(&'a self, tag: Tag, has: impl Fn(Module) -> bool + 'a) -> impl Iterator<Item = &'a str> {
        let of = move |((module, found), value): (&'a (Module, Tag), &'a Value)| {
            (*found == tag && has(*module)).then(|| value.entries())
        };
        self.0.iter().filter_map(of).flatten().map(String::as_str)
    }
}

/// The changes that make a file say what is wished. What modules beside the chosen ones wrote stays as it is.
pub fn plan(wishes: &Wishes, choice: &Choice, state: &State, written: &Written) -> Plan {
    let mut wishes = wishes.clone();
    let mut plan = Plan { written: written.clone(), ..Plan::default() };
    if leaves_iptc(&wishes, state) {
        wishes.retain(|(_, tag), _| !tag.is_iptc());
        plan.notes.push("its IPTC block is not in UTF-8 and was left as it is");
    }
    for tag in Tag::ALL.iter().copied() {
        let touched = |module: &Module| wishes.contains_key(&(*module, tag)) || written.of(*module, tag).is_some();
        let modules: Vec<Module> = choice.modules.iter().copied().filter(touched).collect();
        if modules.is_empty() {
            continue;
        }
        let merge = Merge { tag, modules: &modules, wishes: &wishes, written, state };
        let after = match tag.kind() {
            Kind::List => merge.entries(&mut plan),
            Kind::Regions => merge.regions(&mut plan),
            _ => merge.single(&mut plan),
        };
        let before = state.values.get(&tag).cloned();
        let is_equal = match (&before, &after) {
            (Some(before), Some(after)) => is_same(tag, before, after),
            (None, None) => true,
            _ => false,
        };
        if !is_equal {
            plan.changes.push(Change { tag, before, after });
        }
    }
    plan
}

/// Whether the file's IPTC block would have to be encoded anew for what is wished: then it is left alone, and XMP says it.
fn leaves_iptc(wishes: &Wishes, state: &State) -> bool {
    let needs_utf8 = wishes.keys().any(|(_, tag)| *tag == Tag::IptcCharset);
    let is_utf8 = state.values.get(&Tag::IptcCharset).and_then(Value::text).is_some_and(|name| name == "UTF8");
    needs_utf8 && state.has_other_iptc && !is_utf8
}

/// Another list of labels, and how its entries are written in the list that begins.
type Source = (Tag, fn(&str) -> String);

struct Merge<'a> {
    tag: Tag,
    modules: &'a [Module],
    wishes: &'a Wishes,
    written: &'a Written,
    state: &'a State,
}

impl Merge<'_> {
    fn wish(&self, module: Module) -> Option<&Wish> {
        self.wishes.get(&(module, self.tag))
    }

    /// The value that the file has, or would have if it were not beside another one.
    fn current(&self) -> Option<&Value> {
        self.state.values.get(&self.tag).or_else(|| self.state.beside.get(&self.tag))
    }

    /// With what a list of labels begins: programs look at one such list only, so what others wrote into those that it takes the
    /// place of would not be seen any more.
    fn elsewhere(&self) -> Vec<String> {
        let sources: &[Source] = match self.tag {
            Tag::XmpTagsList => &[
                (Tag::XmpHierarchicalSubject, swapped),
                (Tag::XmpSubject, str::to_owned),
                (Tag::IptcKeywords, str::to_owned),
            ],
            Tag::XmpHierarchicalSubject => {
                &[(Tag::XmpTagsList, swapped), (Tag::XmpSubject, str::to_owned), (Tag::IptcKeywords, str::to_owned)]
            }
            _ => &[],
        };
        let of_others = |(tag, path): &Source| {
            let value = self.state.values.get(tag).or_else(|| self.state.beside.get(tag))?;
            let is_ours = |entry: &String| self.written.entries(*tag, |_| true).any(|our| is_same_entry(our, entry));
            let paths: Vec<String> =
                value.entries().iter().filter(|entry| !is_ours(entry)).map(|entry| path(entry)).collect();
            (!paths.is_empty()).then_some(paths)
        };
        sources.iter().find_map(of_others).unwrap_or_default()
    }

    fn note(&self, plan: &mut Plan, module: Module, value: Option<Value>) {
        match value {
            Some(value) => plan.written.put(module, self.tag, value),
            None => drop(plan.written.0.remove(&(module, self.tag))),
        }
    }

    /// Entries that are wished are there, entries that were written and are not wished any more go, all others stay.
    fn entries(&self, plan: &mut Plan) -> Option<Value> {
        let found = self.current().map(|value| value.entries().to_vec()).unwrap_or_default();
        let wished = |module: &Module| match self.wish(*module) {
            Some(Wish::Entries(entries)) => entries.as_slice(),
            _ => &[],
        };
        let all: Vec<&String> = self.modules.iter().flat_map(wished).collect();
        let begins = found.is_empty() && !all.is_empty();
        let mut entries = if begins { self.elsewhere() } else { found.clone() };
        let has = |entries: &[String], entry: &str| entries.iter().any(|found| is_same_entry(found, entry));
        let others: Vec<&str> = self.written.entries(self.tag, |module| !self.modules.contains(&module)).collect();
        let ours: Vec<&str> = self.written.entries(self.tag, |module| self.modules.contains(&module)).collect();
        entries.retain(|entry| {
            let is_ours = ours.iter().any(|our| is_same_entry(our, entry));
            let is_kept = all.iter().any(|wish| is_same_entry(wish, entry)) || others.contains(&entry.as_str());
            !is_ours || is_kept
        });
        for entry in &all {
            if !has(&entries, entry) {
                entries.push((*entry).clone());
            }
        }
        for module in self.modules {
            let is_written = |entry: &&String| !has(&found, entry) || ours.iter().any(|our| is_same_entry(our, entry));
            let mine: Vec<String> = wished(module).iter().filter(is_written).cloned().collect();
            self.note(plan, *module, (!mine.is_empty()).then_some(Value::List(mine)));
        }
        (!entries.is_empty()).then_some(Value::List(entries))
    }

    /// One value: what is wished, or nothing where nothing is wished and what is there was written here.
    fn single(&self, plan: &mut Plan) -> Option<Value> {
        let current = self.state.values.get(&self.tag);
        let written = self.modules.iter().find_map(|module| self.written.of(*module, self.tag));
        let is_ours = current.zip(written).is_some_and(|(current, written)| is_same(self.tag, current, written));
        let wish = self.modules.iter().find_map(|module| Some((*module, self.wish(*module)?)));
        for module in self.modules {
            self.note(plan, *module, None);
        }
        let Some((module, wish)) = wish else {
            // The character set stays: texts of others may have come to need it.
            let goes = is_ours && self.tag != Tag::IptcCharset;
            return if goes { None } else { current.cloned() };
        };
        match (wish, current) {
            (Wish::Set(value), Some(current)) if is_same(self.tag, value, current) => {
                if is_ours {
                    self.note(plan, module, Some(value.clone()));
                }
                Some(current.clone())
            }
            (Wish::Offer(_), Some(current)) if !is_ours => Some(current.clone()),
            (Wish::Set(value) | Wish::Offer(value), _) => {
                self.note(plan, module, Some(value.clone()));
                Some(value.clone())
            }
            (Wish::Entries(_) | Wish::Regions(_), _) => current.cloned(),
        }
    }

    /// Regions that are wished are there, beside those of others.
    fn regions(&self, plan: &mut Plan) -> Option<Value> {
        let current = self.current();
        let found = current.map(regions::list).unwrap_or_default();
        let size = current.and_then(regions::size_of);
        let wanted = self.modules.iter().find_map(|module| match self.wish(*module) {
            Some(Wish::Regions(wanted)) => Some(wanted),
            _ => None,
        });
        if let (Some(wanted), Some(size)) = (wanted, size)
            && !regions::has_shape(size, wanted.size)
        {
            plan.notes.push("its regions refer to a picture of another shape and were left as they are");
            return self.state.values.get(&self.tag).cloned();
        }
        let ours: Vec<&Node> = self
            .modules
            .iter()
            .filter_map(|module| self.written.of(*module, self.tag))
            .flat_map(regions::list)
            .collect();
        let is_ours = |region: &Node| ours.iter().any(|our| regions::is_same_region(our, region));
        let wished = wanted.map(|wanted| wanted.regions.as_slice()).unwrap_or_default();
        let is_wished = |region: &Node| wished.iter().any(|wish| regions::is_same_region(wish, region));
        let mut kept: Vec<Node> =
            found.iter().filter(|region| !is_ours(region) || is_wished(region)).cloned().collect();
        let mut mine = Vec::new();
        for wish in wished {
            let is_there = kept.iter().any(|region| regions::is_same_face(region, wish));
            if !is_there {
                kept.push(wish.clone());
            }
            let is_new = !mine.iter().any(|known| regions::is_same_region(known, wish));
            if is_new && (!is_there || is_ours(wish)) {
                mine.push(wish.clone());
            }
        }
        let size = size.cloned().or_else(|| wanted.map(|wanted| regions::size(wanted.size)));
        for module in self.modules {
            let value = size.clone().filter(|_| !mine.is_empty()).map(|size| regions::value(size, mine.clone()));
            self.note(plan, *module, value);
        }
        let size = size?;
        // Whatever else the value has stays.
        (!kept.is_empty()).then(|| regions::with_list(current, size, kept))
    }
}

/// The changes that take a file back to what it said before others were made to it: what somebody changed since stays.
/// The flag says whether all of it could be taken back.
pub fn undo(done: &[Change], state: &State) -> (Vec<Change>, bool) {
    let mut is_whole = true;
    let mut changes = Vec::new();
    for change in done {
        let tag = change.tag;
        let now = state.values.get(&tag).cloned();
        let is_as_left = match (&now, &change.after) {
            (Some(now), Some(after)) => is_same(tag, now, after),
            (None, None) => true,
            _ => false,
        };
        let after = if is_as_left {
            change.before.clone()
        } else if tag.kind() == Kind::List {
            take_back(change, now.as_ref())
        } else {
            let is_before = match (&now, &change.before) {
                (Some(now), Some(before)) => is_same(tag, now, before),
                (None, None) => true,
                _ => false,
            };
            is_whole &= is_before;
            continue;
        };
        let is_equal = match (&now, &after) {
            (Some(now), Some(after)) => is_same(tag, now, after),
            (None, None) => true,
            _ => false,
        };
        if !is_equal {
            changes.push(Change { tag, before: now, after });
        }
    }
    (changes, is_whole)
}

/// A list without the entries that were added, and with those that were taken away.
fn take_back(change: &Change, now: Option<&Value>) -> Option<Value> {
    let entries = |value: Option<&Value>| value.map(|value| value.entries().to_vec()).unwrap_or_default();
    let (before, after) = (entries(change.before.as_ref()), entries(change.after.as_ref()));
    let mut list = entries(now);
    list.retain(|entry| before.contains(entry) || !after.contains(entry));
    for entry in before {
        if !after.contains(&entry) && !list.contains(&entry) {
            list.push(entry);
        }
    }
    (!list.is_empty()).then_some(Value::List(list))
}

#[cfg(test)]
mod tests;
