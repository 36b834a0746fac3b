//! Making a packet.

use std::collections::BTreeMap;

use super::{FIELDS, Form, NAMESPACES, PROPERTIES};
use crate::tag::Tag;
use crate::value::{Node, Value};

const BEGIN: &str = "<?xpacket begin='\u{feff}' id='W5M0MpCehiHzreSzNTczkc9d'?>\n<x:xmpmeta xmlns:x='adobe:ns:meta/' \
                     x:xmptk='Tintype'>\n<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>\n";
const END: &str = " </rdf:Description>\n</rdf:RDF>\n</x:xmpmeta>\n<?xpacket end='w'?>\n";

/// The bytes of a sidecar with these values; `None` if one of them has no place here.
pub fn write(values: &BTreeMap<Tag, Value>) -> Option<Vec<u8>> {
    if values.keys().any(|tag| !PROPERTIES.iter().any(|(known, ..)| known == tag)) {
        return None;
    }
    let mut body = String::new();
    for (tag, prefix, name, form) in PROPERTIES {
        if let Some(value) = values.get(&tag) {
            let (content, attribute) = content(value, form)?;
            body.push_str(&format!("  <{prefix}:{name}{attribute}>{content}</{prefix}:{name}>\n"));
        }
    }
    let mut text = format!("{BEGIN} <rdf:Description rdf:about=''");
    for (prefix, namespace) in NAMESPACES {
        if prefix != "rdf" && (body.contains(&format!("<{prefix}:"))) {
            text.push_str(&format!("\n  xmlns:{prefix}='{namespace}'"));
        }
    }
    text.push_str(&format!(">\n{body}{END}"));
    Some(text.into_bytes())
}

/// The content of a property and the attributes of its element.
fn content(value: &Value, form: Form) -> Option<(String, &'static str)> {
    let text = || value.text().map(escaped);
    let plain = |content: String| Some((content, ""));
    match form {
        Form::Simple => plain(text()?),
        Form::Bag => plain(list("Bag", value.entries())),
        Form::Seq => plain(list("Seq", value.entries())),
        Form::Alt => plain(format!("<rdf:Alt><rdf:li xml:lang='x-default'>{}</rdf:li></rdf:Alt>", text()?)),
        Form::Date => {
            let (day, time) = value.text()?.split_once(' ')?;
            plain(escaped(&format!("{}T{time}", day.replace(':', "-"))))
        }
        Form::Degrees(positive, negative) => {
            let degrees: f64 = value.text()?.trim().parse().ok()?;
            plain(sexagesimal(degrees, if degrees < 0.0 { negative } else { positive }))
        }
        Form::Fraction => {
            let number: f64 = value.text()?.trim().parse().ok()?;
            plain(format!("{:.0}/1000", number * 1_000.0))
        }
        Form::Regions => {
            let Value::Structure(node) = value else { return None };
            Some((fields(node)?, " rdf:parseType='Resource'"))
        }
    }
}

/// `33,51.40734000S`: whole degrees, and minutes with enough digits for a centimetre.
fn sexagesimal(degrees: f64, letter: char) -> String {
    // In units of 10^-8 minutes, so that sixty minutes never appear.
    let units = (degrees.abs() * 60.0 * 1e8).round() as u64;
    let (whole, minutes) = (units / 6_000_000_000, units % 6_000_000_000);
    format!("{whole},{}.{:08}{letter}", minutes / 100_000_000, minutes % 100_000_000)
}

fn list(kind: &str, entries: &[String]) -> String {
    let entries: Vec<String> = entries.iter().map(|entry| format!("<rdf:li>{}</rdf:li>", escaped(entry))).collect();
    format!("<rdf:{kind}>{}</rdf:{kind}>", entries.concat())
}

/// The fields of a structure, without an element around them.
fn fields(node: &Node) -> Option<String> {
    let Node::Fields(found) = node else { return None };
    let is_size = found.iter().all(|(name, _)| matches!(name.as_str(), "W" | "H" | "Unit"));
    let own = if is_size { "stDim" } else { "stArea" };
    found
        .iter()
        .map(|(name, node)| {
            let (_, prefix, local) = FIELDS.iter().find(|(known, ..)| known == name)?;
            let prefix = if prefix.is_empty() { own } else { prefix };
            let (content, attribute) = inside(node)?;
            Some(format!("<{prefix}:{local}{attribute}>{content}</{prefix}:{local}>"))
        })
        .collect()
}

fn inside(node: &Node) -> Option<(String, &'static str)> {
    match node {
        Node::Text(text) => Some((escaped(text), "")),
        Node::Fields(_) => Some((fields(node)?, " rdf:parseType='Resource'")),
        Node::List(nodes) => {
            let member = |node: &Node| {
                let (content, attribute) = inside(node)?;
                Some(format!("<rdf:li{attribute}>{content}</rdf:li>"))
            };
            let members: Option<String> = nodes.iter().map(member).collect();
            Some((format!("<rdf:Bag>{}</rdf:Bag>", members?), ""))
        }
    }
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            // Readers may take these for spaces.
            '\n' | '\r' | '\t' => safe.push_str(&format!("&#{};", u32::from(c))),
            c => safe.push(c),
        }
    }
    safe
}
