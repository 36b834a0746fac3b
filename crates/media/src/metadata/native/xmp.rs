//! XMP packets, inside pictures and as sidecars: properties of the top level, simple or as lists.

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;
use serde_json::Value;

use super::Reading;
use super::text::{significant, survives_json};
use super::xmp_names::{Role, role};
use crate::metadata::stamp::Stamp;

const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";

/// Real packets nest about ten deep.
const MAX_DEPTH: usize = 40;

/// A packet with more elements than this is not worth the time.
const MAX_EVENTS: usize = 200_000;

/// Longest text of one property, in bytes.
const MAX_TEXT_BYTES: usize = 1 << 16;

/// A property that is being read.
#[derive(Debug)]
struct Property {
    namespace: String,
    name: String,
    /// Depth of its element.
    depth: usize,
    text: String,
    items: Vec<String>,
    /// Language of the current item, and whether any is in another language than the default.
    language: Option<String>,
    is_list: bool,
    has_structure: bool,
}

/// Reads a packet. What was read before a syntax error counts; the reading then is incomplete.
pub(super) fn apply(packet: &[u8], reading: &mut Reading) {
    let end = packet.iter().rposition(|byte| !matches!(byte, 0 | b' ' | b'\n' | b'\r' | b'\t')).map_or(0, |at| at + 1);
    let Ok(text) = std::str::from_utf8(&packet[..end]) else { return reading.doubt() };
    let shadowed = reading.tags.clone();
    let mut walker = Walker { reading, shadowed, depth: 0, description: None, property: None };
    if walker.walk(text).is_none() {
        reading.doubt();
    }
}

struct Walker<'a> {
    reading: &'a mut Reading,
    /// What EXIF said before: it wins.
    shadowed: crate::metadata::tags::Tags,
    depth: usize,
    /// Depth of the `rdf:Description` we are in.
    description: Option<usize>,
    property: Option<Property>,
}

