//! A packet as a tree, names with their prefixes. What it leaves out is noticed by whoever compares the bytes.

use quick_xml::Reader;
use quick_xml::events::Event;

/// Deeper is none that is written here.
const MAX_DEPTH: usize = 16;

/// An element.
#[derive(Debug, Default)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) text: String,
    pub(super) children: Vec<Element>,
}

/// The first `rdf:Description` of a packet.
pub(super) fn description(text: &str) -> Option<Element> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = vec![Element::default()];
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => {
                if open.len() > MAX_DEPTH {
                    return None;
                }
                open.push(Element { name: name(start.name().as_ref())?, ..Element::default() });
            }
            Event::Empty(start) => {
                let element = Element { name: name(start.name().as_ref())?, ..Element::default() };
                open.last_mut()?.children.push(element);
            }
            Event::End(_) => {
                let mut element = open.pop()?;
                if !element.children.is_empty() {
                    element.text.clear();
                }
                if element.name == "rdf:Description" {
                    return Some(element);
                }
                open.last_mut()?.children.push(element);
            }
            Event::Text(text) => open.last_mut()?.text.push_str(&text),
            Event::GeneralRef(reference) => {
                let text = match reference.resolve_char_ref().ok()? {
                    Some(character) => character.to_string(),
                    None => quick_xml::escape::resolve_predefined_entity(&reference)?.to_owned(),
                };
                open.last_mut()?.text.push_str(&text);
            }
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            Event::CData(_) | Event::DocType(_) | Event::Eof => return None,
        }
    }
}

fn name(name: &str) -> Option<String> {
    Some(name.to_owned())
}
