//! Sidecars that hold nothing but what is written here: made and read without exiftool, which takes a millisecond for each.
//!
//! [`read`] takes only what [`write()`] makes, byte for byte: of any other file it says `None`, and exiftool merges into that.

mod parse;
mod write;

pub use write::write;

use std::collections::BTreeMap;

use crate::tag::Tag;
use crate::value::{Node, Value};
use parse::Element;

/// How a property looks (XMP specification part 1, section 6.3 and 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// A text.
    Simple,
    /// Entries in no order.
    Bag,
    /// Entries in an order.
    Seq,
    /// A text by language; here only the default.
    Alt,
    /// ISO 8601.
    Date,
    /// `33,51.407340S`, with these letters for positive and negative.
    Degrees(char, char),
    /// A fraction.
    Fraction,
    /// Regions.
    Regions,
}

/// The properties, each with its namespace's prefix and its name there, in the order in which they are written.
const PROPERTIES: [(Tag, &str, &str, Form); 16] = [
    (Tag::XmpSubject, "dc", "subject", Form::Bag),
    (Tag::XmpDescription, "dc", "description", Form::Alt),
    (Tag::XmpImageDescription, "tiff", "ImageDescription", Form::Alt),
    (Tag::XmpTagsList, "digiKam", "TagsList", Form::Seq),
    (Tag::XmpHierarchicalSubject, "lr", "hierarchicalSubject", Form::Bag),
    (Tag::XmpPersonInImage, "Iptc4xmpExt", "PersonInImage", Form::Bag),
    (Tag::XmpLatitude, "exif", "GPSLatitude", Form::Degrees('N', 'S')),
    (Tag::XmpLongitude, "exif", "GPSLongitude", Form::Degrees('E', 'W')),
    (Tag::XmpAltitude, "exif", "GPSAltitude", Form::Fraction),
    (Tag::XmpAltitudeRef, "exif", "GPSAltitudeRef", Form::Simple),
    (Tag::XmpDateTimeOriginal, "exif", "DateTimeOriginal", Form::Date),
    (Tag::XmpDateCreated, "photoshop", "DateCreated", Form::Date),
    (Tag::XmpCreateDate, "xmp", "CreateDate", Form::Date),
    (Tag::XmpRating, "xmp", "Rating", Form::Simple),
    (Tag::XmpLabel, "xmp", "Label", Form::Simple),
    (Tag::XmpRegions, "mwg-rs", "Regions", Form::Regions),
];

/// Prefixes and namespaces.
const NAMESPACES: [(&str, &str); 12] = [
    ("dc", "http://purl.org/dc/elements/1.1/"),
    ("tiff", "http://ns.adobe.com/tiff/1.0/"),
    ("digiKam", "http://www.digikam.org/ns/1.0/"),
    ("lr", "http://ns.adobe.com/lightroom/1.0/"),
    ("Iptc4xmpExt", "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"),
    ("exif", "http://ns.adobe.com/exif/1.0/"),
    ("photoshop", "http://ns.adobe.com/photoshop/1.0/"),
    ("xmp", "http://ns.adobe.com/xap/1.0/"),
    ("mwg-rs", "http://www.metadataworkinggroup.com/schemas/regions/"),
    ("stDim", "http://ns.adobe.com/xap/1.0/sType/Dimensions#"),
    ("stArea", "http://ns.adobe.com/xmp/sType/Area#"),
    ("rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"),
];

/// Fields of the structures in regions: exiftool's name, prefix and name in the file.
const FIELDS: [(&str, &str, &str); 10] = [
    ("AppliedToDimensions", "mwg-rs", "AppliedToDimensions"),
    ("RegionList", "mwg-rs", "RegionList"),
    ("Area", "mwg-rs", "Area"),
    ("Name", "mwg-rs", "Name"),
    ("Type", "mwg-rs", "Type"),
    ("X", "stArea", "x"),
    ("Y", "stArea", "y"),
    ("W", "", "w"),
    ("H", "", "h"),
    ("Unit", "", "unit"),
];

/// The values of a sidecar that [`write()`] made; `None` for any other.
pub fn read(bytes: &[u8]) -> Option<BTreeMap<Tag, Value>> {
    let description = parse::description(std::str::from_utf8(bytes).ok()?)?;
    let mut values = BTreeMap::new();
    for property in &description.children {
        let found = PROPERTIES.iter().find(|(_, prefix, name, _)| property.name == format!("{prefix}:{name}"));
        let (tag, _, _, form) = found?;
        values.insert(*tag, value(property, *form)?);
    }
    // Whatever was overlooked shows here.
    (write(&values)? == bytes).then_some(values)
}

fn value(property: &Element, form: Form) -> Option<Value> {
    let entries = || -> Option<Vec<String>> {
        Some(property.children.first()?.children.iter().map(|entry| entry.text.clone()).collect())
    };
    Some(match form {
        Form::Simple => Value::Text(property.text.clone()),
        Form::Bag | Form::Seq => Value::List(entries()?),
        Form::Alt => Value::Text(entries()?.pop()?),
        Form::Date => {
            let (day, time) = property.text.split_once('T')?;
            Value::Text(format!("{} {time}", day.replace('-', ":")))
        }
        Form::Degrees(..) => Value::Text(degrees(&property.text)?),
        Form::Fraction => {
            let (above, below) = property.text.split_once('/')?;
            Value::Text(format!("{:.3}", above.parse::<f64>().ok()? / below.parse::<f64>().ok()?))
        }
        Form::Regions => Value::Structure(node(property)?),
    })
}

/// Degrees out of `33,51.40734000S`.
fn degrees(text: &str) -> Option<String> {
    let sign = if text.ends_with(['S', 'W']) { "-" } else { "" };
    let (whole, minutes) = text.get(..text.len() - 1)?.split_once(',')?;
    let degrees = whole.parse::<f64>().ok()? + minutes.parse::<f64>().ok()? / 60.0;
    Some(format!("{sign}{degrees:.8}"))
}

fn node(element: &Element) -> Option<Node> {
    if element.children.is_empty() {
        return Some(Node::Text(element.text.clone()));
    }
    if element.children[0].name == "rdf:Bag" {
        return element.children[0].children.iter().map(node).collect::<Option<_>>().map(Node::List);
    }
    let field = |child: &Element| {
        let local = child.name.split_once(':')?.1;
        let (name, ..) = FIELDS.iter().find(|(_, _, found)| *found == local)?;
        Some(((*name).to_owned(), node(child)?))
    };
    element.children.iter().map(field).collect::<Option<_>>().map(Node::Fields)
}

#[cfg(test)]
mod tests;