impl Walker<'_> {
    /// `None` when the packet is broken or too large.
    fn walk(&mut self, text: &str) -> Option<()> {
        let mut reader = NsReader::from_str(text.trim_start_matches('\u{feff}'));
        for _ in 0..MAX_EVENTS {
            match reader.read_event().ok()? {
                Event::Start(element) => {
                    self.depth += 1;
                    if self.depth > MAX_DEPTH {
                        return None;
                    }
                    self.open(&reader, &element)?;
                }
                Event::Empty(element) => {
                    self.depth += 1;
                    self.open(&reader, &element)?;
                    self.close();
                }
                Event::End(_) => self.close(),
                Event::Text(text) => self.text(&text)?,
                Event::CData(text) => self.text(&text)?,
                Event::GeneralRef(reference) => {
                    let character = match reference.resolve_char_ref().ok()? {
                        Some(character) => character.to_string(),
                        // Only XML's own five names; entities a document declares are not expanded.
                        None => quick_xml::escape::resolve_predefined_entity(&reference)?.to_owned(),
                    };
                    self.text(&character)?;
                }
                // A document type has no business here but mischief.
                Event::DocType(_) => return None,
                Event::Eof => return Some(()),
                Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            }
        }
        None
    }

    fn open(&mut self, reader: &NsReader<&[u8]>, element: &BytesStart<'_>) -> Option<()> {
        let (namespace, name) = resolved(reader.resolver().resolve_element(element.name()))?;
        if let Some(property) = &mut self.property {
            return open_inside(property, &namespace, &name, element);
        }
        if self.description.is_some() {
            self.property = Some(Property {
                namespace,
                name,
                depth: self.depth,
                text: String::new(),
                items: Vec::new(),
                language: None,
                is_list: false,
                has_structure: element.attributes().flatten().any(|a| a.key.as_ref() == "rdf:parseType"),
            });
        } else if namespace == RDF && name == "Description" {
            self.description = Some(self.depth);
            self.attributes(reader, element)?;
        }
        Some(())
    }

    /// Simple properties may be attributes of the description.
    fn attributes(&mut self, reader: &NsReader<&[u8]>, element: &BytesStart<'_>) -> Option<()> {
        for attribute in element.attributes() {
            let attribute = attribute.ok()?;
            if attribute.key.as_namespace_binding().is_some() {
                continue;
            }
            let (namespace, name) = resolved(reader.resolver().resolve_attribute(attribute.key))?;
            let value = attribute.normalized_value(XmlVersion::Implicit1_0).ok()?;
            self.property(&namespace, &name, &value, None);
        }
        Some(())
    }

    fn text(&mut self, text: &str) -> Option<()> {
        let Some(property) = &mut self.property else { return Some(()) };
        // Cameras hide whole pictures in properties nobody asks for.
        if role(&property.namespace, &property.name) == Role::Nothing {
            return Some(());
        }
        property.text.push_str(text);
        (property.text.len() <= MAX_TEXT_BYTES).then_some(())
    }

    fn close(&mut self) {
        if let Some(property) = &mut self.property {
            if self.depth > property.depth {
                close_inside(property, self.depth);
            } else if let Some(done) = self.property.take() {
                self.finish(done);
            }
        } else if self.description == Some(self.depth) {
            self.description = None;
        }
        self.depth = self.depth.saturating_sub(1);
    }

    fn finish(&mut self, property: Property) {
        if property.has_structure {
            if !matches!(role(&property.namespace, &property.name), Role::Nothing) {
                self.reading.doubt();
            }
        } else if property.is_list {
            let text = property.items.first().cloned().unwrap_or_default();
            self.property(&property.namespace, &property.name, &text, Some(property.items));
        } else {
            self.property(&property.namespace, &property.name, &property.text, None);
        }
    }

    fn property(&mut self, namespace: &str, name: &str, text: &str, items: Option<Vec<String>>) {
        let text = text.trim();
        match role(namespace, name) {
            Role::Nothing => {}
            Role::Unknown => self.reading.doubt(),
            Role::Tag(tag) => self.set(tag, text, items),
            Role::Shadow(tag) => {
                if !self.shadowed.has(tag) {
                    self.reading.doubt();
                    let text = shadow_text(tag, text);
                    self.reading.tags.set_if_absent(tag, text);
                }
            }
            Role::Coordinate(tag) => {
                if !self.shadowed.has(tag) {
                    self.reading.doubt();
                    if let Some(degrees) = coordinate(text) {
                        self.reading.tags.set(tag, degrees);
                    }
                }
            }
        }
    }

    fn set(&mut self, tag: &'static str, text: &str, items: Option<Vec<String>>) {
        let listed = matches!(tag, "Keywords" | "TagsList" | "HierarchicalSubject");
        let items = if listed { items.unwrap_or_else(|| vec![text.to_owned()]) } else { vec![text.to_owned()] };
        if items.iter().any(|item| !survives_json(item)) && tag != "Rating" {
            self.reading.doubt();
        }
        if self.shadowed.has(tag) {
            // Two ratings or descriptions; exiftool has rules for that.
            return self.reading.doubt();
        }
        match (tag, text.parse::<f64>()) {
            ("Rating", Ok(rating)) => self.reading.tags.set(tag, rating),
            _ if listed => self.reading.tags.set(tag, items),
            _ => self.reading.tags.set(tag, text),
        }
    }
}

/// Elements below a property: containers, their items, or fields of a structure.
fn open_inside(property: &mut Property, namespace: &str, name: &str, element: &BytesStart<'_>) -> Option<()> {
    if namespace != RDF {
        property.has_structure = true;
        return Some(());
    }
    match name {
        "Bag" | "Seq" | "Alt" => property.is_list = true,
        "li" => {
            property.text.clear();
            let language = element.try_get_attribute("xml:lang").ok()?;
            property.language = language.map(|value| value.value.into_owned());
            let extra = element.attributes().flatten().any(|attribute| attribute.key.as_ref() != "xml:lang");
            property.has_structure |= extra;
        }
        _ => property.has_structure = true,
    }
    Some(())
}

/// Translations other than the default have tags of their own, which nobody asks for.
fn close_inside(property: &mut Property, depth: usize) {
    let is_item = property.is_list && depth == property.depth + 2;
    if is_item && property.language.as_deref().is_none_or(|language| language == "x-default") {
        property.items.push(property.text.trim().to_owned());
    }
    property.text.clear();
}

fn resolved((namespace, name): (ResolveResult<'_>, quick_xml::name::LocalName<'_>)) -> Option<(String, String)> {
    let namespace = match namespace {
        ResolveResult::Bound(namespace) => namespace.as_ref().to_owned(),
        ResolveResult::Unbound => String::new(),
        ResolveResult::Unknown(_) => return None,
    };
    Some((namespace, name.as_ref().to_owned()))
}

