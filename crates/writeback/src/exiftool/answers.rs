//! What exiftool says about a file.
//!
//! Numbers stay the text that they are: a keyword `1.10` is no `1.1`.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::state::State;
use crate::tag::{Kind, Tag};
use crate::value::{Node, Value};

/// The state of the one file in an answer; `None` if there is no such answer, or the file could not be read.
pub(super) fn state(json: &[u8]) -> Option<State> {
    // Text in files may be in any encoding, and exiftool passes some of it on.
    let text = String::from_utf8_lossy(json);
    let mut objects: Vec<BTreeMap<String, Box<RawValue>>> = serde_json::from_str(&text).ok()?;
    let object = objects.pop()?;
    if object.keys().any(|name| name == "Error" || name.ends_with(":Error")) {
        return None;
    }
    let mut state = State::default();
    for (name, raw) in &object {
        let Some(node) = node(raw) else { continue };
        let tag = Tag::named(name);
        if name.starts_with("IPTC:") {
            state.has_other_iptc |= !is_ascii(&node);
        }
        if let Some(value) = tag.and_then(|tag| value(tag, node)) {
            state.values.extend(tag.map(|tag| (tag, value)));
        }
    }
    let digest = |name: &str| object.get(name).map(|raw| raw.get());
    let (noted, now) = (digest("Photoshop:IPTCDigest"), digest("File:CurrentIPTCDigest"));
    state.has_iptc_digest = noted.is_some() && noted == now;
    Some(state)
}

fn value(tag: Tag, node: Node) -> Option<Value> {
    match (tag.kind(), node) {
        (Kind::List, node) => {
            let entries: Vec<String> = node.members().iter().filter_map(Node::text).map(str::to_owned).collect();
            (!entries.is_empty()).then_some(Value::List(entries))
        }
        (Kind::Regions, node @ Node::Fields(_)) => Some(Value::Structure(node)),
        (Kind::Regions, _) => None,
        (_, Node::Text(text)) => (!text.trim().is_empty()).then_some(Value::Text(text)),
        // Something that should be one value and is several: nothing here can say what it means.
        (_, Node::List(nodes)) => {
            let texts: Vec<&str> = nodes.iter().filter_map(Node::text).collect();
            Some(Value::Text(texts.join("; ")))
        }
        (_, Node::Fields(_)) => None,
    }
}

fn is_ascii(node: &Node) -> bool {
    match node {
        Node::Text(text) => text.is_ascii(),
        Node::List(nodes) => nodes.iter().all(is_ascii),
        Node::Fields(fields) => fields.iter().all(|(_, node)| is_ascii(node)),
    }
}

fn node(raw: &RawValue) -> Option<Node> {
    let text = raw.get().trim();
    match text.as_bytes().first()? {
        b'"' => serde_json::from_str(text).ok().map(Node::Text),
        b'[' => {
            let nodes: Vec<Box<RawValue>> = serde_json::from_str(text).ok()?;
            Some(Node::List(nodes.iter().filter_map(|raw| node(raw)).collect()))
        }
        b'{' => {
            let fields: BTreeMap<String, Box<RawValue>> = serde_json::from_str(text).ok()?;
            Some(Node::Fields(fields.iter().filter_map(|(name, raw)| Some((name.clone(), node(raw)?))).collect()))
        }
        _ => Some(Node::Text(text.to_owned())),
    }
}
