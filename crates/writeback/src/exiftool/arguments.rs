//! Questions to exiftool, as lines of arguments.

use std::path::Path;

use crate::merge::Change;
use crate::state::State;
use crate::tag::{Kind, Tag};
use crate::value::{Node, Value};

/// The arguments that ask what a file says.
pub(super) fn reading(path: &Path) -> Vec<u8> {
    let mut lines = String::from("-json\n-struct\n-G1\n");
    // What cameras note for themselves takes a third of the time to read, and holds none of these tags.
    if is_jpeg(path) {
        lines.push_str("-fast2\n");
    }
    for tag in Tag::ALL {
        lines.push_str(&format!("-{}{}\n", tag.name(), raw(*tag)));
    }
    // All of IPTC, to see in which characters others wrote.
    lines.push_str("-IPTC:all\n-Photoshop:IPTCDigest\n-File:CurrentIPTCDigest\n");
    lines.into_bytes()
}

/// The arguments that change a file in its place. Values have their characters escaped (`-E`), so that each stays on its
/// line.
pub(super) fn writing(changes: &[Change], before: &State, path: &Path) -> Vec<u8> {
    let mut lines = String::from("-E\n-overwrite_original\n");
    // A bare JPEG XL gets boxes around it, of which exiftool only warns; whether the picture stays is proven anyway.
    if path.extension().is_some_and(|extension| extension == "jxl") {
        lines.push_str("-m\n");
    }
    for change in changes {
        let name = format!("-{}{}", change.tag.written_name(), raw(change.tag));
        match (change.tag.kind(), &change.after) {
            (_, None) => lines.push_str(&format!("{name}=\n")),
            (Kind::List, Some(after)) => {
                let old = change.before.as_ref().map(Value::entries).unwrap_or_default();
                for gone in old.iter().filter(|entry| !after.entries().contains(entry)) {
                    lines.push_str(&format!("{name}-={}\n", escaped(gone)));
                }
                for new in after.entries().iter().filter(|entry| !old.contains(entry)) {
                    lines.push_str(&format!("{name}+={}\n", escaped(new)));
                }
            }
            (_, Some(Value::Structure(node))) => {
                lines.push_str(&format!("{name}={}\n", escaped(&serialised(node, None))));
            }
            (_, Some(Value::Text(text))) => lines.push_str(&format!("{name}={}\n", escaped(text))),
            (_, Some(Value::List(entries))) => lines.push_str(&format!("{name}={}\n", escaped(&entries.join(" ")))),
        }
    }
    if before.has_iptc_digest && changes.iter().any(|change| change.tag.is_iptc()) {
        lines.push_str("-Photoshop:IPTCDigest=new\n");
    }
    lines.into_bytes()
}

fn is_jpeg(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| ["jpg", "jpeg"].iter().any(|known| extension.eq_ignore_ascii_case(known)))
}

fn raw(tag: Tag) -> &'static str {
    if tag.is_raw() { "#" } else { "" }
}

/// A value on one line, as `-E` takes it: ends of lines and spaces at the ends would be lost.
fn escaped(text: &str) -> String {
    let last = text.chars().count().saturating_sub(1);
    let mut line = String::with_capacity(text.len());
    for (index, c) in text.chars().enumerate() {
        match c {
            '&' => line.push_str("&amp;"),
            '\n' | '\r' | '\t' => line.push_str(&format!("&#x{:x};", u32::from(c))),
            ' ' if index == 0 || index == last => line.push_str("&#x20;"),
            c => line.push(c),
        }
    }
    line
}

/// exiftool's notation of structures: `{field=text,list=[a,b]}`, where a bar stands before what would end a text.
fn serialised(node: &Node, end: Option<char>) -> String {
    match node {
        Node::Fields(fields) => {
            let fields: Vec<String> =
                fields.iter().map(|(name, node)| format!("{name}={}", serialised(node, Some('}')))).collect();
            format!("{{{}}}", fields.join(","))
        }
        Node::List(nodes) => {
            let nodes: Vec<String> = nodes.iter().map(|node| serialised(node, Some(']'))).collect();
            format!("[{}]", nodes.join(","))
        }
        Node::Text(text) => {
            let mut line = String::with_capacity(text.len());
            for (index, c) in text.chars().enumerate() {
                let is_opening = index == 0 && (c.is_whitespace() || matches!(c, '[' | '{'));
                if is_opening || matches!(c, ',' | '|') || Some(c) == end {
                    line.push('|');
                }
                line.push(c);
            }
            line
        }
    }
}