/// XMP writes fractions as `1/500`, and dates the ISO way.
fn shadow_text(tag: &str, text: &str) -> Value {
    let number = match text.split_once('/') {
        Some((above, below)) => {
            above.parse::<f64>().ok().zip(below.parse::<f64>().ok()).map(|(a, b)| significant(a / b, 10))
        }
        None => text.parse().ok(),
    };
    match (tag, number) {
        ("ExposureTime", Some(seconds)) => super::text::exposure_time(seconds),
        ("FNumber", Some(number)) => super::text::f_number(number).into(),
        ("FocalLength" | "ISO" | "Orientation", Some(number)) => number.into(),
        ("GPSDateTime", _) => Stamp::parse(text).map_or(Value::Null, |_| text.into()),
        _ => text.into(),
    }
}

/// `51,30.5100N` or `51,30,30.6N`: degrees, minutes, perhaps seconds, direction.
fn coordinate(text: &str) -> Option<f64> {
    if let Ok(degrees) = text.parse::<f64>() {
        return Some(degrees);
    }
    let sign = match text.chars().last()? {
        'N' | 'E' => 1.0,
        'S' | 'W' => -1.0,
        _ => return None,
    };
    let mut parts = text[..text.len() - 1].split(',').map(|part| part.trim().parse::<f64>());
    let mut degrees = parts.next()?.ok()?;
    for (part, unit) in parts.zip([60.0, 3600.0]) {
        degrees += part.ok()? / unit;
    }
    Some(sign * degrees)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn packet(inside: &str) -> String {
        format!(
            r#"<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
            xmlns:rdf="{RDF}" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
            xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:digiKam="http://www.digikam.org/ns/1.0/">{inside}</rdf:RDF>
            </x:xmpmeta><?xpacket end="w"?>"#
        )
    }

    fn read(text: &str) -> Reading {
        let mut reading = Reading::new();
        apply(text.as_bytes(), &mut reading);
        reading
    }

    #[test]
    fn attributes_elements_and_lists() {
        let reading = read(&packet(
            r#"<rdf:Description rdf:about="" xmp:Rating="4"><dc:description><rdf:Alt><rdf:li xml:lang="x-default">a &amp; b</rdf:li>
            <rdf:li xml:lang="de">deutsch</rdf:li></rdf:Alt></dc:description><dc:subject><rdf:Bag><rdf:li>x</rdf:li>
            <rdf:li>y</rdf:li></rdf:Bag></dc:subject></rdf:Description>"#,
        ));
        assert!(reading.complete);
        assert_eq!(reading.tags.number("Rating"), Some(4.0));
        assert_eq!(reading.tags.text("Description").as_deref(), Some("a & b"));
        assert_eq!(reading.tags.list("Keywords"), Some(vec!["x".to_owned(), "y".to_owned()]));
    }

    #[test]
    fn positions_and_dates_are_read_but_left_to_exiftool() {
        let reading = read(&packet(
            r#"<rdf:Description exif:GPSLatitude="51,30.5S" exif:GPSLongitude="0,7,30W"
            exif:DateTimeOriginal="2023-01-14T15:56:00.000+01:00"/>"#,
        ));
        assert!(!reading.complete);
        assert!((reading.tags.number("GPSLatitude").unwrap() + 51.508333).abs() < 1e-5);
        assert!((reading.tags.number("GPSLongitude").unwrap() + 0.125).abs() < 1e-9);
        assert!(reading.tags.has("DateTimeOriginal"));
    }

    #[test]
    fn mischief_is_bounded() {
        let bomb = format!(r#"<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>{}"#, packet("&b;"));
        assert!(!read(&bomb).complete);
        let deep = packet(&"<rdf:Description>".repeat(10_000));
        assert!(!read(&deep).complete);
        let entity = packet(r#"<rdf:Description><dc:description>&lol;</dc:description></rdf:Description>"#);
        assert!(!read(&entity).complete);
    }

    #[test]
    fn unknown_namespaces_leave_doubt() {
        assert!(!read(&packet(r#"<rdf:Description xmlns:q="urn:q" q:Rating="1"/>"#)).complete);
        assert!(!read("<svg/>x<").complete);
    }

    proptest! {
        #[test]
        fn never_panics(text in "[<>/a-z:= \"&;#x]{0,200}") {
            let _ = read(&text);
            let _ = read(&packet(&text));
        }
    }
}
